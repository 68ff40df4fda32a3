-- What sentiment a channel usually has: tickets are nearly all complaints, answers to surveys are not, so a score says
-- something beside its own channel only. The baseline of a day is the mean score of the channel's texts of the 90 days
-- (UTC) before it; where these are fewer than 30, the mean of all texts of the channel that the run can see.
-- One row per channel and day on which a text was said.
with days as (

    -- A sum of decimals is the same in whatever order the rows come.
    select
        turns.channel,
        cast(turns.occurred_at as date) as said_on,
        count(*) as count_texts,
        sum(cast(findings.sentiment_score as decimal(9, 6))) as total_score,
    from staging.turns as turns
    inner join enrichment.texts as texts on turns.interaction_id = texts.interaction_id
    inner join facts.text_findings as findings on texts.text_id = findings.text_id
    where findings.sentiment_score is not null
    group by turns.channel, cast(turns.occurred_at as date)

),

before as (

    select
        days.channel,
        days.said_on,
        sum(earlier.count_texts) as count_before,
        sum(earlier.total_score) as total_before,
    from days
    inner join days as earlier
        on days.channel = earlier.channel
        and cast(days.said_on as date) - cast(earlier.said_on as date) between 1 and 90
    group by days.channel, days.said_on

),

whole as (

    select channel, sum(count_texts) as count_all, sum(total_score) as total_all
    from days
    group by channel

)

select
    days.channel,  -- Where it was said.
    days.said_on,  -- Day (UTC).
    cast(
        case when before.count_before >= 30 then before.count_before else whole.count_all end as bigint
    ) as count_baseline,  -- Texts that the baseline is the mean of.
    case
        when before.count_before >= 30 then cast(before.total_before as double) / before.count_before
        else cast(whole.total_all as double) / whole.count_all
    end as sentiment_baseline,  -- Mean score of those texts, −1 to 1.
from days
inner join whole on days.channel = whole.channel
left join before on days.channel = before.channel and days.said_on = before.said_on
