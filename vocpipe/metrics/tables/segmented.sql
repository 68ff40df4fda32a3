-- Events with all series to which they add, of the metrics and types of segment that `wanted` names. One row per event,
-- period and series.
with
    events as (select * from placed),

    attributes as (select * from customer_attribute),

    wanted_attributes as (
        select k.*
        from attribute_cut as k
        join profile as p on p.base_no = k.base_no
        join wanted as w on w.metric = p.metric and w.segment_type = k.attribute
        group by all
    )

select
    s.series_no,  -- The series.
    e.period_no,  -- The period.
    e.profile_no,  -- What the event is about.
    e.customer_no,  -- The customer; null when unknown.
    e.numerator,  -- What is counted or averaged.
    e.denominator,  -- Its weight.
from events as e
join wanted_series as s on s.profile_no = e.profile_no
union all
select s.series_no, e.period_no, e.profile_no, e.customer_no, e.numerator, e.denominator
from events as e
join wanted_attributes as k on k.base_no = e.base_no
left join attributes as a
    on a.customer_no = e.customer_no and a.spell_no = e.spell_no and a.attribute_no = k.attribute_no
join series as s on s.base_no = e.base_no and s.value_no = coalesce(a.value_no, k.default_no)
