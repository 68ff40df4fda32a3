-- Redaction knows more of the customers than their names: handles, telephone numbers and birth dates. What was redacted by
-- the names alone is redacted once more, since the rules changed with it.
drop table enrichment.redaction_names;
create table enrichment.redaction_marks (
    kind varchar,   -- name, handle, phone (its last nine digits) or birth
    value varchar,
);
drop table if exists staging.name_versions;
