"""Tracks to groups of one person each, by evidence and by what pictures forbid."""
