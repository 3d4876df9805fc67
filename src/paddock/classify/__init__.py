"""What kind of file a path is: source, generated, vendored, lock, test or docs.

Pure rules over a path, the first bytes of its content, git's attributes and the policy's globs. `by_name` first, for
it needs nothing else; where that is None, `by_content` with what is in the file, or `without_content`.
"""

from paddock.classify.classification import Attributes, Classification
from paddock.classify.content import CONTENT_LIMIT
from paddock.classify.globs import Globs, Rules, problems
from paddock.classify.precedence import by_content, by_name, without_content

__all__ = [
    "CONTENT_LIMIT",
    "Attributes",
    "Classification",
    "Globs",
    "Rules",
    "by_content",
    "by_name",
    "problems",
    "without_content",
]
