-- Days on which events of a period can happen. One row per period and UTC day that it touches.
with
    periods as (select * from calendar),

    days as (
        select
            unnest(generate_series(date_trunc('day', starts_at), ends_at, interval 1 day)) as day,
            period_no,
            starts_at,
            ends_at,
        from periods
    )

select
    cast(day as date) as happened_on,  -- The day.
    period_no,  -- The period.
    starts_at,  -- When the period begins (UTC).
    ends_at,  -- When it ends (UTC); itself outside the period.
from days
