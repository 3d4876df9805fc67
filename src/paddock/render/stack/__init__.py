"""What is said of a train and of trial merges, one module a subject."""
