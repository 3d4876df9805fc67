"""JavaScript and CSS libraries that linguist knows by name or folder.

Most of linguist's patterns here run from the start of a segment to the end of the path and may cross slashes
(`react-app/main.js` is "react-*.js"). They are flags only; a whole name with a version in it is third party.

Where what follows a prefix may hold no dot, its last occurrence decides: what an earlier one would have to span
contains what the last one spans. So each rule is one search from the right, linear whatever the path.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paddock.classify.path import FilePath

STYLES = ("css", "less", "scss", "styl")
_STYLE_SUFFIXES = tuple(f".{style}" for style in STYLES)

_VERSION = r"[0-9]\.[0-9]+(?:\.[0-9]+)?"
_VERSIONED = (
    rf"jquery-{_VERSION}\.js|jquery-ui-{_VERSION}(?:\.\w+)?\.(?:js|css)"
    rf"|modernizr-{_VERSION}\.js|modernizr\.custom\.[0-9]+\.js|knockout-[0-9]+\.[0-9]+\.[0-9]+\.(?:debug\.)?js"
    r"|cordova-[0-9]\.[0-9](?:\.[0-9])?\.js|Leaflet\.Coordinates-[0-9]+\.[0-9]+\.[0-9]+\.src\.js"
)
_VERSIONED_PREFIXES = ("jquery-", "modernizr", "knockout-", "cordova-", "Leaflet.Coordinates-")

_NAMES = {
    name: f"library {name}"
    for name in (
        *(
            f"{library}.{style}"
            for library in (
                "foundation",
                "normalize",
                "animate",
                "skeleton",
                "fontawesome",
                "font-awesome",
                "materialize",
            )
            for style in STYLES
        ),
        "materialize.js",
        "bulma.css",
        "bulma.sass",
        "bulma.scss",
        "react.js",
        "effects.js",
        "controls.js",
        "dragdrop.js",
        "dojo.js",
        "MochiKit.js",
        "ckeditor.js",
        "Chart.js",
        "shCore.js",
        "shLegacy.js",
        "html5shiv.js",
    )
}
# A regular expression's alternatives for how a segment, of a directory or a file, begins.
SEGMENT_BEGINS = (
    r"octicons\.css|sprockets-octicons\.scss|jquery\.fn\.gantt\.js|jquery\.fancybox\.js|jquery\.fancybox\.css"
    r"|jquery\.dataTables\.js|fuelux\.js|bootbox\.js|pdf\.worker\.js|leaflet\.draw-src\.js|leaflet\.draw\.css"
    r"|leaflet\.spin\.js|wicket-leaflet\.js|Control\.FullScreen\.css|Control\.FullScreen\.js"
)
_FOLDERS = (
    r"/[Cc]ode[Mm]irror/(?:[0-9]+\.[0-9]+/)?(?:lib|mode|theme|addon|keymap|demo)"
    r"|/tiny_mce/(?:langs|plugins|themes|utils)"
    r"|/extjs/(?:\.sencha|docs|builds|cmd|examples|locale|packages|plugins|resources|src|welcome)/"
)
_FOLDER_NAMES = frozenset({"codemirror", "codeMirror", "Codemirror", "CodeMirror", "tiny_mce", "extjs", "select2"})
_STYLE_FOLDERS = frozenset({"fontawesome", "font-awesome", "bourbon", "Bourbon"})
_DOTLESS_PREFIXES = ("angular", "yui", "yahoo-", "tiny_mce", "shBrush", "cordova", "react-")
# Some segment begins so wherever a rule over scripts holds: most paths need no more than this one search.
_SCRIPT_BEGINS = (
    r"/(?:[Mm]icrosoft|Leaflet\.|angular|bootstrap|cordova|custom\.bootstrap|d3|foundation|jquery|knockout-|modernizr"
    r"|mootools|prototype|react-|shBrush|slick\.|tiny_mce|yahoo-|yui)"
)
_MICROSOFT = r"[Mm]icrosoft(?:[Mm]vc)?(?:[Aa]jax|[Vv]alidation)(?:\.debug)?\.js"
_JQUERY_NAMES = (
    rf"jquery-ui(?:-{_VERSION})?(?:\.\w+)?\.(?:js|css)|jquery\.fileupload(?:-\w+)?\.js|jquery-{_VERSION}\.js"
)


def versioned(path: FilePath) -> str | None:
    """A library whose whole name carries its version."""
    name = path.name
    if name.startswith(_VERSIONED_PREFIXES) and re.fullmatch(_VERSIONED, name, re.ASCII):
        return "library with a version"
    return "library with a version" if name.startswith("mootools") and _mootools("/" + name) else None


def flagged(path: FilePath) -> str | None:
    """A library as loosely as linguist takes it."""
    if label := _NAMES.get(path.name):
        return label
    if path.text.endswith("js"):
        begins = re.search(_SCRIPT_BEGINS, path.slashed)
        return (_script(path.slashed, path.name) if begins else None) or _folder(path)
    return _style(path.slashed, path.directories) or _folder(path)


def _folder(path: FilePath) -> str | None:
    slashed, directories = path.slashed, path.directories
    if _FOLDER_NAMES.isdisjoint(directories):
        return None
    if re.search(_FOLDERS, slashed):
        return "library folder"
    if "select2" in directories and slashed.endswith((".css", ".scss", ".js")):
        return "library folder, select2/"
    if "extjs" in directories and slashed.endswith((".js", ".xml", ".txt", ".html", ".properties")):
        return "library folder, extjs/"
    return None


def _style(slashed: str, directories: tuple[str, ...]) -> str | None:
    if not slashed.endswith(STYLES):
        return None
    if _bootstrap(slashed):
        return "Bootstrap"
    if not slashed.endswith(_STYLE_SUFFIXES):
        return None
    if slashed.endswith(".css"):
        if _jquery_ui(slashed):
            return "jQuery"
        if "/fontello" in slashed:
            return "library fontello"
    return None if _STYLE_FOLDERS.isdisjoint(directories) else "library folder"


def _script(slashed: str, name: str) -> str | None:
    if re.search(r"/slick\.\w+.js\Z", slashed, re.ASCII | re.DOTALL):
        return "library slick"
    if _bootstrap(slashed):
        return "Bootstrap"
    return _by_stem(slashed[: -len(".js")], name) if slashed.endswith(".js") else None


def _by_stem(stem: str, name: str) -> str | None:
    if _jquery(stem, name):
        return "jQuery"
    if prefix := _prefix(stem):
        return f"library {prefix}*.js"
    if re.fullmatch(_VERSIONED, name, re.ASCII) or _mootools(stem + ".js"):
        return "library with a version"
    return "library Microsoft*.js" if re.fullmatch(_MICROSOFT, name) else None


def _prefix(stem: str) -> str | None:
    """The library that some segment begins with."""
    if "/prototype" in stem:
        return "prototype"
    if stem.endswith("/foundation") or "/foundation." in stem:
        return "foundation"
    if _dotless_after(stem, "d3") or re.match(r"[0-9]+[^.]*\Z", _after_last(stem, "d3.v") or ""):
        return "d3"
    return next((prefix for prefix in _DOTLESS_PREFIXES if _dotless_after(stem, prefix)), None)


def _after_last(stem: str, prefix: str) -> str | None:
    """What follows the last segment that begins with the prefix, to the stem's end."""
    start = stem.rfind("/" + prefix)
    return None if start < 0 else stem[start + 1 + len(prefix) :]


def _dotless_after(stem: str, prefix: str) -> bool:
    rest = _after_last(stem, prefix)
    return rest is not None and "." not in rest


def _bootstrap(slashed: str) -> bool:
    if slashed.endswith((".js", *_STYLE_SUFFIXES)) and re.search(r"/bootstrap[^/.]*\.", slashed):
        return True
    rest = _after_last(slashed, "custom.bootstrap")
    return rest is not None and rest.endswith(("js", *STYLES)) and not re.search(r"\s", rest, re.ASCII)


def _jquery(stem: str, name: str) -> bool:
    return (
        _dotless_after(stem, "jquery")
        or _jquery_ui(stem + ".js")
        or (name.startswith("jquery") and re.fullmatch(_JQUERY_NAMES, name, re.ASCII) is not None)
        or (stem.endswith(".unobtrusive-ajax") and _dotless_after(stem.removesuffix(".unobtrusive-ajax"), "jquery"))
        or _jquery_validate(stem.removesuffix(".unobtrusive"))
    )


def _jquery_validate(stem: str) -> bool:
    return stem.endswith(".validate") and _dotless_after(stem.removesuffix(".validate"), "jquery")


def _jquery_ui(slashed: str) -> bool:
    """Whether it is of jQuery UI or its effects, a script or a style."""
    stem = slashed[: slashed.rindex(".")]
    name = slashed[slashed.rindex("/") + 1 :]
    return (
        _dotless_after(stem, "jquery.ui.")
        or _dotless_after(stem, "jquery.effects.")
        or (name.startswith("jquery-ui") and re.fullmatch(_JQUERY_NAMES, name, re.ASCII) is not None)
    )


def _mootools(slashed: str) -> bool:
    """`mootools`, then a version like `1.2.3` with dots nowhere else, then `.js`."""
    if not slashed.endswith(".js") or "/mootools" not in slashed:
        return False
    stem = slashed[: -len(".js")]
    version = re.search(r"[0-9]\.[0-9]+.[0-9][^.]*\Z", stem, re.DOTALL)
    return version is not None and _dotless_after(stem[: version.start()], "mootools")
