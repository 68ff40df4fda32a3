-- A redaction holds for the names of `enrichment.redaction_names`: when names come, only texts that may hold one of
-- them are redacted again. The key no longer depends on the names, so what was redacted so far is redacted once more.
drop table enrichment.redactions;
create table enrichment.redactions (
    redaction_key varchar,   -- of the text as written, of the writer's names that stand in it and of the rules
    redacted varchar,
);
create table enrichment.redaction_names (full_name varchar);
