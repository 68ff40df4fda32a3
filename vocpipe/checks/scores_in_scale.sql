-- fail: every score lies within its scale
select interaction_id, question_id
from marts.responses
where score < scale_low or score > scale_high
