-- warn: under a fifth of the turns of a channel belong to a known customer
select channel
from marts.interactions
group by channel
having count(*) >= 50 and avg(case when customer_id is null then 0.0 else 1.0 end) < 0.2
