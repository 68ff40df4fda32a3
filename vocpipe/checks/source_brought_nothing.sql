-- warn: a source in the settings has no file, or none of its files could be used
select sources.source
from staging.declared_sources as sources
left join raw.loads as loads on sources.source = loads.source and loads.problem is null
group by sources.source
having count(loads.load_id) = 0
