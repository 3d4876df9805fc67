"""What linguist holds to be vendored, by path.

To linguist that means "not this project's language", and takes in what people write by hand: `.github/`, `env/`,
`*.d.ts`. `third_party` is the part that other people wrote; it makes the class. `flagged` is all of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from paddock.classify import libraries
from paddock.classify.path import containing, ending

if TYPE_CHECKING:
    from collections.abc import Iterable

    from paddock.classify.path import FilePath


def _either(*words: str) -> tuple[str, ...]:
    """Each word, with its first letter in either case."""
    return tuple(form for word in words for form in (word, word[0].swapcase() + word[1:]))


def _labelled(group: str, names: Iterable[str], ending: str = "") -> dict[str, str]:
    return {name: f"{group}, {name}{ending}" for name in names}


_DEPENDENCIES = _labelled(
    "dependency tree",
    (
        "node_modules",
        "bower_components",
        "vendor",
        "vendors",
        "Carthage",
        "xvba_modules",
        "admin_media",
        *_either("extern", "external", "externals"),
    ),
    "/",
)
_DEPENDENCIES_AT_ROOT = _labelled("dependency tree at the root", ("dependencies", "Dependencies", "deps"), "/")
_TREES = {
    "/Godeps/_workspace/": "dependency tree, Godeps/_workspace/",
    **{
        f"/.yarn/{folder}/": f"Yarn, .yarn/{folder}/"
        for folder in ("releases", "plugins", "sdks", "versions", "unplugged")
    },
    "/gradle/wrapper/": "Gradle wrapper, gradle/wrapper/",
    "/.mvn/wrapper/": "Maven wrapper, .mvn/wrapper/",
}
_TREE_NAMES = frozenset({"Godeps", ".yarn", "gradle", ".mvn"})
_WRAPPERS = {
    "gradlew": "Gradle wrapper",
    "gradlew.bat": "Gradle wrapper",
    "mvnw": "Maven wrapper",
    "mvnw.cmd": "Maven wrapper",
}
_MINIFIED = _labelled("minified library", (".min.js", "-min.js", ".min.css", "-min.css"))
_ANY_MINIFIED = tuple(_MINIFIED)
_THIRD_PARTY = r"(?:3rd|[Tt]hird)[-_]?[Pp]arty/"

_DIRECTORIES = {
    "env": "dependencies, env/",
    **_labelled("output", ("cache", "dist"), "/"),
    "testdata": "fixtures, testdata/",
    **_labelled("project scripts", ("puphpet", ".google_apis"), "/"),
    **_labelled("settings", (".github", ".vscode", ".obsidian", ".teamcity"), "/"),
    **_labelled("Apple", ("Sparkle", "Crashlytics.framework", "Fabric.framework", "BuddyBuildSDK.framework"), "/"),
    **_labelled("library folder", ("bootstrap-datepicker", "ace-builds", "MathJax"), "/"),
}
_BUNDLES = {".xctemplate/": "Apple, .xctemplate/", ".imageset/": "Apple, .imageset/"}
_FIXTURES = tuple(f"/{folder}/fixtures/" for folder in _either("test", "tests", "spec", "specs"))
_NAMES = {
    "_esy": "esy",
    **_labelled("autotools", ("configure", "config.guess", "config.sub")),
    **_labelled(
        "project scripts",
        (
            "activator",
            "activator.bat",
            "dotnet-install.ps1",
            "dotnet-install.sh",
            "waf",
            "fabfile.py",
            "Vagrantfile",
            "Jenkinsfile",
            ".gitpod.Dockerfile",
            "proguard.pro",
            "proguard-rules.pro",
            "run.n",
            ".osx",
        ),
    ),
    **_labelled("settings", (".gitattributes", ".gitignore", ".gitmodules")),
    **{f".{d}{s}_{t}tore": "settings, .DS_Store" for d in "Dd" for s in "Ss" for t in "Ss"},
}
_SEGMENT_BEGINS = (
    r"/(?:aclocal\.m4|libtool\.m4|ltoptions\.m4|ltsugar\.m4|ltversion\.m4|lt~obsolete\.m4|cpplint\.py|erlang\.mk"
    r"|\.indent\.pro|\.sublime-project|\.sublime-workspace|Realm\.framework|RealmSwift\.framework"
    rf"|{libraries.SEGMENT_BEGINS})"
)
_SUFFIXES = {
    ".d.ts": "suffix .d.ts",
    "-vsdoc.js": "suffix -vsdoc.js",
    ".intellisense.js": "suffix .intellisense.js",
    **{f"import.{style}": f"suffix import.{style}" for style in libraries.STYLES},
}
_ANY_SUFFIX = tuple(_SUFFIXES)


def third_party(path: FilePath) -> str | None:
    """The row that makes a path other people's work, by whole names and segments."""
    return _third_party_directory(path) or _WRAPPERS.get(path.name) or _third_party_library(path)


def flagged(path: FilePath) -> str | None:
    """The row that makes linguist call a path vendored, as loosely as linguist takes it."""
    return third_party(path) or loosely(path)


def loosely(path: FilePath) -> str | None:
    """The row, of those that `third_party` does not know."""
    return (
        _NAMES.get(path.name)
        or (_by_directory(path) if path.directories else None)
        or _by_segment(path)
        or (ending(path.name, _SUFFIXES) if path.name.endswith(_ANY_SUFFIX) else None)
        or libraries.flagged(path)
    )


def _third_party_directory(path: FilePath) -> str | None:
    if not path.directories:
        return "rebar at the root" if path.text == "rebar" else None
    if label := path.in_directory(_DEPENDENCIES):
        return label
    if label := _DEPENDENCIES_AT_ROOT.get(path.directories[0]):
        return label
    if "endor/" in path.text and any(len(d) > len("endor") and d.lstrip("vV") == "endor" for d in path.directories):
        return "dependency tree, vendor/"
    if "arty/" in path.text and re.search("/" + _THIRD_PARTY, path.slashed):
        return "third-party tree"
    return None if _TREE_NAMES.isdisjoint(path.directories) else containing(path.slashed, _TREES)


def _third_party_library(path: FilePath) -> str | None:
    if path.name.endswith(_ANY_MINIFIED):
        return ending(path.name, _MINIFIED)
    return libraries.versioned(path)


def _by_directory(path: FilePath) -> str | None:
    slashed, directories = path.slashed, path.directories
    if label := path.in_directory(_DIRECTORIES):
        return label
    if directories[0] == "debian":
        return "at the root, debian/"
    if "arty/" in slashed and re.search(_THIRD_PARTY, slashed):
        return "third party"
    if "/fixtures/" in slashed and any(pair in slashed for pair in _FIXTURES):
        return "fixtures, tests' fixtures/"
    return "fixtures, inst/extdata/" if "/inst/extdata/" in slashed else containing(slashed, _BUNDLES)


def _by_segment(path: FilePath) -> str | None:
    slashed = path.slashed
    if begins := re.search(_SEGMENT_BEGINS, slashed):
        return f"segment {begins[0][1:]}"
    if "/doc" in slashed and re.search(r"/docs?/_?(?:build|themes?|templates?|static)/", slashed):
        return "docs theme"
    if path.name.endswith(".js") and "flow-typed" in path.directories:
        return "flow-typed/"
    packages = re.search(r"/[Pp]ackages/", slashed) if "ackages/" in slashed else None
    # The first such directory is enough: what must come later comes later than all of them.
    if packages and re.compile(r"\.[0-9]+/").search(slashed, packages.end() + 1):
        return "NuGet, packages/"
    return None
