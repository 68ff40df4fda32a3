-- warn: the linked share of a channel, or that of its new turns, is over 5 points below that of the run before
with shares as (
    select measure, segment, n, value, value_before
    from quality.identity
    where segment_type = 'channel' and rule is null
)
select now.segment as channel, now.measure
from shares as now
inner join shares as whole on now.segment = whole.segment and whole.measure = 'linked_share'
-- New turns are few against all that were ever loaded: by themselves they show at once when recognition breaks. Below
-- 100 turns a share says little; two standard errors keep a bad draw of some hundred from being taken for a fault.
where now.n >= 100 and now.measure in ('linked_share', 'linked_share_new')
    and now.value < whole.value_before - 0.05
        - case when now.measure = 'linked_share_new' then 2 * sqrt(now.value * (1 - now.value) / now.n) else 0 end
