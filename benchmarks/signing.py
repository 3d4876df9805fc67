"""`paddock check --gate signing` against `git log --format=%G?` over many signed commits, of SSH and of OpenPGP keys.

Bound: at most 1.5 times git's time plus 100 ms.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

from measuring import Case, Comparison, apart, arguments, at_most, environment, measure, named, scratch, tell
from repositories import AUTHOR, create, git

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMITS = 300
POLICY = "version: 1\ngates:\n  signing: {}\n"
FORMATS = {"ssh": "ssh", "openpgp": "gpg"}  # the branch of each, and what people call it


@contextmanager
def gpg_home() -> Iterator[str]:
    """A folder for gpg, whose agent is ended with it."""
    # The path of an agent's socket may have some hundred characters only.
    with tempfile.TemporaryDirectory(prefix="paddock-gpg-", dir="/tmp") as home:
        yield home
        subprocess.run(("gpgconf", "--homedir", home, "--kill", "all"), check=False, capture_output=True)


def build(folder: str, home: str) -> None:
    """A main branch that lists two keys, and a branch of so many commits signed by each."""
    create(folder)
    key = f"{folder}.key"
    run = ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
    subprocess.run(run, check=True)
    quiet = ("gpg", "--homedir", home, "--batch", "--no-tty", "--passphrase", "", "--pinentry-mode", "loopback")
    user = f"{AUTHOR[0]} <{AUTHOR[1]}>"
    subprocess.run((*quiet, "--quick-generate-key", user, "ed25519", "sign", "never"), check=True, capture_output=True)
    armour = subprocess.run((*quiet, "--armor", "--export", AUTHOR[1]), check=True, capture_output=True).stdout
    os.makedirs(f"{folder}/.paddock/keys")
    with open(f"{key}.pub", encoding="ascii") as public, open(f"{folder}/.paddock/allowed_signers", "w") as file:
        file.write(f'{AUTHOR[1]} namespaces="git" {public.read()}')
    with open(f"{folder}/.paddock/keys/ada.asc", "wb") as binary:
        binary.write(armour)
    with open(f"{folder}/.paddock.yaml", "w", encoding="ascii") as file:
        file.write(POLICY)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "List keys")
    # What `git log` is told of keys, so that both check the same.
    git(folder, "config", "gpg.ssh.allowedSignersFile", f"{folder}/.paddock/allowed_signers")
    os.environ["GNUPGHOME"] = home
    for form, signer in (("ssh", key), ("openpgp", AUTHOR[1])):
        git(folder, "checkout", "--quiet", "-b", form, "main")
        sign = ("-c", f"gpg.format={form}", "-c", f"user.signingKey={signer}", "commit", "--quiet", "--allow-empty")
        for number in range(COMMITS):
            git(folder, *sign, "--gpg-sign", "-m", f"Change number {number}")
    git(folder, "checkout", "--quiet", "main")


def main() -> int:
    """Build, measure, tell."""
    options = arguments(__doc__, repetitions=5).parse_args()
    if options.repo:
        sys.exit("signing.py makes its own keys and repository; there is no --repo")
    with scratch() as folder, gpg_home() as home:
        repository = os.path.join(folder, "repository")
        apart(build, repository, home)
        return compare(options.paddock, repository, home, options.repetitions, options.format)


def compare(paddock: str, repository: str, home: str, repetitions: int, form: str) -> int:
    """Measure both branches."""
    env = {**environment(), "GNUPGHOME": home}
    cases = []
    for branch, word in FORMATS.items():
        log = ("git", "log", "--format=%G?", f"main..{branch}", "--")
        check = (paddock, "check", "--range", f"main..{branch}", "--gate", "signing")
        good = f"{COMMITS} commits with a good signature"
        cases.append(Case(name=f"git log --format=%G?, {word}", argv=log, cwd=repository, env=env, says="G"))
        cases.append(Case(name=f"paddock check, {word}", argv=check, cwd=repository, env=env, says=good))
    timings = measure(tuple(cases), repetitions)
    bounds = tuple(
        at_most(check.name, named(timings, check.name), named(timings, log.name), times=1.5, plus_ms=100)
        for log, check in zip(cases[::2], cases[1::2], strict=True)
    )
    about = {"commits of each": COMMITS}
    return tell(
        Comparison(
            benchmark="signing",
            about=about,
            repetitions=repetitions,
            reference=cases[0].name,
            timings=timings,
            bounds=bounds,
        ),
        form,
    )


if __name__ == "__main__":
    sys.exit(main())
