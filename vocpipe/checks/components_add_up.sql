-- fail: promoters + passives + detractors = answers, in every cell of the NPS
select metric, period_start, segment_type, segment
from metrics.metric_component
where metric = 'nps' and promoters + passives + detractors <> n
