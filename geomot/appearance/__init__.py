"""What results look like: one line of text, a small picture, colours."""
