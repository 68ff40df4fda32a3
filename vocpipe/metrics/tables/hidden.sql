-- Cells whose figures are hidden. One row per hidden metric, period, unit and segment. Hidden is a cell of fewer than
-- min_n_show; and where just one of the segments that make up a total is hidden, the next smallest too, or the total
-- would give it away (medians cannot be subtracted, and a cut by channel that is never pooled has no total).
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
            segment_type <> 'all' and method not in ('order_statistics', 'kaplan_meier') as has_total,
        from cells
    )

select
    metric,  -- The metric.
    period_no,  -- The period.
    unit,  -- The event's own unit.
    segment_type,  -- By what is cut.
    within,  -- Cut that is never pooled.
    segment,  -- The segment.
from siblings
where is_small or (has_total and count_small = 1 and smallest_first = 1)
