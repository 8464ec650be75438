"""How likely two tracks are one person: calibrated evidence of faces and of clothes."""
