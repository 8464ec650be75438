"""Two-stage inference: people by face, then by clothing."""
