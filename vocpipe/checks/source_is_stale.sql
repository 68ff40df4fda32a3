-- warn: a source has brought nothing new for longer than stale_days, or than three times its longest pause so far
with arrivals as (
    select distinct loads.source, cast(loads.loaded_at as date) as arrived_on
    from raw.loads as loads
    inner join staging.declared_sources as declared on loads.source = declared.source
    where loads.problem is null and loads.rows_in > loads.rows_unchanged and loads.loaded_at < getvariable('as_of')
),
pauses as (
    select
        source, arrived_on,
        arrived_on - lag(arrived_on) over (partition by source order by arrived_on) as days
    from arrivals
),
rhythm as (
    select source, max(arrived_on) as last_on, max(days) as longest_days, count(*) as arrivals
    from pauses
    group by source
)
select rhythm.source, rhythm.last_on, cast(getvariable('as_of') as date) - rhythm.last_on as days
from rhythm
inner join staging.declared_sources as declared on rhythm.source = declared.source
-- Four arrivals are needed to speak of a rhythm; one of a file each night allows for a weekend.
where cast(getvariable('as_of') as date) - rhythm.last_on > case
    when declared.stale_days > 0 then declared.stale_days
    when rhythm.arrivals >= 4 and rhythm.longest_days > 1 then 3 * rhythm.longest_days
    when rhythm.arrivals >= 4 then 3
    else 100000
end
