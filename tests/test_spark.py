"""Spark beside DuckDB: the same tables from the same SELECTs, the same words of the same classifiers.

Skips where the extra or Java is not there; `.ci/run` installs both.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest
from engines import difference, differences
from project import read_quickly

from vocpipe import enrichment
from vocpipe.contracts import RunError, TextChoices
from vocpipe.enrichment import batches

pytest.importorskip("pyspark")
if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
    pytest.skip("needs Java 17 or later", allow_module_level=True)

from vocpipe.spark.crew import Crew
from vocpipe.spark.engine import Engine
from vocpipe.spark.session import in_words, started

# To compile a plan takes longer than to run it on a few rows.
FEW_ROWS = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.shuffle.partitions": "2",
}
TWO_WORKERS = "local-cluster[2,1,2048]"
TURNS = """
create table facts.turns as
select
    i as turn_id,
    case when i % 7 <> 0 then concat('c', i % 5) end as customer_id,
    case when i % 3 <> 0 then i % 4 end as score,
    cast(i % 11 as double) / 3 as weight,
    cast(i as decimal(18, 6)) / 7 as amount,
    ['late', 'rude', 'Éclair', 'z'][1 + i % 4] as label,
    timestamp '2026-03-28 22:30:00' + i * interval 37 minute as said_at,
    date '2025-12-30' + cast(i % 40 as integer) as said_on,
from range(1, 200) as r(i)
"""
# Every place where the two would answer differently if nobody said otherwise.
SELECTS = {
    "division": """
        select
            turn_id, score / 3 as thirds, amount / nullif(score, 0) as ratio, sum(amount) over () / 7 as sums,
        from facts.turns
    """,
    "means": """
        select
            customer_id, cast(sum(cast(weight as decimal(9, 6))) as double) / count(weight) as mean,
            sum(score) / count(*) as per_row,
        from facts.turns group by 1
    """,
    "squares": """
        with sums as (select customer_id, sum(cast(weight as decimal(18, 6))) as w from facts.turns group by 1)
        select customer_id, w * w as squared, cast(w * w as double) as as_double from sums
    """,
    # (a + b) / 2 of numbers of six places stands between two of them.
    "decimals": """
        select
            turn_id,
            cast((cast(turn_id * 7919 % 1000 as double) / 1e6 + cast(turn_id * 104729 % 1000 as double) / 1e6) / 2
                as decimal(18, 6)) as between_two,
            cast(amount as decimal(38, 3)) as fewer_places,
            cast(-weight / 8 as decimal(9, 3)) as below,
        from facts.turns
    """,
    "lists": """
        select
            customer_id,
            array_agg(label order by score desc nulls last, turn_id) as by_score,
            array_agg(score order by label desc, turn_id) filter (where turn_id < 40) as scores,
            array_agg(label order by turn_id) filter (where score > 9) as nothing,
        from facts.turns group by customer_id
    """,
    "order_of_nulls": """
        select
            turn_id,
            row_number() over (order by score, turn_id) as up,
            row_number() over (order by score desc, label, turn_id) as down,
            lag(label) over (partition by customer_id order by score nulls first, turn_id) as before,
        from facts.turns
    """,
    "words": """
        select
            turn_id, concat('of ', score, ' by ', customer_id) as said, label || customer_id as both_known,
            md5(label) as print, left(label, 1) as first_sign, length(label) as signs,
        from facts.turns
    """,
    "patterns": """
        select
            turn_id, regexp_extract(label, '([a-z]+)$') as tail, regexp_replace(label, '[aeiou]', '', 'g') as bare,
            regexp_matches(label, '^l') as is_late,
        from facts.turns
    """,
    "days": """
        select
            turn_id,
            cast(said_at as date) - cast(said_on as date) as days,
            said_at + to_days(2) - to_hours(3) as moved,
            said_at - getvariable('days') * interval 1 day as before,
            date_trunc('week', said_at) as week,
            cast(date_trunc('month', said_on) as date) as month_on,
        from facts.turns
    """,
    "zones": """
        select
            turn_id, cast((said_at at time zone 'UTC') at time zone getvariable('zone') as date) as local_on,
            (said_at at time zone 'UTC') at time zone 'America/New_York' as there,
            -- Its clock goes from 1:00 back to 0:00 on 26 October, and from 0:00 to 1:00 on 30 March.
            (timestamp '2025-10-25 23:00:00' + turn_id * interval 7 minute) at time zone 'Atlantic/Azores'
                at time zone 'UTC' as in_autumn,
            (timestamp '2025-03-29 23:00:00' + turn_id * interval 7 minute) at time zone 'Atlantic/Azores'
                at time zone 'UTC' as in_spring,
        from facts.turns
    """,
    "floors": """
        select
            turn_id, floor(weight) as whole, floor(-weight / 2) as below,
            cast(floor(5.0 * turn_id / 7) as integer) as fifths,
        from facts.turns
    """,
    "stars": """
        with t as (select * exclude (amount), weight + 1 as more from facts.turns)
        from t where score is distinct from 1
    """,
    "unions": "select customer_id, score from facts.turns union select label, null from facts.turns",
    "sets": """
        select
            customer_id, max_by(label, turn_id) as latest, count(distinct label) as labels, median(weight) as middle,
            greatest(max(score), null) as most,
        from facts.turns group by customer_id
    """,
    "keys": """
        with said as (
            select turn_id, '{"a key": "' || label || '", "b": null}' as segments, '$."a key"' as path from facts.turns
        )
        select turn_id, json_extract_string(segments, path) as label, unnest(json_keys(segments)) as key from said
    """,
    "series": "select turn_id, unnest(generate_series(1, 3)) as step from facts.turns where turn_id < 5",
}  # fmt: skip


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    with started("local[2]", FEW_ROWS) as spark:
        yield spark


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """Two databases with the same table of facts, of which `one` is in use, and the variables of a run."""
    with duckdb.connect() as con:
        for name in ("other", "one"):
            con.execute(f"attach ':memory:' as {name}")
            con.execute(f"use {name}")
            con.execute("create schema facts")
            con.execute(TURNS)
        con.execute("set variable days = cast(3 as bigint)")
        con.execute("set variable zone = 'Europe/Berlin'")
        yield con


# First of all, for a process has one session at a time and the others share theirs.
@pytest.mark.long
def test_workers_that_are_killed_change_nothing(con: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "CHUNK", 20)
    texts = [f"Flight {i} was late and the crew was rude" for i in range(400)]
    taxonomy = enrichment.load_taxonomy(enrichment.taxonomy_folder() / "airline.toml")
    found = enrichment.classifiers(taxonomy, TextChoices("vader"))
    killed: list[int] = []
    with started(TWO_WORKERS, FEW_ROWS) as spark:
        engine, crew = Engine(con, spark, tmp_path.as_uri()), Crew(spark, tmp_path.as_uri())
        with killing(tmp_path / "3", killed):
            for name, select in SELECTS.items():
                engine.execute(f"create or replace table facts.{name} as\n{select}")
        with killing(tmp_path / "chunks1", killed):
            said = enrichment.annotate_table(texts, found, crew)
    assert len(set(killed)) == 2
    con.execute("use other")
    for name, select in SELECTS.items():
        con.execute(f"create or replace table facts.{name} as\n{select}")
    told = {name: difference(con, f"facts.{name}") for name in SELECTS}
    assert {name: differs for name, differs in told.items() if differs} == {}
    assert said == enrichment.annotate_table(texts, found)


@contextmanager
def killing(sign: Path, killed: list[int]) -> Iterator[None]:
    """End a worker of this very process as soon as a file or folder is there."""

    def kill() -> None:
        while not sign.exists():
            time.sleep(0.1)
        worker = workers_of(os.getpid())[0]
        os.kill(worker, signal.SIGKILL)
        killed.append(worker)

    hunter = threading.Thread(target=kill)
    hunter.start()
    yield
    hunter.join(timeout=60)


def workers_of(ancestor: int) -> list[int]:
    """Processes of executors below a process."""
    told = subprocess.run(["ps", "-ww", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [(*map(int, line.split()[:2]), line) for line in told.splitlines()]
    parent = {pid: above for pid, above, _ in rows}

    def below(pid: int) -> bool:
        return pid == ancestor or (pid in parent and below(parent[pid]))

    return [pid for pid, _, line in rows if "CoarseGrainedExecutorBackend" in line and below(pid)]


@pytest.mark.slow
def test_every_construct_of_the_rooms_gives_the_same_table(session: Any, con: Any, tmp_path: Path) -> None:
    engine = Engine(con, session, tmp_path.as_uri())
    for name, select in SELECTS.items():
        engine.execute(f"create or replace table facts.{name} as\n{select}")
        con.execute("use other")
        con.execute(f"create or replace table facts.{name} as\n{select}")
        con.execute("use one")
    told = {name: difference(con, f"facts.{name}") for name in SELECTS}
    assert {name: said for name, said in told.items() if said} == {}


@pytest.mark.slow
def test_steps_stay_on_spark_and_what_others_write_is_taken_anew(session: Any, con: Any, tmp_path: Path) -> None:
    engine = Engine(con, session, tmp_path.as_uri())
    engine.execute("create or replace temp table step (customer_id varchar, total bigint, note varchar)")
    for low, high in ((1, 50), (50, 200)):
        added = engine.execute(
            "insert into step by name select customer_id, sum(turn_id) as total from facts.turns "
            f"where turn_id >= {low} and turn_id < {high} group by customer_id"
        )
        assert added.fetchall() == [(6,)]  # five customers, and all turns without one
    assert con.execute("select count(*) from step").fetchall() == [(0,)]  # DuckDB knows its columns alone
    assert engine.execute("select count(*) from step where note is null").fetchall() == [(12,)]
    assert engine.execute("select count(*) from step where total > $1", [10**6]).fetchall() == [(0,)]
    engine.execute("alter table step alter total type double")
    assert con.execute("describe step").fetchall()[1][1] == "DOUBLE"
    engine.execute("create or replace temp view doubled as select customer_id, 2 * total as total from step")
    engine.execute(
        "create or replace table facts.sums as select customer_id, sum(total) as total from doubled group by 1"
    )
    before = con.execute("select sum(total) from facts.sums").fetchall()[0][0]
    assert before == 2 * sum(range(1, 200))
    for change, count in (
        ("create or replace table facts.turns as from facts.turns where turn_id <= 10", 10),
        ("insert into facts.turns by name select 11 as turn_id", 11),
        ("alter table facts.turns add column more varchar", 11),
    ):
        con.execute(change)
        engine.execute("create or replace table facts.few as select count(*) as n, max(turn_id) as m from facts.turns")
        assert con.execute("select n, m from facts.few").fetchall() == [(count, count)]
    engine.execute("drop view doubled")
    engine.execute("drop table temp.step")


@pytest.mark.slow
def test_a_failure_of_spark_is_told_without_the_value(con: Any, session: Any, tmp_path: Path) -> None:
    engine = Engine(con, session, tmp_path.as_uri())
    with pytest.raises(RunError, match=r"CAST_INVALID_INPUT") as told, in_words():
        engine.execute("create or replace table facts.wrong as select cast(label as integer) as n from facts.turns")
    assert "late" not in str(told.value)


@pytest.mark.slow
def test_the_crew_says_what_one_process_says(session: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "CHUNK", 100)
    words = ("late and rude", "great", "where is my bag?", "muy tarde y sin ayuda", "ok", "")
    texts = [f"Flight {i} was {words[i % len(words)]}" for i in range(250)] + [" "]
    taxonomy = enrichment.load_taxonomy(enrichment.taxonomy_folder() / "airline.toml")
    found = enrichment.classifiers(taxonomy, TextChoices("vader"))
    crew = Crew(session, tmp_path.as_uri())
    told: list[int] = []
    assert enrichment.annotate_table(texts, found, crew, told.append) == enrichment.annotate_table(texts, found)
    assert sum(told) == len(texts)
    redactor = enrichment.Redactor(["Anna Schmidt"], [])
    said = [f"I am Anna Schmidt, {text}" for text in texts]
    assert enrichment.redact_many(redactor, said, workers=crew) == enrichment.redact_many(redactor, said)
    sentiment = next(one for one in found if one.name == "sentiment")
    numbered = [(str(i), text) for i, text in enumerate(texts)]
    portions = list(enrichment.annotate_within(60, sentiment, iter(numbered), crew))
    assert sorted(i for ids, _ in portions for i in ids) == sorted(i for i, _ in numbered)
    labels = {
        ids[no]: label
        for ids, table in portions
        for no, label in zip(*(table[c].to_pylist() for c in ("text_no", "label")), strict=True)
    }
    alone = enrichment.annotate_table(texts, [sentiment])
    assert labels == {
        str(no): label for no, label in zip(alone["text_no"].to_pylist(), alone["label"].to_pylist(), strict=True)
    }


def run(project: Path, engine: str) -> None:
    """Run a project with some engine, as a user does; its texts by the fast engine, so that no clock plays a part."""
    read_quickly(project)
    with (project / "vocpipe.toml").open("a", encoding="utf-8") as file:
        file.write(engine)
    command = [Path(sys.executable).with_name("vocpipe"), "run", project, "--as-of", "2026-07-01T00:00:00Z"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def spark_on(master: str) -> str:
    options = "\n".join(f'"{name}" = "{value}"' for name, value in FEW_ROWS.items())
    return f'\n[engine]\nkind = "spark"\nmaster = "{master}"\n\n[engine.options]\n{options}\n'


def both(folder: Path, tmp_path: Path) -> tuple[Path, Path]:
    """The exports of a folder as two projects, set up alike."""
    one, other = tmp_path / "one", tmp_path / "other"
    shutil.copytree(folder, one)
    subprocess.run([Path(sys.executable).with_name("vocpipe"), "init", one], check=True, capture_output=True)
    (one / "work").mkdir(mode=0o700)
    (one / "work" / "pseudonym.key").write_text("0" * 64)  # the same customers get the same ids
    shutil.copytree(one, other)
    return one, other


def published(project: Path) -> Path:
    return project / "published" / "voc.duckdb"


@pytest.mark.long
def test_a_whole_run_on_spark_publishes_what_duckdb_publishes(sample_folder: Path, tmp_path: Path) -> None:
    one, other = both(sample_folder, tmp_path)
    run(one, "")
    run(other, spark_on("local[2]"))
    assert differences(published(one), published(other)) == {}
    assert not (other / "work" / "spark").exists()


@pytest.mark.long
def test_twenty_thousand_customers_are_the_same_on_two_workers(shared: Path, tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    script = shared / "tools" / "build_scenario.py"
    customers = os.environ.get("VOCPIPE_SPARK_CUSTOMERS", "20000")
    subprocess.run([sys.executable, script, "--out", exports, "--customers", customers, "--seed", "10"], check=True)
    one, other = both(exports, tmp_path)
    run(one, "")
    as_it_comes = f'\n[engine]\nkind = "spark"\nmaster = "{TWO_WORKERS}"\n'  # what spares few rows costs many
    run(other, as_it_comes)
    assert differences(published(one), published(other)) == {}
