"""A plan as text, Markdown, JSON and drawings, one file for each: all that it holds is escaped for where it goes."""
