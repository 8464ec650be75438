"""One identity over many films: the people of each film, joined to people by their faces."""
