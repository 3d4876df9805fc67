"""A branch as ordered layers, each small enough to be read. Pure: from the pieces of a change to a proposal."""
