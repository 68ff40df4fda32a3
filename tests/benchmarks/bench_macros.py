"""How long an analyst waits: NPS with its interval of 10M answers, by 40 segments and 24 months, by the macros alone.

python tests/benchmarks/bench_macros.py [millions]. Prints the median of five. Nothing is asserted.
"""

from __future__ import annotations

import statistics
import sys
import time

import duckdb

from vocpipe import metrics

ANSWERS = """
create table answers as
select
    cast(hash(i) % 11 as tinyint) as score, cast(hash(i, 1) % 40 as tinyint) as segment,
    date '2024-01-01' + cast(hash(i, 2) % 730 as integer) as answered_on
from range({count}) as r(i)
"""
QUERIES = {
    "NPS and its interval, all": "select nps(score), nps_low(score), nps_high(score), count(score) from answers",
    "NPS and its interval, 40 segments and 24 months": """
        select segment, date_trunc('month', answered_on) as month, nps(score), nps_low(score), nps_high(score)
        from answers group by all
    """,
    "CSAT and Wilson's interval, 40 segments": """
        select segment, csat(score, scale_high := 10), wilson_low(count(*) filter (where score >= 9), count(score))
        from answers group by all
    """,
}


def main(millions: float) -> None:
    con = duckdb.connect(config={"threads": 2})
    con.execute("create schema marts; create schema metrics")
    con.execute("create table marts.responses (known_at timestamp, occurred_at timestamp, superseded_at timestamp)")
    con.execute("create table marts.customer_attributes (customer_id varchar, attribute varchar, value varchar, "
                "valid_from timestamp, valid_to timestamp)")  # fmt: skip
    con.execute("create table metrics.metric_value (metric varchar, segment_type varchar, period varchar, "
                "period_start timestamp, segment varchar, unit varchar)")  # fmt: skip
    con.execute(metrics.macros_sql())
    con.execute(ANSWERS.format(count=int(millions * 1e6)))
    for name, query in QUERIES.items():
        took, worked = [], []
        for _ in range(5):
            began, cpu = time.perf_counter(), time.process_time()
            con.execute(query).fetchall()
            took.append(time.perf_counter() - began)
            worked.append(time.process_time() - cpu)
        print(f"{statistics.median(took):.2f} s ({statistics.median(worked):.2f} s of processor time)  {name}")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 10.0)
