"""Files: read whole and up to a size, written whole or not at all."""
