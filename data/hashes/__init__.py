"""By what a film or photo is known again: its content, or its picture alone."""
