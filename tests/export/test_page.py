"""The page of regions: its structure, and what a browser makes of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geomot.export.solids.build import solid_mesh
from geomot.export.solids.checks import solid_problems
from geomot.export.solids.content import SolidMesh
from geomot.export.solids.page import decode, encode
from geomot.files.content import MalformedFileError
from geomot.scenario import Solution
from tests.export.browser import Tab, browsing, program
from tests.export.pixels import COLORED, fills_seen
from tests.export.spatial import courtyard, hall


def mesh_of(solution: Solution) -> SolidMesh:
    facts = {"title": "A hall <&>", "method": "snr", "status": "converged"}
    whole = solution.diagram.solids(0.02 * solution.diagram.zone.extent)[0].partition
    return solid_mesh(whole, [server.name for server in solution.servers], facts=facts)


@cache
def hall_mesh() -> SolidMesh:
    return mesh_of(hall())


class Outline(HTMLParser):
    """The elements of a page, in order, and the text of its list."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def test_a_page_comes_back_as_it_went_in() -> None:
    mesh = hall_mesh()
    held = decode(encode(mesh))
    assert np.abs(held.points - mesh.points).max() <= held.rounding < 1e-5
    assert solid_problems(held) == []
    assert (held.facts, held.unit, held.zone, held.names) == (mesh.facts, "m", mesh.zone, mesh.names)
    for one, other in zip(held.regions, mesh.regions, strict=True):
        assert (one.name, one.site, one.color) == (other.name, other.site, other.color)
        np.testing.assert_array_equal(one.cells, other.cells)
        np.testing.assert_array_equal(one.neighbours, other.neighbours)


def test_a_page_asks_for_nothing_and_names_end_nothing() -> None:
    page = encode(mesh_of(courtyard()))
    outline = Outline(page)
    assert [len(outline.all(tag)) for tag in ("html", "canvas", "script", "style", "b")] == [
        1,
        1,
        2,
        1,
        0,
    ]
    for _, attributes in outline.elements:
        assert not {"src", "srcset", "action", "data"} & set(attributes)
        assert (attributes.get("href") or "data:").startswith("data:")
    assert not re.search(rb"https?:|//[a-z]+\.|@import|url\(|fetch|XMLHttp|eval\(|\{\{\w", page)
    policy = next(entry for entry in outline.all("meta") if "http-equiv" in entry)
    assert (policy["content"] or "").startswith("default-src 'none'")
    for name in ("</script><b>&", "north $\\frac{ east", "ß", "far"):
        assert name in outline.texts
    assert "A hall <&>" in outline.texts


def test_every_region_has_its_entry_and_every_control_its_label() -> None:
    page = encode(mesh_of(courtyard()))
    outline = Outline(page)
    boxes = [entry for entry in outline.all("input") if "id" not in entry]
    assert ["disabled" in entry for entry in boxes] == [False, False, False, True]
    assert len([text for text in outline.texts if text.endswith(" m³")]) == 4  # three, and the facts
    assert "empty" in outline.texts
    labelled = {entry["for"] for entry in outline.all("label") if "for" in entry}
    assert labelled == {entry["id"] for entry in outline.all("input") if entry["type"] == "range"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda data: data.update(points="!"), "is a page, but not of regions"),
        (lambda data: data.update(faces=data["faces"][:16]), "and holds 1, with"),
        (lambda data: data.pop("regions"), "KeyError: 'regions'"),
        (lambda data: data.update(points=data["points"][:16]), "faces refer to point"),
        (lambda data: data["regions"][0].update(faces=-1), "says"),
    ],
)
def test_a_spoiled_page_is_malformed(change: Callable[[dict[str, Any]], object], reason: str) -> None:
    text = encode(hall_mesh()).decode()
    data = re.search(r'application/json">(.*?)</script>', text)
    assert data is not None
    document = json.loads(data[1])
    change(document)
    with pytest.raises(MalformedFileError, match=re.escape(reason)):
        decode(text.replace(data[1], json.dumps(document)).encode())


@pytest.mark.parametrize("content", [b"", b"<html></html>", b"\xff\xfe"])
def test_what_is_no_page_is_malformed(content: bytes) -> None:
    with pytest.raises(MalformedFileError, match=r"is not a (whole )?page"):
        decode(content)


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    chromium = program()
    if chromium is None:
        pytest.skip("there is no Chromium here to open the page with")
    with browsing(chromium, tmp_path_factory.mktemp("profile")) as tab:
        yield tab


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "regions.html"
    path.write_bytes(encode(hall_mesh()))
    return path


def colored(image: np.ndarray) -> float:
    """Return the share of the view that is not grey; the list is beside it or below."""
    return float((np.ptp(image, axis=2) > COLORED).mean())


def check(tab: Tab, path: Path) -> None:
    assert tab.errors == []
    assert [url for url in tab.requests if not url.startswith("data:")] == [path.as_uri()]


def test_browser_shows_the_regions_and_what_is_chosen(tab: Tab, page: Path) -> None:
    tab.requests.clear()
    tab.open(page)
    tab.run("document.getElementById('names').click()")
    before = tab.picture()
    view = before[:, :650]
    assert colored(view) > 0.15
    fills = [region.color for region in hall_mesh().regions]
    assert fills_seen(view, 1000) == set(fills)
    tab.run("document.querySelectorAll('#list input')[4].click()")
    without = tab.picture()[:, :650]
    assert (np.abs(without - view).max(axis=2) > 0.05).mean() > 0.01
    assert fills_seen(without, 1000) == set(fills) - {fills[4]}
    tab.run("document.getElementById('none').click()")
    assert colored(tab.picture()[:, :650]) < 1e-3
    tab.run("document.getElementById('all').click()")
    np.testing.assert_array_equal(tab.picture(), before)
    check(tab, page)


def test_browser_turns_zooms_and_resets(tab: Tab, page: Path) -> None:
    tab.requests.clear()
    tab.open(page)
    tab.run("document.getElementById('picture').focus()")
    seen = [tab.picture()]
    for key in ("ArrowLeft", "ArrowUp", "+"):
        tab.press(key)
        seen.append(tab.picture())
    tab.drag((300.0, 400.0), (380.0, 430.0))
    seen.append(tab.picture())
    for control, value in (("apart", 1.5), ("opacity", 0.4), ("stretch", 3)):
        tab.run(
            f"{control}.value = {value}; {control}.dispatchEvent(new Event('input', {{bubbles: true}}))"
        )
        seen.append(tab.picture())
    tab.run("edges.click()")
    seen.append(tab.picture())
    for before, after in pairwise(seen):
        assert (np.abs(after - before).max(axis=2) > 0.05)[:, :650].mean() > 0.003
    tab.run("edges.click(); picture.focus()")
    tab.press("Home")
    np.testing.assert_allclose(tab.picture()[:, :650], seen[0][:, :650], atol=0.02)
    check(tab, page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 2000])
def test_browser_of_any_width_light_and_dark(tab: Tab, page: Path, width: int, scheme: str) -> None:
    tab.requests.clear()
    tab.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    tab.open(page, width, 800)
    image = tab.picture()
    assert colored(image) > 0.05
    assert (image[5, 5].mean() > 0.5) == (scheme == "light")
    assert tab.run("document.documentElement.scrollWidth") <= width
    tab.call("Emulation.setEmulatedMedia", features=[])
    check(tab, page)


def test_browser_shows_values_and_a_scale_where_it_holds(tab: Tab, page: Path) -> None:
    tab.requests.clear()
    tab.open(page)
    values = "[...document.querySelectorAll('output')].map(made => made.value)"
    shown = "[...document.querySelectorAll('.axis')].map(made => made.hidden)"
    tab.picture()
    assert tab.run(values) == ["30 %", "100 %", "\u00d7 1"]
    assert tab.run(shown) == [True] * 3
    tab.run("apart.value = 0; apart.dispatchEvent(new Event('input', {bubbles: true}))")
    tab.picture()
    assert tab.run(values)[0] == "0 %"
    assert tab.run(shown) == [False] * 3
    check(tab, page)


def test_browser_hides_labels_that_would_overlap(tab: Tab, tmp_path: Path) -> None:
    path = tmp_path / "many.html"
    path.write_bytes(encode(mesh_of(hall(12))))
    tab.open(path, 500, 800)
    tab.picture()
    boxes = tab.run(
        "[...document.querySelectorAll('#labels span')].filter(made => !made.hidden && "
        "made.style.visibility !== 'hidden').map(made => made.getBoundingClientRect().toJSON())"
    )
    assert 3 < len(boxes) < 12
    for k, one in enumerate(boxes):
        for other in boxes[:k]:
            assert min(one["right"], other["right"]) <= max(one["left"], other["left"]) or min(
                one["bottom"], other["bottom"]
            ) <= max(one["top"], other["top"])


def test_browser_without_webgl_says_so_and_lists_the_regions(tab: Tab, page: Path) -> None:
    tab.requests.clear()
    hidden = "HTMLCanvasElement.prototype.getContext = () => null"
    script = tab.call("Page.addScriptToEvaluateOnNewDocument", source=hidden)["identifier"]
    tab.open(page)
    tab.call("Page.removeScriptToEvaluateOnNewDocument", identifier=script)
    assert "needs WebGL 2" in tab.run(
        "document.querySelector('[role=alert]:not([hidden])').textContent"
    )
    assert tab.run("document.querySelectorAll('#list li').length") == 5
    check(tab, page)
