"""The guides hold: every block of code in them runs, and every command and every table is told somewhere."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import duckdb
import pytest
from metrics_marts import built, figure

import vocpipe
from vocpipe import metrics
from vocpipe.cli import commands_of, main, parser
from vocpipe.enrichment import load_taxonomy
from vocpipe.metrics.definitions import METHODS
from vocpipe.report import guides
from vocpipe.settings import load
from vocpipe.warehouse import parquet

DOCS = Path(vocpipe.__file__).parent / "docs"
TESTS = Path(__file__).parent
GUIDES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(DOCS.glob("*.md"))}
# Guides whose commands change a project, and the test that runs them in a row; benchmarks are run by hand.
COMMANDS = dict.fromkeys(("actions", "judging", "operating", "privacy"), "test_readme.py")
BENCHMARKS = ("identity-fuzzy", "spark")
RUN_APART = (*COMMANDS, "adding", "recipes")
# What the sample has none of: marketing sends, and texts enough for a new theme.
EMPTY = ("marts.themes", "suppression_leak_rate")
SOURCES = ("crm", "hubspot", "qualtrics", "zendesk", "x_api")


def blocks(name: str, kind: str) -> list[str]:
    """The blocks of code of one kind in a guide."""
    return re.findall(rf"```{kind}\n(.*?)```", GUIDES[name], flags=re.DOTALL)


def test_every_guide_with_commands_is_run_somewhere():
    assert {name for name in GUIDES if blocks(name, "sh")} == {*COMMANDS, *BENCHMARKS, "themes"}
    for name, test in COMMANDS.items():
        assert f'"{name}.md"' in (TESTS / test).read_text(encoding="utf-8"), f"{test} does not read {name}.md"
    shown = [script for name in BENCHMARKS for text in blocks(name, "sh") for script in re.findall(r"tests/\S+", text)]
    assert shown and all((TESTS.parent / script).is_file() for script in shown)


@pytest.mark.parametrize("name", [name for name in GUIDES if name not in RUN_APART and blocks(name, "sql")])
def test_every_query_of_a_guide_runs(published, name):
    """On the published file, or the private one where it asks for what is never published."""
    for sql in blocks(name, "sql"):
        path = "work/warehouse.duckdb" if "identity." in sql else "published/voc.duckdb"
        with duckdb.connect(str(published / path), read_only=True) as con:
            con.execute(sql).fetchall()


@pytest.mark.parametrize("name", [name for name in GUIDES if name != "topics" and blocks(name, "toml")])
def test_settings_shown_are_settings(tmp_path, name):
    """Each block in the settings of a project that has the sources and segments that it speaks of."""
    for shown in blocks(name, "toml"):
        source = '[[sources]]\nname = "{0}"\nformat = "crm_csv"\nfiles = ["{0}/*"]\n'
        ours = "" if "[[sources]]" in shown else "".join(map(source.format, SOURCES))
        text = f'segments = ["loyalty_tier", "country", "Churn"]\n\n{shown}\n{ours}'
        (tmp_path / "vocpipe.toml").write_text(text, encoding="utf-8")
        settings = load(tmp_path)
        assert all(getattr(settings, key) for key in tomllib.loads(shown))


def test_the_taxonomy_shown_is_one(tmp_path):
    (shown,) = blocks("topics", "toml")
    (tmp_path / "mine.toml").write_text(shown, encoding="utf-8")
    assert [topic.slug for topic in load_taxonomy(tmp_path / "mine.toml").topics] == ["delivery"]


@pytest.mark.parametrize("name", [name for name in GUIDES if blocks(name, "python")])
def test_the_python_shown_runs(published, tmp_path, name):
    exports = tmp_path / "exports"
    shutil.copytree(published / "published", exports / "published")
    parquet.write(exports, is_wanted=True)
    for code in blocks(name, "python"):
        done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def test_the_commands_of_the_guide_to_themes_are_ones(published, tmp_path, monkeypatch):
    (tmp_path / "exports").symlink_to(published)
    monkeypatch.chdir(tmp_path)
    (listed,), (shown,) = blocks("themes", "sh"), blocks("themes", "text")
    assert main(shlex.split(listed)[1:]) == 0
    for line in shown.splitlines():
        assert parser().parse_args(shlex.split(line)[1:]).by == "Eva"


@pytest.mark.parametrize("sql", blocks("recipes", "sql"), ids=re.findall(r"^### (.*)$", GUIDES["recipes"], flags=re.M))
def test_every_recipe_runs_and_finds_something(published, sql):
    with vocpipe.connect(published) as con:
        found = con.execute(sql).fetchall()
    assert found or any(name in sql for name in EMPTY)


def test_the_metric_shown_is_a_metric(tmp_path, monkeypatch):
    folder = tmp_path / "metrics"
    for path in metrics.FOLDER.rglob("*.sql"):
        (folder / path.relative_to(metrics.FOLDER)).parent.mkdir(parents=True, exist_ok=True)
        (folder / path.relative_to(metrics.FOLDER)).write_bytes(path.read_bytes())
    (folder / "long_wait_share.sql").write_text(blocks("adding", "sql")[0], encoding="utf-8")
    monkeypatch.setattr(metrics, "FOLDER", folder)
    tickets = [
        {
            "conversation_id": f"T{i}", "source": "z", "status": "solved", "created_at": "2025-03-01",
            "first_reply_minutes": 1441.0 if i < 3 else 1440.0,
        }
        for i in range(12)
    ]  # fmt: skip
    with built({"conversations": tickets}) as con:
        found = figure(con, "long_wait_share")
    assert (found["n"], found["value"], found["direction"]) == (12, 0.25, "down")


def test_the_marks_told_are_those_that_metrics_bear():
    told = set(re.findall(r"^\| `(\w+)` \|", GUIDES["adding"], flags=re.M))
    borne = {mark for metric in metrics.read_metrics() for mark in metric.marks}
    assert told <= borne
    methods = re.search(r"^\| `method` \|(.*)$", GUIDES["adding"], flags=re.M)
    assert set(re.findall(r"`(\w+)`", methods[1])) <= set(METHODS)


def test_the_check_shown_runs_on_what_is_published(published):
    sql = blocks("adding", "sql")[1]
    assert re.match(r"-- (fail|warn): \S", sql)
    with vocpipe.connect(published) as con:
        assert con.execute(sql).fetchall() == []


def test_every_command_is_told_in_a_guide_or_the_readme():
    text = (DOCS.parents[1] / "README.md").read_text(encoding="utf-8") + "".join(GUIDES.values())
    assert [name for name in commands_of(parser()) if not re.search(rf"vocpipe {name}\b", text)] == []


def test_every_published_table_is_told_in_a_guide_or_the_readme(published):
    text = (DOCS.parents[1] / "README.md").read_text(encoding="utf-8") + "".join(GUIDES.values())
    with duckdb.connect(str(published / "published" / "voc.duckdb"), read_only=True) as con:
        found = con.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
    assert [name for (name,) in found if name not in text] == []


def test_links_between_guides_lead_somewhere():
    beside = {"dictionary.html", "metrics.html"}  # the report writes them
    for name, text in GUIDES.items():
        for link in re.findall(r"\]\((?!http)([^)#]+)", text):
            there = (DOCS / link).exists() or Path(link).name in beside
            assert there, f"{name}.md: {link}"


def test_a_drawing_stands_in_the_page_itself():
    page = guides.rendered(GUIDES["architecture"])
    assert "<svg" in page and "<img" not in page
