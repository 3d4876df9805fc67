"""What is wrong with a plan as a whole: every problem at once, each with its place in the file.

An error is what can't work: a circle, an unknown name, two owners of one path, an order that contradicts itself. A
warning is what will hurt, a note what is still open.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from paddock.errors import PolicyError
from paddock.plan.graph import build
from paddock.plan.problems import agents, names, order, paths, work
from paddock.plan.problems.problem import Problem, Rules

if TYPE_CHECKING:
    from paddock.plan.graph import Graph
    from paddock.plan.model import Plan

__all__ = ["Problem", "Rules", "problems", "refuse_broken"]


def problems(plan: Plan, rules: Rules, graph: Graph | None = None) -> tuple[Problem, ...]:
    """Everything there is to say of a plan, in the order of the file."""
    graph = graph or build(plan)
    found = [
        *names.problems(plan),
        *order.problems(plan, rules, graph),
        *agents.problems(plan, rules, graph),
        *paths.problems(plan),
        *work.problems(plan, rules, graph),
    ]

    def stands(problem: Problem) -> tuple[int, int]:
        place = problem.place(plan)
        return (place.line, place.column) if place else (0, 0)

    return tuple(sorted(found, key=stands))


def refuse_broken(plan: Plan, graph: Graph) -> None:
    """Stop where names or needs are such that nothing can be said of who does what.

    Raises:
        PolicyError: with the first of what is wrong.
    """
    broken = next(chain(names.problems(plan), order.circles(plan, graph)), None)
    if broken is not None:
        raise PolicyError(broken.message, hint="paddock plan check tells all", where=broken.where(plan))
