"""The program: `paddock`, or `python -m paddock`."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run the command line; the guard, which runs before every tool call of an agent, without loading the rest."""
    # A run is over before its garbage matters, and looking for cycles is felt: while modules are loaded, too.
    gc.disable()
    if sys.argv[1:3] == ["guard", "--tool"] and len(sys.argv) == 4:  # noqa: PLR2004 - the line that `install` writes
        from paddock.worktrees.guard import calls, rim

        if sys.argv[3] in calls.TOOLS:
            sys.exit(rim.main(sys.argv[3]))
    from paddock.cli import main as whole

    whole()


if __name__ == "__main__":
    main()
