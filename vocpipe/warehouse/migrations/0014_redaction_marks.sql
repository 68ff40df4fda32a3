-- Redaction knows more of the customers than their names: handles, telephone numbers and birth dates. What was redacted by
-- the names alone is redacted once more, since the rules changed with it.
drop table enrichment.redaction_names;
create table enrichment.redaction_marks (
    kind varchar,   -- name, handle, phone (its last nine digits) or birth
    value varchar,
);
-- Until the next whole run the names are what is known.
create schema if not exists staging;
create table if not exists staging.name_versions (given_name varchar, family_name varchar);
create or replace table staging.customer_marks as
select distinct 'name' as kind, concat_ws(' ', given_name, family_name) as value from staging.name_versions;
drop table staging.name_versions;
