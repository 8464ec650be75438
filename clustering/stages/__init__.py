"""Both stages: people by face, then by clothing."""
