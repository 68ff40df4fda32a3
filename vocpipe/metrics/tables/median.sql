-- Median of every series. One row per series and period.
with
    counted as (
        select series_no, period_no, cast(max(value_rank) as double) as n
        from ranked
        group by 1, 2
    )

select
    c.series_no,  -- The series.
    c.period_no,  -- The period.
    c.n,  -- Events.
    (cast(min(r.value) as double) + max(r.value)) / 2 as median,  -- Middle value, or the mean of the two middle ones.
from counted as c
join ranked as r
    on r.series_no = c.series_no and r.period_no = c.period_no
    and r.value_rank between floor((c.n + 1) / 2) and floor((c.n + 2) / 2)
group by 1, 2, 3
