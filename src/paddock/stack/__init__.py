"""The stack: open branches in the order in which they may merge, and whether they still fit together."""
