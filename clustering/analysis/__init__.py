"""Pictures to the table of faces: the part that needs the networks."""
