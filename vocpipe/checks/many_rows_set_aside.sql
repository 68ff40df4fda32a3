-- warn: over a fifth of a file's rows were set aside
select source, file, rows_in, rows_set_aside
from quality.loads
where rows_set_aside + rows_unreadable > 0.2 * rows_in and rows_in >= 20
