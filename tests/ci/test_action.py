"""The composite action, its steps run for real as GitHub's runner would run them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from hub import TOKEN, Hub, Runner, Served, Step

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "ci" / "gates" / "action.yml").read_text(encoding="utf-8"))
TARGET = "pull_request_target"
SHELL = ("bash", "--noprofile", "--norc", "-eo", "pipefail")  # what `shell: bash` means to the runner
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


def evaluated(text: str, values: Mapping[str, str]) -> str:
    """Expressions replaced by their values. A name alone is all that the action uses, and anything else is an error."""

    def value(match: re.Match[str]) -> str:
        return values[match[1]]

    return _EXPRESSION.sub(value, text)


class Job:
    """A job whose one step uses the action."""

    def __init__(self, runner: Runner, action: Path, spec: dict[str, Any] = ACTION) -> None:
        self.runner = runner
        self.action = action
        self.spec = spec
        self.steps: dict[str, Step] = {}

    def uses(self, token: str = "", **inputs: str) -> Step:
        """Run the action's steps until one fails; its outputs stand for the last one's."""
        unknown = set(inputs) - {name.replace("-", "_") for name in self.spec["inputs"]}
        assert not unknown
        values = {"github.token": token}
        for name, one in self.spec["inputs"].items():
            values[f"inputs.{name}"] = inputs.get(name.replace("-", "_"), evaluated(one["default"], values))
        last = Step(0, "", "", {}, "")
        for step in self.spec["runs"]["steps"]:
            assert step["shell"] == "bash"
            script = self.runner.folder / "script.sh"
            script.write_text(step["run"], encoding="utf-8")
            env = {key: evaluated(value, values) for key, value in step.get("env", {}).items()}
            env |= {"GITHUB_ACTION_PATH": str(self.action)}
            last = self.steps[step["id"]] = self.runner.step(*SHELL, str(script), env=env)
            values |= {f"steps.{step['id']}.outputs.{key}": value for key, value in last.outputs.items()}
            if last.code:
                break
        outputs = {
            name: evaluated(one["value"], {f"steps.judge.outputs.{name}": "", **values})
            for name, one in self.spec.get("outputs", {}).items()
        }
        return Step(last.code, last.out, last.err, outputs, last.summary)


@pytest.fixture(scope="module")
def action(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """paddock as the runner fetches it for `uses: OWNER/paddock/ci/gates@v1`: what is committed, and no git folder."""
    folder = tmp_path_factory.mktemp("actions") / "paddock"
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.split(b"\0")
    for name in filter(None, map(os.fsdecode, names)):
        if (ROOT / name).is_file() and not name.startswith("tests/"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder / "ci" / "gates"


@pytest.fixture(scope="module")
def installed(action: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A runner's temporary folder after the first use, so that not every test installs anew."""
    folder = tmp_path_factory.mktemp("installed")
    runner = Runner(folder, "file:///nowhere", "schedule", {})
    job = Job(runner, action)
    assert job.uses().code == 2
    assert job.steps["install"].code == 0
    return runner.temporary


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return Hub(tmp_path / "hub")


def job(hub: Hub, action: Path, installed: Path, event: str, payload: dict[str, Any]) -> Job:
    runner = Runner(hub.folder / f"run-{len(os.listdir(hub.folder))}", hub.url, event, payload)
    runner.environment["RUNNER_TEMP"] = str(installed)
    return Job(runner, action)


def test_no_expression_stands_in_a_script_and_every_input_is_used() -> None:
    steps = ACTION["runs"]["steps"]
    assert [step["name"] for step in steps if "${{" in step["run"]] == []
    used = {name for step in steps for value in step["env"].values() for name in _EXPRESSION.findall(value)}
    assert {f"inputs.{name}" for name in ACTION["inputs"]} == {name for name in used if name.startswith("inputs.")}


def test_the_first_use_installs_and_the_second_uses_that(hub: Hub, action: Path) -> None:
    hub.branch("topic")
    runner = Runner(hub.folder / "run", hub.url, TARGET, hub.pull("topic"))
    hostile = runner.workspace
    for name in ("venv.py", "pip.py", "paddock.py", "sitecustomize.py", "hatchling.py"):
        (hostile / name).write_text(f"open({str(hub.folder / 'pwned')!r}, 'w')\nraise SystemExit(0)\n")
    (hostile / "pyproject.toml").write_text("[project]\nname = 'paddock'\nversion = '99'\n")
    before = {path.name: path.read_bytes() for path in hostile.iterdir()}
    runner.environment["PYTHONPATH"] = str(hostile)
    one = Job(runner, action)
    assert (one.uses().outputs["outcome"], one.steps["judge"].err) == ("passed", "")
    program = Path(one.steps["install"].outputs["python"])
    made = (program.stat().st_ino, (program.parents[1] / "installed-from").stat().st_mtime_ns)
    assert Job(runner, action).uses(gates="dco").outputs["outcome"] == "passed"
    assert (program.stat().st_ino, (program.parents[1] / "installed-from").stat().st_mtime_ns) == made
    assert {path.name: path.read_bytes() for path in hostile.iterdir()} == before
    assert not (hub.folder / "pwned").exists()
    found = subprocess.run(
        [program, "-I", "-c", "import paddock; print(paddock.__file__)"], capture_output=True, text=True, check=True
    )
    assert found.stdout.startswith(str(runner.temporary))


def test_another_checkout_of_the_action_is_installed_anew(hub: Hub, action: Path, installed: Path) -> None:
    hub.branch("topic")
    one = job(hub, action, installed, TARGET, hub.pull("topic"))
    one.runner.environment["RUNNER_TEMP"] = str(one.runner.temporary)
    venv = one.runner.temporary / "paddock-venv"
    venv.mkdir()
    (venv / "installed-from").write_text("/somewhere/else\n")
    (venv / "planted").touch()
    assert one.uses().outputs["outcome"] == "passed"
    assert not (venv / "planted").exists()


def test_an_old_python_is_refused_in_words(hub: Hub, action: Path, tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    one = Job(Runner(hub.folder / "run", hub.url, TARGET, {}), action)
    ended = one.uses(python=str(old))
    assert (ended.code, list(one.steps)) == (2, ["install"])
    assert ended.out.startswith("::error title=paddock::paddock needs Python 3.11 or newer")
    assert ended.outputs == {"outcome": "", "report": ""}


def test_events_of_each_kind(hub: Hub, action: Path, installed: Path) -> None:
    hub.branch("feature/x/01a-core", lines=30)
    first = hub.pull("feature/x/01a-core")
    hub.branch("feature/x/01b-up", "feature/x/01a-core", lines=30)
    upper = hub.pull("feature/x/01b-up", 8, base_branch="feature/x/01a-core")
    fork = hub.pull("feature/x/01b-up", 9, fork=True)
    group = hub.group("feature/x/01a-core", "feature/x/01b-up", number=8)
    pushed = hub.pushed("feature/x/01b-up")
    cases: tuple[tuple[str, dict[str, Any], str], ...] = (
        ("pull_request", first, "passed"),
        (TARGET, upper, "passed"),
        (TARGET, fork, "failed"),
        ("merge_group", group, "failed"),
        ("push", pushed, "failed"),
        ("push", {**pushed, "deleted": True, "after": "0" * 40}, "skipped"),
        ("schedule", {}, "errored"),
    )
    for event, payload, outcome in cases:
        ended = job(hub, action, installed, event, payload).uses()
        assert ended.outputs["outcome"] == outcome, (event, ended)
        assert ended.report["outcome"] == ("passed" if outcome == "skipped" else outcome)
        assert ended.code == {"failed": 1, "errored": 2}.get(outcome, 0)
        assert ended.summary.startswith("## paddock: ")
        assert ("::error title=" in ended.out) == (outcome in ("failed", "errored"))
        assert ended.err == ""


def test_inputs_reach_the_program(hub: Hub, action: Path, installed: Path) -> None:
    hub.work.commit("policies", {"other.yaml": "gates:\n  dco: {}\n  pr-size: {limit: 5, severity: warning}\n"})
    hub.publish("main")
    hub.branch("topic", lines=30)
    payload = hub.pull("topic")
    ended = job(hub, action, installed, TARGET, payload).uses(
        policy="other.yaml",
        gates="pr-size",
        fail_on="warning",
        format="text json=report.json",
        base="main",
        only="static",
    )
    assert (ended.code, ended.outputs["outcome"], ended.verdicts) == (1, "passed", {"pr-size": "passed"})
    assert ended.out.startswith("::stop-commands::")
    ended = job(hub, action, installed, TARGET, payload).uses(fail_on="never", policy="other.yaml")
    assert ended.code == 0
    ended = job(hub, action, installed, "pull_request", payload).uses(only="code")
    assert (ended.code, ended.outputs["outcome"]) == (0, "skipped")


@pytest.mark.parametrize(
    "text", ["$(touch pwned)", "`touch pwned`", "x; touch pwned", "--help", '"', "a\nb", "${{ x }}"]
)
@pytest.mark.parametrize("name", ["policy", "gates", "base", "format", "fail_on", "only"])
def test_hostile_inputs_are_only_text(hub: Hub, action: Path, installed: Path, name: str, text: str) -> None:
    hub.branch("topic")
    one = job(hub, action, installed, TARGET, hub.pull("topic"))
    ended = one.uses(**{name: text})
    assert ended.code in (2, 3), ended
    assert "Traceback" not in ended.err
    assert list(hub.folder.rglob("pwned")) == []
    assert list(one.runner.workspace.iterdir()) == []


def test_the_token_is_sent_and_is_seen_nowhere(hub: Hub, action: Path, installed: Path) -> None:
    hub.branch("feature/x/01a-core", lines=60)
    payload = hub.pull("feature/x/01a-core")
    with Served(hub.folder / "server") as served:
        one = job(hub, action, installed, TARGET, payload)
        one.runner.environment["GITHUB_SERVER_URL"] = served.url
        ended = one.uses(token=TOKEN)
    assert ended.outputs["outcome"] == "failed"
    assert served.authorizations
    assert None not in served.authorizations
    said = [text for step in one.steps.values() for text in (step.out, step.err, step.summary, *step.outputs.values())]
    assert not [text for text in said if TOKEN in text]


def test_it_is_not_this_checkout_that_runs(installed: Path) -> None:
    program = installed / "paddock-venv" / "bin" / "python"
    ask = "import paddock, paddock.policy.presets as p; print(paddock.__file__, p.data_folder('ci'))"
    said = subprocess.run([program, "-I", "-c", ask], capture_output=True, text=True, check=True).stdout
    assert str(ROOT) not in said
    assert sys.prefix not in said
