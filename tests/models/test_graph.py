"""The graph of a model, measured in what is drawn: nothing crosses, touches or leaves its frame."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from functools import partial
from xml.etree import ElementTree as ET

import pytest
from pplcompare.models.beta_binomial import FAMILIES, hierarchical
from pplcompare.models.bounded import Beta
from pplcompare.models.counts import Counts
from pplcompare.models.discrete import Binomial
from pplcompare.models.graph.graph_svg import graph_svg, plate_sizes
from pplcompare.models.graph.rows import edges_of, rows_of
from pplcompare.models.mathematics import mathematics_html
from pplcompare.models.positive import Gamma
from pplcompare.models.spec import Input, Model, Observed, Variable

from tests.reference.fixtures import FIXTURES, Fixture

type Point = tuple[float, float]
type Rectangle = tuple[float, float, float, float]
SVG = "{http://www.w3.org/2000/svg}"


def two_plates() -> Model:
    """Eight nodes: two hyper-parameters that feed the rates of two plates, which cross if they stand side by side."""
    return Model(
        "two plates",
        Variable("alpha", Gamma(1, 2)),
        Variable("beta", Gamma(3, 4)),
        Input("visits", plate="site"),
        Variable("share", Beta("alpha", "beta"), plate="site"),
        Observed("sales", Binomial("visits", "share"), plate="site"),
        Input("operations", plate="hospital"),
        Variable("risk", Beta("alpha", "beta"), plate="hospital"),
        Observed("deaths", Binomial("operations", "risk"), plate="hospital"),
    )


def two_readings() -> Model:
    """Two observations on one plate that share rate and trials."""
    return Model(
        "two readings",
        Variable("rate", Beta(1, 1), plate="site"),
        Input("trials", plate="site"),
        Observed("first", Binomial("trials", "rate"), plate="site"),
        Observed("second", Binomial("trials", "rate"), plate="site"),
    )


def skipping() -> Model:
    """A hyper-parameter that feeds what its own child feeds, too, and a plate that is not as deep as its neighbour."""
    return Model(
        "skipping",
        Variable("top", Gamma(2, 3)),
        Variable("middle", Gamma("top", 1)),
        Input("many", plate="a_plate_with_quite_a_long_name"),
        Variable("p", Beta("top", "middle"), plate="a_plate_with_quite_a_long_name"),
        Observed("k", Binomial("many", "p"), plate="a_plate_with_quite_a_long_name"),
        Variable("lonely", Beta("top", 4), plate="b"),
    )


def model_of(make: Callable[[], Fixture]) -> Model:
    return make().model


MODELS: dict[str, Callable[[], Model]] = {
    **FAMILIES,
    **{make.__name__: make for make in (two_plates, two_readings, skipping)},
    **{make.__name__: partial(model_of, make) for make in FIXTURES},
}


def rectangle(of: ET.Element) -> Rectangle:
    x, y, width, height = (float(of.attrib[name]) for name in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


def line_of(path: str) -> list[Point]:
    """Return points along a path of upright lines and cubic curves, as an SVG reader draws them."""
    found: list[Point] = []
    for kind, numbers in re.findall(r"([MLC])([^MLC]+)", path):
        values = [float(number) for number in re.findall(r"-?[\d.]+", numbers)]
        points = list(zip(values[::2], values[1::2], strict=True))
        if kind != "C":
            found += points
            continue
        a, (b, c, d) = found[-1], points
        for step in range(1, 41):
            t = step / 40
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
            x, y = (sum(w * p[axis] for w, p in zip(weights, (a, b, c, d), strict=True)) for axis in (0, 1))
            found.append((x, y))
    return found


def cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Say whether two segments cross at a point inside both."""

    def side(p: Point, q: Point, r: Point) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) < -1e-6 and side(c, d, a) * side(c, d, b) < -1e-6


def inside(point: Point, of: Rectangle) -> bool:
    return of[0] < point[0] < of[2] and of[1] < point[1] < of[3]


class Drawn:
    """What an SVG reader finds."""

    def __init__(self, model: Model) -> None:
        self.root = ET.fromstring(graph_svg(model))
        nodes = [part for part in self.root.iter(f"{SVG}g") if "node" in part.attrib["class"]]
        self.nodes = {node.attrib["data-name"]: rectangle(node[0]) for node in nodes}
        self.kinds = {node.attrib["data-name"]: node.attrib["class"].split()[1] for node in nodes}
        frames = self.root.iterfind(f"{SVG}rect[@class='plate']")
        self.frames = {frame.attrib["data-plate"]: rectangle(frame) for frame in frames}
        edges = self.root.iterfind(f"{SVG}path[@class='edge']")
        self.lines = {(one.attrib["data-from"], one.attrib["data-to"]): line_of(one.attrib["d"]) for one in edges}

    def crossings(self) -> Iterator[tuple[object, object]]:
        for (one, first), (other, second) in itertools.combinations(self.lines.items(), 2):
            pairs = itertools.product(itertools.pairwise(first), itertools.pairwise(second))
            if any(cross(*a, *b) for a, b in pairs):
                yield one, other


@pytest.mark.parametrize("name", MODELS)
def test_nothing_crosses_touches_or_leaves_its_frame(name: str) -> None:
    model = MODELS[name]()
    drawn = Drawn(model)
    assert sorted(drawn.lines) == sorted(edges_of(model))
    assert list(drawn.crossings()) == []
    for (_, a), (_, b) in itertools.combinations(drawn.nodes.items(), 2):
        assert a[2] + 10 <= b[0] or b[2] + 10 <= a[0] or a[3] + 10 <= b[1] or b[3] + 10 <= a[1]
    for edge, line in drawn.lines.items():
        for other, box in drawn.nodes.items():
            if other not in edge:
                assert not any(inside(point, box) for point in line), (edge, other)
        source, target = (drawn.nodes[end] for end in edge)
        assert line[0][0] == pytest.approx((source[0] + source[2]) / 2, abs=0.2)
        assert line[0][1] == pytest.approx(source[3], abs=0.2)
        assert line[-1][0] == pytest.approx((target[0] + target[2]) / 2, abs=0.2)
        assert line[-1][1] <= target[1]
    plates = {item.name: item.plate for item in model.items}
    assert set(drawn.frames) == {plate for plate in plates.values() if plate is not None}
    for plate, frame in drawn.frames.items():
        for item, box in drawn.nodes.items():
            corners = [inside(corner, frame) for corner in ((box[0], box[1]), (box[2], box[3]))]
            assert corners == [plates[item] == plate] * 2, (plate, item)
        for (_, end), line in drawn.lines.items():
            assert plates[end] == plate or not any(inside(point, frame) for point in line), (plate, end)
    for (_, a), (_, b) in itertools.combinations(drawn.frames.items(), 2):
        assert a[2] < b[0] or b[2] < a[0]
    left, top, width, height = map(float, drawn.root.attrib["viewBox"].split())
    for box in (*drawn.nodes.values(), *drawn.frames.values()):
        assert left <= box[0] <= box[2] <= width
        assert top <= box[1] <= box[3] <= height


def test_the_measure_sees_a_crossing() -> None:
    """Side by side the two hyper-parameters of two plates cross: that is what a row of its own mends."""
    assert rows_of(two_plates()).crossings == 0
    assert cross((0, 0), (1, 1), (1, 0), (0, 1))
    assert not cross((0, 0), (1, 1), (0, 0), (1, 0))


def test_every_kind_of_item_looks_different() -> None:
    drawn = Drawn(hierarchical())
    expected = {"trials": "input", "alpha": "variable", "beta": "variable", "rate": "variable", "successes": "observed"}
    assert drawn.kinds == expected
    texts = [text.text for text in drawn.root.iter(f"{SVG}text")]
    assert {"α", "Gamma(16, 9)", "Beta(α, β)", "Binomial(trials, rate)", "given", "for each group"} <= set(texts)


def test_a_frame_says_how_many_there_are() -> None:
    counts = Counts(["A", "B", "C"], [1, 2, 3], [0, 1, 2])
    assert "group: 3<" in graph_svg(hierarchical(), plate_sizes(hierarchical(), counts))
    assert plate_sizes(two_plates(), counts) == {}


def test_hostile_names_are_text() -> None:
    hostile = '</title><script>alert(1)</script>"&\N{BLACK HEART SUIT}'
    model = Model(hostile, Variable("p", Beta(1, 1)))
    root = ET.fromstring(graph_svg(model))
    assert root[0].text == f"{hostile}: what depends on what"
    assert "<script" not in graph_svg(model) + mathematics_html(model)
    assert not list(root.iter(f"{SVG}script"))


def test_the_picture_asks_for_nothing_and_has_no_ids() -> None:
    text = graph_svg(hierarchical()).replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "http" not in text
    assert "url(" not in text
    assert " id=" not in text


def test_many_items_are_drawn_too() -> None:
    """Nothing is promised of crossings there, but all is drawn, and soon."""
    hyper = [Variable(f"h{i}", Gamma(1, 2)) for i in range(30)]
    rates = [Variable(f"p{i}", Beta(f"h{i}", f"h{(7 * i + 3) % 30}"), plate=f"plate{i % 7}") for i in range(30)]
    assert len(Drawn(Model("many", *hyper, *rates)).nodes) == 60


def test_the_mathematics_has_a_row_for_each_item() -> None:
    text = mathematics_html(hierarchical())
    rows = ET.fromstring(f"<div>{text}</div>").iter("tr")
    assert ["".join(row.itertext()) for row in rows] == [
        "trialsgroupgiven",
        "α~Gamma(16, 9)",
        "β~Gamma(40, 8)",
        "rategroup~Beta(α, β)",
        "successesgroup~Binomial(trialsgroup, rategroup)observed",
    ]
    assert "Gamma(shape, rate), Beta(alpha, beta), Binomial(trials, probability)" in text
