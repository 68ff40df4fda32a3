-- How much, where and how each customer spoke. One row per customer who spoke.
with turns as (

    -- A sum of decimals is the same in whatever order the rows come.
    select
        *,
        case when occurred_at >= getvariable('as_of') - interval 30 day then cast(sentiment_score as decimal(9, 6)) end
            as score_30d,
        case when occurred_at >= getvariable('as_of') - interval 90 day then cast(sentiment_score as decimal(9, 6)) end
            as score_90d,
    from facts.interactions
    where customer_id is not null

),

channels as (

    select
        customer_id,
        channel,
        row_number() over (
            partition by customer_id order by count(*) desc, max(occurred_at) desc, channel
        ) as place,
    from turns
    group by customer_id, channel

),

counts as (

    select
        customer_id,
        count(*) as count_interactions,
        count(case when channel = 'survey' then 1 end) as count_surveys,
        count(case when channel = 'tweet' then 1 end) as count_tweets,
        count(case when channel = 'ticket' then 1 end) as count_tickets,
        cast(sum(score_30d) as double) / count(score_30d) as sentiment_30d,
        cast(sum(score_90d) as double) / count(score_90d) as sentiment_90d,
    from turns
    group by customer_id

)

select
    counts.customer_id,  -- The person.
    counts.count_interactions,  -- Turns on all channels.
    counts.count_surveys,  -- Turns in surveys.
    counts.count_tweets,  -- Tweets.
    counts.count_tickets,  -- Turns in tickets.
    counts.sentiment_30d,  -- Mean sentiment score of the last 30 days before the as-of time.
    counts.sentiment_90d,  -- The same over 90 days.
    channels.channel as preferred_channel,  -- Channel of most turns; of equals the one used last.
from counts
inner join channels on counts.customer_id = channels.customer_id and channels.place = 1
