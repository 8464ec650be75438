"""What a result is, in memory and on disk."""
