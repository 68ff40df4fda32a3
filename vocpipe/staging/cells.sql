-- Cells that could not be used although their row is. One row per cell.
select
    r.load_id,  -- The load that brought it.
    r.line_no,  -- Line in the file.
    c.column_name,  -- Column at fault.
    c.reason,  -- Why the cell is not used.
from conformed.cells as c
inner join staging.records as r on c.row_id = r.row_id
where r.reason is null
union all
select
    load_id,
    line_no,
    question_id,
    problem,
from staging.answers
where problem is not null and superseded_at is null
