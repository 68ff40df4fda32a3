"""How much is flagged where nothing happened: changes and alerts of generated scenarios in which months and tiers mean
nothing (--rho 0), and drivers where scores are dealt out anew among the answers (the texts of a scenario go with its
scores, so its own drivers are no chance).

    VOCPIPE_SHARED=…/shared python tests/benchmarks/bench_nothing.py [--seeds 5] [--first 7100] [--customers 800]

Each scenario goes through a whole run with the fast engine, some 40 s on two cores.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import pandas as pd

import vocpipe
from vocpipe.proposing import init
from vocpipe.statistics import driver

CHANGES = """
select count(p_value) as tests, count(*) filter (p_value < 0.05) as p, count(*) filter (q_value <= 0.1) as q,
    count(distinct period_start) as nights, count(distinct period_start) filter (q_value <= 0.1) as nights_flagged,
    (select count(*) from metrics.alert where is_fresh) as fresh_alerts,
    (select count(*) from metrics.alert) as alerts,
from metrics.change
where p_value is not null
"""
DEALT = """
create or replace table marts.responses as
with numbered as (
    select *, row_number() over (partition by metric order by source, response_id, question_id) as place,
        row_number() over (partition by metric order by hash(concat(response_id, '{round}'))) as dealt_place,
    from given.marts.responses where superseded_at is null and metric in ('nps', 'csat', 'ces')
)
select a.* replace (b.score as score)
from numbered as a join numbered as b on b.metric = a.metric and b.dealt_place = a.place
"""


def run_of(folder: Path, seed: int, customers: int) -> None:
    """A scenario with nothing planted, and a run on it."""
    script = Path(os.environ["VOCPIPE_SHARED"]) / "tools" / "build_scenario.py"
    options = {"--out": folder, "--seed": seed, "--customers": customers, "--rho": 0}
    command = [sys.executable, str(script), *(str(x) for pair in options.items() for x in pair)]
    subprocess.run(command, check=True, capture_output=True)
    as_of = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["generator"]["as_of"]
    init(folder, {}, force=False)
    with (folder / "vocpipe.toml").open("a", encoding="utf-8") as out:
        out.write('\n[text]\nsentiment = "fast"\n')
    vocpipe.run(folder, as_of=as_of)


def drivers_of(published: Path, rounds: int = 5) -> pd.DataFrame:
    """p and q of the drivers of scores dealt out anew, so many times."""
    made = []
    with duckdb.connect() as con:
        con.execute(f"attach '{published}' as given (read_only); create schema marts")
        con.execute("create view marts.answer_topics as from given.marts.answer_topics")
        for number in range(rounds):
            con.execute(DEALT.format(round=number))
            frames = {name: con.execute(sql).df() for name, sql in driver.READS.items()}
            made.append(driver.make(frames, {"conf": 0.95, "min_n_show": 10}).assign(round=number))
    return pd.concat(made)


def main() -> None:
    """Print the shares over the seeds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=7100)
    parser.add_argument("--customers", type=int, default=800)
    given = parser.parse_args()
    changes, drivers = [], []
    for seed in range(given.first, given.first + given.seeds):
        with tempfile.TemporaryDirectory() as name:
            run_of(Path(name), seed, given.customers)
            published = Path(name) / "published" / "voc.duckdb"
            with duckdb.connect(str(published), read_only=True) as con:
                changes.append(con.execute(CHANGES).df().iloc[0])
            found = drivers_of(published)
        drivers.append(found.assign(seed=seed))
        print(seed, changes[-1].astype(int).to_dict(), flush=True)
    sums, dealt = pd.DataFrame(changes).sum(), pd.concat(drivers)
    runs = dealt.groupby(["seed", "round"])["q_value"].min()
    print(f"changes: p < .05 in {sums.p / sums.tests:.3f}, q <= .10 in {sums.q / sums.tests:.4f} of {sums.tests:.0f}")
    print(f"months with any change flagged: {sums.nights_flagged:.0f} of {sums.nights:.0f}")
    print(f"drivers: p < .05 in {(dealt.p_value < 0.05).mean():.3f}, q <= .10 in {(dealt.q_value <= 0.1).mean():.4f}")
    print(f"runs with any driver flagged: {(runs <= 0.1).mean():.3f} of {len(runs)}")


if __name__ == "__main__":
    main()
