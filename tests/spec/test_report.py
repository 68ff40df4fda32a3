"""The report: whole in itself, every figure leads to its definition, and nothing a customer wrote can do harm in it."""

from __future__ import annotations

import re
import shutil
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import pytest

from vocpipe.published import Published
from vocpipe.report import charts, guides, page
from vocpipe.report.asking import Asked, glyphs, minutes, written
from vocpipe.report.sections import drivers, sections, segments, topics
from vocpipe.report.sections.changes import told
from vocpipe.report.sections.minute import verdict
from vocpipe.report.spoken import marked


class Read(HTMLParser):
    """What a page holds: ids, links, addresses that it would fetch, scripts, and images without a name."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.scripts = 0
        self.nameless = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if told.get("id"):
            self.ids.append(told["id"] or "")
        if tag == "a":
            self.links.append(told.get("href") or "")
        elif told.get("src") or told.get("href"):
            self.fetched.append(told.get("src") or told.get("href") or "")
        self.scripts += tag == "script" or any(name.startswith("on") for name in told)
        self.nameless += tag == "svg" and not told.get("aria-label")


@pytest.fixture(scope="module")
def text(published: Path) -> str:
    return (published / "published" / "report" / "index.html").read_text(encoding="utf-8")


def test_the_page_is_whole_in_itself(text: str) -> None:
    read = Read(text)
    assert [address for address in read.fetched if not address.startswith("data:")] == []
    assert "@import" not in text
    assert "url(http" not in text
    assert read.scripts == 0
    assert len(text.encode()) < 1_500_000


def test_every_link_leads_somewhere_and_every_id_is_one(text: str) -> None:
    read = Read(text)
    assert len(read.ids) == len(set(read.ids))
    assert {link[1:] for link in read.links if link.startswith("#")} <= set(read.ids)
    assert "#def-nps" in read.links


def test_every_page_is_whole_and_its_links_lead_to_pages(published: Path) -> None:
    folder = published / "published" / "report"
    pages = sorted(folder.rglob("*.html"))
    assert {page.name for page in pages} >= {"index.html", "dictionary.html", "metrics.html"}
    for path in pages:
        read = Read(path.read_text(encoding="utf-8"))
        assert [address for address in read.fetched if not address.startswith("data:")] == [], path.name
        for link in (link for link in read.links if not link.startswith("#")):
            target, _, place = link.partition("#")
            assert "://" not in link, f"{path.name}: {link}"
            other = (path.parent / target).resolve()
            assert other.is_file(), f"{path.name}: {link}"
            assert not place or f'id="{place}"' in other.read_text(encoding="utf-8"), f"{path.name}: {link}"


def test_the_dictionary_tells_every_table_and_column(published: Path) -> None:
    text = (published / "published" / "report" / "dictionary.html").read_text(encoding="utf-8")
    with duckdb.connect(str(published / "published" / "voc.duckdb"), read_only=True) as con:
        columns = con.execute("select schema_name || '.' || table_name, column_name from duckdb_columns() "
                              "where schema_name in ('marts', 'metrics', 'actions', 'quality')").fetchall()  # fmt: skip
    assert len(columns) > 100
    for table, column in columns:
        part = text[text.index(f'<section id="{table}"') :]
        assert f"<code>{column}</code>" in part[: part.index("</section>")], f"{table}.{column}"


def test_a_guide_obeys_no_html() -> None:
    assert "<script" not in guides.rendered("# A\n\n<script>alert(1)</script>\n\n[b](metrics-decisions.md#nps)")
    assert 'href="metrics-decisions.html#nps"' in guides.rendered("[b](metrics-decisions.md#nps)")


def test_topics_and_segments_get_pages_where_asked(published: Path) -> None:
    with Published(published) as con:
        made = page.rendered(Asked(con), "it", ["topic", "loyalty_tier"], digest=True)
    own = [name for name in made if name.startswith("cells/")]
    assert any(name.startswith("cells/topic-delay-") for name in own)
    assert any(name.startswith("cells/loyalty-tier-gold-") for name in own)
    assert "Who to call today" in made["digest.html"]
    assert all(f'href="{name}"' in made["index.html"] for name in own)


def test_every_chart_has_a_name_and_a_table(text: str) -> None:
    assert Read(text).nameless == 0
    assert text.count("<svg") >= 6  # each chart is drawn wide and narrow
    assert text.count("<figure") <= text.count("<table")


def test_what_a_newcomer_looks_for_stands_first(text: str) -> None:
    first = text[text.index("<main") : text.index("Over time</h2>")]
    for said in ("NPS", "Is it up, and is it real?", "Why", "Who to call today"):
        assert said in first


def test_the_page_says_the_figures_of_the_file(published: Path, text: str) -> None:
    with duckdb.connect(str(published / "published" / "voc.duckdb"), read_only=True) as con:
        [(value, n)] = con.execute(
            "select value, n from metrics.metric_value where metric = 'nps' and period = 'month' "
            "and segment_type = 'all' and value is not null order by period_start desc limit 1"
        ).fetchall()
    assert f'<p class="big">{written(value, "points")}</p>' in text
    assert f"n = {n:,}" in text


def test_an_older_file_shows_what_it_holds() -> None:
    con = duckdb.connect()
    con.execute("create schema quality; create schema metrics")
    con.execute("create table quality.runs (run_id varchar, as_of timestamp, code_version varchar, outcome varchar, "
                "started_at timestamp)")  # fmt: skip
    html = page.rendered(Asked(con), "old")["index.html"]  # type: ignore[arg-type]
    assert "<main" in html
    assert "<section" not in html


def test_every_section_has_a_template_and_a_place_of_its_own() -> None:
    names = [name for name, _ in sections()]
    assert len(names) > 8
    assert {f"{name}.html" for name in names} <= {path.name for path in page.TEMPLATES.glob("*.html")}
    places = [section.PLACE for _, section in sections()]
    assert len(places) == len(set(places))


HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)"> =cmd|x \x1b[31m \u202e {{ 7 * 7 }} & "quoted"'


@pytest.mark.parametrize(("start", "end"), [(0, 8), (None, None), (len(HOSTILE) - 8, len(HOSTILE))])
def test_a_hostile_text_is_only_text(start: int | None, end: int | None) -> None:
    shown = marked({"verbatim": HOSTILE, "span_start": start, "span_end": end})
    rendered = page.environment("it").from_string("<p>{{ shown }}</p>").render(shown=shown)
    assert Read(rendered).scripts == 0
    assert set(re.findall(r"<(\w+)", rendered)) <= {"p", "mark"}
    assert "{{ 7 * 7 }}" in rendered


def test_signs_that_steer_are_written_out() -> None:
    assert page.harmless("a\x00 \x1b[31m\u202e é 👩\u200d🚀\r\n\t") == "a\\x00 \\x1b[31m\\u202e é 👩\u200d🚀\r\n\t"


def test_a_long_text_is_cut_around_the_words_that_decided() -> None:
    words = "x" * 500 + " late again " + "y" * 500
    shown = str(marked({"verbatim": words, "span_start": 501, "span_end": 511}))
    assert "<mark>late again</mark>" in shown
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert len(shown) < 400


def test_links_to_what_is_left_out_become_words() -> None:
    assert page.linked('<p id="a"></p><a href="#a">A</a> <a href="#b">B</a>') == '<p id="a"></p><a href="#a">A</a> B'


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [(-12.345, "points", "−12.3"), (0.0, "points", "+0.0"), (0.5, "share", "50.0 %"), (None, "share", "–"),
     (45.0, "minutes", "45 min"), (1234567.0, "USD", "1,234,567"), (-0.25, "mean", "−0.25")],
)  # fmt: skip
def test_figures_are_written_in_the_words_of_their_unit(value: float | None, unit: str, said: str) -> None:
    assert written(value, unit) == said


def test_minutes_are_told_as_people_do() -> None:
    assert [minutes(m) for m in (5, 150, 2 * 1440 + 720)] == ["5 min", "2.5 h", "2.5 days"]


def test_bars_of_one_table_share_a_scale() -> None:
    rows = glyphs([
        {"value": -10.0, "ci_low": -20.0, "ci_high": 0.0},
        {"value": 10.0, "ci_low": 0.0, "ci_high": 20.0},
        {"value": None, "ci_low": None, "ci_high": None},
    ])  # fmt: skip
    assert rows[0]["at"] < rows[0]["zero"] == rows[1]["zero"] < rows[1]["at"]
    assert rows[0]["left"] + rows[0]["wide"] == pytest.approx(rows[1]["left"], abs=0.02)
    assert "at" not in rows[2]


CHANGE: dict[str, Any] = {
    "period_start": datetime(2026, 5, 1), "difference": 8.0, "q_value": 0.01, "unit": "points",
    "direction": "up", "value_before": 1.0, "value": 9.0, "ci_low": 3.0, "ci_high": 13.0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("more", "word"),
    [({}, "up"), ({"difference": -8.0}, "down"), ({"q_value": 0.2}, "perhaps up"),
     ({"q_value": 0.2, "ci_low": -1.0}, "no real change"), ({"q_value": None, "ci_low": None}, "no real change")],
)  # fmt: skip
def test_the_verdict_is_only_what_the_test_bears(more: dict[str, Any], word: str) -> None:
    found = verdict(CHANGE | more)
    assert found is not None
    assert found["word"] == word


def test_better_and_worse_go_by_the_direction_of_the_metric() -> None:
    assert told(CHANGE)["verdict"] == "better"
    assert told(CHANGE | {"direction": "down"})["verdict"] == "worse"
    assert told(CHANGE | {"q_value": 0.5})["verdict"] == "chance could do it"


def test_ten_thousand_topics_by_segments_stay_readable(published: Path, tmp_path: Path) -> None:
    (tmp_path / "published").mkdir()
    path = shutil.copy(published / "published" / "voc.duckdb", tmp_path / "published" / "voc.duckdb")
    with duckdb.connect(str(path)) as con:
        con.execute(
            "insert into marts.topics by name select 'many_' || n as slug, 'Topic no. ' || n as label, "
            "'One of many.' as definition, 'known' as status from range(100) as r(n)"
        )
        con.execute(
            "insert into marts.aspects select a.* replace ('many_' || r.n as topic) "
            "from (from marts.aspects limit 40) as a cross join range(100) as r(n)"
        )
        con.execute(
            "insert into metrics.metric_value "
            "select v.* replace ('shop_' || s.k as segment_type, 'no. ' || r.n as segment) "
            "from (from metrics.metric_value where metric = 'nps' and period = 'all' and segment_type = 'all') as v "
            "cross join range(100) as r(n) cross join range(100) as s(k)"
        )
    with Published(tmp_path) as con:
        made = page.rendered(Asked(con), "many")["index.html"]
    assert len(made) < 1_500_000
    assert len(re.findall("Topic no. ", made)) <= 3 * topics.MOST
    shown = re.findall(r"no\. \d+</", made)
    assert 0 < len(shown) <= segments.KINDS * segments.MOST
    assert "more kinds of segment" in made
    assert "topics named less often" in made


@pytest.mark.parametrize(("teams", "shown"), [(("Refunds", "Baggage"), True), (("Refunds", "(none)"), False)])
def test_teams_stand_side_by_side_where_there_are_several(teams: tuple[str, str], shown: bool) -> None:
    with duckdb.connect() as con:
        con.execute(
            "create schema metrics; create table metrics.metric_value (metric varchar, period varchar, segment_type "
            "varchar, segment varchar, value double, ci_low double, ci_high double, n bigint, unit varchar, "
            "suppressed boolean, low_base boolean)"
        )
        for team, n in zip(teams, (40, 7), strict=True):
            for metric, kind, segment in (
                ("ticket_csat", "owner_team", team),
                ("net_sentiment", "channel+owner_team", f"ticket+{team}"),
                ("net_sentiment", "channel+owner_team", "tweet+(none)"),
            ):
                con.execute(
                    "insert into metrics.metric_value values ($1, 'all', $2, $3, .5, .4, .6, $4, 'share', $5, $5)",
                    [metric, kind, segment, n, n < 10],
                )
        found = segments.read(Asked(con))  # type: ignore[arg-type]  a connection answers as the published file does
    if not shown:
        assert found is None
        return
    assert found is not None and [table["name"] for table in found["teams"]] == ["net sentiment", "ticket csat"]
    assert [(row["name"], row["n"], row["suppressed"]) for row in found["teams"][1]["rows"]] == [
        ("Refunds", 40, False), ("Baggage", 7, True)]  # fmt: skip


def test_a_driver_is_placed_by_what_each_interval_tells() -> None:
    assert drivers.place_of(1, -1) == "improve first: important, worse than most"
    assert drivers.place_of(1, 0) == "important, neither clearly better nor worse than most"
    assert drivers.place_of(0, 1) == "of middling importance, better than most"


def test_names_in_a_chart_cover_neither_each_other_nor_a_point() -> None:
    at = [(100.0, 100.0), (110.0, 104.0), (104.0, 120.0), (4.0, 50.0), (396.0, 200.0)]
    sides = charts.sides_of(["Delay", "Refund", "Crew", "Customer service", "Baggage"], at, 400)
    assert sides[0] == "above"
    assert sides[3] == "right", "a name does not leave the drawing"
    assert sides[4] == "left"
    close = charts.sides_of(["Delay", "Customer service"], [(435.0, 200.0), (533.0, 198.0)], 560)
    assert close == ["above", "below, to the left"], "the name at the edge leans inwards"
    alone = charts.sides_of(["Delay"] * 8, [(200.0, 100.0)] * 8, 400)
    assert alone.count(None) == 4, "four sides, four names"
