"""One identity over many films: the people of films, each a whole, joined to people by faces."""
