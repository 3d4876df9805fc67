"""Every rule that ships does what its own examples say, and has both kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from paddock.gates import CONFIGS
from paddock.gates.patterns import PatternsConfig
from paddock.patterns.examples import examples
from paddock.policy import presets
from paddock.policy.load import load
from paddock.sources.syntax import spans

if TYPE_CHECKING:
    from paddock.patterns.rule import Rule


def rules(name: str) -> dict[str, Rule]:
    made = load(f"extends: {presets.PREFIX}{name}\n".encode(), "p.yaml", lambda _path: None, CONFIGS)
    config = made.gates.get("patterns")
    return dict(config.on) if isinstance(config, PatternsConfig) else {}


EVERY = {f"{preset}: {name}": {name: rule} for preset in presets.names() for name, rule in rules(preset).items()}


def test_the_preset_of_kcp_has_rules() -> None:
    assert len(rules("kcp")) == 10


@pytest.mark.parametrize("one", EVERY.values(), ids=EVERY)
def test_each_rule_keeps_its_examples(one: dict[str, Rule]) -> None:
    judged = list(examples(one, spans))
    assert {example.kind for example in judged} == {"good", "bad"}
    assert [example for example in judged if not example.kept] == []


@pytest.mark.parametrize("one", EVERY.values(), ids=EVERY)
def test_without_its_expression_no_rule_keeps_them(one: dict[str, Rule]) -> None:
    from msgspec import structs

    ((name, rule),) = one.items()
    blind = structs.replace(rule, forbid="\x01", unless=None)
    assert not all(example.kept for example in examples({name: blind}, spans))


# From the facts about kcp's code: each is a file as somebody might write it, and the rule that it breaks.
FILES = {
    "typed-queues": 'package x\n\nfunc New() *c {\n\tq := workqueue.NewNamedRateLimitingQueue(l, "x")\n}\n',
    "committer": "package x\n\nfunc (c *c) reconcile(ctx context.Context, b *B) error {\n"
    "\t_, err := c.client.Cluster(p).B().UpdateStatus(ctx, b, metav1.UpdateOptions{})\n\treturn err\n}\n",
    "cluster-aware-keys": "package x\n\nfunc f() {\n\tkey, err := cache.MetaNamespaceKeyFunc(obj)\n}\n",
    "cluster-aware-clients": "package x\n\nfunc f() {\n\tc.kcpClusterClient.CoreV1().Shards().Get(ctx, n, o)\n}\n",
    "cluster-aware-listers": "package x\n\nfunc f() {\n\to, err := c.bindingLister.Get(name)\n}\n",
    "structured-logging": 'package x\n\nfunc f() {\n\tklog.Infof("synced %s", key)\n}\n',
    "contexts": "package x\n\nfunc f() {\n\tctx := context.TODO()\n}\n",
    "feature-flags": 'package x\n\nvar on = os.Getenv("TMC") != ""\n',
    "panics": "package x\n\nfunc f() {\n\tif err != nil {\n\t\tpanic(err)\n\t}\n}\n",
    "named-rights": "package x\n\n// +kubebuilder:rbac:groups=a.b,resources=c,verbs=*\n",
}


@pytest.mark.parametrize(("broken", "text"), FILES.items(), ids=FILES)
def test_each_rule_of_kcp_finds_its_breach_in_a_reconciler(broken: str, text: str) -> None:
    from paddock.patterns.matching import Matcher, whole_file

    matcher = Matcher(rules("kcp"))
    hits = list(matcher.hits(whole_file("pkg/reconciler/x/x_controller.go", text.encode())))
    assert {hit.rule for hit in hits} == {broken}
    assert list(matcher.hits(whole_file("pkg/client/x/x.md", text.encode()))) == []
