-- Cells whose figures are hidden. One row per hidden metric, period, unit and segment. Hidden is a cell of fewer than
-- min_n_show; and where just one of the segments that make up a total is hidden, the next smallest too, or the total
-- would give it away (medians cannot be subtracted, and a cut by channel that is never pooled has no total). A mean of
-- parts goes with each of its parts, which it would give away.
with
    cells as (
        select *, n < getvariable('min_n_show') as is_small
        from bounded
    ),

    siblings as (
        select
            *,
            sum(case when is_small and n > 0 then 1 else 0 end) over (
                partition by metric, period_no, unit, segment_type, within
            ) as count_small,
            row_number() over (
                partition by metric, period_no, unit, segment_type, within, is_small order by n, segment
            ) as smallest_first,
            segment_type <> 'all' and method not in ('order_statistics', 'kaplan_meier', 'mean_of_parts') as has_total,
        from cells
    ),

    small as (
        select *
        from siblings
        where is_small or (has_total and count_small = 1 and smallest_first = 1)
    )

select
    metric,  -- The metric.
    period_no,  -- The period.
    unit,  -- The event's own unit.
    segment_type,  -- By what is cut.
    within,  -- Cut that is never pooled.
    segment,  -- The segment.
from small
union
select t.metric, t.period_no, t.unit, t.segment_type, t.within, t.segment
from siblings as t
join small as p
    on p.metric like concat(t.metric, '_%') and p.period_no = t.period_no and p.segment_type = t.segment_type
    and p.segment = t.segment
where t.method = 'mean_of_parts'
