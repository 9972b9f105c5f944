"""The files of studies: every number, the same bytes again, and a page that a browser shows."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from lxml import etree

from geomot import InvalidArgumentError
from geomot.studies import Column, Table, study_files
from geomot.studies.convergence.fits import COLUMNS, findings, orders
from geomot.studies.plots import METHOD_COLORS, plot_spread
from geomot.studies.report import encode_report
from geomot.studies.spread import COLUMNS as SPREAD_COLUMNS
from geomot.studies.table import table_of
from tests.export.browser import Tab, browsing, program
from tests.export.pixels import read_png
from tests.studies.tables import small_baseline, small_partition, small_spread, small_twins

STUDIES = {
    "baseline": small_baseline,
    "partition": small_partition,
    "spread": small_spread,
    "twins": small_twins,
}


def convergence_table() -> Table:
    """Return a table as the study makes it, of made-up errors."""
    from dataclasses import replace

    rows = [
        (part, problem, "mass", "closed form", control, control**2.0, None, 7)
        for part in ("nodes", "tolerance", "chord tolerance", "chord", "chord, order 2", "newton")
        for problem in ("circle <1>", "sphere")
        for control in (0.5, 0.25, 0.125)
    ]
    table = table_of("convergence", "Errors", COLUMNS, rows)
    fits = orders(table)
    return replace(table, findings=findings(table), parts=(fits,))


@pytest.mark.parametrize("name", STUDIES)
def test_files_have_every_number_and_the_settings(name: str) -> None:
    table = STUDIES[name]()
    files = {path.name: content for path, content in study_files(table, Path("out")).items()}
    parts = {f"{part.name}.csv" for part in table.parts}
    suffixes = ("csv", "json", "png", "svg", *(["md"] if name == "twins" else []))
    whole = {f"{name}.{suffix}" for suffix in suffixes}
    assert set(files) == whole | parts | {"report.html"}
    for one in (table, *table.parts):
        header, *rows = csv.reader(io.StringIO(files[f"{one.name}.csv"].decode()))
        assert [cell.partition(" [")[0] for cell in header] == [column.name for column in one.columns]
        for row, expected in zip(rows, one.rows, strict=True):
            assert [float(c) for c, x in zip(row, expected, strict=True) if isinstance(x, float)] == [
                x for x in expected if isinstance(x, float)
            ]
    document = json.loads(files[f"{name}.json"])
    assert document["settings"]["scenario"]["servers"][0]["name"] == "south-west"
    assert document["settings"]["seed"] == (None if name in ("spread", "twins") else 1)
    assert set(document["versions"]) == {"geomot", "numpy", "scipy", "shapely", "matplotlib"}
    assert np.ptp(read_png(files[f"{name}.png"])) > 0.5
    assert etree.fromstring(files[f"{name}.svg"]).tag.endswith("svg")
    assert study_files(table, Path("out")) == {Path("out") / key: x for key, x in files.items()}


@pytest.mark.parametrize("name", STUDIES)
def test_no_clock_and_no_path_in_files(name: str) -> None:
    for path, content in study_files(STUDIES[name](), Path("out")).items():
        assert b"<dc:date>" not in content
        assert not re.search(rb"20\d\d-\d\d-\d\d", content), path
        assert b"/home/" not in content and b"/tmp/" not in content


def test_a_table_of_no_study_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="'demo' is of no study; expected one of 'baseline'"):
        study_files(Table("demo", "", (), ()), Path("out"))


class Page(HTMLParser):
    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.sources: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.sources += [text or "" for key, text in attributes if key in ("src", "href", "srcset")]


def test_a_page_asks_for_nothing_and_text_stays_text() -> None:
    table = Table(
        "demo",
        "<script>alert(1)</script>",
        (Column("a<b", "m", "x & y"),),
        (("<img src=x>",), (1.0,), (None,)),
        {"scenario": "</pre><b>"},
        ("1 < 2",),
    )
    page = encode_report(table, b"<svg/>")
    parsed = Page(page)
    assert "script" not in parsed.tags and parsed.tags.count("img") == 1
    assert all(source.startswith("data:") for source in parsed.sources)
    assert b"default-src 'none'" in page
    assert parsed.tags.count("td") == 3


def test_a_page_shows_counts_whole_and_units_as_printed() -> None:
    columns = (Column("twins"), Column("area", "m^2"), Column("share"))
    page = encode_report(Table("demo", "", columns, ((50.0, 706985.6, 0.25),)), b"<svg/>").decode()
    assert "<th>area [m²]</th>" in page
    assert re.findall(r"<td[^>]*>([^<]*)</td>", page) == ["50", "706,986", "0.2500"]


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    chromium = program()
    if chromium is None:
        pytest.skip("there is no Chromium here to open the page with")
    with browsing(chromium, tmp_path_factory.mktemp("profile")) as tab:
        yield tab


@pytest.mark.parametrize("name", [*STUDIES, "convergence"])
@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (400, "dark")])
def test_browser_shows_tables_picture_and_settings(
    tab: Tab, tmp_path: Path, name: str, width: int, scheme: str
) -> None:
    table = convergence_table() if name == "convergence" else STUDIES[name]()
    path = tmp_path / "report.html"
    path.write_bytes(study_files(table, tmp_path)[path])
    tab.requests.clear()
    tab.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    tab.open(path, width, 900)
    image = tab.picture()
    assert (image[2, 2].mean() > 0.5) == (scheme == "light")
    assert tab.errors == []
    assert [url for url in tab.requests if not url.startswith("data:")] == [path.as_uri()]
    assert tab.run("document.querySelector('img').naturalWidth") > 300
    assert tab.run("document.documentElement.scrollWidth") <= width
    for one in (table, *table.parts):
        rows = f"document.querySelectorAll('table[id=\"{one.name}\"] tbody tr').length"
        assert tab.run(rows) == len(one.rows)
    assert tab.run("document.querySelectorAll('#findings li').length") == len(table.findings)
    shown = json.loads(tab.run("document.getElementById('settings').textContent"))
    assert shown == json.loads(json.dumps(table.settings))
    tab.call("Emulation.setEmulatedMedia", features=[])


def test_every_server_of_a_spread_has_a_look_of_its_own() -> None:
    names = [f"server {number}" for number in range(12)]
    crowds = [Column(f"twins at {name}", "1/km^2", "twins over size") for name in names]
    rows = [
        (method, std, "converged", 0.02 + 1e-6 * std, 0.0, 0.1, *(k + std / 500.0 for k in range(12)))
        for method in METHOD_COLORS
        for std in (200.0, 400.0, 600.0)
    ]
    figure = plot_spread(table_of("spread", "Twelve servers", (*SPREAD_COLUMNS, *crowds), rows))
    _, axes = figure.axes
    curves = [line for line in axes.lines if len(line.get_xdata())]
    assert len(curves) == 3 * 12
    looks = {(line.get_color(), line.get_marker(), line.get_linestyle()) for line in curves}
    assert len(looks) == 3 * 12
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    assert legend == [*METHOD_COLORS, *(f"twins at {name}" for name in names)]
    own = {(line.get_color(), line.get_marker()) for line in curves}
    assert len(own) == 12
    assert not {color for color, _ in own} & set(METHOD_COLORS.values())
