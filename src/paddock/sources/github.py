"""GitHub's word on the signatures of commits that no key here can be checked with.

Verdict words: GitHub's REST API, "commit signature verification", `verification.reason`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec import structs

from paddock.errors import FactUnreadableError, UsageError, install
from paddock.model import Signature, SignatureVerdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from paddock.model import Commit

API = "https://api.github.com"
SECONDS = 20  # of one request
_PAGE = 100  # commits, the most that GitHub gives at once
_PAGES = 100
_NAME = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+\Z")
_ADDRESS = re.compile(r"[^\s*?!,]+@[^\s*?!,]+\Z")
_LACKING = (SignatureVerdict.UNVERIFIABLE, SignatureVerdict.UNTRUSTED)
# `unsigned` is not among them: there is a signature here, and GitHub then says that it sees none it knows.
VERDICTS = {
    "valid": SignatureVerdict.GOOD,
    "expired_key": SignatureVerdict.EXPIRED,
    "unknown_key": SignatureVerdict.UNTRUSTED,
    "not_signing_key": SignatureVerdict.UNTRUSTED,
    "bad_cert": SignatureVerdict.UNTRUSTED,
    "no_user": SignatureVerdict.WRONG_IDENTITY,
    "unverified_email": SignatureVerdict.WRONG_IDENTITY,
    "bad_email": SignatureVerdict.WRONG_IDENTITY,
    "malformed_signature": SignatureVerdict.BAD,
    "malformed_sig": SignatureVerdict.BAD,
    "invalid": SignatureVerdict.BAD,
    "ocsp_revoked": SignatureVerdict.REVOKED,
    "unsigned": SignatureVerdict.UNVERIFIABLE,
    "unknown_signature_type": SignatureVerdict.UNVERIFIABLE,
    "gpgverify_error": SignatureVerdict.UNVERIFIABLE,
    "gpgverify_unavailable": SignatureVerdict.UNVERIFIABLE,
    "ocsp_error": SignatureVerdict.UNVERIFIABLE,
    "ocsp_pending": SignatureVerdict.UNVERIFIABLE,
}


class GitHub:
    """One repository at GitHub, asked for nothing but commits.

    Raises:
        UsageError: PyGithub is not installed, or the name is not `OWNER/NAME`.
    """

    def __init__(self, name: str, environment: Mapping[str, str]) -> None:
        name = name or environment.get("GITHUB_REPOSITORY", "")
        if not name:
            raise UsageError("--github: which repository?", hint="--github OWNER/NAME, or set GITHUB_REPOSITORY")
        if not _NAME.match(name):
            raise UsageError(f"--github: `{name}` is not OWNER/NAME")
        try:
            import github
        except ImportError as error:
            raise UsageError("--github needs PyGithub", hint=install("bot")) from error
        self._name = name
        token = environment.get("GITHUB_TOKEN") or environment.get("GH_TOKEN")
        self._api = github.Github(
            base_url=(environment.get("GITHUB_API_URL") or API).rstrip("/"),
            auth=github.Auth.Token(token) if token else None,
            timeout=SECONDS,
            retry=None,
            per_page=_PAGE,
        )

    def vouch(
        self, base: str, head: str, commits: Sequence[Commit], signatures: Sequence[Signature]
    ) -> tuple[Signature, ...]:
        """The signatures, with GitHub's verdict where there was no key to check with; it is asked only then.

        Raises:
            FactUnreadableError: GitHub did not answer, or not with commits.
        """
        lacking = {commit.sha for commit, one in zip(commits, signatures, strict=True) if one.verdict in _LACKING}
        if not lacking:
            return tuple(signatures)
        said = self._verifications(base, head, lacking)
        return tuple(
            _taken(commit, one, said.get(str(commit.sha))) if commit.sha in lacking else one
            for commit, one in zip(commits, signatures, strict=True)
        )

    def _verifications(self, base: str, head: str, wanted: set[str | None]) -> dict[str, dict[str, Any]]:
        """GitHub's words by commit; pages are read until all that are wanted were seen."""
        found: dict[str, dict[str, Any]] = {}
        for page in range(1, _PAGES + 1):
            answer = self._get(f"/repos/{self._name}/compare/{base}...{head}", page)
            try:
                listed = {one["sha"]: one["commit"]["verification"] for one in answer["commits"]}
            except (KeyError, TypeError) as error:
                raise FactUnreadableError("GitHub's answer on commits is not as its API describes it") from error
            found |= listed
            if len(listed) < _PAGE or wanted <= found.keys():
                break
        return found

    def _get(self, path: str, page: int) -> Any:  # noqa: ANN401 - JSON
        import github
        from requests.exceptions import RequestException

        where = f"GitHub's API for {self._name}"
        try:
            return self._api.requester.requestJsonAndCheck("GET", path, parameters={"per_page": _PAGE, "page": page})[1]
        except github.GithubException as error:
            raise _refusal(where, error.status, error.headers or {}) from error
        except RequestException as error:
            raise FactUnreadableError(
                f"{where} can't be reached: {type(error).__name__}", hint="look at GITHUB_API_URL and the network"
            ) from error


def _refusal(where: str, status: int, headers: Mapping[str, str]) -> FactUnreadableError:
    hints = {
        401: "GITHUB_TOKEN is not valid",
        403: "the token needs `contents: read`; or the rate limit is used up: wait, or give a token",
        404: "push the commits first; a private repository needs GITHUB_TOKEN with `contents: read`",
        429: f"wait {headers.get('retry-after', 'a few')} seconds, or give a token",
    }
    return FactUnreadableError(f"{where} answered {status}", hint=hints.get(status, "try again later"))


def _taken(commit: Commit, ours: Signature, verification: dict[str, Any] | None) -> Signature:
    """A signature by GitHub's word; ours where GitHub has none."""
    if not isinstance(verification, dict):
        return structs.replace(ours, reason=f"{ours.reason}; GitHub does not know the commit")
    word = str(verification.get("reason"))[:40]
    verdict = VERDICTS.get(word, SignatureVerdict.UNVERIFIABLE)
    if verdict is SignatureVerdict.GOOD and verification.get("verified") is not True:
        verdict = SignatureVerdict.UNVERIFIABLE
    emails: tuple[str, ...] = ()
    # GitHub vouches for the committer, whose account has both the key and the address.
    if verdict is SignatureVerdict.GOOD and commit.committer and _ADDRESS.match(commit.committer.email):
        emails = (commit.committer.email,)
    reason = f"GitHub says: {word}"
    return structs.replace(ours, verdict=verdict, emails=emails, reason=reason, by_github=True)
