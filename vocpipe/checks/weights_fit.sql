-- warn: the customers who answered can be weighted to the customer record, at a design effect of 2 at most
select period, period_start, warning
from quality.weights
where warning is not null
