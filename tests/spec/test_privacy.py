"""Marks, masks, erasures in the file of decisions, secrets in the settings, cells that may be shown, kept figures."""

from __future__ import annotations

import csv
import io
import re

import duckdb
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st
from project import qualtrics, response, write

from vocpipe import decisions, settings
from vocpipe.analysis.disclosure import OTHER, generalised
from vocpipe.contracts import UsageError
from vocpipe.decisions import Record, erasures
from vocpipe.erasure import LOOKS_LIKE, MASK, Mark, Masking, Tombstones, is_telling, marks_in, names_in, normal
from vocpipe.escaping import as_cell
from vocpipe.proposing import init
from vocpipe.settings.privacy import secret_in
from vocpipe.warehouse import retention

SECRET = Tombstones(b"secret", "US")

# ------------------------------------------------------------------------------------------------ marks


@pytest.mark.parametrize(
    ("kind", "written", "form"),
    [
        ("email", " Mira.Holt+air@Example.COM ", "mira.holt@example.com"),
        ("phone", "(303) 555-0101", "+13035550101"), ("phone", "+1 303.555.0101", "+13035550101"),
        ("phone", "ext. 12", "12"), ("handle", "@Mira_H", "mira_h"), ("name", "Mira  O'Hara-Holt", "mira o'hara-holt"),
        ("id", "R_1", "R_1"),
    ],
)  # fmt: skip
def test_a_mark_has_one_form_however_it_is_written(kind, written, form):
    assert normal(kind, written, "US") == form


@pytest.mark.parametrize(
    ("mark", "text", "left"),
    [
        (Mark("email", "mira@x.com"), "write to MIRA+air@x.com, not amira@x.com", f"write to {MASK}, not amira@x.com"),
        (Mark("phone", "+13035550101"), "call +1 (303) 555-0101 or 23035550101", f"call {MASK} or 23035550101"),
        (Mark("handle", "mira"), '@Mira and @mirabel {"username":"mira","name":"Mira"}',
         f'{MASK} and @mirabel {{"username":"{MASK}","name":"{MASK}"}}'),
        (Mark("name", "mira holt"), "MIRA Holt, Mira, Mira Holter", f"{MASK}, Mira, Mira Holter"),
    ],
)  # fmt: skip
def test_a_mask_takes_the_mark_and_no_more(mark, text, left):
    masking = Masking([mark], SECRET)
    assert masking.apply(text) == left
    with duckdb.connect() as con:
        assert con.execute("select regexp_matches($1, $2)", [text, masking.prefilter()]).fetchall() == [(True,)]


def test_an_id_gets_a_name_of_its_own_and_whole_texts_go():
    text = 'It was late, and nobody told us why "so"'
    masking = Masking([Mark("id", "1900000000000000123")], SECRET, [text])
    made = masking.apply('{"reply_to":"1900000000000000123","x":"It was late, and nobody told us why \\"so\\""}')
    assert made.startswith('{"reply_to":"erased-') and made.endswith(f'"x":"{MASK}"}}')


@trying(deadline=None, max_examples=40)
@given(st.text(max_size=40), st.text(max_size=40))
def test_what_stands_in_a_text_is_hashed_as_what_was_erased(before, after):
    """Whatever stands around them, with a space between, addresses, numbers and names are known again."""
    text = f"{before} mira@x.com {after} @mira_h Mira Holt"
    found = {mark for kind, pattern in LOOKS_LIKE.items() for token in re.findall(pattern, text)
             for mark in marks_in(kind, token, "US")} | set(names_in(text, {2}))  # fmt: skip
    assert {Mark("email", "mira@x.com"), Mark("handle", "mira_h"), Mark("name", "mira holt")} <= found


@pytest.mark.parametrize(("value", "tells"), [
    ("1900000000000000123", True), ("R_0bc7343", True), ("C0000020", True), ("zendesk:4711", True),
    ("4711", False), ("20260101", False), ("baggage", False), ("two words 12", False),
])  # fmt: skip
def test_only_a_telling_id_is_looked_for_in_texts(value, tells):
    assert is_telling(value) == tells


# ------------------------------------------------------------------------------------------------ decisions


def test_an_erasure_is_a_decision_and_strikes_those_that_name_the_person(tmp_path):
    a, b, c = (Record("crm", name) for name in "ABC")
    gone = decisions.judge(tmp_path, "different", a, b, "Eva", "other town")
    decisions.judge(tmp_path, "different", b, c, "Eva", "other town")
    decisions.withdraw(tmp_path, gone.decision_id, "Ole", "mixed up")
    made = erasures.write(tmp_path, {SECRET.digest(Mark("person", "A"))}, {2}, {"rows": 3}, "Eva", "asked")
    assert erasures.strike(tmp_path, lambda line: "A" in {line.get("a", {}).get("record_id")}) == 2
    assert [(d.a, d.b) for d in decisions.read(tmp_path)] == [(b, c)]
    assert erasures.in_force(tmp_path) == [made]
    assert (tmp_path / "work" / "decisions.jsonl").stat().st_mode & 0o777 == 0o600
    erasures.withdraw(tmp_path, made.decision_id, "Eva", "is a customer again")
    assert erasures.in_force(tmp_path) == []
    with pytest.raises(UsageError, match="no erasure has that id"):
        erasures.withdraw(tmp_path, "0" * 16, "Eva", "x")


# ------------------------------------------------------------------------------------------------ settings


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ({"api_token": "abc"}, "api_token"), ({"sources": [{"name": "x"}, {"password": "p"}]}, "sources.2.password"),
        ({"taxonomy": "ghp_" + "a" * 36}, "taxonomy"), ({"a": {"b": "Bearer " + "a1" * 12}}, "a.b"),
        ({"sources": [{"columns": {"id": "Secret Code"}}]}, None), ({"metrics": {"token": ""}}, None),
        ({"connectors": [{"token": "ZENDESK_TOKEN"}]}, None), ({"brand_handles": ["@fernwing"]}, None),
    ],
)  # fmt: skip
def test_secrets_have_no_place_in_the_settings(content, key):
    assert secret_in(content) == key


def test_a_secret_is_refused_and_not_repeated(tmp_path):
    init(write(tmp_path, {"q/survey.csv": qualtrics([response(n, 9) for n in range(12)])}), {}, force=False)
    path = tmp_path / "vocpipe.toml"
    path.write_text('api_key = "hush-hush-hush"\n' + path.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(UsageError, match="`api_key` looks like a secret") as told:
        settings.load(tmp_path)
    assert "hush" not in str(told.value)


# ------------------------------------------------------------------------------------------------ cells


@trying(deadline=None, max_examples=40)
@given(st.text(), st.sampled_from(["", " ", "  "]), st.sampled_from("=+-@\t\r＝＋－＠"))
def test_no_text_is_a_formula_in_a_csv_file(text, space, sign):
    out = io.StringIO()
    csv.writer(out).writerow([as_cell(f"{space}{sign}{text}"), -3.5, None])
    (row,) = csv.reader(io.StringIO(out.getvalue()))
    assert row[0].startswith(("'", " \\", "\\", "  \\")) and row[1:] == ["-3.5", ""]
    assert not [c for c in out.getvalue() if not c.isprintable() and c not in "\t\n\r\u200c\u200d" and c.strip()]


@trying(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["x", "y", None])), max_size=40), st.integers(2, 6))
def test_every_combination_is_shared_by_k(people, k):
    frame = pd.DataFrame(people, columns=["tier", "market"])
    made = generalised(frame, ["tier", "market"], k)
    assert len(made) == (len(frame) if len(frame) >= k else 0)
    assert made.empty or made.groupby(["tier", "market"]).size().min() >= k
    for trait in ("tier", "market") if len(made) else ():
        whole = frame[trait].fillna("(unknown)")
        gave_up = whole[made[trait] != whole].value_counts()
        still = made[trait].value_counts()
        assert not [value for value, count in gave_up.items() if count < k and still.get(value, 0)]


def test_the_last_trait_is_given_up_first():
    frame = pd.DataFrame({"tier": ["a"] * 6 + ["b"] * 6, "market": ["x"] * 5 + ["y"] + ["x"] * 6})
    made = generalised(frame, ["tier", "market"], 5)
    assert sorted(set(zip(made["tier"], made["market"], strict=True))) == [("a", "x"), ("b", "x"), (OTHER, OTHER)] or (
        made["market"].eq(OTHER).sum() >= 5
    )


# ------------------------------------------------------------------------------------------------ kept figures


def test_figures_of_months_whose_rows_are_gone_stay():
    columns = "metric, metric_version, grain, period, period_start, segment_type, segment, unit, n"
    row = "('nps', '1', 'response', 'month', timestamp '{}', 'all', 'all', 'points', {})"
    with duckdb.connect() as con:
        con.execute("create schema meta; create schema metrics; create table meta.kept_since as select timestamp "
                    "'2026-03-10' as since")  # fmt: skip
        kept = [row.format(at, n) for at, n in (("2026-01-01", 9), ("2026-02-01", 9), ("2026-04-01", 9))]
        now = [row.format(at, n) for at, n in (("2026-02-01", 4), ("2026-04-01", 3))]
        for name in retention.FIGURES:
            for schema, prefix, values in (("meta", "kept_", kept), ("metrics", "", now)):
                con.execute(f"create table {schema}.{prefix}{name} as select * from (values {', '.join(values)}) "
                            f"as t({columns})")  # fmt: skip
        retention.restore_figures(con)
        for name in retention.FIGURES:
            found = con.execute(f"select strftime(period_start, '%m'), n from metrics.{name} order by 1").fetchall()
            assert found == [("01", 9), ("02", 9), ("04", 3)]
