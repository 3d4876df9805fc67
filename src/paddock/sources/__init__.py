"""Where facts come from: a git repository, a commit message, a change document."""
