"""Pixels of faces compared with each other: what is still, and what is there twice."""
