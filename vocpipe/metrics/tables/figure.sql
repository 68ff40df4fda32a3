-- Every cell with its keys as published. One row per metric, period, unit and segment.
with
    cells as (select * from bounded),

    definitions as (select * from definition),

    periods as (select * from calendar),

    hidden_cells as (select * from hidden)

select
    c.* exclude (unit, segment_type, segment, metric_unit),  -- Parts, value and interval.
    c.unit as own_unit,  -- As the event has it; null: that of the metric.
    c.segment_type as own_segment_type,  -- As in cell.
    c.segment as own_segment,  -- As in cell.
    d.version as metric_version,  -- Version of the definition.
    d.grain,  -- What is counted.
    d.direction,  -- Which way is good.
    d.timing,  -- flow: what happened in the period; stock: how things stood at its end.
    p.period,  -- Kind of period.
    p.period_start,  -- First local day.
    p.period_end,  -- The local day after the last one.
    p.is_provisional,  -- May still get late answers.
    coalesce(c.unit, c.metric_unit) as unit,  -- Unit of the value.
    case
        when c.within is null then c.segment_type
        when c.segment_type = 'all' then 'channel'
        else concat('channel+', c.segment_type)
    end as segment_type,  -- By what is cut.
    case
        when c.within is null then c.segment
        when c.segment_type = 'all' then c.within
        else concat(c.within, '+', c.segment)
    end as segment,  -- The segment.
    h.metric is not null as is_hidden,  -- The figure is not shown.
from cells as c
join definitions as d on d.metric = c.metric
join periods as p on p.period_no = c.period_no
left join hidden_cells as h
    on h.metric = c.metric and h.period_no = c.period_no and h.segment_type = c.segment_type and h.segment = c.segment
    and coalesce(h.unit, '') = coalesce(c.unit, '') and coalesce(h.within, '') = coalesce(c.within, '')
