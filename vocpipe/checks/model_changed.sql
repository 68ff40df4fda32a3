-- warn: another version of a model reads the texts than in the run published before, so figures may move by themselves
with before as (
    select model_versions
    from quality.runs
    where outcome = 'published' and run_id <> getvariable('run_id') and model_versions is not null
    order by started_at desc, run_id desc
    limit 1
)
select versions.classifier, versions.version, json_extract_string(before.model_versions, concat('$."', versions.classifier, '"')) as version_before
from enrichment.versions as versions
cross join before
where versions.rank = 0
    and json_extract_string(before.model_versions, concat('$."', versions.classifier, '"')) <> versions.version
