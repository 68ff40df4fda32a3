-- Everything that is not used, with its place and the reason in plain words. Values stay in the private file.
-- One row per row, piece or cell that is not used.
with set_aside as (

    select load_id, line_no, item_no, 'row' as unit, set_aside_column as column_name, reason
    from staging.records
    where reason is not null
    union all
    select load_id, line_no, 0, 'piece', column_name, reason from raw.rejects
    union all
    select load_id, line_no, 0, 'cell', column_name, reason from staging.cells
    union all
    select load_id, null, null, 'file', null, problem from raw.loads where problem is not null

)

select
    loads.source,  -- Source in the settings.
    loads.file,  -- File below the project folder.
    set_aside.line_no,  -- Line on which the row begins, from 1.
    set_aside.item_no,  -- Place within the line, from 0 (a page holds many tweets).
    set_aside.unit,  -- row, piece (no row at all), cell (the row itself is used) or file.
    set_aside.column_name as "column",  -- Column at fault, where there is one.
    set_aside.reason,  -- Why it is not used.
    loads.loaded_at,  -- When it was loaded (UTC).
from set_aside
inner join raw.loads as loads on set_aside.load_id = loads.load_id
inner join staging.declared_sources as declared on loads.source = declared.source
