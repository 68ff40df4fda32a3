-- fail: a figure is published once: metric, version, period, grain, segment, unit and as-of time are its key
select metric, metric_version, grain, period, period_start, segment_type, segment, unit, as_of, count(*) as count_rows
from metrics.metric_value
group by all
having count(*) > 1
