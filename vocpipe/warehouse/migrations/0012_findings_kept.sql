-- What the classifiers said before a newer version looked again: a run that looks back reads it (see looking_back.py).
alter table enrichment.annotations add column scored_at timestamp;

create table enrichment.annotation_history (
    text_id varchar,
    classifier varchar,
    version varchar,
    label varchar,
    score double,
    probability double,
    span_start integer,
    span_end integer,
    evidence varchar,
    decided_by varchar,
    scored_at timestamp,     -- of the run that scored the text
    superseded_at timestamp, -- of the run in which another version replaced it
);

create table if not exists enrichment.versions (classifier varchar, version varchar, rank integer);

create view enrichment.findings as
select annotations.*
from enrichment.annotations as annotations
inner join enrichment.versions as versions
    on annotations.classifier = versions.classifier and annotations.version = versions.version
where annotations.label is not null;
