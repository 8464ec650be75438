"""The pages of castlist review for a library: people first, then films."""
