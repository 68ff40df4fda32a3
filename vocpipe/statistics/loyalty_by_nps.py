"""Whether those who would recommend the company come back: answers against what their customers bought later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from vocpipe.analysis.classification import wilson

TABLE = "metrics.loyalty_by_nps"
DEFINITION = (
    "Share of customers who bought again within so many days after an answer to the question of recommendation, by "
    "what they had answered. Of each customer the latest answer counts whose days are over, if a purchase came before "
    "it; what was bought on the day of the answer is not later. One row per number of days and NPS group."
)
COLUMNS = {
    "horizon_days": ("integer", "Days after the answer: 90 or 180."),
    "nps_group": ("varchar", "Promoter (9-10), passive (7-8) or detractor (0-6), as answered."),
    "n": ("bigint", "Customers whose days are over."),
    "n_bought": ("bigint", "Of these, who bought again within them; null where suppressed."),
    "value": ("double", "Their share, 0..1; null where suppressed."),
    "ci_low": ("double", "Lower bound, 95 % (Wilson)."),
    "ci_high": ("double", "Upper bound."),
    "difference": ("double", "Value less that of detractors; null for these."),
    "difference_low": ("double", "Lower bound, 95 % (Newcombe's method 10)."),
    "difference_high": ("double", "Upper bound."),
    "suppressed": ("boolean", "Hidden: fewer than min_n_show customers."),
}
READS = {
    "counts": """
        with horizons as (
            select 90 as horizon_days
            union all
            select 180
        ),

        answers as (
            select
                customer_id,
                response_id,
                score,
                occurred_at,
                cast((occurred_at at time zone 'UTC') at time zone getvariable('time_zone') as date) as answered_on,
                cast((getvariable('as_of') at time zone 'UTC') at time zone getvariable('time_zone') as date)
                    as as_of_on,
            from marts.responses
            where metric = 'nps' and superseded_at is null and customer_id is not null
        ),

        firsts as (
            select customer_id, purchased_on as first_on from facts.purchase_days where purchase_no = 1
        ),

        ranked as (
            select
                answers.*,
                horizons.horizon_days,
                row_number() over (
                    partition by answers.customer_id, horizons.horizon_days
                    order by answers.occurred_at desc, answers.response_id desc
                ) as place,
            from answers
            cross join horizons
            inner join firsts on answers.customer_id = firsts.customer_id and firsts.first_on <= answers.answered_on
            where answers.as_of_on - answers.answered_on > horizons.horizon_days
        ),

        told as (
            select
                ranked.customer_id,
                ranked.horizon_days,
                case when ranked.score >= 9 then 'promoter' when ranked.score >= 7 then 'passive' else 'detractor' end
                    as nps_group,
                count(later.purchased_on) > 0 as has_bought,
            from ranked
            left join facts.purchase_days as later
                on ranked.customer_id = later.customer_id
                and later.purchased_on > ranked.answered_on
                and later.purchased_on - ranked.answered_on <= ranked.horizon_days
            where ranked.place = 1
            group by ranked.customer_id, ranked.horizon_days, ranked.score
        )

        select horizon_days, nps_group, count(*) as n, count(case when has_bought then 1 end) as n_bought
        from told group by horizon_days, nps_group order by horizon_days, nps_group
    """
}


def make(frames: Mapping[str, Any], parameters: Mapping[str, Any]) -> pd.DataFrame:
    """Shares of the groups, and how far each is from that of the detractors."""
    rows: list[dict[str, Any]] = []
    for horizon, groups in frames["counts"].groupby("horizon_days", sort=True):
        counts = {row.nps_group: (int(row.n_bought), int(row.n)) for row in groups.itertuples()}
        shown = {group: count for group, count in counts.items() if count[1] >= parameters["min_n_show"]}
        for group, (bought, n) in counts.items():
            row = {"horizon_days": horizon, "nps_group": group, "n": n, "suppressed": group not in shown}
            if group in shown:
                row |= {"n_bought": bought} | share(bought, n)
                if group != "detractor" and "detractor" in shown:
                    row |= difference((bought, n), shown["detractor"])
            rows.append(row)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def share(bought: int, n: int) -> dict[str, float]:
    """A share with Wilson's interval."""
    low, high = wilson(bought, n)
    return {"value": bought / n, "ci_low": low, "ci_high": high}


def difference(one: tuple[int, int], other: tuple[int, int]) -> dict[str, float]:
    """The difference of two shares with Newcombe's interval, square-and-add of Wilson's bounds (1998, method 10)."""
    a, b = share(*one), share(*other)
    gap = a["value"] - b["value"]
    down = np.hypot(a["value"] - a["ci_low"], b["ci_high"] - b["value"])
    up = np.hypot(a["ci_high"] - a["value"], b["value"] - b["ci_low"])
    return {"difference": gap, "difference_low": gap - float(down), "difference_high": gap + float(up)}
