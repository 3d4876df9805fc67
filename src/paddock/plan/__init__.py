"""Who does what, in which order: pure, from values to values."""
