"""Names of a library in the results of its films, and names of these results in the library."""
