-- What became of customers whose case was followed up, against comparable customers whose case was not: same reason, same
-- experience of the topic, as many purchases before (five or more are one). One row per outcome and 30, 60, 90 days.
-- Differences are Mantel-Haenszel risk differences over these strata with Sato's interval (1989, Biometrics 45). An
-- association, not an effect: whom the desk answers, and who writes to it, is not drawn by lot.
with cases as (

    select
        results.*,
        concat_ws(
            '|', openings.reason, openings.experience,
            case when results.purchases_before > 4 then 'many' else cast(results.purchases_before as varchar) end
        )
            as stratum,
    from actions.case_results as results
    inner join facts.case_openings as openings on results.case_id = openings.case_id
    where results.is_complete

),

said as (

    select days, 'answered again' as outcome, stratum, is_followed_up, answered_again as is_good from cases
    union all
    select days, 'score rose', stratum, is_followed_up, score_change > 0 from cases where score_change is not null
    union all
    select days, 'bought again', stratum, is_followed_up, bought_again from cases
    union all
    select days, 'stayed', stratum, is_followed_up, stayed from cases where stayed is not null

),

strata as (

    select
        days,
        outcome,
        cast(count(case when is_followed_up then 1 end) as double) as n1,
        cast(count(case when not is_followed_up then 1 end) as double) as n0,
        cast(count(case when is_followed_up and is_good then 1 end) as double) as k1,
        cast(count(case when not is_followed_up and is_good then 1 end) as double) as k0,
    from said
    group by days, outcome, stratum

),

sums as (

    select
        days,
        outcome,
        sum(n1) as n1,
        sum(n0) as n0,
        sum(k1) as k1,
        sum(k0) as k0,
        sum(n1 * n0 / (n1 + n0)) as w,
        sum((k1 * n0 - k0 * n1) / (n1 + n0)) / nullif(sum(n1 * n0 / (n1 + n0)), 0) as difference,
        sum((n1 * n1 * k0 - n0 * n0 * k1 + n1 * n0 * (n0 - n1) / 2) / ((n1 + n0) * (n1 + n0))) as p,
        sum((k1 * (n0 - k0) + k0 * (n1 - k1)) / (2 * (n1 + n0))) as q,
    from strata
    group by days, outcome

),

bounded as (

    select *, getvariable('z') * sqrt(greatest(difference * p + q, 0)) / nullif(w, 0) as half from sums

)

select
    outcome,  -- answered again, score rose (of those who answered), bought again, or stayed.
    days,  -- Days after the opening of the case.
    cast(n1 as bigint) as n_followed_up,  -- Cases that were followed up.
    cast(n0 as bigint) as n_not_followed_up,  -- Cases that were not.
    k1 / nullif(n1, 0) as share_followed_up,  -- Share with the outcome, 0 to 1.
    k0 / nullif(n0, 0) as share_not_followed_up,  -- The same of the others.
    difference,  -- Followed up less not, among comparable ones, −1 to 1; null: there are none to compare.
    difference - half as ci_low,  -- Lower end of its 95 % interval.
    difference + half as ci_high,  -- Upper end.
    least(n1, n0) < getvariable('low_base_n') as low_base,  -- Too few cases on one side to build on.
    'association, not effect' as read_as,  -- How to read the difference.
from bounded
