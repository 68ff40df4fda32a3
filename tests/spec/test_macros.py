"""The macros of the published file, against printed figures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from metrics_marts import answers, built, rows

from vocpipe import metrics


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with built({"responses": answers([10, 9, 3])}) as con:
        con.execute(metrics.macros_sql())
        yield con


def of_scores(con: duckdb.DuckDBPyConnection, macro: str, scores: list[int | None]) -> float | None:
    con.execute("create or replace temp table s (score integer)")
    if scores:
        con.executemany("insert into s values ($1)", [[x] for x in scores])
    return con.execute(f"select {macro} from s").fetchall()[0][0]


def counts(detractors: int, passives: int, promoters: int) -> list[int | None]:
    return [0] * detractors + [8] * passives + [10] * promoters


# Detractors, passives, promoters and the adjusted Wald bounds, from the tests of the R package NPS.
@pytest.mark.parametrize(
    ("shape", "low", "high"),
    [((8, 13, 15), -0.06280259443, 0.4217769534), ((395, 476, 291), -0.1330837042, -0.04545706836)],
)
def test_adjusted_wald_bounds_of_the_nps(con, shape, low, high):
    assert of_scores(con, "nps_low(score)", counts(*shape)) == pytest.approx(100 * low, abs=1e-6)
    assert of_scores(con, "nps_high(score)", counts(*shape)) == pytest.approx(100 * high, abs=1e-6)


@pytest.mark.parametrize(
    ("scores", "value"), [([10, 9, 8, 7, 6, 0], 0), ([9], 100), ([6], -100), ([7, 8], 0), ([9, 9, 0], 100 / 3)]
)
def test_nps_in_points(con, scores, value):
    assert of_scores(con, "nps(score)", scores) == pytest.approx(value, abs=1e-12)


def test_blank_answers_are_not_counted(con):
    assert of_scores(con, "nps(score)", [10, None, 0, None, 10]) == pytest.approx(100 / 3)
    assert of_scores(con, "csat(score)", [5, None, 1]) == pytest.approx(0.5)


@pytest.mark.parametrize("macro", ["nps(score)", "nps_low(score)", "nps_high(score)", "csat(score)"])
def test_no_answers_no_figure(con, macro):
    assert of_scores(con, macro, []) is None
    assert of_scores(con, macro, [None]) is None


def test_bounds_stay_within_the_scale_and_do_not_collapse(con):
    assert of_scores(con, "nps_high(score)", [10, 10, 10]) == 100
    assert of_scores(con, "nps_low(score)", [10, 10, 10]) < 100
    assert of_scores(con, "nps_low(score)", [0, 0, 0]) == -100


def test_csat_by_scale(con):
    assert of_scores(con, "csat(score)", [5, 4, 3, 1]) == 0.5
    assert of_scores(con, "csat(score, scale_high := 7)", [5, 6, 7, 1]) == 0.5


# Newcombe 1998 (Statistics in Medicine 17, 857-872), Table I.
@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson(con, k, n, low, high):
    found = con.execute(f"select wilson_low({k}, {n}), wilson_high({k}, {n})").fetchall()[0]
    assert found == pytest.approx((low, high), abs=5e-5)


# Newcombe 1998 (Statistics in Medicine 17, 873-890), Table II, method 10.
@pytest.mark.parametrize(
    ("k1", "n1", "k2", "n2", "low", "high"),
    [
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (0, 10, 0, 10, -0.2775, 0.2775),
        (10, 10, 0, 20, 0.6791, 1.0),
        (10, 10, 0, 10, 0.6075, 1.0),
    ],
)
def test_newcombe(con, k1, n1, k2, n2, low, high):
    sql = f"select newcombe_low({k1}, {n1}, {k2}, {n2}), newcombe_high({k1}, {n1}, {k2}, {n2})"
    assert con.execute(sql).fetchall()[0] == pytest.approx((low, high), abs=5e-5)


def test_nothing_counted_gives_null(con):
    sql = "select wilson_low(0, 0), wilson_high(0, 0), newcombe_low(0, 0, 1, 2), newcombe_high(1, 2, 0, 0)"
    assert con.execute(sql).fetchall()[0] == (None,) * 4


def test_macros_take_aggregates_and_groups(con):
    sql = """
        select g, wilson_low(count(case when score >= 4 then 1 end), count(score)) as low, csat(score) as csat
        from (values ('a', 5), ('a', 1), ('b', 4)) as t(g, score) group by g order by g
    """
    assert [(row["g"], row["csat"]) for row in rows(con, sql)] == [("a", 0.5), ("b", 1.0)]


def test_wilson_solves_its_equation(con):
    """The bounds are where (p - k/n)^2 = z^2 p (1 - p) / n, which defines the interval: every k of every n to 120."""
    sql = """
        with counts as (select n, k from range(1, 121) as a(n) join range(0, 121) as b(k) on k <= n),
        bounds as (select *, unnest([wilson_low(k, n), wilson_high(k, n)]) as p from counts)
        select max(abs(power(p - k / n, 2) - power(1.959963984540054, 2) * p * (1 - p) / n)), count(*), min(p), max(p)
        from bounds
    """
    worst, tried, least, most = con.execute(sql).fetchall()[0]
    assert worst < 1e-12 and tried == 2 * (120 * 121 / 2 + 120)
    assert (least, most) == (0, 1)


def test_macro_and_room_agree(con):
    published = rows(con, "from metric('nps', 'all')")
    assert [row["period"] for row in published] == ["all", "month"]
    sql = "select nps(score), nps_low(score), nps_high(score) from marts.responses"
    for row in published:
        assert con.execute(sql).fetchall()[0] == pytest.approx((row["value"], row["ci_low"], row["ci_high"]), abs=1e-9)


def test_responses_as_they_stood():
    corrected = answers([2, 9], response_id="R1", known_at=lambda i: f"2025-0{4 + i}-01")
    corrected[0] = dict(corrected[0]) | {"superseded_at": "2025-05-01"}
    with built({"responses": corrected}) as con:
        con.execute(metrics.macros_sql())
        scores = [
            con.execute(f"select score from responses_asof(timestamp '2025-0{m}-15')").fetchall() for m in (3, 4, 5)
        ]
    assert scores == [[], [(2,)], [(9,)]]


def test_macros_last_in_the_file(tmp_path: Path):
    file = tmp_path / "published.duckdb"
    with duckdb.connect(file) as con:
        con.execute("create schema marts; create schema metrics")
        con.execute(
            "create table marts.customer_attributes (customer_id varchar, attribute varchar, value varchar, "
            "valid_from timestamp, valid_to timestamp)"
        )
        con.execute("create table marts.responses (known_at timestamp, occurred_at timestamp, superseded_at timestamp)")
        con.execute(
            "create table metrics.metric_value (metric varchar, segment_type varchar, period varchar, "
            "period_start timestamp, segment varchar, unit varchar)"
        )
        con.execute(metrics.macros_sql())
    with duckdb.connect(file, read_only=True) as con:
        assert con.execute("select nps(x) from (values (10), (0), (9)) as t(x)").fetchall() == [
            (pytest.approx(100 / 3),)
        ]
        assert con.execute("select count(*) from metric('nps', 'all')").fetchall() == [(0,)]
        assert con.execute("select count(*) from responses_asof(timestamp '2025-01-01')").fetchall() == [(0,)]
