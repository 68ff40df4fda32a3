"""How long the metrics room takes on a million interactions: python tests/benchmarks/bench_metrics.py [scale].

Scale 1: 450,000 tweets, 300,000 ticket turns, 250,000 responses of three scores, 200,000 customers, 600,000 orders,
three attributes, five teams. Prints seconds per step and the peak memory. Nothing is asserted.
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

import duckdb

from vocpipe import metrics

sys.path.insert(0, str(Path(__file__).parent.parent))
from metrics_marts import MARTS, SETTINGS, WEIGHTS

VARIABLES = SETTINGS | {"time_zone": "'Europe/Berlin'", "min_n_show": "10"}
TOPICS = "['delay', 'crew', 'seat', 'baggage', 'refund', 'booking', 'food', 'price', 'app', 'unknown']"
FILLED = """
create schema marts;
create schema facts;
create schema scores;
create table marts.interactions as
select
    'i' || i as interaction_id,
    case when i % 100 < 45 then 'tweet' when i % 100 < 75 then 'ticket' else 'survey' end as channel,
    case
        when random() < 0.75 then md5(cast(cast(floor(pow(random(), 2) * {customers}) as integer) as varchar))
    end as customer_id,
    timestamp '2024-01-01' + to_seconds(cast(random() * 47260799 as bigint)) as occurred_at,
    list_extract({topics}, 1 + i * 7 % 10) as topic,
    case when i * 7 % 10 < 5 then 'travel' else 'service' end as journey_stage,
    case when i * 7 % 10 < 3 then 'product' when i * 7 % 10 < 6 then 'transaction' else 'interaction' end as experience,
    ['meaning', 'value', 'accommodation'][1 + i * 7 % 3] as need, 'en' as language,
    random() * 2 - 1 as sentiment_score, 'x' as source, interaction_id as conversation_id, 'praise' as actionability
from range({interactions}) as r(i);
create table marts.responses as
select
    interaction_id || '-r' as response_id, interaction_id, 'surveys' as source,
    m.question_id, m.metric, m.scale_low, m.scale_high,
    cast(floor(m.scale_low + random() * (m.scale_high - m.scale_low + 1)) as integer) as score,
    customer_id, occurred_at, occurred_at as known_at, timestamp '2025-07-01' as loaded_at,
    cast(null as timestamp) as superseded_at, '{{"cabin": "economy"}}' as segments
from marts.interactions
cross join (
    values ('Q1', 'nps', 0, 10), ('Q2', 'csat', 1, 5), ('Q3', 'ces', 1, 7)
) as m(question_id, metric, scale_low, scale_high)
where channel = 'survey';
create table marts.conversations as
select
    interaction_id as conversation_id, customer_id, 'solved' as status,
    case when random() < 0.3 then case when random() < 0.7 then 'good' else 'bad' end end as rating,
    occurred_at as created_at, occurred_at + interval 3 hour as solved_at,
    floor(random() * 3000) as first_reply_minutes, floor(random() * 9000) as resolution_minutes,
    topic, journey_stage, experience, need, source, 0 as count_reopens, 1 as count_turns,
    '{{"owner_team": "team ' || hash(interaction_id) % 5 || '"}}' as segments
from marts.interactions where channel = 'ticket';
create table marts.orders as
select
    'o' || i as order_id, md5(cast(cast(floor(random() * {customers}) as integer) as varchar)) as customer_id,
    timestamp '2024-01-01' + to_seconds(cast(random() * 47260799 as bigint)) as ordered_at,
    'EUR' as currency, false as is_cancelled, floor(random() * 50000) / 100 as paid_amount
from range({orders}) as r(i);
create table marts.customer_attributes as
select
    md5(cast(i as varchar)) as customer_id, a.attribute,
    a.attribute || cast(hash(i, a.attribute) % 5 as varchar) as value,
    cast(null as timestamp) as valid_from, cast(null as timestamp) as valid_to
from range({customers}) as r(i) cross join (values ('loyalty_tier'), ('country'), ('plan')) as a(attribute);
"""


def main(scale: float) -> None:
    con = duckdb.connect(config={"threads": 2})
    for name, value in VARIABLES.items():
        con.execute(f"set variable {name} = {value}")
    sizes = {"customers": 200_000, "interactions": 1_000_000, "orders": 600_000}
    con.execute(FILLED.format(topics=TOPICS, **{k: int(v * scale) for k, v in sizes.items()}))
    for name, columns in MARTS.items():  # what is not measured here stays empty
        con.execute(f"create table if not exists {name if '.' in name else f'marts.{name}'} ({columns})")
    con.execute(f"create table scores.survey_weights ({WEIGHTS})")
    before, began, worked = peak_mb(), time.perf_counter(), time.process_time()
    metrics.build(con)
    seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    rows = con.execute("select count(*) from metrics.metric_value").fetchall()[0][0]
    print(
        f"{seconds:.1f} s ({cpu:.1f} s of processor time), "
        f"peak {peak_mb():.0f} MB ({before:.0f} MB before), {rows:,} figures"
    )


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
