"""Models as people and Mermaid read them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from pplcompare.models.beta_binomial import hierarchical
from pplcompare.models.flowchart import flowchart
from pplcompare.models.notation import notation

from tests.reference.fixtures import FIXTURES, Fixture


def test_the_notation_reads_like_statistics() -> None:
    assert (
        notation(hierarchical())
        == """\
trials[group]       given
alpha             ~ Gamma(16, 9)
beta              ~ Gamma(40, 8)
rate[group]       ~ Beta(alpha, beta)
successes[group]  ~ Binomial(trials[group], rate[group])    observed

Arguments: Gamma(shape, rate), Beta(alpha, beta), Binomial(trials, probability)
"""
    )


def test_the_flowchart_has_a_frame_for_the_plate() -> None:
    assert (
        flowchart(hierarchical())
        == """\
flowchart TD
  n1(["alpha ~ Gamma(16, 9)"])
  n2(["beta ~ Gamma(40, 8)"])
  subgraph p0 ["for each group"]
    n0["trials"]
    n3(["rate ~ Beta(alpha, beta)"])
    n4(["successes ~ Binomial(trials, rate)"])
  end
  n1 --> n3
  n2 --> n3
  n0 --> n4
  n3 --> n4
  classDef observed fill:#d5dce4
  class n4 observed
"""
    )


@pytest.mark.parametrize("make", FIXTURES, ids=lambda make: make.__name__)
def test_every_item_has_a_line_and_a_node(make: Callable[[], Fixture]) -> None:
    model = make().model
    lines = notation(model).split("\n\n")[0].splitlines()
    assert [re.split(r"\W", line)[0] for line in lines] == [item.name for item in model.items]
    nodes = re.findall(r'n\d+(?:\(\[|\[)"(\w+)', flowchart(model))
    assert sorted(nodes) == sorted(item.name for item in model.items)
