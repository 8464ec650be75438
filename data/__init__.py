"""What comes in, and the one table."""
