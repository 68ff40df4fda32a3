-- Parts of the totals. One row per series, period and part. Where a total is of k parts, 3/k is added to the n of each,
-- and 3/4k to its promoters and to its detractors, so that they come to what one NPS gets.
with
    events as (
        select e.*, p.part, d.count_parts
        from segmented as e
        join profile as p on p.profile_no = e.profile_no
        join definition as d on d.metric = p.metric
    ),

    counted as (
        select
            series_no,
            period_no,
            part,
            count_parts,
            cast(count(*) as double) as n,
            cast(sum(numerator) as double) as ws,
            cast(sum(numerator * numerator) as double) as ws2,
        from events
        group by 1, 2, 3, 4
    ),

    added as (
        select
            *,
            ws / n as mean,
            n + 3.0 / count_parts as n_added,
            ws2 + 1.5 / count_parts as ws2_added,
        from counted
    )

select
    series_no,  -- The series.
    period_no,  -- The period.
    part,  -- The part.
    count_parts,  -- How many parts make the total.
    n,  -- Its events.
    sum(n) over (partition by series_no, period_no) as n_total,  -- Those of all parts.
    mean,  -- Mean of the part.
    case when n > 1 then (ws2 / n - mean * mean) / (n - 1) end as spread,  -- Squared error of unrelated answers.
    ws / n_added as middle,  -- Mean with what is added.
    (ws2_added / n_added - ws * ws / (n_added * n_added)) / n_added as spread_added,  -- Squared error with it.
from added
