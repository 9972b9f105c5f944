"""report.html: what a study found on one page that asks for nothing else."""

from __future__ import annotations

import json
from base64 import b64encode
from html import escape

from geomot.distributed.versions import versions
from geomot.files.csvcells import Cell
from geomot.plotting.numerals import number
from geomot.studies.table import Column, Table, printed

LONG = 60  # rows above which a table is folded away
EXACT = 1e4  # whole numbers below it, such as counts and metres, are shown as such
STYLE = """
:root { color-scheme: light dark; --line: #8886; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 78rem; margin: 0 auto; padding: 1rem 1.5rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
img { max-width: 100%; height: auto; background: white; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.15rem 0.7rem; text-align: left; border-bottom: 1px solid var(--line);
  white-space: nowrap; }
td.number { text-align: right; }
thead th { vertical-align: bottom; }
summary { cursor: pointer; }
pre { overflow-x: auto; font-size: 0.85rem; }
"""


def encode_report(table: Table, picture: bytes) -> bytes:
    """Return a page with the findings, the picture, the tables and the settings of a study.

    Parameters
    ----------
    table
        What the study returned.
    picture
        Its picture as SVG.

    Examples
    --------
    >>> page = encode_report(Table("demo", "A & B", (Column("side", "m"),), ((2.0,),)), b"<svg/>")
    >>> b"<title>A &amp; B</title>" in page, b"<th>side [m]</th>" in page
    (True, True)
    """
    source = "data:image/svg+xml;base64," + b64encode(picture).decode()
    findings = "".join(f"<li>{escape(said)}</li>\n" for said in table.findings)
    used = ", ".join(f"{name} {number}" for name, number in versions().items())
    settings = json.dumps(table.settings, indent=2, ensure_ascii=False)
    tables = "".join(map(_table, (*table.parts, table) if table.parts else (table,)))
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(table.title)}</title>
<style>{STYLE}</style>
</head>
<body>
<h1>{escape(table.title)}</h1>
<p>geomot study {escape(table.name)}; {escape(used)}.</p>
<ul id="findings">
{findings}</ul>
<p><img src="{source}" alt="{escape(table.title)}"></p>
{tables}<h2>Settings</h2>
<details><summary>as in {escape(table.name)}.json</summary>
<pre id="settings">{escape(settings)}</pre></details>
</body>
</html>
""".encode()


def _table(table: Table) -> str:
    """Return a table and what its columns mean."""
    head = "".join(f"<th>{escape(_heading(one))}</th>" for one in table.columns)
    rows = "".join(f"<tr>{''.join(map(_cell, row))}</tr>\n" for row in table.rows)
    meanings = "".join(
        f"<li><b>{escape(one.name)}</b>: {escape(one.meaning)}</li>\n"
        for one in table.columns
        if one.meaning
    )
    body = (
        f'<div class="scroll"><table id="{escape(table.name)}">\n<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{rows}</tbody></table></div>\n"
    )
    if len(table.rows) > LONG:
        body = f"<details><summary>{len(table.rows)} rows</summary>\n{body}</details>\n"
    legend = f"<details><summary>columns</summary><ul>\n{meanings}</ul></details>\n"
    above = f"<h2>{escape(table.title)}</h2>\n<p>{escape(table.name)}.csv has all digits.</p>\n"
    return above + body + legend


def _heading(column: Column) -> str:
    return f"{column.name} [{printed(column.unit)}]" if column.unit else column.name


def _cell(value: Cell) -> str:
    if value is None:
        return "<td></td>"
    if isinstance(value, str):
        return f"<td>{escape(value)}</td>"
    whole = isinstance(value, int) or (value.is_integer() and abs(value) < EXACT)
    text = f"{value:.0f}" if whole else number(value)
    return f'<td class="number">{text}</td>'
