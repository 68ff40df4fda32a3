"""A run of an earlier as-of time gives what was published then, whatever came, changed or was read anew since."""

from __future__ import annotations

from datetime import datetime

import pytest
from project import AS_OF, qualtrics, read_quickly, response, tweet, tweets, write

import vocpipe
from vocpipe import pipeline
from vocpipe.decisions.corrections import Corrected, in_force, standing
from vocpipe.decisions.judged import Withdrawal
from vocpipe.proposing import init
from vocpipe.warehouse import looking_back, opened, rows

pytestmark = pytest.mark.usefixtures("without_report")

AUDIT = ("run_id", "as_of", "code_version")
SUMMER, AUTUMN, LATER = datetime(2026, 7, 1), datetime(2026, 10, 1), datetime(2026, 11, 1)


# --------------------------------------------------------------------------- the parts


@pytest.fixture
def con(tmp_path):
    with opened(tmp_path) as con:
        con.execute("insert into enrichment.versions values ('sentiment', 'b', 0)")
        yield con


def ran(con, *runs):
    """Runs that ended well: id, when (day of November), as-of time."""
    for run_id, day, as_of in runs:
        con.execute(
            "insert into quality.runs (run_id, started_at, as_of, outcome) values ($1, $2, $3, 'published')",
            [run_id, datetime(2026, 11, day), as_of],
        )


def test_a_run_looks_back_when_an_earlier_one_saw_a_later_time(con):
    assert looking_back.until(con, "new", SUMMER) is None
    ran(con, ("a", 1, SUMMER), ("b", 2, AUTUMN))
    assert looking_back.until(con, "new", AUTUMN) is None  # the same night once more
    assert looking_back.until(con, "new", SUMMER) == datetime(2026, 11, 1)
    assert looking_back.until(con, "new", datetime(2026, 8, 1)) == datetime(2026, 11, 1)
    assert looking_back.until(con, "new", datetime(2026, 1, 1)) == datetime(2026, 11, 1)  # the first that was ever read
    ran(con, ("c", 3, SUMMER))  # looked back itself: its own time tells nothing
    assert looking_back.until(con, "new", SUMMER) == datetime(2026, 11, 1)
    ran(con, ("d", 4, LATER))
    assert looking_back.until(con, "new", AUTUMN) == datetime(2026, 11, 2)


def test_the_findings_of_then_are_read(con):
    """Of t1 the older word holds until it was replaced on the 3rd; t2 was first scored on the 5th."""
    held = [("t1", "b", "bad", 3), ("t2", "b", "good", 5)]
    for text, version, label, day in held:
        con.execute(
            "insert into enrichment.annotations (text_id, classifier, version, label, scored_at) "
            "values ($1, 'sentiment', $2, $3, $4)",
            [text, version, label, datetime(2026, 11, day)],
        )
    con.execute(
        "insert into enrichment.annotation_history (text_id, classifier, version, label, scored_at, superseded_at) "
        "values ('t1', 'sentiment', 'a', 'good', timestamp '2026-11-01', timestamp '2026-11-03')"
    )

    def found(known_until):
        looking_back.choose_findings(con, known_until)
        return rows(con, "select text_id, version, label from enrichment.findings order by 1")

    now = [("t1", "b", "bad"), ("t2", "b", "good")]
    assert found(None) == now
    assert found(datetime(2026, 11, 3)) == now
    assert found(datetime(2026, 11, 2)) == [("t1", "a", "good"), ("t2", "b", "good")]


def test_corrections_of_then_stand():
    day = [datetime(2026, 11, number) for number in range(1, 9)]
    first = Corrected("d1", "i", "topic", ("delay",), "Ada", None, day[0], Withdrawal("w", "Ada", "", day[5]))
    second = Corrected("d2", "j", "topic", ("crew",), "Ada", None, day[6])

    def at(known_until):
        return [made.decision_id for made in in_force(standing([first, second], known_until))]

    assert (at(day[2]), at(day[5]), at(day[7]), at(None)) == (["d1"], [], ["d2"], ["d2"])


# --------------------------------------------------------------------------- the whole job

CUSTOMERS = "customer_id,first_name,last_name,email,tier,signup_date\n" + "".join(
    f"K{n},Mira,Holt{n},mira{n}@example.com,{{}},2020-01-01\n" for n in range(24)
)


def answered(number: int, score: int, **more):
    return response(number, score, RecipientEmail=f"mira{number % 24}@example.com", RecipientLastName="Holt",
                    RecipientFirstName="Mira", text="The crew were kind but my bag was late", **more)  # fmt: skip


def figures(folder):
    with vocpipe.connect(folder) as con:
        select = "select * exclude (run_id, as_of, code_version) from metrics.metric_value order by all"
        return con.execute(select).fetchall()


@pytest.mark.slow
def test_last_months_figures_stand_after_late_and_corrected_answers_changed_tiers_and_another_model(tmp_path):
    tiers = ["Gold", "Blue"] * 12
    folder = write(tmp_path, {
        "crm/customers.csv": CUSTOMERS.format(*tiers).encode(),
        "surveys/q_1.csv": qualtrics([answered(n, n % 11) for n in range(40)]),
        "twitter/t.jsonl": tweets(*(tweet(n, f"Late again, number {n}, but thanks to the crew") for n in range(15))),
    })  # fmt: skip
    init(folder, {}, force=False)
    read_quickly(folder)
    pipeline.run(folder, as_of=AS_OF)
    then = figures(folder)

    changed = [answered(n, 10, RecordedDate="2026-06-20 10:00:00") for n in range(12)]  # corrected
    late = [answered(100 + n, 0) for n in range(15)]  # given in January, brought now
    write(folder, {
        "surveys/q_2.csv": qualtrics([*changed, *late]),
        "crm/customers.csv": CUSTOMERS.format(*reversed(tiers)).encode(),
    })  # fmt: skip
    settings = folder / "vocpipe.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace('"fast"', '"vader"'), encoding="utf-8")
    pipeline.run(folder)
    now = figures(folder)
    summary = pipeline.run(folder, as_of=AS_OF)

    assert now != then
    assert figures(folder) == then
    assert "looks back to" in summary.counts["enrich"]
