"""Pages beside the report: the guides, a dictionary of every table and column, and a handbook of every metric.

The dictionary is made from the comments in the published file, the handbook from the files of the metrics: neither can
say anything else than what is there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from markdown_it import MarkdownIt
from markupsafe import Markup

from vocpipe.metrics import read_metrics
from vocpipe.report.asking import Asked, Row

DOCS = Path(__file__).parent.parent / "docs"
DRAWING = re.compile(r'<img src="([a-z-]+\.svg)" alt="[^"]*" />')
LINK = re.compile(r'href="(?:vocpipe/docs/)?([a-z0-9-]+)\.md(#[^"]*)?"')

TABLES = """
select schema_name || '.' || table_name as name, comment as definition, estimated_size as n
from duckdb_tables()
where database_name = current_database()
order by 1
"""
COLUMNS = """
select schema_name || '.' || table_name as name, column_name, data_type, comment
from duckdb_columns()
where database_name = current_database()
order by schema_name, table_name, column_index
"""
MACROS = """
select function_name as name, any_value(parameters) as parameters
from duckdb_functions()
where database_name = current_database() and not internal
group by function_name, function_type
order by function_name
"""


def guides() -> dict[str, tuple[str, Markup]]:
    """Title and HTML of every guide, by the name of its file."""
    found = {}
    for path in sorted(DOCS.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        title = next((line[2:].strip() for line in text.splitlines() if line.startswith("# ")), path.stem)
        found[path.stem] = (title, rendered(text))
    return found


def rendered(text: str) -> Markup:
    """Markdown as HTML; HTML inside it is shown, not obeyed. Links from guide to guide lead to their pages.

    A drawing is put into the page itself: it opens as one file.
    """
    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    html = DRAWING.sub(lambda image: (DOCS / image[1]).read_text(encoding="utf-8"), html)
    html = LINK.sub(lambda link: f'href="{link[1]}.html{link[2] or ""}"', html)
    html = html.replace("<pre>", '<pre tabindex="0">')
    first, *others = html.split("<table>")
    for number, other in enumerate(others, start=1):
        label = f'<div class="scroll" tabindex="0" role="region" aria-label="Table {number}"><table>'
        first += label + other.replace("</table>", "</table></div>")
    return Markup(first.replace("<th></th>", '<th><span class="unseen">row</span></th>'))


def dictionary(asked: Asked) -> list[Row]:
    """Every published table with its definition, its columns (name, type, comment) and its rows."""
    columns: dict[str, list[Row]] = {}
    for row in asked.rows(COLUMNS):
        columns.setdefault(row["name"], []).append(row)
    return [table | {"columns": columns[table["name"]]} for table in asked.rows(TABLES)]


def macros(asked: Asked) -> list[Row]:
    """Every macro of the published file with its parameters."""
    return asked.rows(MACROS)


def handbook(asked: Asked) -> list[Mapping[str, object]]:
    """Every metric with its definition, how it is read and made, its SQL, and its figure over all."""
    over_all = "select * from metrics.metric_value where period = 'all' and segment_type = 'all'"
    latest = {row["metric"]: row for row in asked.rows(over_all)} if asked.has("metrics.metric_value") else {}
    return [
        {
            "name": metric.name, "definition": metric.definition, "marks": metric.marks, "sql": metric.sql,
            "now": latest.get(metric.name),
        }
        for metric in read_metrics()
    ]  # fmt: skip
