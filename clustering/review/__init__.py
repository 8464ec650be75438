"""A page in the browser to put a result right."""
