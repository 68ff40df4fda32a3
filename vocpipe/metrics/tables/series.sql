-- Series of figures, by number: what is charted over the periods. One row per metric, unit and segment.
with
    bases as (select distinct base_no, metric, unit, within from profile),

    values_of_attributes as (select * from attribute),

    cut_by_attribute as (
        select k.base_no, k.attribute as segment_type, v.value as segment, v.value_no
        from attribute_cut as k
        join values_of_attributes as v on v.attribute_no = k.attribute_no
    ),

    everybody as (select value_no from attribute where attribute = 'all'),

    -- Where all events of a base are in one segment, it holds what `all` holds: it goes through as if customers made it.
    cut_by_event as (
        select
            base_no,
            segment_type,
            segment,
            count(*) over (partition by base_no, segment_type) = 1 as is_undivided,
        from segment
        group by 1, 2, 3
    ),

    cuts as (
        select base_no, segment_type, segment, value_no from cut_by_attribute
        union all
        select c.base_no, c.segment_type, c.segment, e.value_no
        from cut_by_event as c
        left join everybody as e on c.is_undivided
    )

select
    cast(row_number() over (order by c.base_no, c.segment_type, c.segment) as integer) as series_no,  -- Its number.
    c.base_no,  -- Events of which metric, unit and never-pooled cut.
    b.metric,  -- The metric.
    b.unit,  -- The event's own unit.
    b.within,  -- Cut that is never pooled.
    c.segment_type,  -- By what is cut.
    c.segment,  -- The segment; (unknown): no customer, or none that it is known of.
    c.value_no,  -- Value of the customer's attribute, or of `all`; null where it depends on the event.
from cuts as c
join bases as b on b.base_no = c.base_no
