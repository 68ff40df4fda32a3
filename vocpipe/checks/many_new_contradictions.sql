-- warn: many more records than in the run before are kept apart although they share an identifier
select sum(value) as pairs, sum(value_before) as pairs_before
from quality.identity
where measure = 'contradictions'
-- A night brings some as the customers grow; a tenth more, and no fewer than 20, is a field that was filled wrong.
having sum(value) - sum(value_before) >= 20 and sum(value) > 1.1 * sum(value_before)
