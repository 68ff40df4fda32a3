"""Intervals of the experience figures hold the truth of known populations: .93 to .98 of 2,000 draws do."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from metrics_marts import warehouse

from vocpipe import metrics
from vocpipe.analysis.clustered import effective_n, newcombe, slope, wilson
from vocpipe.analysis.heterogeneity import heterogeneity
from vocpipe.statistics.channel_gap import paired

DRAWS = 2000


def holds(low, high, truth) -> bool:
    return bool(0.93 <= np.mean((np.asarray(low) <= truth) & (truth <= np.asarray(high))) <= 0.98)


def clustered(chance, clusters: int, size: int, p: float, likeness: float):
    """Share, its error and n of draws of customers with as many answers each, who tend to repeat themselves."""
    own = chance.random((DRAWS, clusters, 1)) < p
    again = chance.random((DRAWS, clusters, size)) < likeness
    answers = np.where(again, own, chance.random((DRAWS, clusters, size)) < p)
    n, share = clusters * size, answers.mean(axis=(1, 2))
    residual = (answers - share[:, None, None]).sum(axis=2)
    return share, np.sqrt(clusters / (clusters - 1) * (residual**2).sum(axis=1)) / n, n


@pytest.mark.parametrize(("clusters", "size", "p"), [(20, 1, 0.3), (15, 3, 0.5), (40, 5, 0.2), (300, 4, 0.1)])
def test_a_share_of_clustered_texts(clusters, size, p):
    share, se, n = clustered(np.random.default_rng(1), clusters, size, p, 0.5)
    assert holds(*wilson(share, effective_n(share, se, n, clusters)), p)


@pytest.mark.parametrize(("company", "customers"), [((30, 1, 0.9), (20, 1, 0.7)), ((200, 2, 0.95), (60, 3, 0.7))])
def test_a_perception_gap(company, customers):
    chance = np.random.default_rng(2)
    sides = [(c, *clustered(chance, c, size, p, 0.5)) for c, size, p in (company, customers)]
    (p, m), (q, n) = ((share, effective_n(share, se, n, c)) for c, share, se, n in sides)
    assert holds(*newcombe(p, m, q, n), company[2] - customers[2])


@pytest.mark.parametrize("tau", [0.0, 0.1, 0.3])
@pytest.mark.parametrize("sizes", [(12, 20, 15), (60, 200, 90, 150)])
def test_cohesion(sizes, tau):
    """Errors are estimated, and inflated as the table does where customers are few."""
    chance, n, sd = np.random.default_rng(3), np.array(sizes), 0.5
    w = n / sd**2
    typical = (len(n) - 1) / (w.sum() - (w**2).sum() / w.sum())
    bounds = []
    for _ in range(DRAWS):
        y = chance.normal(0, tau, len(n)) + chance.normal(0, sd / np.sqrt(n))
        se = sd * np.sqrt(chance.chisquare(n - 1) / (n - 1) / n * (n - 1) / (n - 3))
        found = heterogeneity(y, se)
        bounds.append((found.i2_low, found.i2_high))
    assert holds(*zip(*bounds, strict=True), tau**2 / (tau**2 + typical))


@pytest.mark.parametrize("customers", [10, 100])
def test_a_channel_gap(customers):
    chance = np.random.default_rng(4)
    one, other = (np.tanh(chance.normal(0.2 + shift, 1, (DRAWS, customers))) for shift in (0.3, 0))
    x = np.random.default_rng(5).normal(0, 1, 2_000_000)
    found = [paired(a, b, 0.95) for a, b in zip(one, other, strict=True)]
    truth = np.tanh(0.5 + x).mean() - np.tanh(0.2 + x).mean()
    assert holds([f["ci_low"] for f in found], [f["ci_high"] for f in found], truth)


@pytest.mark.parametrize(("agents", "tickets", "effect"), [(12, 60, 0.12), (40, 600, 0.12), (40, 600, 0.0)])
def test_the_effect_of_engagement(agents, tickets, effect):
    """Ratings of agents who differ by more than their engagement; tickets are dealt out to them at random."""
    chance = np.random.default_rng(6)
    bounds = []
    for _ in range(DRAWS):
        x = chance.integers(3, 13, agents) / 3
        agent = chance.integers(0, agents, tickets)
        good = chance.random(tickets) < np.clip(0.7 + effect * (x - 2.5) + chance.normal(0, 0.05, agents), 0, 1)[agent]
        n, k = np.bincount(agent, minlength=agents), np.bincount(agent, good, minlength=agents)
        found = slope(x, k, n)
        assert found is not None
        bounds.append((found.low, found.high))
    assert holds(*zip(*bounds, strict=True), effect)


def scored(chance, part, base):
    """Answers 0 to 10 of people who differ, about parts that differ."""
    return np.clip(np.round(np.array([6.0, 7.5, 8.5])[part] + base + chance.normal(0, 1.5, len(part))), 0, 10).astype(
        int
    )


@pytest.mark.slow
@pytest.mark.parametrize(("customers", "each"), [(30, 1), (15, 3)])
def test_the_total_experience(customers, each):
    """Every draw is a segment of one run of the metrics room."""
    chance, size = np.random.default_rng(7), customers * each
    part = np.concatenate([chance.permutation(np.resize(np.arange(3), size)) for _ in range(DRAWS)])
    score = scored(chance, part, np.repeat(chance.normal(0, 3, DRAWS * customers), each))
    frame = pd.DataFrame({"i": np.arange(len(part)), "part": part, "score": score, "who": np.arange(len(part)) // each})
    truth = 0.0
    for one in range(3):
        many = scored(chance, np.full(400_000, one), chance.normal(0, 3, 400_000))
        truth += 100 * (np.mean(many >= 9) - np.mean(many <= 6)) / 3
    with warehouse({}, periods="'all'", min_n_show="3") as con:
        con.register("frame", frame)
        con.execute(
            "insert into marts.interactions by name select 'i' || i as interaction_id, 'survey' as channel, "
            "['product', 'transaction', 'interaction'][part + 1] as experience, timestamp '2025-03-01' as occurred_at "
            "from frame"
        )
        con.execute(
            "insert into marts.responses by name select 'r' || i as response_id, 'i' || i as interaction_id, "
            "'s' as source, 'q' as question_id, 'nps' as metric, 0 as scale_low, 10 as scale_high, score, "
            "'c' || who as customer_id, timestamp '2025-03-01' as occurred_at from frame"
        )
        con.execute(
            f"insert into marts.customer_attributes by name select distinct 'c' || who as customer_id, "
            f"'draw' as attribute, cast(who // {customers} as varchar) as value from frame"
        )
        metrics.build(con)
        found = con.sql("select * from metrics.metric_value where metric = 'tcx' and segment_type = 'draw'").df()
    assert len(found) == DRAWS
    assert holds(found["ci_low"], found["ci_high"], truth)
