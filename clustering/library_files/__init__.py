"""What a library keeps on disk: its films, people, decisions and index, each read and written."""
