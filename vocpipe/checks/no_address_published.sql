-- fail: no e-mail address stands in a published verbatim
select interaction_id
from marts.interactions
where regexp_matches(verbatim, '[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+\.[A-Za-z]{2,}')
