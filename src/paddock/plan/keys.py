"""The grammar of branch names and the order that they carry.

A name follows a template, `{series}/{key}-{slug}` unless the policy says otherwise. The order key is digits, then
letters and digits, nested (`05a2c2b1`). It is compared piece by piece: numbers as numbers, letters as letters, a
shorter key before its extensions. Parts (`-split2`, `-part2b`, `-pr1`) right after a key extend it and come before
its other extensions: `00a1` < `00a1-split1` < `00a1-split2` < `00a1a`. A name outside the grammar is told with its
reason and never guessed at.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import chain, count, groupby, pairwise
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.errors import PolicyError

if TYPE_CHECKING:
    from collections.abc import Iterable

RESOLUTIONS = "resolve/"  # below it are the branches on which the conflict of two others is resolved
DEFAULT_TEMPLATE = "{series}/{key}-{slug}"
AGENT_TEMPLATE = "{series}/{agent}/{key}-{slug}"  # a folder for each agent, as a fence of refs needs

# Far above any key a person writes, far below the digits at which Python refuses to read a number.
MAX_KEY = 128

Order = tuple[tuple[int, int], ...]

_WORD, _NUMBER, _LETTER = range(3)
_WORDS = ("-part", "-pr", "-split")
_TOKEN = re.compile(r"-[a-z]+|[0-9]+|[a-z]")
_PART = re.compile(r"(?:part|pr|split)[0-9][0-9a-z]*")
_PART_OF = re.compile(rf"(?s:.+)(?=-{_PART.pattern}\Z)")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")

# https://git-scm.com/docs/git-check-ref-format, and the names that `git branch` refuses on top of it
_REFUSED = tuple(
    (re.compile(pattern), what)
    for pattern, what in (
        (r"[\x00-\x1f\x7f]", "has a control character"),
        (r" ", "has a space"),
        (r"[~^:?*\[\\]", "has one of ~ ^ : ? * [ or a backslash"),
        (r"\A-", "begins with a hyphen"),
        (r"/\Z", "ends with a slash"),
        (r"\A/|//", "has an empty folder"),
        (r"\.\.", "has two dots in a row"),
        (r"@\{", "has @{"),
        (r"(?:\A|/)\.", "has a dot at the beginning of a folder"),
        (r"\.lock(?:/|\Z)", "has .lock at the end of a folder"),
        (r"\.\Z", "ends with a dot"),
        (r"\A(?:@|HEAD)\Z", "means the commit checked out"),
    )
)


class BranchName(Struct, frozen=True):
    """A branch's name, taken apart. Where it is not valid, `reason` says why and the other fields are empty."""

    name: str
    series: str | None = None
    key: str | None = None
    slug: str | None = None
    parts: tuple[str, ...] = ()
    agent: str | None = None
    valid: bool = False
    reason: str | None = None

    @property
    def tag(self) -> str:
        """The key with its parts, as written: all that the order depends on."""
        return "-".join((self.key or "", *self.parts))

    @property
    def order(self) -> Order:
        """The tag as a value that compares: `01a` and `1a` are equal."""
        return _order(self.tag)


class Duplicate(Struct, frozen=True):
    """Names of one series that claim the same place in it; `tag` is as the first of them writes it."""

    series: str
    tag: str
    names: tuple[str, ...]


class Gap(Struct, frozen=True):
    """Tags that nothing uses, from `first` to `last`, between the siblings `after` and `before`.

    `branch` is the first name, in order, that stands behind the gap.
    """

    series: str
    first: str
    last: str
    after: str
    before: str
    branch: str


def parse(name: str, template: str = DEFAULT_TEMPLATE, series: tuple[str, ...] = ()) -> BranchName:
    """Take a name apart. With no series given, the series is whatever stands before the rest of the template.

    Raises:
        PolicyError: the template is not one (`template_problem` says so without raising).
    """
    if problem := template_problem(template):
        raise PolicyError(problem)
    if reason := ref_problem(name):
        return BranchName(name, reason=reason)
    if series:
        return _below(name, series_of(name, series), template, series)
    folders = name.split("/")
    depth = template.count("/")
    rest, prefix = folders[-depth:], "/".join(folders[:-depth])
    found = _rest(name, prefix, rest, template)
    if found.valid and not prefix:
        return BranchName(name, reason=f"no series before {quoted('/'.join(rest))}: a name is {template}")
    return found


def render(  # noqa: PLR0913 - a name's fields
    template: str, *, series: str, key: str, slug: str, parts: tuple[str, ...] = (), agent: str = "agent-1"
) -> str:
    """The name that `parse` takes apart into these; `agent` counts only where the template has a place for it."""
    values = {"series": series, "key": "-".join((key, *parts)), "slug": slug, "agent": agent}
    return _PLACEHOLDER.sub(lambda match: values[match[1]], template)


def example(template: str, series: str) -> str:
    """A name as it should be, to show."""
    return render(template, series=series, key="01a", slug="short-description")


def free_key(used: Iterable[BranchName], after: str | None = None) -> str:
    """The next key that nothing has: beside `after` where one is given, else behind the last of all."""
    names = _valid(used)
    orders = {one.order for one in names}
    if after is None:
        if not names:
            return "01a"
        after = "".join(_TOKEN.findall(names[-1].tag)[:2])
    last = _TOKEN.findall(after)[-1]
    letter = not last[-1].isdigit()
    low, high = (ord(last), ord("z")) if letter else (int(last), 10**6)
    beside = (_beside(after, value) for value in range(low + 1, high + 1))
    behind = (f"{after}{number}" for number in count(1))
    return next(one for one in chain(beside, behind) if _order(one) not in orders)


def slug_of(name: str) -> str:
    """What a name says behind its folders and its key, as a slug."""
    text = re.sub(r"[^a-z0-9]+", "-", name.rpartition("/")[2].lower()).strip("-")
    text = re.sub(r"^(?:[0-9][0-9a-z]*)(?:-(?:part|pr|split)[0-9][0-9a-z]*)*(?:-|$)", "", text)
    return text[:MAX_KEY].strip("-") or "short-description"


def series_of(name: str, series: tuple[str, ...]) -> str | None:
    """The longest of these series that the name is or stands below, well-formed or not."""
    return max((one for one in series if f"{name}/".startswith(f"{one}/")), key=len, default=None)


def whole(name: str) -> str | None:
    """The name that this one, with a part behind it, is a part of: `fix` of `fix-split2`; None where there is none."""
    found = _PART_OF.match(name)
    return found[0] if found else None


def extends(part: str, name: str) -> bool:
    """Whether a branch is a part of another: its order key goes on where the other's ends, or its name does."""
    one, other = parse(part), parse(name)
    if one.valid and other.valid:
        longer = len(one.order) > len(other.order)
        return longer and one.series == other.series and one.order[: len(other.order)] == other.order
    return whole(part) == name


def in_order(names: Iterable[BranchName]) -> tuple[BranchName, ...]:
    """Valid names by series, tag and name; then the others by name."""
    return tuple(sorted(names, key=lambda one: (not one.valid, one.series or "", one.order, one.name)))


def duplicates(names: Iterable[BranchName]) -> tuple[Duplicate, ...]:
    """The names that share series and order; a name that is given twice shares them with itself."""
    places = groupby(_valid(names), key=lambda one: (one.series or "", one.order))
    groups = ((series, tuple(group)) for (series, _), group in places)
    return tuple(
        Duplicate(series, group[0].tag, tuple(one.name for one in group)) for series, group in groups if len(group) > 1
    )


def gaps(names: Iterable[BranchName]) -> tuple[Gap, ...]:
    """Where siblings, the extensions of one prefix, skip a number or a letter. Nothing is missed before the first."""
    return tuple(
        gap
        for series, group in groupby(_valid(names), key=lambda one: one.series or "")
        for gap in _gaps(series, tuple(group))
    )


@cache
def template_problem(template: str) -> str | None:
    """What is wrong with a template; None where nothing is."""
    return (
        _placeholder_problem(template, _PLACEHOLDER.findall(template))
        or _shape_problem(template, template.split("/"))
        or ref_problem(example(template, "series"))
    )


def ref_problem(name: str) -> str | None:
    """Why nobody should have a branch of this name, or git would refuse it; None where it is fine."""
    if not name:
        return "the name is empty"
    if re.search("[\ud800-\udfff]", name):
        return "the name has bytes that are not UTF-8"
    for pattern, what in _REFUSED:
        if pattern.search(name):
            return f"git refuses a name that {what}"
    hidden = next((char for char in name if not char.isprintable()), None)
    return f"the name has the invisible character U+{ord(hidden):04X}" if hidden else None


def quoted(text: str) -> str:
    """A literal to show in a message: text from outside may be long, and hold anything."""
    return repr(text if len(text) <= MAX_KEY else f"{text[:MAX_KEY]}…")


def _placeholder_problem(template: str, found: list[str]) -> str | None:
    known = ("series", "agent", "key", "slug")
    if unknown := next((one for one in found if one not in known), None):
        return f"unknown placeholder {quoted(unknown)}: there are {', '.join(known)}"
    if set("{}") & set(_PLACEHOLDER.sub("", template)) or "" in found:
        return f"a brace without its partner or a name in {quoted(template)}"
    if missing := next((one for one in known if one not in (*found, "agent")), None):
        return f"no {{{missing}}} in {quoted(template)}"
    if twice := next((one for one in known if found.count(one) > 1), None):
        return f"{{{twice}}} stands {found.count(twice)} times in {quoted(template)}"
    return None


def _shape_problem(template: str, folders: list[str]) -> str | None:
    if folders[0] != "{series}":
        return f"{quoted(template)} does not begin with {{series}}/"
    if folders[-1] != "{key}-{slug}":
        return f"{quoted(template)} does not end with /{{key}}-{{slug}}"
    if "{agent}" in template and "{agent}" not in folders:
        return f"{{agent}} is not a folder of its own in {quoted(template)}"
    return None


def _below(name: str, prefix: str | None, template: str, series: tuple[str, ...]) -> BranchName:
    if prefix is None:
        return BranchName(name, reason=f"in none of the series: {', '.join(series)}")
    if name == prefix:
        return BranchName(name, reason="the name is a series: git keeps no branch beside those below it")
    return _rest(name, prefix, name[len(prefix) + 1 :].split("/"), template)


def _rest(name: str, prefix: str, folders: list[str], template: str) -> BranchName:
    """Take apart what stands behind the series."""
    wanted = template.split("/")[1:]
    if len(folders) != len(wanted):
        return BranchName(name, reason=f"{quoted('/'.join(folders))} is not of the form {'/'.join(wanted)}")
    agent = None
    for folder, pattern in zip(folders[:-1], wanted[:-1], strict=True):
        if pattern not in (folder, "{agent}"):
            return BranchName(name, reason=f"{quoted(folder)} stands where the template has {quoted(pattern)}")
        if pattern == "{agent}":
            agent = folder
            if reason := _stray(agent, "a-z0-9._-", "agent"):
                return BranchName(name, reason=reason)
    key, parts, slug = _split(folders[-1])
    tag = "-".join((key, *parts))
    if reason := _tag_problem(key, tag, folders[-1]) or _slug_problem(slug, tag):
        return BranchName(name, reason=reason)
    return BranchName(name, prefix, key, slug, parts, agent, valid=True)


def _split(text: str) -> tuple[str, tuple[str, ...], str]:
    key, *words = text.split("-")
    count = next((at for at, word in enumerate(words) if not _PART.fullmatch(word)), len(words))
    return key, tuple(words[:count]), "-".join(words[count:])


def _tag_problem(key: str, tag: str, text: str) -> str | None:
    if not re.match("[0-9]", key):
        return f"no order key in {quoted(text)}: a key begins with a digit, as 01a does"
    if len(tag) > MAX_KEY:
        return f"the order key has {len(tag)} characters, {len(tag) - MAX_KEY} over the limit of {MAX_KEY}"
    return _stray(key, "a-z0-9", "order key")


def _slug_problem(slug: str, tag: str) -> str | None:
    if not slug:
        return f"no slug after the order key {tag}"
    if "" in slug.split("-"):
        return f"an empty word in the slug {quoted(slug)}"
    return _stray(slug, "a-z0-9._-", "slug")


def _stray(text: str, allowed: str, what: str) -> str | None:
    found = re.search(f"[^{allowed}]", text)
    if found is None:
        return None
    case = "upper case " if found[0].isupper() else ""
    return f"{case}{found[0]!r} in the {what} {quoted(text)}: it has {allowed} only"


def _order(tag: str) -> Order:
    return tuple(_rank(token) for token in _TOKEN.findall(tag))


def _rank(token: str) -> tuple[int, int]:
    if token in _WORDS:
        return _WORD, _WORDS.index(token)
    return (_NUMBER, int(token)) if token.isdigit() else (_LETTER, ord(token))


def _valid(names: Iterable[BranchName]) -> tuple[BranchName, ...]:
    return in_order(one for one in names if one.valid)


def _gaps(series: str, names: tuple[BranchName, ...]) -> list[Gap]:
    nodes: dict[Order, tuple[str, str]] = {}
    for name in names:
        tokens, order = _TOKEN.findall(name.tag), name.order
        for end in range(1, len(tokens) + 1):
            nodes.setdefault(order[:end], ("".join(tokens[:end]), name.name))
    siblings = groupby(sorted(nodes, key=lambda node: (node[:-1], node[-1])), key=lambda node: (node[:-1], node[-1][0]))
    found = []
    for (_, kind), members in siblings:
        for low, high in pairwise(members):
            first, last = low[-1][1] + 1, high[-1][1] - 1
            if kind != _WORD and first <= last:
                after, (before, branch) = nodes[low][0], nodes[high]
                found.append((high, Gap(series, _beside(after, first), _beside(after, last), after, before, branch)))
    return [gap for _, gap in sorted(found, key=lambda pair: pair[0])]


def _beside(tag: str, value: int) -> str:
    """The sibling of a tag whose last number or letter has this value, written as wide."""
    last = _TOKEN.findall(tag)[-1]
    return tag.removesuffix(last) + (str(value).zfill(len(last)) if last.isdigit() else chr(value))


def conflicting(name: str) -> tuple[tuple[str, str], ...]:
    """The pairs of branches, the earlier first, whose conflict a branch may be to resolve: `resolve/EARLIER--LATER`."""
    if not name.startswith(RESOLUTIONS):
        return ()
    words = name.removeprefix(RESOLUTIONS).split("--")
    return tuple(("--".join(words[:at]), "--".join(words[at:])) for at in range(1, len(words)))
