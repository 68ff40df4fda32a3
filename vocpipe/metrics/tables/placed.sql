-- Events in the periods that they belong to. One row per event and period.
-- A metric that names the period itself (stocks, latest answers) is taken at its word. Attributes of the customer are
-- those of the time of the event; where it has none, of the period's end.
with
    spells as (select * from spell),

    events as (
        select
            p.base_no,
            p.profile_no,
            e.period_no,
            e.event_at,
            e.customer_no,
            e.numerator,
            e.denominator,
        from event as e
        join profile as p on p.profile_no = e.profile_no
    ),

    happened as (
        select
            e.* exclude (period_no, event_at),
            s.spell_no,
            c.period_no,
        from events as e
        left join spells as s
            on s.customer_no = e.customer_no and s.starts_at <= e.event_at and s.ends_at > e.event_at
        join calendar_day as c
            on c.happened_on = cast(e.event_at as date) and e.event_at >= c.starts_at and e.event_at < c.ends_at
        where e.period_no is null
    ),

    stocks as (
        select
            e.*,
            coalesce(e.event_at, c.ends_at - interval 1 microsecond) as holds_at,
        from events as e
        join calendar as c on c.period_no = e.period_no
    ),

    held as (
        select
            e.* exclude (period_no, event_at, holds_at),
            s.spell_no,
            e.period_no,
        from stocks as e
        left join spells as s on s.customer_no = e.customer_no and s.starts_at <= e.holds_at and s.ends_at > e.holds_at
    ),

    placed as (
        select * from happened
        union all
        select * from held
    )

select
    base_no,  -- Events of which metric, unit and never-pooled cut.
    profile_no,  -- What the event is about.
    period_no,  -- The period.
    customer_no,  -- The customer; null when unknown.
    coalesce(spell_no, 0) as spell_no,  -- The time between changes of the customer's attributes; 0: they never did.
    numerator,  -- What is counted or averaged.
    denominator,  -- Its weight.
    case
        when denominator in (0, 1) then numerator * numerator
        else cast(cast(numerator as double) * numerator / denominator as decimal(38, 12))
    end as squared,  -- Weight times squared value.
from placed
