"""Policy gates for repositories where many agents and people work side by side in git worktrees."""

__version__ = "0.1.0"
