"""How a result is shown: the page, contact sheets, the summary."""
