-- Events of one metric with the segment of the type that getvariable('segment_type') names. One row per event and
-- period.
with
    events as (select * from placed),

    attributes as (select * from customer_attribute)

select
    e.period_no,  -- The period.
    e.unit,  -- The event's own unit.
    case
        when getvariable('within') = 'channel' then coalesce(e.channel, '(none)')
    end as within,  -- Cut that is never pooled.
    case getvariable('segment_type')
        when 'all' then 'all'
        when 'channel' then coalesce(e.channel, '(none)')
        when 'topic' then coalesce(e.topic, '(none)')
        when 'journey_stage' then coalesce(e.journey_stage, '(none)')
        when 'experience' then coalesce(e.experience, '(none)')
        else coalesce(a.value, '(unknown)')
    end as segment,  -- (none): the event has no such thing; (unknown): no customer, or none that it is known of.
    e.customer_no,  -- The customer; null when unknown.
    e.part,  -- The part of a total that it belongs to.
    e.spell_no,  -- The time between changes of the customer's attributes.
    e.numerator,  -- What is counted or averaged.
    e.denominator,  -- Its weight.
from events as e
left join attributes as a
    on a.customer_no = e.customer_no and a.spell_no = e.spell_no
    and a.attribute = getvariable('segment_type')
