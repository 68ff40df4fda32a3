"""Cohesion, gaps, moments and engagement against ratings: reference values, worked examples and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from vocpipe.analysis.clustered import effective_n, newcombe, slope, wilson
from vocpipe.analysis.heterogeneity import heterogeneity, profile
from vocpipe.statistics import channel_gap, cohesion, engagement_effect, moment_importance, perception_gap

CONF = {"conf": 0.95, "min_n_show": 10}

# --------------------------------------------------------------------------- heterogeneity

# Thirteen trials of the BCG vaccine (Colditz and others 1994): ill and well with the vaccine, ill and well without.
BCG = """4 119 11 128  6 300 29 274  3 228 11 209  62 13536 248 12619  33 5036 47 5761  180 1361 372 1079  8 2537 10 619
505 87886 499 87892  29 7470 45 7232  17 1699 65 1600  186 50448 141 27197  5 2493 3 2338  27 16886 29 17825"""


def test_heterogeneity_of_the_vaccine_trials():
    a, b, c, d = np.array(BCG.split(), dtype=float).reshape(-1, 4).T
    found = heterogeneity(np.log(a / (a + b) / (c / (c + d))), np.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)))
    assert found.q == pytest.approx(152.2330, abs=1e-4)
    assert found.tau2 == pytest.approx(0.3088, abs=1e-4)
    assert found.i2 == pytest.approx(0.9212, abs=1e-4)
    assert found.mean == pytest.approx(-0.7141, abs=1e-4)
    assert found.i2_low < found.i2 < found.i2_high


def test_the_bounds_are_where_q_is_at_its_quantiles():
    y, se = np.array([0.1, 0.6, -0.3, 0.9]), np.array([0.1, 0.2, 0.15, 0.1])
    found = heterogeneity(y, se)
    w = se**-2.0
    typical = 3 / (w.sum() - (w**2).sum() / w.sum())
    for i2, level in ((found.i2_low, 0.975), (found.i2_high, 0.025)):
        assert profile(typical * i2 / (1 - i2), y, se**2) == pytest.approx(stats.chi2.ppf(level, 3), rel=1e-6)


def test_equal_figures_have_no_heterogeneity():
    found = heterogeneity(np.array([0.2, 0.2, 0.2]), np.array([0.1, 0.1, 0.1]))
    assert (found.q, found.i2, found.i2_high, found.p_value) == (pytest.approx(0, abs=1e-20), 0, 0, pytest.approx(1))


@pytest.mark.parametrize(("y", "se"), [([0.1], [0.1]), ([0.1, 0.2], [0.1, 0.0])])
def test_heterogeneity_needs_two_figures_with_errors(y, se):
    with pytest.raises(ValueError, match="two figures or more"):
        heterogeneity(np.array(y), np.array(se))


# --------------------------------------------------------------------------- cohesion and gaps


def channels(scores, error, n=1000):
    keys = {"period": "all", "period_start": pd.Timestamp(2025, 1, 1), "period_end": pd.Timestamp(2025, 7, 1)}
    return pd.DataFrame(
        [
            keys
            | {"segment_type": "all", "segment": "all", "channel": name, "n": n, "n_clusters": n, "sum_w": n}
            | {"score": score, "spread": (error * n) ** 2 * (n - 3) / n, "is_provisional": False}
            for name, score in scores.items()
        ]
    )


@pytest.mark.parametrize(("error", "q", "expected"), [(0.02, 14.0, 1 / 7), (0.1, 0.56, 1.0)])
def test_cohesion_as_in_the_guide(error, q, expected):
    frame = channels({"survey": -0.10, "ticket": -0.20, "tweet": -0.12}, error)
    (row,) = cohesion.make({"channels": frame}, CONF).to_dict("records")
    assert (row["k"], row["channels"], row["n"]) == (3, "survey, ticket, tweet", 3000)
    assert row["q"] == pytest.approx(q)
    assert row["cohesion"] == pytest.approx(expected)
    assert row["cohesion_low"] <= row["cohesion"] <= row["cohesion_high"]


def test_two_channels_have_no_cohesion():
    (row,) = cohesion.make({"channels": channels({"survey": -0.1, "tweet": 0.3}, 0.02)}, CONF).to_dict("records")
    assert row["k"] == 2
    assert pd.isna(row["cohesion"])


def test_the_channel_gap_is_within_customers():
    """Ten customers 0.5 lower in tweets than in tickets; another fifty, only in tickets, play no part."""
    both = [
        (f"c{i}", name, i / 10 - gap)
        for i in range(10)
        for name, gap in (("ticket", 0), ("tweet", 0.5 + 0.01 * (-1) ** i))
    ]
    frame = pd.DataFrame(
        [*both, *((f"d{i}", "ticket", 5.0) for i in range(50))], columns=["customer_id", "channel", "score"]
    )
    (row,) = channel_gap.make({"scores": frame}, CONF).to_dict("records")
    assert (row["channel"], row["other_channel"], row["n_customers"]) == ("ticket", "tweet", 10)
    assert row["gap"] == pytest.approx(0.5)
    assert row["ci_low"] < 0.5 < row["ci_high"] < 0.52
    (row,) = channel_gap.make({"scores": frame[frame["customer_id"] > "c0"]}, CONF).to_dict("records")
    assert (row["n_customers"], pd.isna(row["gap"])) == (9, True)


def shares(**told):
    keys = {"period": "all", "period_start": pd.Timestamp(2025, 1, 1), "period_end": pd.Timestamp(2025, 7, 1)}
    rest = {"segment_type": "all", "segment": "all", "is_provisional": False}
    made = [
        keys
        | rest
        | {"metric": name, "n": n, "n_clusters": n, "share": k / n, "spread": k * (n - k) / n, "suppressed": n < 10}
        for name, (k, n) in told.items()
    ]
    return {"shares": pd.DataFrame(made)}


def test_the_perception_gap_as_in_the_guide():
    (row,) = perception_gap.make(shares(solved_share=(194, 200), ticket_csat=(44, 60)), CONF).to_dict("records")
    assert (row["item"], row["company_n"], row["customer_n"]) == ("solved", 200, 60)
    assert row["gap"] == pytest.approx(0.97 - 44 / 60)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((0.14, 0.36), abs=0.01)


def test_a_gap_of_few_ratings_is_hidden_with_both_its_sides():
    (row,) = perception_gap.make(shares(solved_share=(194, 200), ticket_csat=(4, 9)), CONF).to_dict("records")
    assert row["customer_n"] == 9
    assert all(pd.isna(row[c]) for c in ("gap", "ci_low", "ci_high", "company_share", "customer_share"))


NEWCOMBE = """56 70 48 80 .0524 .3339  9 10 3 10 .1705 .8090  6 7 2 7 .0582 .8062  5 56 0 29 -.0381 .1926
0 10 0 20 -.1611 .2775  0 10 0 10 -.2775 .2775  10 10 0 20 .6791 1  10 10 0 10 .6075 1"""


def test_newcombe_as_printed():
    a, m, b, n, low, high = np.array(NEWCOMBE.split(), dtype=float).reshape(-1, 6).T
    got = newcombe(a / m, m, b / n, n)
    assert got[0] == pytest.approx(low, abs=5e-5)
    assert got[1] == pytest.approx(high, abs=5e-5)


def test_answers_of_one_customer_are_worth_less():
    """100 answers in 20 customers who always say the same are worth about 20; 100 of 100 customers about 100."""
    p = 0.4
    for clusters, worth in ((20, 20), (100, 100)):
        se = np.sqrt(p * (1 - p) / (clusters - 1))
        assert float(effective_n(p, se, 100, clusters)) == pytest.approx(worth, rel=0.2)
    low, high = wilson(np.array([81 / 263, 0.0]), np.array([263, 20]))
    assert low == pytest.approx([0.2553, 0], abs=5e-5)
    assert high == pytest.approx([0.3662, 0.1611], abs=5e-5)


# --------------------------------------------------------------------------- engagement


def cr2(x, y, agent):
    """Slope, error and degrees of freedom by the matrices of Bell and McCaffrey, ticket by ticket."""
    z = np.column_stack((np.ones(len(x)), x))
    bread = np.linalg.inv(z.T @ z)
    beta = bread @ z.T @ y
    hat, residual, contrast = z @ bread @ z.T, y - z @ beta, bread[1]
    meat, columns = 0.0, []
    for one in np.unique(agent):
        own = agent == one
        values, vectors = np.linalg.eigh(np.eye(own.sum()) - hat[np.ix_(own, own)])
        root = vectors @ np.diag(values**-0.5) @ vectors.T
        pull = root @ z[own] @ contrast
        meat += float(pull @ residual[own]) ** 2
        columns.append((np.eye(len(x)) - hat)[:, own] @ pull)
    inner = np.column_stack(columns).T @ np.column_stack(columns)
    return beta[1], np.sqrt(meat), np.trace(inner) ** 2 / (inner**2).sum()


def test_the_slope_is_that_of_cr2_by_its_matrices():
    chance = np.random.default_rng(3)
    n = np.array([3, 8, 1, 12, 5, 7, 2, 9])
    x = chance.normal(size=8)
    good = chance.binomial(n, 0.6)
    tickets = np.concatenate([np.repeat([1.0, 0.0], [k, m - k]) for k, m in zip(good, n, strict=True)])
    found = slope(x, good, n)
    assert found is not None
    expected = cr2(np.repeat(x, n), tickets, np.repeat(np.arange(8), n))
    assert (found.slope, found.se, found.df) == pytest.approx(expected, rel=1e-9)
    assert found.high - found.slope == pytest.approx(stats.t.ppf(0.975, found.df) * found.se)


def test_a_slope_needs_agents_who_differ():
    assert slope(np.array([2.0, 2, 2]), np.array([1, 2, 3]), np.array([4, 4, 4])) is None
    assert slope(np.array([1.0, 2]), np.array([1, 2]), np.array([4, 4])) is None


def employees(count):
    chance = np.random.default_rng(5)
    return pd.DataFrame(
        {
            "employee_no": [f"{i}" for i in range(count)],
            "engagement": chance.uniform(1, 4, count),
            "recommend": np.nan,
            "n": 20,
            "good": chance.binomial(20, 0.7, count),
        }
    )


def test_engagement_is_set_against_ratings_of_ten_employees_or_more():
    (row,) = engagement_effect.make({"employees": employees(12)}, CONF).to_dict("records")
    assert (row["measure"], row["n_employees"], row["n_tickets"]) == ("engagement", 12, 240)
    assert row["ci_low"] < row["effect"] < row["ci_high"]
    (row,) = engagement_effect.make({"employees": employees(9)}, CONF).to_dict("records")
    assert all(pd.isna(row[c]) for c in ("good_share", "mean_measure", "effect", "ci_low"))


# --------------------------------------------------------------------------- moments that matter


def loyalty(weights, customers=400, seed=7):
    """Scores of stages, of which each customer speaks of about half, and an outcome made of them with these weights."""
    chance = np.random.default_rng(seed)
    x = chance.normal(size=(customers, len(weights)))
    y = x @ np.array(list(weights.values())) + chance.normal(size=customers)
    rows = [
        (f"c{i:04}", y[i], name, x[i, j])
        for i in range(customers)
        for j, name in enumerate(weights)
        if chance.random() < 0.5
    ]
    return pd.DataFrame(rows, columns=["customer_id", "outcome", "journey_stage", "score"])


def importance(frame):
    none = pd.DataFrame(columns=frame.columns)
    found = moment_importance.make({"recommend": frame, "repeat_purchase": none}, CONF)
    return found.set_index("journey_stage") if len(found) else found


def test_only_the_stage_that_makes_the_outcome_matters():
    found = importance(loyalty({"book": 0, "airport": 0, "in_flight": 1.5, "baggage": 0}))
    assert list(found.index[found["is_moment_that_matters"]]) == ["in_flight"]
    assert found["weight_share"].sum() == pytest.approx(1)
    assert (found["k"] == 4).all()


def test_of_stages_that_weigh_the_same_none_matters_more():
    found = importance(loyalty(dict.fromkeys(["book", "airport", "in_flight"], 1.0)))
    assert not found["is_moment_that_matters"].any()


def test_one_stage_or_few_customers_tell_nothing():
    assert importance(loyalty({"book": 1.0})).empty
    assert importance(loyalty({"book": 1.0, "airport": 1.0}, customers=29)).empty
