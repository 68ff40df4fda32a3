-- The vendors' files and what became of their rows: rows in = used + set aside + unchanged + unreadable + erased.
-- One row per load of a file.
with outcomes as (

    select
        load_id,
        count(case when reason is null then 1 end) as rows_used,
        count(reason) as rows_set_aside,
    from staging.records
    group by load_id

),

rejects as (

    select load_id, count(*) as rows_unreadable from raw.rejects group by load_id

)

select
    loads.source,  -- Source in the settings.
    loads.format,  -- Format of the file.
    loads.file,  -- File below the project folder.
    loads.sha256,  -- SHA-256 of its bytes.
    loads.size_bytes,  -- Size in bytes.
    loads.rows_in,  -- Rows in the file.
    coalesce(outcomes.rows_used, 0) as rows_used,  -- Rows in use.
    coalesce(outcomes.rows_set_aside, 0) as rows_set_aside,  -- Rows set aside with a reason, in quality.quarantine.
    greatest(
        loads.rows_in - loads.rows_unchanged - loads.rows_changed - loads.rows_erased
        - coalesce(rejects.rows_unreadable, 0), 0
    ) as rows_new,  -- Rows about a thing not held before, those erased since left out.
    loads.rows_changed,  -- Rows about a thing already held, with other content.
    loads.rows_unchanged,  -- Rows already held with just this content, not stored again.
    loads.rows_erased,  -- Rows taken out: of persons who were erased, or older than the source keeps them.
    coalesce(rejects.rows_unreadable, 0) as rows_unreadable,  -- Pieces that are no row, in quality.quarantine.
    loads.problem,  -- Why the whole file was set aside.
    loads.run_id,  -- Run that loaded it.
    loads.loaded_at,  -- When (UTC).
from raw.loads as loads
inner join staging.declared_sources as declared on loads.source = declared.source
left join outcomes on loads.load_id = outcomes.load_id
left join rejects on loads.load_id = rejects.load_id
