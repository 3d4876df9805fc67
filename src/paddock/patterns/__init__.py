"""Rules on the text of files: what they say, where they match, and what excuses a match."""
