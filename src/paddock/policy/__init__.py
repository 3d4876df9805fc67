"""The policy: what is allowed, typed and strict."""
