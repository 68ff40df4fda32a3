-- warn: the net sentiment of a channel moved by over 10 points in seven days against the four weeks before, beyond chance
with said as (
    select
        channel,
        cast(occurred_at as date) >= cast(getvariable('as_of') as date) - 7 as is_now,
        case sentiment when 'positive' then 1.0 when 'negative' then -1.0 else 0.0 end as polarity
    from marts.interactions
    where sentiment is not null and cast(occurred_at as date) >= cast(getvariable('as_of') as date) - 35
),
means as (
    select
        channel, is_now, count(*) as n, avg(polarity) as mean,
        avg(polarity * polarity) - avg(polarity) * avg(polarity) as variance
    from said
    group by channel, is_now
)
select now.channel, now.mean as net_sentiment, earlier.mean as net_sentiment_before
from means as now
inner join means as earlier on now.channel = earlier.channel and not earlier.is_now
-- Three standard errors: with a few channels a night, chance alone warns about once a year.
where now.is_now and now.n >= 100 and earlier.n >= 100 and abs(now.mean - earlier.mean) > 0.1
    and abs(now.mean - earlier.mean) > 3 * sqrt(now.variance / now.n + earlier.variance / earlier.n)
