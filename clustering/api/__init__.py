"""What ``import castlist`` offers: find, load, Result, Person."""
