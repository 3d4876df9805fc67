"""Functions and completion for an interactive shell: short names for the commands of worktrees.

`wt-switch` has to be a function, since no program can change the folder of the shell that runs it. The others are
there so that all have completion.
"""

from __future__ import annotations

SHELLS = ("bash", "zsh", "fish")
# Each function, the command behind it, and whether its first word is the name of a worktree.
_FUNCTIONS = (
    ("wt-list", "list", False),
    ("wt-status", "status", True),
    ("wt-create", "create", False),
    ("wt-remove", "remove", True),
    ("wt-sync", "sync", False),
)
_NAMES = "command paddock worktree list --format names 2>/dev/null"

# The path's line break is held by an `x` behind it: `$(…)` would take away those that are part of the path as well.
_POSIX_SWITCH = """\
wt-switch() {
  local place
  place="$(command paddock worktree switch "$@" && printf x)" || return
  place="${place%?x}"
  if [ -d "$place" ]; then cd -- "$place"; else printf '%s\\n' "$place"; fi
}
"""
_FISH_SWITCH = """\
function wt-switch --description 'Go to the worktree of an agent'
    command paddock worktree switch --null $argv | read --local --null place
    or return
    if test -d "$place"
        cd -- $place
    else
        printf '%s\\n' $place
    end
end
"""
_BASH_COMPLETION = f"""\
_paddock_worktrees() {{
  local name
  COMPREPLY=()
  while IFS= read -r name; do
    case $name in "${{COMP_WORDS[COMP_CWORD]}}"*) COMPREPLY+=("$(printf '%q' "$name")") ;; esac
  done < <({_NAMES})
}}
"""
_ZSH_COMPLETION = f"""\
_paddock_worktrees() {{
  local -a names
  names=("${{(@f)$({_NAMES})}}")
  compadd -a names
}}
"""


def functions(shell: str, completion: str) -> str:
    """The text to evaluate in a shell.

    Args:
        shell: one of `SHELLS`.
        completion: what completes `paddock` itself there.
    """
    return _fish(completion) if shell == "fish" else _posix(shell, completion)


def _posix(shell: str, completion: str) -> str:
    text = _POSIX_SWITCH
    text += "".join(f'{name}() {{ command paddock worktree {command} "$@"; }}\n' for name, command, _ in _FUNCTIONS)
    named = " ".join(["wt-switch", *(name for name, _, by_name in _FUNCTIONS if by_name)])
    if shell == "bash":
        # The bash of macOS, 3.2, knows none of the options that complete `paddock` itself.
        newer = "if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404)); then\n"
        return f"{text}{_BASH_COMPLETION}complete -F _paddock_worktrees {named}\n{newer}{completion}\nfi\n"
    # Before `compinit` there is nothing to complete with, and zsh would say so at every start.
    completion = completion.removeprefix("#compdef paddock\n")  # at a prompt, zsh takes no comments
    own = f"{_ZSH_COMPLETION}compdef _paddock_worktrees {named}\n{completion}\n"
    return f"{text}if (( $+functions[compdef] )); then\n{own}fi\n"


def _fish(completion: str) -> str:
    text = _FISH_SWITCH
    for name, command, _ in _FUNCTIONS:
        text += f"function {name}\n    command paddock worktree {command} $argv\nend\n"
    for name in ("wt-switch", *(name for name, _, by_name in _FUNCTIONS if by_name)):
        text += f"complete --command {name} --no-files --arguments '({_NAMES})'\n"
    return f"{text}{completion}\n"
