-- warn: a channel brought far less, or far more, in the last seven days than in each of the four weeks before
with weeks as (
    select
        channel,
        (cast(getvariable('as_of') as date) - cast(known_at as date) - 1) // 7 as weeks_ago,
        count(*) as n
    from marts.interactions
    where cast(known_at as date) < cast(getvariable('as_of') as date)
        and cast(known_at as date) >= cast(getvariable('as_of') as date) - 35
    group by channel, weeks_ago
),
compared as (
    select
        channel,
        sum(case when weeks_ago = 0 then n else 0 end) as n,
        min(case when weeks_ago > 0 then n end) as lowest,
        max(case when weeks_ago > 0 then n end) as highest,
        sum(case when weeks_ago > 0 then 1 else 0 end) as weeks
    from weeks
    group by channel
)
select channel, n, lowest, highest
from compared
-- Small channels vary by chance: below half the lowest week, or over three times the highest, of fifty and more.
where weeks = 4 and lowest >= 50 and (n < 0.5 * lowest or n > 3 * highest)
