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

windows as (

    select
        channel,
        said_on,
        sum(count_texts) over before as count_before,
        sum(total_score) over before as total_before,
        sum(count_texts) over (partition by channel) as count_all,
        sum(total_score) over (partition by channel) as total_all,
    from days
    window before as (
        partition by channel order by said_on range between interval 90 day preceding and interval 1 day preceding
    )

)

select
    channel,  -- Where it was said.
    said_on,  -- Day (UTC).
    cast(
        case when count_before >= 30 then count_before else count_all end as bigint
    ) as count_baseline,  -- Texts that the baseline is the mean of.
    case
        when count_before >= 30 then cast(total_before as double) / count_before
        else cast(total_all as double) / count_all
    end as sentiment_baseline,  -- Mean score of those texts, −1 to 1.
from windows
