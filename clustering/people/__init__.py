"""The decisions of a user: what they mean for a table, and who is who after them."""
