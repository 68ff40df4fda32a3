-- What customers say that no topic covers yet, or far more often of late: found by a run, decided on by people.
-- One row per theme.
with seen as (

    select
        *,
        min(first_seen_on) over (partition by theme_id) as first_on,
        max(last_seen_on) over (partition by theme_id) as last_on,
        row_number() over (partition by theme_id order by as_of desc) as nth,
    from enrichment.themes
    where as_of <= getvariable('as_of')

),

decided as (

    select * from enrichment.theme_decisions

)

select
    seen.theme_id,  -- Id of the theme, the same from night to night; never used again.
    coalesce(decided.label, seen.label) as label,  -- Two to four words, or what a person called it.
    coalesce(decided.verdict, 'proposed') as status,  -- proposed; or approved, merged or rejected by a person.
    seen.words,  -- Words and phrases that describe it, the most telling first.
    seen.keywords,  -- Words and phrases that find it: its topic's keywords once it is approved or merged.
    seen.count_texts,  -- Texts of the theme when it was last seen.
    seen.count_customers,  -- Customers who wrote them.
    seen.first_on as first_seen_on,  -- Day of its earliest text.
    seen.last_on as last_seen_on,  -- Day of its latest text.
    seen.growth,  -- Its share of all texts in the last 14 days against the 8 weeks before, as a ratio.
    seen.growth_low,  -- Lower end of the 95 % interval.
    seen.growth_high,  -- Upper end of the 95 % interval; null: nobody said it before.
    seen.q_value,  -- Share of false alarms among all themes whose growth is at least as striking.
    coalesce(decided.topic, seen.topic) as topic,  -- Topic it became or belongs to, or that most of its texts have.
    seen.coherence,  -- How much its first words stand together (NPMI), −1 to 1.
    seen.examples,  -- Interactions that say it most plainly (ids).
from seen
left join decided on seen.theme_id = decided.theme_id
where seen.nth = 1
