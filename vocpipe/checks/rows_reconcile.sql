-- fail: rows in = rows used + rows set aside with a reason + rows unchanged + rows erased + unreadable pieces, for every file
select source, file, rows_in, rows_used, rows_set_aside, rows_unchanged, rows_erased, rows_unreadable
from quality.loads
where rows_in <> rows_used + rows_set_aside + rows_unchanged + rows_erased + rows_unreadable
