"""What paddock sets up in a repository and its worktrees."""
