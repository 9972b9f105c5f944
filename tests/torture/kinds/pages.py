"""Pages and pictures with hostile titles and names: text stays text."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from lxml import etree, html

from tests.cli.scenarios import IN_SPACE, TOWN
from tests.torture.cases import Data, Kind
from tests.torture.command import require_right, run
from tests.torture.verdicts import require

PIECES = (
    *("<script>alert(1)</script>", "</title>", "</script><script>", "<img src=x onerror=alert(1)>"),
    *('"><b>', "'><i>", "<!--", "-->", "]]>", "<![CDATA[", "&lt;", "&#60;b&#62;", "&", "\\", "%3Cb%3E"),
    *("\u202e", "\u2066", "\u200b", "\u2028", "\ufeff", "\0", "\x1b[31m", "\x7f", "\u0085", "\t", "\n"),
    *("$\\frac{1}{", "$x$", "_", "^", "{", "}", "\u05d0\u05d1", "\u4e2d", "\U0001f600", "e\u0301"),
    *("javascript:alert(1)", "http://example.org/x", "=1+1", "@SUM(1)", "<svg onload=x>", "<a href=x>"),
    *("</pre></details>", "<style>*{display:none}</style>", "x" * 3000, "${7*7}", "{{7*7}}", "`id`"),
)
PAGES = {"report": "report.html", "html": "cells.html", "svg": "cells.svg"}
PLAIN = "Town"


def generate(rng: np.random.Generator) -> Data:
    """Draw a title, a name of a server, and what is written."""
    texts = ["".join(rng.choice(PIECES, int(rng.integers(1, 4)))) for _ in range(2)]
    return {"title": texts[0], "name": texts[1], "page": str(rng.choice(list(PAGES)))}


def check(data: Data, folder: Path) -> None:
    """Write a page; it has the elements and attributes that one with plain names has."""
    page = _page(folder, data["page"], data["title"], data["name"])
    found, plain = _skeleton(page, data["page"]), _plain(data["page"])
    extra = {key: found[key] - plain[key] for key in found | plain if found[key] != plain[key]}
    require(not extra, f"a text made or took elements: {str(extra)[:400]}")


@cache
def _plain(kind: str) -> Counter[tuple[str, ...]]:
    with TemporaryDirectory() as folder:
        return _skeleton(_page(Path(folder), kind, PLAIN, "north"), kind)


def _page(folder: Path, kind: str, title: str, name: str) -> bytes:
    """Write the page of a scenario with that title and that name of a server, and return it."""
    text = TOWN
    for old, new in (
        *(IN_SPACE if kind == "html" else ()),
        ('"Town"', _text(title)),
        ('"north"', _text(name)),
    ):
        text = text.replace(old, new)
    town = folder / "town.toml"
    town.write_text(text)
    if kind == "report":
        require_right(run("study", "twins", town, "--counts", "1", "--out", folder))
    else:
        chord = ["--tolerance", "20"]
        require_right(run("export", town, "--method", "snr", "--out", folder / PAGES[kind], *chord))
    return (folder / PAGES[kind]).read_bytes()


def _text(text: str) -> str:
    """Return a TOML string."""
    return '"' + "".join(f"\\U{ord(sign):08X}" for sign in text) + '"'


def _skeleton(page: bytes, kind: str) -> Counter[tuple[str, ...]]:
    """Return how often there is which element with which attributes, drawings left out."""
    if kind == "svg":
        root = etree.fromstring(page)
        return Counter(
            (str(each.tag), *sorted(each.keys())) for each in root.iter() if "path" not in str(each.tag)
        )
    root = html.document_fromstring(page)
    every = [each for each in root.iter() if isinstance(each.tag, str)]
    comments = sum(not isinstance(each.tag, str) for each in root.iter())
    return Counter((each.tag, *sorted(each.keys())) for each in every) + Counter(
        {("comments",): comments}
    )


KINDS = [Kind("hostile title", generate, check, 0.02)]
