"""Impact of topics on NPS in definitions that are named, because they answer different questions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from vocpipe.analysis.impact import Estimate, contributions, leave_one_out
from vocpipe.analysis.regression import independent

TABLE = "metrics.topic_impact"
DEFINITION = """How many points of NPS go with each topic, by named definition. impact_loo: NPS less NPS of the answers
that do not mention the topic; does not add up. impact_ols: coefficient of the topic times its share, all topics at
once; these and the constant add up to NPS exactly. impact_ols_polarity: likewise, by how the topic is spoken of.
Associations, not effects. One row per period, definition, topic and polarity."""
COLUMNS = {
    "period": ("varchar", "Kind of period: all, day, week, month or quarter."),
    "period_start": ("timestamp", "First day of the period in the business time zone, at midnight."),
    "period_end": ("timestamp", "The day after its last one, likewise."),
    "definition": ("varchar", "impact_loo, impact_ols or impact_ols_polarity; never compare two of them."),
    "topic": ("varchar", "The topic; (constant): answers that mention none of the topics shown."),
    "polarity": (
        "varchar",
        "any; or positive, neutral, negative, where each has answers enough.",
    ),
    "n": ("bigint", "Answers that mention the topic so; of (constant), all answers."),
    "share": ("double", "n over all answers of the period, 0 to 1."),
    "value": ("double", "Impact in points of NPS; null where the topic is hidden or cannot be told from others."),
    "ci_low": ("double", "Lower bound, with errors between customers."),
    "ci_high": ("double", "Upper bound."),
    "conf": ("double", "Confidence of the interval, 0 to 1."),
    "nps": ("double", "NPS of all answers of the period, to which the additive definitions add up."),
    "suppressed": ("boolean", "Too few answers, or metric_value hides the topic; it counts with the constant."),
    "provisional": ("boolean", "Late answers may still change it."),
}
CONSTANT = "(constant)"
DEFINITIONS = ("impact_loo", "impact_ols", "impact_ols_polarity")
KEY = ["definition", "topic", "polarity"]
Term = tuple[str, str]  # topic and polarity
POLARITIES = {-1: "negative", 0: "neutral", 1: "positive"}
GROUPS = 100  # random groups of customers, between which errors are taken where there are more customers
PERIOD = ["period", "period_start"]
ANSWERS = f"""
with answers as (
    select
        source,
        response_id,
        question_id,
        occurred_at,
        case when score >= 9 then 1 when score <= 6 then -1 else 0 end as s,
        mod(dense_rank() over (
            order by customer_id nulls first,
            case when customer_id is null then concat(source, ':', response_id, ':', question_id) end
        ), {GROUPS}) as group_no,
    from marts.responses
    where superseded_at is null and metric = 'nps'
),

periods as (
    select
        period,
        period_start,
        (period_start at time zone getvariable('time_zone')) at time zone 'UTC' as starts_at,
        (period_end at time zone getvariable('time_zone')) at time zone 'UTC' as ends_at,
    from metrics.metric_value
    where metric = 'nps' and segment_type = 'all' and not suppressed
),

placed as (
    select p.period, p.period_start, a.*
    from answers as a
    join periods as p on a.occurred_at >= p.starts_at and a.occurred_at < p.ends_at
)
"""
TOPICS = """
    join marts.answer_topics as t
        on t.source = a.source and t.response_id = a.response_id and t.question_id = a.question_id and t.metric = 'nps'
"""
READS = {
    "periods": """
select period, period_start, period_end, value as nps, provisional
from metrics.metric_value
where metric = 'nps' and segment_type = 'all' and not suppressed
order by period, period_start
""",
    "hidden": """
select period, period_start, segment as topic, n
from metrics.metric_value
where metric = 'nps' and segment_type = 'topic' and suppressed
order by period, period_start, segment
""",
    "answers": f"""{ANSWERS}
select period, period_start, group_no, count(*) as n, sum(s) as s, sum(s * s) as s2
from placed
group by period, period_start, group_no
order by period, period_start, group_no
""",
    "mentions": f"""{ANSWERS}
select a.period, a.period_start, a.group_no, t.topic, t.polarity, count(*) as n, sum(a.s) as s
from placed as a
{TOPICS}
group by a.period, a.period_start, a.group_no, t.topic, t.polarity
order by a.period, a.period_start, a.group_no, t.topic, t.polarity
""",
    "pairs": f"""{ANSWERS}
select a.period, a.period_start, a.group_no, t.topic, t.polarity, u.topic as other, u.polarity as other_polarity,
    count(*) as n,
from placed as a
{TOPICS}
    join marts.answer_topics as u
        on u.source = a.source and u.response_id = a.response_id and u.question_id = a.question_id
        and u.metric = 'nps' and u.topic > t.topic
group by 1, 2, 3, 4, 5, 6, 7
order by 1, 2, 3, 4, 5, 6, 7
""",
}


def make(frames: Mapping[str, pd.DataFrame], parameters: Mapping[str, Any]) -> pd.DataFrame:
    """Every topic of every period by each definition."""
    conf, least = float(parameters["conf"]), int(parameters["min_n_show"])
    by_period = {name: dict(iter(frames[name].groupby(PERIOD, sort=True))) for name in ("answers", "mentions", "pairs")}
    hidden = dict(iter(frames["hidden"].groupby(PERIOD, sort=True)))
    made = []
    for when in frames["periods"].itertuples(index=False):
        key = (when.period, when.period_start)
        if key in by_period["mentions"]:
            answers, mentions = by_period["answers"][key], by_period["mentions"][key]
            secret = told_apart(mentions, hidden.get(key), least)
            rows = of_period(answers, mentions, by_period["pairs"].get(key), secret, least, conf)
            made.append(rows.assign(**when._asdict()))
    if not made:
        return pd.DataFrame(columns=list(COLUMNS))
    # Where every topic is hidden nothing has a value: the columns are there all the same.
    return pd.concat(made, ignore_index=True).assign(conf=conf).reindex(columns=list(COLUMNS))


def told_apart(mentions: pd.DataFrame, hidden: pd.DataFrame | None, least: int) -> set[str]:
    """Topics hidden in metric_value, where they are the main one, that are mentioned hardly more often than that: their
    impact would give the hidden figure away.
    """
    if hidden is None:
        return set()
    as_main = hidden.set_index("topic")["n"]
    more = mentions.groupby("topic")["n"].sum().reindex(as_main.index) - as_main
    return set(more[more < least].index)


def of_period(
    answers: pd.DataFrame, mentions: pd.DataFrame, pairs: pd.DataFrame | None, secret: set[str], least: int, conf: float
) -> pd.DataFrame:
    """The rows of one period."""
    n = mentions.groupby("topic")["n"].sum()
    total = int(answers["n"].sum())
    shown = sorted(set(n[(n >= least) & (total - n >= least)].index) - secret)
    whole, split = [(topic, "any") for topic in shown], polar_terms(mentions, shown, least)
    made = [loo(answers, mentions, shown, conf)]
    for definition, terms in (("impact_ols", whole), ("impact_ols_polarity", split)):
        made.append(ols(answers, mentions, pairs, terms, conf).assign(definition=definition))
    rows = pd.concat([frame for frame in made if len(frame)] or [pd.DataFrame(columns=KEY)], ignore_index=True)
    hidden = [(name, topic, "any") for name in DEFINITIONS for topic in sorted(set(n.index) - set(shown))]
    rows = pd.concat([rows, pd.DataFrame(hidden, columns=KEY).assign(suppressed=True)], ignore_index=True)
    sizes = term_counts(mentions) | {(CONSTANT, "any"): total}
    rows["n"] = [sizes[term] for term in zip(rows["topic"], rows["polarity"], strict=True)]
    return rows.assign(share=rows["n"] / total, suppressed=rows["suppressed"].eq(True))


def polar_terms(mentions: pd.DataFrame, topics: list[str], least: int) -> list[Term]:
    """Topics by polarity where every polarity that occurs has answers enough, else the topic as a whole."""
    sizes = term_counts(mentions)
    found: list[Term] = []
    for topic in topics:
        polar = [(topic, name) for name in POLARITIES.values() if (topic, name) in sizes]
        found += polar if min(sizes[term] for term in polar) >= least else [(topic, "any")]
    return found


def term_counts(mentions: pd.DataFrame) -> dict[Term, int]:
    """Answers of every term: a topic, by polarity and as a whole."""
    own = mentions.assign(polarity=mentions["polarity"].map(POLARITIES)).groupby(["topic", "polarity"])["n"].sum()
    whole = mentions.groupby("topic")["n"].sum()
    return {term: int(n) for term, n in own.items()} | {(topic, "any"): int(n) for topic, n in whole.items()}


def loo(answers: pd.DataFrame, mentions: pd.DataFrame, topics: list[str], conf: float) -> pd.DataFrame:
    """impact_loo of the topics."""
    sums = mentions.pivot_table(index="group_no", columns="topic", values=["n", "s"], aggfunc="sum", fill_value=0)
    sums = sums.reindex(answers["group_no"], fill_value=0)
    n, s = (sums[name].reindex(columns=topics).to_numpy(dtype=float) for name in ("n", "s"))
    found = leave_one_out(answers["n"].to_numpy(float), answers["s"].to_numpy(float), n, s, conf)
    return as_rows(found, [(topic, "any") for topic in topics]).assign(definition="impact_loo")


def ols(
    answers: pd.DataFrame, mentions: pd.DataFrame, pairs: pd.DataFrame | None, terms: list[Term], conf: float
) -> pd.DataFrame:
    """The additive definition by these terms; what more frequent ones determine is left to the constant."""
    sizes = term_counts(mentions)
    terms = sorted(terms, key=lambda term: (-sizes[term], term))
    sums = moments_of(answers, mentions, pairs, terms)
    kept = independent(sums.sum(axis=0)[:-1, :-1])
    n = sums[:, 0, 0].sum()
    if len(kept) < 2 or len(answers) < 2 or n <= len(kept):
        return pd.DataFrame(columns=KEY)
    at = [*kept, -1]
    found = contributions(sums[:, at][:, :, at], conf)
    return as_rows(found, [(CONSTANT, "any"), *(terms[i - 1] for i in kept[1:])])


def moments_of(
    answers: pd.DataFrame, mentions: pd.DataFrame, pairs: pd.DataFrame | None, terms: list[Term]
) -> np.ndarray:
    """Sums of products by group of the flags of terms and NPS, (groups, terms + 2, terms + 2)."""
    place = {group: i for i, group in enumerate(answers["group_no"])}
    column = {term: i + 1 for i, term in enumerate(terms)}
    column |= {(t, name): i for (t, pol), i in column.items() if pol == "any" for name in POLARITIES.values()}
    sums = np.zeros((len(place), len(terms) + 2, len(terms) + 2))
    for name, at in (("n", (0, 0)), ("s", (0, -1)), ("s2", (-1, -1))):
        sums[:, at[0], at[1]] = answers[name].to_numpy(dtype=float)
    own = located(mentions, column, "topic", "polarity")
    group, term = own["group_no"].map(place).to_numpy(), own["column"].to_numpy(dtype=int)
    np.add.at(sums, (group, 0, term), own["n"].to_numpy(dtype=float))
    np.add.at(sums, (group, term, term), own["n"].to_numpy(dtype=float))
    np.add.at(sums, (group, term, -1), own["s"].to_numpy(dtype=float))
    if pairs is not None:
        both = located(located(pairs, column, "other", "other_polarity", "other_column"), column, "topic", "polarity")
        ends = np.sort(both[["column", "other_column"]].to_numpy(dtype=int), axis=1)
        at = (both["group_no"].map(place).to_numpy(), ends[:, 0], ends[:, 1])
        np.add.at(sums, at, both["n"].to_numpy(dtype=float))
    upper = np.triu(np.ones(sums.shape[1:], dtype=bool))
    return np.asarray(np.where(upper, sums, sums.swapaxes(1, 2)))


def located(frame: pd.DataFrame, column: dict[Term, int], topic: str, sign: str, name: str = "column") -> pd.DataFrame:
    """The rows whose topic and polarity are a term, with the term's column."""
    codes, topics = pd.factorize(frame[topic])
    places = np.array([[column.get((t, POLARITIES[p]), -1) for p in (-1, 0, 1)] for t in topics], dtype=int)
    at = places.reshape(-1, 3)[codes, frame[sign].to_numpy(dtype=int) + 1] if len(frame) else np.array([], dtype=int)
    return frame.assign(**{name: at})[at >= 0]


def as_rows(found: Estimate, terms: list[Term]) -> pd.DataFrame:
    """One row per term with its value and interval."""
    rows = pd.DataFrame(terms, columns=["topic", "polarity"])
    return rows.assign(value=found.value, ci_low=found.low, ci_high=found.high, suppressed=False)
