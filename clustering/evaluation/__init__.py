"""Before and after stage 2 on labelled data: counts, figures and text."""
