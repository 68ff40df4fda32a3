-- warn: the topics know under a third of the texts of a channel: another taxonomy may fit better
select channel
from marts.interactions
where topic is not null
group by channel
having count(*) >= 50 and avg(case when topic = 'unknown' then 1.0 else 0.0 end) > 0.67
