-- What became of the customer of a case. What happens within the first follow_up_days (14) is left out, so that customers
-- with and without a follow-up are watched over the same time. One row per case of a known customer and 30, 60, 90 days.
with cases as (

    select * from facts.case_openings where customer_id is not null

),

spans as (

    select
        cases.*,
        follow_ups.case_id is not null as is_followed_up,
        windows.days,
        cases.opened_at + to_days(cast(getvariable('follow_up_days') as integer)) as watched_from,
        cases.opened_at + to_days(windows.days) as watched_to,
    from cases
    left join facts.case_follow_ups as follow_ups on cases.case_id = follow_ups.case_id
    cross join (select 30 as days union all select 60 union all select 90) as windows

),

answers as (

    select
        spans.case_id,
        spans.days,
        max_by(answers.score, concat(answers.occurred_at, answers.response_id)) as score_after,
    from spans
    inner join marts.responses as answers
        on spans.customer_id = answers.customer_id
        and answers.occurred_at >= spans.watched_from and answers.occurred_at < spans.watched_to
    where answers.metric = 'nps' and answers.superseded_at is null
    group by spans.case_id, spans.days

),

purchases as (

    select
        spans.case_id,
        spans.days,
        count(case when orders.ordered_at >= spans.watched_from then 1 end) > 0 as bought_again,
        count(case when orders.ordered_at < spans.opened_at then 1 end) as purchases_before,
        max(orders.ordered_at) > max(spans.watched_to) - to_days(cast(getvariable('churn_days') as integer)) as stayed,
    from spans
    inner join marts.orders as orders
        on spans.customer_id = orders.customer_id and orders.ordered_at < spans.watched_to
    where not coalesce(orders.is_cancelled, false)
    group by spans.case_id, spans.days

),

told as (

    select
        spans.*,
        spans.watched_to <= getvariable('as_of') as is_complete,
        answers.score_after,
        coalesce(purchases.purchases_before, 0) as purchases_before,
        coalesce(purchases.bought_again, false) as bought_again,
        purchases.stayed,
    from spans
    left join answers on spans.case_id = answers.case_id and spans.days = answers.days
    left join purchases on spans.case_id = purchases.case_id and spans.days = purchases.days

)

select
    case_id,  -- The case.
    days,  -- Days after its opening: 30, 60 or 90.
    purchases_before,  -- Orders of the customer before the case.
    is_followed_up,  -- Whether the desk followed it up.
    is_complete,  -- Whether the days are over; nothing else is told before.
    case when is_complete then score_after is not null end as answered_again,  -- Answered likelihood to recommend again.
    case when is_complete then score_after end as score_after,  -- The latest such answer.
    case when is_complete and metric = 'nps' then score_after - score end as score_change,  -- Less the answer that opened the case.
    case when is_complete then bought_again end as bought_again,  -- Bought in that time.
    case when is_complete then stayed end as stayed,  -- Not churned at its end; null: never bought.
    case
        when not is_complete then 'not yet known'
        else concat(
            case when score_after is null then 'no answer' else concat('answered ', score_after) end,
            case when bought_again then ', bought again' else ', did not buy' end,
            case when stayed then ', stayed' when not stayed then ', churned' else '' end
        )
    end as outcome,  -- The same in words.
from told
