"""`paddock classify`: what kind of file each path is."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

import click
import msgspec

from paddock import classify, wire
from paddock.cli.judge import policy_option
from paddock.cli.session import Session
from paddock.errors import UsageError
from paddock.render.plain import printable
from paddock.sources.attributes import in_folder
from paddock.sources.tree import content as read

if TYPE_CHECKING:
    from collections.abc import Iterable

_BATCH = 2_000  # lines written at once


@click.command("classify")
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@click.option("--root", metavar="DIR", help="The folder that paths count from.  [default: the current one]")
@click.option("--names-only", is_flag=True, help="Read no file: where only the content could decide, it is not asked.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to say it."
)
@policy_option
def command(*, paths: tuple[str, ...], root: str | None, names_only: bool, form: str, policy_file: str | None) -> None:
    """Tell whether files are source, generated, vendored, lock files, tests or docs, and why.

    Paths come from the arguments or, when there are none, NUL-separated from standard input. They need not exist and
    need not be in a repository; what the name does not decide is read, at most 128 KiB a file. `generated` and
    `vendored` are linguist's flags; `class` is what the size gate goes by.

    \b
    Examples:
      paddock classify go.sum vendor/a.io/b.go api/zz_generated.go
      git ls-files -z | paddock classify --format json
      paddock classify --root /srv/checkout -- src/main.py
    """
    session = Session(policy_file)
    if root is not None and not os.path.isdir(root):
        raise UsageError(f"{root}: no such folder")
    top = root or _top(session)
    wanted = _from_top(paths or _from_stdin(), top, rooted=root is not None)
    attributes = in_folder(top, wanted)
    line = _json if form == "json" else _text
    rules = session.rules
    for start in range(0, len(wanted), _BATCH):
        some = wanted[start : start + _BATCH]
        found = [_classified(path, top, attributes.get(path), rules, names_only=names_only) for path in some]
        sys.stdout.write("".join(line(path, one) for path, one in zip(some, found, strict=True)))


def _top(session: Session) -> str:
    repository = session.repository_or_none
    return (repository.top if repository else None) or os.getcwd()


def _from_top(paths: Iterable[str], top: str, *, rooted: bool) -> list[str]:
    """Paths from the top, as the rules want them. Without --root a path counts from the current folder, as with git."""
    here = os.path.realpath(top)
    start = here if rooted else os.path.realpath(os.getcwd())
    if start == here:
        return [os.path.relpath(os.path.join(here, path), here) if _ODD.search(path) else path for path in paths]
    return [os.path.relpath(os.path.join(start, path), here) for path in paths]


# Most paths are plain already; only these need a second look.
_ODD = re.compile(r"/\Z|//|/\.\.?(?:/|\Z)|\A\.\.?(?:/|\Z)|\A/")


def _from_stdin() -> list[str]:
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError("no paths", hint="git ls-files -z | paddock classify")
    data = sys.stdin.buffer.read()
    if data.endswith(b"\n") and b"\0" not in data:
        raise UsageError(
            "paths on standard input end with NUL, not with a newline", hint="git ls-files -z | paddock classify"
        )
    return [os.fsdecode(path) for path in data.split(b"\0") if path]


def _classified(
    path: str, top: str, given: classify.Attributes | None, rules: classify.Rules, *, names_only: bool
) -> classify.Classification:
    if names_only:
        return classify.without_content(path, given, rules)
    found = classify.by_name(path, given, rules)
    if found is not None:
        return found
    content = read(os.path.join(top, path), classify.CONTENT_LIMIT)
    if content is None:
        return classify.without_content(path, given, rules)
    return classify.by_content(path, content, given, rules)


class _Line(msgspec.Struct, frozen=True, rename={"file_class": "class"}):
    path: str
    file_class: str
    generated: bool
    vendored: bool
    reason: str


_encode = msgspec.json.Encoder().encode


def _json(path: str, found: classify.Classification) -> str:
    line = _Line(path, found.file_class, found.generated, found.vendored, found.reason)
    try:
        return _encode(line).decode() + "\n"
    except UnicodeEncodeError:
        plain = msgspec.to_builtins(line)
        return wire.encode({**wire.path_fields("path", plain.pop("path")), **plain}).decode() + "\n"


def _text(path: str, found: classify.Classification) -> str:
    return f"{found.file_class:<9}  {printable(path)}  ({printable(found.reason)})\n"
