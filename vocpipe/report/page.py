"""The report: one page from the published file, whole in itself, so that it opens from a disk with no network."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from vocpipe.contracts import RunError
from vocpipe.published import Published, published_in
from vocpipe.report.asking import Asked, bounds, written
from vocpipe.report.sections import sections

REPORT = Path("published/report")
TEMPLATES = Path(__file__).parent / "templates"


def write(directory: Path) -> Path:
    """Write the report of the published file of a project folder; gives its path.

    Raises RunError where it cannot be written; the last report then stands.
    """
    with Published(directory) as con:
        page = render(Asked(con), directory.resolve().name)
    target = directory / REPORT / "index.html"
    fresh = target.with_name(".index.html.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(page, encoding="utf-8")
        os.replace(fresh, target)
    except OSError as problem:
        raise RunError(
            f"{target} could not be written ({type(problem).__name__}): look at the disk's free space and at the "
            f"rights of the folder, then run again. {published_in(directory)} is published all the same."
        ) from problem
    return target


def render(asked: Asked, project: str) -> str:
    """The page as HTML text, from what the published file holds."""
    templates = environment()
    shown = []
    for name, section in sections():
        found = section.read(asked) if asked.has(*section.NEEDS) else None
        if found is not None:
            body = templates.get_template(f"{name}.html").render(found)
            shown.append({"name": name, "title": section.TITLE, "body": Markup(body)})
    run = asked.row("select * from quality.runs where outcome = 'published' order by started_at desc limit 1")
    style = Markup((TEMPLATES / "style.css").read_text(encoding="utf-8"))
    return linked(templates.get_template("page.html").render(project=project, sections=shown, run=run, style=style))


def linked(page: str) -> str:
    """The page without links to what it does not hold: a section that has nothing to say is left out, and a topic may be
    too rare to be shown."""
    there = set(re.findall(r'\bid="([^"]+)"', page))
    return re.sub(
        r'<a href="#([^"]+)">(.*?)</a>', lambda link: link[0] if link[1] in there else link[2], page, flags=re.DOTALL
    )


def environment() -> Environment:
    """Templates with every value escaped; a name that is not there is an error, not an empty text."""
    found = Environment(
        loader=PackageLoader("vocpipe.report"), autoescape=select_autoescape(), undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    found.filters |= {"written": written, "bounds": bounds, "number": number, "day": day}
    return found


def number(value: float | None) -> str:
    """A count with thousands apart; a dash for none."""
    return "–" if value is None else f"{value:,.0f}"


def day(value: Any) -> str:
    """A day as 3 Mar 2026; a dash for none."""
    return "–" if value is None else f"{value.day} {value:%b %Y}"


def described(row: Mapping[str, Any]) -> str:
    """A figure in one sentence, for those who hear it."""
    return f"{written(row['value'], row['unit'])}, 95 % interval {bounds(row)}, n = {number(row['n'])}"
