-- fail: every turn of a customer stands in marts.interactions once
select interaction_id, count(*) as copies
from marts.interactions
group by interaction_id
having count(*) > 1
