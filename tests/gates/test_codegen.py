from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fake_source import FakeSource
from paddock.errors import PolicyError
from paddock.findings import Finding, Judgement, Level
from paddock.gates import CONFIGS
from paddock.gates.codegen import CodegenConfig, Facts, check, read
from paddock.model import ChangedFile, FileClass, FileStatus
from paddock.policy.load import load
from paddock.steps import Drift, DriftKind, End, Ended, Regenerated, Step
from paddock_cli import paddock

if TYPE_CHECKING:
    from conftest import Work

PASSED = Ended(name="codegen", end=End.PASSED, said="exit 0")
CONFIG = CodegenConfig(run="make codegen")
RECIPE = Finding(
    message="the change edits the generator's recipe, so that its output proves less",
    hint="read this file's change: a recipe can make anything reproduce",
    path="Makefile",
    severity=Level.NOTE,
)


def test_what_reproduces_passes() -> None:
    assert check(Facts(made=Regenerated(PASSED)), CONFIG) == Judgement(
        reason="the generator leaves the files as they are committed", facts={"files": 0, "recipe": 0}
    )


def test_every_kind_of_drift_is_a_finding_with_the_command_that_mends_it() -> None:
    drift = tuple(Drift(f"{kind}.go", kind) for kind in DriftKind)
    found = check(Facts(made=Regenerated(PASSED, drift), recipe=("Makefile",)), CONFIG)
    hint = "make codegen\ngit add --all && git commit"
    assert found == Judgement(
        reason="3 files not as the generator leaves them; the change edits its recipe: Makefile",
        findings=(
            Finding(message="the generator writes something else", hint=hint, path="changed.go"),
            Finding(message="the generator makes this file, and it is not committed", hint=hint, path="added.go"),
            Finding(message="the generator deletes this file, and it is committed", hint=hint, path="deleted.go"),
            RECIPE,
        ),
        facts={"files": 3, "recipe": 1},
    )


def test_an_edited_recipe_is_told_though_the_output_reproduces() -> None:
    found = check(Facts(made=Regenerated(PASSED), recipe=("Makefile",)), CONFIG)
    assert found.findings == (RECIPE,)
    assert found.reason.endswith("; the change edits its recipe: Makefile")


@pytest.mark.parametrize(
    ("end", "errored"), [(End.FAILED, False), (End.KILLED, True), (End.TIMED_OUT, True), (End.MISSING, True)]
)
def test_a_generator_that_did_not_end_well_judges_nothing(end: End, *, errored: bool) -> None:
    found = check(Facts(made=Regenerated(Ended(name="codegen", end=end, said="so", tail=("oh",)))), CONFIG)
    assert (found.reason, found.errored) == ("the generator: so", errored)
    assert [(one.severity, one.excerpt) for one in found.findings] == [(Level.ERROR, ("oh",))]


def facts(config: CodegenConfig, *paths: str) -> tuple[list[Step], Facts]:
    seen: list[Step] = []

    def run(step: Step) -> Regenerated:
        seen.append(step)
        return Regenerated(PASSED)

    files = [ChangedFile(path, FileStatus.MODIFIED, 1, 0, FileClass.SOURCE, "a rule") for path in paths]
    return seen, read(FakeSource(files=files, regenerated=run), config)


RECIPES: dict[str, tuple[CodegenConfig, str, bool]] = {
    "a makefile": (CONFIG, "Makefile", True),
    "what a makefile includes": (CONFIG, "build/gen.mk", True),
    "another folder's makefile": (CONFIG, "x/Makefile", False),
    "a makefile without make": (CodegenConfig(run="./hack/gen.sh"), "Makefile", False),
    "a script": (CodegenConfig(run="A=1 ./hack/gen.sh --all"), "hack/gen.sh", True),
    "a script in a list": (CodegenConfig(run=("bash", "hack/gen.sh")), "hack/gen.sh", True),
    "a folder that is named": (CodegenConfig(run="go run ./cmd/gen"), "cmd/gen/main.go", True),
    "from another folder": (CodegenConfig(run="./gen.sh", cwd="tools"), "tools/gen.sh", True),
    "a name with a star": (CodegenConfig(run=("sh", "a*.sh")), "ab.sh", False),
    "the same name elsewhere": (CodegenConfig(run="hack/gen.sh"), "x/hack/gen.sh", False),
    "an open quote": (CodegenConfig(run="hack/gen.sh 'x"), "hack/gen.sh", True),
    "what the policy names": (CodegenConfig(run="make", recipe=("hack/**",)), "hack/a/b.sh", True),
    "only what the policy names": (CodegenConfig(run="make", recipe=("hack/**",)), "Makefile", False),
}


@pytest.mark.parametrize(("config", "path", "is_recipe"), RECIPES.values(), ids=RECIPES)
def test_what_a_recipe_is(config: CodegenConfig, path: str, *, is_recipe: bool) -> None:
    assert facts(config, path, "other.txt")[1].recipe == ((path,) if is_recipe else ())


def test_paths_wake_it() -> None:
    config = CodegenConfig(run="make", paths=("api/",))
    seen, found = facts(config, "docs/a.md")
    assert (seen, found.made) == ([], None)
    assert check(found, config).reason == "the change touches nothing that the generator reads"
    seen, _ = facts(config, "api/types.go")
    assert seen == [Step(name="codegen", run="make", seconds=600)]


WRONG = {
    "no command": ("{}", "`gates.codegen.run`: there is no command"),
    "a glob": ("{run: x, paths: ['./a']}", "`gates.codegen.paths.0`: the glob './a' matches nothing"),
    "a folder outside": ("{run: x, cwd: /}", "`gates.codegen.cwd`: the folder is one of the repository"),
}


@pytest.mark.parametrize(("section", "said"), WRONG.values(), ids=WRONG)
def test_what_a_policy_may_not_say(section: str, said: str) -> None:
    text = f"version: 1\ngates:\n  codegen: {section}\n"
    with pytest.raises(PolicyError) as caught:
        load(text.encode(), ".paddock.yaml", lambda _path: None, CONFIGS)
    assert said in str(caught.value)


def test_a_forgotten_generator_is_found_by_real_make_and_not_at_a_push(work: Work) -> None:
    makefile = "codegen:\n\tsed s/a/b/ in.txt > out.txt\n\tcp in.txt new.txt\n"
    policy = "version: 1\ngates: {codegen: {run: make codegen}}\n"
    work.commit("policy", {".paddock.yaml": policy, "Makefile": makefile, "in.txt": "a\n", "out.txt": "b\n"})
    work.branch("topic")
    work.commit("change", {"in.txt": "aa\n"})
    before = work.git("status", "--porcelain", "--ignored")
    told = paddock("check", cwd=work.path)
    assert told.code == 1, told
    assert "failed   codegen  2 files not as the generator leaves them" in told.out
    assert "out.txt: the generator writes something else" in told.out
    assert "new.txt: the generator makes this file, and it is not committed" in told.out
    assert work.git("status", "--porcelain", "--ignored") == before
    assert "nothing to judge" in paddock("hook", "--stage", "pre-push", cwd=work.path).out
