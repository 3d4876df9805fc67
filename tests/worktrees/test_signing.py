"""`paddock signing doctor`: each state made for real, and the hints run."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from paddock_cli import Ran, paddock
from signers import ADA, BOB, Keyring, list_keys, run, signed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Work

SIGNING = "version: 1\nbase: main\ngates:\n  signing: {}\n"


def doctor(work: Work, **env: str) -> tuple[Ran, dict[str, tuple[str, str, str]]]:
    """The run, and each check's health, message and hint by its name."""
    ran = paddock("signing", "doctor", "--format", "json", cwd=work.path, env=env)
    assert ran.err == ""
    report = json.loads(ran.out)
    assert report["version"] == 1
    return ran, {one["name"]: (one["health"], one["message"], one["hint"] or "") for one in report["checks"]}


def healths(found: dict[str, tuple[str, str, str]]) -> dict[str, str]:
    return {name: health for name, (health, _, _) in found.items()}


@pytest.fixture
def ssh(work: Work, keyring: Keyring) -> Work:
    """A repository set up as it should be: Ada signs by SSH, and the base lists her key."""
    key = keyring.ssh("ada")
    list_keys(work, f'{ADA} namespaces="git" {key.line}')
    work.write(".paddock.yaml", SIGNING)
    work.commit("policy")
    for name, value in (("commit.gpgSign", "true"), ("gpg.format", "ssh"), ("user.signingKey", key.public)):
        work.git("config", name, value)
    return work


def test_all_is_well_with_ssh(ssh: Work, keyring: Keyring) -> None:
    ran, found = doctor(ssh)
    assert (ran.code, healths(found)) == (
        0,
        dict.fromkeys(("commits", "format", "program", "key", "listed", "identity"), "ok"),
    )
    assert found["key"][1] == f"{keyring.ssh('ada').fingerprint} in {keyring.ssh('ada').private}"
    ssh.git("commit", "-q", "--allow-empty", "-m", "Sign it")
    assert paddock("check", "--range", "HEAD~1..HEAD", "--gate", "signing", "--trust", "main~0", cwd=ssh.path).code == 0


def test_nothing_is_set_up_and_the_hints_mend_it(work: Work, keyring: Keyring, tmp_path: Path) -> None:
    work.write(".paddock.yaml", SIGNING)
    work.commit("policy")
    work.git("config", "gpg.format", "ssh")
    ran, found = doctor(work)
    assert (ran.code, healths(found)) == (1, {"commits": "problem", "format": "ok", "program": "ok", "key": "problem"})
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(home / ".ssh" / "id_ed25519"))
    for hint in (found["commits"][2], found["key"][2].splitlines()[0]):
        run("sh", "-c", hint, cwd=work.path, env={"HOME": str(home), "GIT_CONFIG_GLOBAL": os.devnull})
    env = {"HOME": str(home), "GIT_AUTHOR_EMAIL": ADA, "GIT_COMMITTER_EMAIL": ADA, "GIT_COMMITTER_NAME": "Ada"}
    found = doctor(work, **env)[1]
    assert healths(found) | {"key": "ok"} == healths(found)
    assert found["listed"][:2] == (
        "problem",
        "main has no .paddock/allowed_signers, so nobody's signature can be checked",
    )
    line = found["listed"][2].splitlines()[1]
    list_keys(work, line)
    assert doctor(work, **env)[0].code == 0
    work.git("commit", "-q", "--allow-empty", "-m", "Sign it", env=env | {"GIT_AUTHOR_NAME": "Ada"})
    assert paddock("check", "--range", "HEAD~1..HEAD", "--gate", "signing", cwd=work.path).code == 0
    assert keyring.folder.exists()


STATES = {
    "a key that is not there": (("user.signingKey", "/nowhere/id.pub"), "key", "there is no key there"),
    "an option as a key": (("user.signingKey", "--help"), "key", "there is no key there"),
    "a key that is none": (("user.signingKey", "key::ssh-ed25519 AAAAB"), "key", "there is no key there"),
    "escapes as a key": (("user.signingKey", "\x1b[2J\nx"), "key", "there is no key there"),
    "an unknown format": (("gpg.format", "pgp"), "format", "gpg.format is `pgp`"),
    "a program that is not there": (("gpg.ssh.program", "/nowhere/keygen"), "program", "which can't be run"),
    "another address": (("user.email", "ada@home.example"), "identity", f"the key speaks for {ADA}"),
    "signing is off": (("commit.gpgSign", "false"), "commits", "commit.gpgSign is not set"),
}


@pytest.mark.parametrize(("setting", "check", "said"), STATES.values(), ids=STATES)
def test_a_wrong_setting(setting: tuple[str, str], check: str, said: str, ssh: Work) -> None:
    ssh.git("config", *setting)
    ran, found = doctor(ssh)
    assert (ran.code, found[check][0]) == (1, "problem")
    assert said in found[check][1]
    assert found[check][2] != ""
    assert "\x1b" not in paddock("signing", "doctor", cwd=ssh.path).out


def test_a_key_chosen_by_a_command_is_not_run(ssh: Work, tmp_path: Path) -> None:
    ssh.git("config", "--unset", "user.signingKey")
    ssh.git("config", "gpg.ssh.defaultKeyCommand", f"touch {tmp_path}/ran")
    ran, found = doctor(ssh)
    assert (ran.code, found["key"][0]) == (3, "unknown")
    assert not (tmp_path / "ran").exists()


def test_no_program_at_all(ssh: Work, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    git = run("sh", "-c", "command -v git").decode().strip()
    os.symlink(git, tmp_path / "bin" / "git")
    ran, found = doctor(ssh, PATH=str(tmp_path / "bin"))
    assert (ran.code, found["program"][:2]) == (1, ("problem", "there is no ssh-keygen on PATH"))


LISTS = {
    "another's key": ("{ada} {other}", "is not in .paddock/allowed_signers on main"),
    "commented out": ("# {ada} {key}", "is not in .paddock/allowed_signers on main"),
    "an authority's": ("{ada} cert-authority {key}", "is not in .paddock/allowed_signers on main"),
    "no longer": ('{ada} valid-before="20200101" {key}', "allowed_signers on main, line 1: key has expired"),
    "not yet": ('{ada} valid-after="21200101Z" {key}', "allowed_signers on main, line 1: key is not yet valid"),
    "for files": ('{ada} namespaces="file" {key}', "is not for the namespace `git`"),
    "for all but git": ('{ada} namespaces="!git,*" {key}', "is not for the namespace `git`"),
}


@pytest.mark.parametrize(("line", "said"), LISTS.values(), ids=LISTS)
def test_the_list_on_the_base(line: str, said: str, ssh: Work, keyring: Keyring) -> None:
    list_keys(ssh, line.format(ada=ADA, key=keyring.ssh("ada").line, other=keyring.ssh("bob").line))
    ran, found = doctor(ssh)
    assert (ran.code, found["listed"][0]) == (1, "problem")
    assert said in found["listed"][1]
    # It says no more than what the gate will find.
    signed(ssh, keyring.ssh("ada"), keyring)
    assert paddock("check", "--range", "HEAD~1..HEAD", "--gate", "signing", cwd=ssh.path).code == 1


WELL_LISTED = {
    "a tab": "{ada}\t{key}",
    "spaces before it": "  {ada} {key}",
    "several in quotes": '"bob@example.org,{ada}" {key}',
    "a pattern": "*@example.org {key}",
    "in force": '{ada} valid-after="20200101",valid-before="21200101" {key}',
    "for more than git": '{ada} NameSpaces="file,g*" {key}',
    "behind a line that is none": "nonsense\n{ada} {key}",
}


@pytest.mark.parametrize("line", WELL_LISTED.values(), ids=WELL_LISTED)
def test_any_line_that_the_gate_believes(line: str, ssh: Work, keyring: Keyring) -> None:
    list_keys(ssh, line.format(ada=ADA, key=keyring.ssh("ada").line))
    ran, found = doctor(ssh)
    assert (ran.code, set(healths(found).values())) == (0, {"ok"})
    signed(ssh, keyring.ssh("ada"), keyring)
    assert paddock("check", "--range", "HEAD~1..HEAD", "--gate", "signing", cwd=ssh.path).code == 0


@pytest.mark.parametrize("form", ["plain", "krl"])
def test_a_revoked_key(form: str, ssh: Work, keyring: Keyring, tmp_path: Path) -> None:
    key = keyring.ssh("ada")
    if form == "krl":
        run("ssh-keygen", "-q", "-k", "-f", str(tmp_path / "krl"), key.public)
        revoked: str | bytes = (tmp_path / "krl").read_bytes()
    else:
        revoked = f"{key.line}\n"
    list_keys(ssh, f"{ADA} {key.line}", revoked=revoked)
    ran, found = doctor(ssh)
    assert (ran.code, found["revoked"][0]) == (1, "problem")


def test_a_revocation_that_is_a_comment(ssh: Work, keyring: Keyring) -> None:
    key = keyring.ssh("ada")
    list_keys(ssh, f"{ADA} {key.line}", revoked=f"# {key.line}\n")
    assert doctor(ssh)[0].code == 0


def test_programs_that_are_none_are_taken_out_where_they_were_put(gpg: Work, keyring: Keyring) -> None:
    for where, name in (("--local", "gpg.openpgp.program"), ("--global", "gpg.program")):
        gpg.git("config", where, name, "/nowhere/gpg")
        ran, found = doctor(gpg, **keyring.env)
        assert (ran.code, found["program"][:2]) == (1, ("problem", f"{name} is `/nowhere/gpg`, which can't be run"))
        run("sh", "-c", found["program"][2], cwd=gpg.path)
        assert doctor(gpg, **keyring.env)[0].code == 0


def test_a_program_that_does_not_start(gpg: Work, keyring: Keyring) -> None:
    gpg.write("broken", "\x7fELF")
    (gpg.path / "broken").chmod(0o755)
    gpg.git("config", "gpg.program", str(gpg.path / "broken"))
    ran, found = doctor(gpg, **keyring.env)
    assert (ran.code, found["key"][0]) == (3, "unknown")
    assert found["key"][1].startswith("broken can't be run: ")
    # It takes no other line from the doctor of all.
    checks = json.loads(paddock("doctor", "--format", "json", cwd=gpg.path, env=keyring.env).out)["checks"]
    assert {"git", "base", "signing: key"} <= {check["name"] for check in checks}


def test_another_program_that_holds_the_key(ssh: Work, tmp_path: Path) -> None:
    program = tmp_path / "vault-sign"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    program.chmod(0o755)
    ssh.git("config", "gpg.ssh.program", str(program))
    ran, found = doctor(ssh)
    assert (ran.code, found["key"][0], found["listed"][0]) == (3, "unknown", "ok")
    assert not (tmp_path / "ran").exists()


def test_a_pipe_for_a_key_is_not_waited_for(ssh: Work, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pub")
    ssh.git("config", "user.signingKey", str(tmp_path / "pipe.pub"))
    assert doctor(ssh)[1]["key"][0] == "problem"


def test_a_private_key_that_others_may_read(ssh: Work, keyring: Keyring, tmp_path: Path) -> None:
    key = keyring.ssh("ada")
    for end in ("", ".pub"):
        (tmp_path / f"key{end}").write_bytes((keyring.folder / f"ada{end}").read_bytes())
    (tmp_path / "key").chmod(0o644)
    ssh.git("config", "user.signingKey", str(tmp_path / "key.pub"))
    found = doctor(ssh)[1]
    assert (found["key"][0], key.fingerprint in found["key"][1]) == ("problem", True)
    run("sh", "-c", found["key"][2])
    assert doctor(ssh)[0].code == 0


def test_a_key_is_looked_for_where_git_does(ssh: Work, keyring: Keyring) -> None:
    ssh.git("config", "user.signingKey", os.path.relpath(keyring.ssh("ada").public, ssh.path))
    (ssh.path / "below").mkdir()
    ran = paddock("signing", "doctor", cwd=ssh.path / "below")
    assert (ran.code, ran.err) == (0, "")


def test_a_key_in_the_settings_wants_an_agent(ssh: Work, keyring: Keyring, agent: dict[str, str]) -> None:
    key = keyring.ssh("ada")
    ssh.git("config", "user.signingKey", f"key::{key.line}")
    assert doctor(ssh, **agent)[1]["key"][:2] == (
        "problem",
        f"{key.fingerprint}: there is no private key here, nor in an agent",
    )
    run("ssh-add", "-q", key.private, env=agent)
    assert doctor(ssh, **agent)[0].code == 0


def test_a_bare_repository_and_a_linked_worktree(ssh: Work, tmp_path: Path) -> None:
    ssh.git("worktree", "add", "-q", str(tmp_path / "linked"))
    assert paddock("signing", "doctor", cwd=tmp_path / "linked").code == 0
    ssh.git("clone", "-q", "--bare", ".", str(tmp_path / "bare"))
    ran = paddock("signing", "doctor", cwd=tmp_path / "bare")
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.startswith("problem  commits")


def test_a_format_that_the_policy_does_not_take(ssh: Work) -> None:
    ssh.write(".paddock.yaml", SIGNING.replace("{}", "{formats: [openpgp]}"))
    ran, found = doctor(ssh)
    message = "commits are signed by ssh, and the policy takes openpgp"
    assert (ran.code, found["format"]) == (1, ("problem", message, "git config gpg.format openpgp"))
    run("sh", "-c", found["format"][2], cwd=ssh.path)
    assert doctor(ssh)[1]["format"][0] == "ok"


def test_x509_is_not_looked_into(ssh: Work) -> None:
    ssh.git("config", "gpg.format", "x509")
    ssh.git("config", "gpg.x509.program", "true")
    ran, found = doctor(ssh)
    assert (ran.code, found["key"][:2]) == (3, ("unknown", "paddock checks no X.509 signatures"))


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A real ssh-agent without a key."""
    socket = str(tmp_path / "agent")
    with subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield {"SSH_AUTH_SOCK": socket}
        process.terminate()


def test_a_passphrase_wants_an_agent(ssh: Work, agent: dict[str, str], tmp_path: Path) -> None:
    private = str(tmp_path / "locked key")
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", private)
    ssh.git("config", "user.signingKey", f"{private}.pub")
    ran, found = doctor(ssh, **agent)
    assert found["key"][0] == "warning"
    assert "has a passphrase and no agent holds it" in found["key"][1]
    asking = tmp_path / "ask"
    asking.write_text("#!/bin/sh\necho secret\n")
    asking.chmod(0o755)
    run("sh", "-c", found["key"][2], env=agent | {"SSH_ASKPASS": str(asking), "SSH_ASKPASS_REQUIRE": "force"})
    found = doctor(ssh, **agent)[1]
    assert (found["key"][0], "held by the agent" in found["key"][1]) == ("ok", True)
    os.unlink(private)
    assert doctor(ssh, **agent)[1]["key"][0] == "ok"
    found = doctor(ssh)[1]
    assert (found["key"][0], "no private key here, nor in an agent" in found["key"][1]) == ("problem", True)
    assert ran.code == 1  # it is listed nowhere


@pytest.fixture
def gpg(work: Work, keyring: Keyring) -> Work:
    """A repository set up as it should be: Ada signs by gpg, and the base lists her key."""
    list_keys(work, ada=keyring.armour(keyring.ada))
    work.write(".paddock.yaml", SIGNING)
    work.commit("policy")
    work.git("config", "commit.gpgSign", "true")
    work.git("config", "user.signingKey", keyring.ada)
    return work


def test_all_is_well_with_gpg(gpg: Work, keyring: Keyring) -> None:
    ran, found = doctor(gpg, **keyring.env)
    assert (ran.code, set(healths(found).values())) == (0, {"ok"})
    assert found["key"][1] == keyring.ada


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Keyring]:
    """A keyring of the test's own, whose keys may change."""
    made = Keyring(tmp_path)
    yield made
    made.close()


def test_without_a_key_named_gpg_is_asked_as_git_does(gpg: Work, keyring: Keyring) -> None:
    gpg.git("config", "--unset", "user.signingKey")
    assert keyring.ada
    assert doctor(gpg, **keyring.env)[0].code == 0
    # Git asks for name and address, so that another name finds no key.
    gpg.git("config", "user.name", "Countess Lovelace")
    found = doctor(gpg, **keyring.env)[1]
    assert found["key"][:2] == ("problem", f"gpg has no private key for `Countess Lovelace <{ADA}>`")


def test_a_gpg_key_with_a_passphrase(gpg: Work, own: Keyring, tmp_path: Path) -> None:
    asking = ("--batch", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", "secret")
    run("gpg", *asking, "--quick-generate-key", f"Ada <{ADA}>", "ed25519", "sign", "never", env=own.env)
    gpg.git("config", "user.signingKey", ADA)
    found = doctor(gpg, **own.env)[1]
    assert (found["key"][0], "has a passphrase" in found["key"][1]) == ("warning", True)
    (tmp_path / "passphrase").write_text("secret\n")
    with open(f"{own.gnupg}/gpg.conf", "w", encoding="ascii") as file:
        file.write(f"pinentry-mode loopback\npassphrase-file {tmp_path}/passphrase\n")
    run("sh", "-c", found["key"][2].splitlines()[1], env=own.env)
    assert doctor(gpg, **own.env)[1]["key"][0] == "ok"


def test_a_gpg_key_that_was_renewed_here_only(gpg: Work, own: Keyring) -> None:
    key = own.expired
    gpg.git("config", "--unset", "commit.gpgSign")
    list_keys(gpg, old=own.armour(key))
    gpg.git("config", "user.signingKey", key)
    gpg.git("config", "user.email", "old@example.org")
    own.gpg("--quick-set-expire", key, "1y")
    found = doctor(gpg, **own.env)[1]
    assert (found["key"][0], found["listed"][:2]) == (
        "ok",
        ("problem", f"{key} is expired as .paddock/keys/*.asc on main has it"),
    )
    list_keys(gpg, old=own.gpg("--armor", "--export", key).decode())
    gpg.git("config", "commit.gpgSign", "true")
    assert doctor(gpg, **own.env)[0].code == 0


def test_a_gpg_key_that_signs_nothing(gpg: Work, own: Keyring) -> None:
    own.gpg("--quick-generate-key", f"Ada <{ADA}>", "ed25519", "cert", "never")
    gpg.git("config", "user.signingKey", ADA)
    found = doctor(gpg, **own.env)[1]
    assert (found["key"][0], "can sign" in found["key"][1]) == ("problem", True)
    own.gpg(*found["key"][2].split()[1:])
    assert doctor(gpg, **own.env)[1]["key"][0] == "ok"


def test_gpg_without_the_key(gpg: Work, keyring: Keyring, tmp_path: Path) -> None:
    (tmp_path / "g").mkdir(mode=0o700)
    ran, found = doctor(gpg, GNUPGHOME=str(tmp_path / "g"))
    assert (ran.code, found["key"][1]) == (1, f"gpg has no private key for `{keyring.ada}`")


def test_the_hint_makes_a_gpg_key_and_chooses_it(gpg: Work, own: Keyring) -> None:
    _, message, hint = doctor(gpg, **own.env)[1]["key"]
    make, choose, instead = hint.splitlines()
    assert message.startswith("gpg has no private key for ")
    assert instead == "or by an SSH key: git config gpg.format ssh"
    with open(f"{own.gnupg}/gpg.conf", "w", encoding="ascii") as file:
        file.write("batch\npinentry-mode loopback\npassphrase \n")
    for command in (make, choose):
        run("sh", "-c", command, cwd=gpg.path, env=own.env)
    found = doctor(gpg, **own.env)[1]
    assert (found["key"][0], "is not among .paddock/keys/*.asc on main" in found["listed"][1]) == ("ok", True)
    gpg.git("commit", "-q", "--allow-empty", "-m", "Sign it", env=own.env)


def test_a_gpg_key_that_the_base_does_not_list(gpg: Work, keyring: Keyring) -> None:
    gpg.git("config", "user.signingKey", keyring.bob)
    found = doctor(gpg, **keyring.env)[1]
    assert found["listed"][:2] == ("problem", f"{keyring.bob} is not among .paddock/keys/*.asc on main")
    gpg.git("config", "commit.gpgSign", "false")
    list_keys(gpg, bob=keyring.armour(keyring.bob))
    gpg.git("config", "commit.gpgSign", "true")
    found = doctor(gpg, **keyring.env)[1]
    assert found["identity"][:2] == ("problem", f"user.email is {ADA}, and the key speaks for {BOB}")
    run("sh", "-c", found["identity"][2].splitlines()[0], cwd=gpg.path)
    assert doctor(gpg, **keyring.env)[0].code == 0


@pytest.mark.parametrize("state", ["expired", "revoked"])
def test_a_gpg_key_out_of_force(state: str, gpg: Work, keyring: Keyring, tmp_path: Path) -> None:
    key, env = keyring.expired, keyring.env
    if state == "revoked":
        # Other tests still sign by the keys of the run.
        own = Keyring(tmp_path)
        key, env = own.revoked, own.env
        own.gpg("--import", stdin=own.armour(key).encode())
    gpg.git("config", "user.signingKey", key)
    found = doctor(gpg, **env)[1]
    if state == "revoked":
        own.close()
    assert found["key"][:2] == ("problem", f"{key} is {state}")


def test_the_base_lists_no_key(work: Work, keyring: Keyring) -> None:
    work.git("config", "user.signingKey", keyring.ada)
    found = doctor(work, **keyring.env)[1]
    assert found["listed"][:2] == ("problem", "main has no .paddock/keys/*.asc, so no signature can be checked")


def test_there_is_no_base(empty: Work) -> None:
    ran, found = doctor(empty)
    assert (ran.code, found["base"][:2]) == (3, ("unknown", "the base `main` is not in this clone"))


def test_the_doctor_of_all_tells_of_signing_where_the_gate_is_on(ssh: Work) -> None:
    ssh.git("config", "commit.gpgSign", "false")
    checks = json.loads(paddock("doctor", "--format", "json", cwd=ssh.path).out)["checks"]
    (found,) = (check for check in checks if check["name"] == "signing: commits")
    assert (found["health"], found["hint"]) == ("problem", "git config commit.gpgSign true")
    ssh.write(".paddock.yaml", SIGNING.replace("{}", "{severity: off}"))
    assert "signing: " not in paddock("doctor", cwd=ssh.path).out
    ssh.write(".paddock.yaml", "extends: paddock:default\n")
    assert "signing: " not in paddock("doctor", cwd=ssh.path).out
