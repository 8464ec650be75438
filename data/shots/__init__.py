"""Shots of people, with timecode: what is shown, exported and cut out of films."""
