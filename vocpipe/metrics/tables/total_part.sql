-- Parts of a total, by one type of segment. One row per period, segment and part. Where a total is of k parts, 3/k is
-- added to the n of each, and 3/4k to its promoters and to its detractors, so that they come to what one NPS gets.
with
    events as (select * from segmented),

    counted as (
        select
            period_no,
            segment,
            part,
            cast(count(*) as double) as n,
            cast(sum(numerator) as double) as ws,
            cast(sum(numerator * numerator) as double) as ws2,
        from events
        group by 1, 2, 3
    ),

    added as (
        select
            *,
            ws / n as mean,
            n + 3.0 / getvariable('count_parts') as n_added,
            ws2 + 1.5 / getvariable('count_parts') as ws2_added,
        from counted
    )

select
    period_no,  -- The period.
    segment,  -- The segment.
    part,  -- The part.
    n,  -- Its events.
    sum(n) over (partition by period_no, segment) as n_total,  -- Those of all parts.
    mean,  -- Mean of the part.
    case when n > 1 then (ws2 / n - mean * mean) / (n - 1) end as spread,  -- Squared error of unrelated answers.
    ws / n_added as middle,  -- Mean with what is added.
    (ws2_added / n_added - ws * ws / (n_added * n_added)) / n_added as spread_added,  -- Squared error with it.
from added
