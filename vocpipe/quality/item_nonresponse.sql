-- Item non-response: of the finished responses to a survey that offered a question, the share that left it empty
-- (AAPOR: unanswered over eligible respondents). Whoever broke off is not among them; an answer outside of the scale is
-- an answer. The interval is Wilson's of n over the design effect between customers. One row per question and period.
with items as (

    select source, response_id, question_id, metric, 0 as is_empty
    from staging.answers
    where superseded_at is null
    union all
    select source, source_id, question_id, 'verbatim', 0
    from staging.turns
    where channel = 'survey' and question_id is not null and verbatim is not null
    union all
    select source, response_id, question_id, coalesce(metric, 'verbatim'), 1
    from staging.unanswered

),

responses as (

    select
        source,
        source_id as response_id,
        coalesce(customer_id, interaction_id) as who,
        cast((occurred_at at time zone 'UTC') at time zone getvariable('time_zone') as date) as given_on,
    from facts.interactions
    where channel = 'survey' and interaction_id = concat(source, ':', source_id)

),

customers as (

    select
        i.source, i.question_id, i.metric, p.period, r.who,
        case when p.period = 'month' then cast(date_trunc('month', r.given_on) as timestamp) end as period_start,
        count(*) as n,
        sum(i.is_empty) as empty,
    from items as i
    inner join responses as r on i.source = r.source and i.response_id = r.response_id
    cross join (select 'all' as period union all select 'month') as p
    group by 1, 2, 3, 4, 5, 6

),

sums as (

    select
        source, question_id, metric, period, period_start, sum(n) as n, sum(empty) as empty, count(*) as g,
        sum(empty) * 1.0 / sum(n) as p, sum(n * n) as nn, sum(n * empty) as ne, sum(empty * empty) as ee,
    from customers
    group by source, question_id, metric, period, period_start

),

worth as (

    select
        *,
        case
            when nn = n then n
            when empty = 0 or empty = n or g < 2 then g
            else n / greatest((ee - 2 * p * ne + p * p * nn) * g / (g - 1.0) * (n - 1) / (n * p * (1 - p) * n), 1)
        end as n_eff,
        power(cast(getvariable('z') as double), 2) as z2,
        n < getvariable('min_n_show') as suppressed,
    from sums

)

select
    source,  -- Source in the settings.
    question_id,  -- The survey's question.
    metric,  -- What it measures; verbatim: it is answered in words.
    period,  -- all or month.
    period_start,  -- First local day of the month; null for all.
    cast(n as bigint) as n,  -- Finished responses that were offered the question.
    case when not suppressed then cast(empty as bigint) end as n_empty,  -- Of these, left empty; null where n is too small.
    case when not suppressed then p end as value,  -- Share left empty, 0 to 1; null likewise.
    case when not suppressed
        then greatest((p + z2 / (2 * n_eff) - sqrt(z2 * (p * (1 - p) / n_eff + z2 / (4 * n_eff * n_eff)))) / (1 + z2 / n_eff), 0)
    end as ci_low,  -- Lower bound.
    case when not suppressed
        then least((p + z2 / (2 * n_eff) + sqrt(z2 * (p * (1 - p) / n_eff + z2 / (4 * n_eff * n_eff)))) / (1 + z2 / n_eff), 1)
    end as ci_high,  -- Upper bound.
    suppressed,  -- n is below min_n_show.
from worth
order by source, question_id, period, period_start
