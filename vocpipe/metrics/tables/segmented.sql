-- Events of one metric with their segments of the types that `cut` names. One row per event, period and type.
with
    events as (select * from placed),

    attributes as (select * from customer_attribute)

select
    c.segment_type,  -- By what is cut.
    e.period_no,  -- The period.
    e.unit,  -- The event's own unit.
    case
        when getvariable('within') = 'channel' then coalesce(e.channel, '(none)')
    end as within,  -- Cut that is never pooled.
    case
        when c.response_segment <> '$'
            then coalesce(json_extract_string(e.segments, c.response_segment), '(none)')
        when c.segment_type = 'all' then 'all'
        when c.segment_type = 'channel' then coalesce(e.channel, '(none)')
        when c.segment_type = 'topic' then coalesce(e.topic, '(none)')
        when c.segment_type = 'journey_stage' then coalesce(e.journey_stage, '(none)')
        when c.segment_type = 'experience' then coalesce(e.experience, '(none)')
        when c.segment_type = 'need' then coalesce(e.need, '(none)')
        when c.segment_type = 'language' then coalesce(e.language, '(none)')
        else coalesce(a.value, '(unknown)')
    end as segment,  -- (none): the event has no such thing; (unknown): no customer, or none that it is known of.
    e.customer_no,  -- The customer; null when unknown.
    e.part,  -- The part of a total that it belongs to.
    e.spell_no,  -- The time between changes of the customer's attributes.
    e.numerator,  -- What is counted or averaged.
    e.denominator,  -- Its weight.
    case
        when e.denominator in (0, 1) then cast(e.numerator as decimal(38, 6)) * e.numerator
        else cast(cast(e.numerator as double) * e.numerator / e.denominator as decimal(38, 12))
    end as squared,  -- Weight times squared value.
from events as e
cross join cut as c
left join attributes as a
    on a.customer_no = e.customer_no and a.spell_no = e.spell_no
    and a.attribute = c.segment_type
