-- Periods that figures are cut into: calendar days of the business time zone, from the first thing known to as_of.
-- One row per period.
with
    seen as (
        select min(occurred_at) as first_at from marts.interactions
        union all
        select min(occurred_at) as first_at from marts.responses
        union all
        select min(least(created_at, coalesce(solved_at, created_at))) as first_at from marts.conversations
        union all
        select min(ordered_at) as first_at from marts.orders
        union all
        select min(sent_at) as first_at from marts.sends
        union all
        select min(ended_at) as first_at from marts.journeys
        union all
        select min(last_at) as first_at from marts.journey_stages
    ),

    bounds as (
        select
            cast((coalesce(min(first_at), getvariable('as_of')) at time zone 'UTC')
                at time zone getvariable('time_zone') as date) as first_on,
            cast((getvariable('as_of') - interval 1 microsecond) at time zone 'UTC'
                at time zone getvariable('time_zone') as date) as last_on,
        from seen
    ),

    days as (
        select unnest(generate_series(cast(first_on as timestamp), cast(last_on as timestamp), interval 1 day)) as day
        from bounds
    ),

    -- A window trailing_30d is the day in which as_of lies and the 29 before it.
    windows as (
        select period, cast(regexp_extract(period, '^trailing_([0-9]+)d$', 1) as integer) as count_days
        from (select unnest(string_split(getvariable('periods'), ',')) as period) as named
        where period like 'trailing_%'
    ),

    periods as (
        select 'all' as period, min(day) as period_start, max(day) + interval 1 day as period_end from days
        union
        select 'quarter', date_trunc('quarter', day), date_trunc('quarter', day) + interval 3 month from days
        union
        select 'month', date_trunc('month', day), date_trunc('month', day) + interval 1 month from days
        union
        select 'week', date_trunc('week', day), date_trunc('week', day) + interval 7 day from days
        union
        select 'day', day, day + interval 1 day from days
        union
        select w.period, max(d.day) + (1 - w.count_days) * interval 1 day, max(d.day) + interval 1 day
        from days as d
        cross join windows as w
        group by w.period, w.count_days
    ),

    clock as (
        select
            *,
            (period_start at time zone getvariable('time_zone')) at time zone 'UTC' as starts_at,
            (period_end at time zone getvariable('time_zone')) at time zone 'UTC' as full_at,
            cast((getvariable('as_of') at time zone 'UTC') at time zone getvariable('time_zone') as date) as as_of_on,
        from periods
        where concat(',', getvariable('periods'), ',') like concat('%,', period, ',%') and period_start is not null
    )

select
    cast(row_number() over (order by period, period_start) as integer) as period_no,  -- Number of the period.
    period,  -- all, quarter, month, week, day or trailing_…d.
    period_start,  -- First local day.
    period_end,  -- The local day after the last one.
    starts_at,  -- When it begins (UTC).
    least(full_at, getvariable('as_of')) as ends_at,  -- When it ends, or as_of (UTC); itself outside the period.
    least(cast(period_end as date), as_of_on) as stock_on,  -- The local day on which stocks are taken.
    full_at > getvariable('as_of')
        - getvariable('watermark_days') * interval 1 day as is_provisional,  -- May still get late answers.
from clock
