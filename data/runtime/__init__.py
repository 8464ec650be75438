"""Where networks run, and where they come from."""
