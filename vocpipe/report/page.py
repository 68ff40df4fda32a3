"""The report: pages from the published file, each whole in itself, so that they open from a disk with no network."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from vocpipe import folders
from vocpipe.escaping import escaped
from vocpipe.published import Published
from vocpipe.report import cells, guides
from vocpipe.report.asking import Asked, bounds, written
from vocpipe.report.sections import sections

REPORT = Path("published/report")
STEERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
TEMPLATES = Path(__file__).parent / "templates"
DIGEST = ("minute", "changes", "alerts")  # sections of the page for e-mail


def write(directory: Path, pages: Collection[str] = (), *, digest: bool = False) -> Path:
    """Write the report of the published file of a project folder; gives the path of its first page.

    ``pages`` are kinds of segments (`topic`, an attribute …) whose every segment gets a page of its own; ``digest``
    asks for a short page to send by e-mail. Raises RunError where it cannot be written; the last report then stands.
    """
    with Published(directory) as con:
        made = rendered(Asked(con), directory.resolve().name, pages, digest)
    target = directory / REPORT

    def fill(fresh: Path) -> None:
        for name, text in made.items():
            (fresh / name).parent.mkdir(parents=True, exist_ok=True)
            (fresh / name).write_text(harmless(text), encoding="utf-8")

    folders.replace(target, fill)
    return target / "index.html"


def harmless(text: str) -> str:
    """A page with the signs written out that steer a terminal or turn the direction of what stands around them."""
    return STEERS.sub(lambda sign: escaped(sign.group()), text)


def rendered(asked: Asked, project: str, pages: Collection[str] = (), digest: bool = False) -> dict[str, str]:
    """Every page as HTML text, by its path below the report's folder."""
    templates = environment(project)
    shown = shown_sections(asked, templates)
    books = guides.guides()
    own = [cell for kind in pages for cell in cells.cells(asked, kind)]
    made = {
        "index.html": first_page(asked, templates, shown, books, own),
        "dictionary.html": templates.get_template("dictionary.html").render(
            title="Data dictionary", home="", tables=guides.dictionary(asked), macros=guides.macros(asked)
        ),
        "metrics.html": templates.get_template("handbook.html").render(
            title="Metric handbook",
            home="",
            metrics=guides.handbook(asked) if asked.has("metrics.metric_value") else [],
        ),
    }
    for name, (title, body) in books.items():
        made[f"guides/{name}.html"] = templates.get_template("sheet.html").render(title=title, body=body, home="../")
    for cell in own:
        made[f"cells/{cell['page']}"] = templates.get_template("cell.html").render(cells.read(asked, cell), home="../")
    if digest:
        short = [section for section in shown if section["name"] in DIGEST]
        made["digest.html"] = templates.get_template("digest.html").render(title="Digest", home="", sections=short)
    return {name: linked(text) for name, text in made.items()}


def shown_sections(asked: Asked, templates: Environment) -> list[dict[str, Any]]:
    """The sections that have something to say, as HTML."""
    shown = []
    for name, section in sections():
        found = section.read(asked) if asked.has(*section.NEEDS) else None
        if found is not None:
            body = templates.get_template(f"{name}.html").render(found)
            shown.append({"name": name, "title": section.TITLE, "body": Markup(body)})
    return shown


def first_page(
    asked: Asked, templates: Environment, shown: list[dict[str, Any]], books: Mapping[str, Any], own: list[Any]
) -> str:
    """The page that is opened every morning."""
    latest = "select * from quality.runs where outcome = 'published' order by started_at desc limit 1"
    run = asked.row(latest) if asked.has("quality.runs") else None
    return templates.get_template("page.html").render(sections=shown, run=run, books=books, cells=own)


def linked(page: str) -> str:
    """The page without links to places that it does not hold: a section that has nothing to say is left out, and a
    topic may be too rare to be shown."""
    there = set(re.findall(r'\bid="([^"]+)"', page))
    return re.sub(
        r'<a href="#([^"]+)">(.*?)</a>', lambda link: link[0] if link[1] in there else link[2], page, flags=re.DOTALL
    )


def environment(project: str) -> Environment:
    """Templates with every value escaped; a name that is not there is an error, not an empty text."""
    found = Environment(
        loader=PackageLoader("vocpipe.report"), autoescape=select_autoescape(), undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    found.filters |= {"written": written, "bounds": bounds, "number": number, "day": day, "topic": topic}
    found.globals |= {"project": project, "style": Markup((TEMPLATES / "style.css").read_text(encoding="utf-8"))}
    return found


def number(value: float | None) -> str:
    """A count with thousands apart; a dash for none."""
    return "–" if value is None else f"{value:,.0f}"


def day(value: Any) -> str:
    """A day as 3 Mar 2026; a dash for none."""
    return "–" if value is None else f"{value.day} {value:%b %Y}"


def topic(name: str | None) -> str:
    """A topic for people: what stands for none of them in words; a dash where nothing was said."""
    return {None: "–", "unknown": "no known topic", "unsupported_language": "another language"}.get(name, name or "–")
