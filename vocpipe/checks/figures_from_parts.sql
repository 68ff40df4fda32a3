-- fail: every published figure but a median or a mean of parts is made anew from its parts: numerator over denominator, NPS times 100
select v.metric, v.period, v.period_start, v.segment_type, v.segment, v.unit
from metrics.metric_value as v
inner join metrics.metric_component as p
    on v.metric = p.metric and v.metric_version = p.metric_version and v.grain = p.grain and v.period = p.period
    and v.period_start = p.period_start and v.segment_type = p.segment_type and v.segment = p.segment
    and v.unit = p.unit
where not v.suppressed and v.n > 0 and p.numerator is not null
    and abs(
        v.value
        - p.numerator * case when v.unit = 'points' then 100 else 1 end / coalesce(nullif(p.denominator, 0), 1)
    ) > 1e-9 * greatest(1, abs(v.value))
