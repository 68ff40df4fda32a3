-- Raw rows are append-only; the run ledger and the caches of costly work live beside them.
create schema raw;
create schema staging;
create schema quality;
create schema enrichment;
create schema identity;

create sequence raw.next_row_id;
create sequence raw.next_load_id;

create table raw.loads (
    load_id bigint,
    run_id varchar,
    source varchar,
    format varchar,
    file varchar,
    sha256 varchar,
    size_bytes bigint,
    meta varchar,            -- JSON: what the file says of itself (time zone, columns)
    known_from timestamp,    -- vendor's times from here on count as the time of knowing; null: the load time counts
    loaded_at timestamp,
    rows_in bigint,          -- records and pieces that could not be read
    rows_unchanged bigint,   -- already held, not stored again
    problem varchar,         -- why the whole file was set aside, else null
);

create table raw.records (
    row_id bigint,
    load_id bigint,
    format varchar,
    kind varchar,
    line_no bigint,
    item_no integer,
    body varchar,            -- the record as it came, as a JSON object
    body_hash uhugeint,
);

create table raw.rejects (
    load_id bigint,
    line_no bigint,
    column_name varchar,
    reason varchar,
    body varchar,            -- the piece of the file that could not be read
);

create table identity.phones (raw varchar, region varchar, e164 varchar);

create table enrichment.redactions (
    redaction_key varchar,   -- of the text as written, of the names that count for it and of the redactor's version
    names_version varchar,   -- of the customer names that were known when it was redacted
    redacted varchar,
);

create table enrichment.annotations (
    text_id varchar,         -- of the redacted text
    classifier varchar,
    version varchar,
    label varchar,
    score double,
    probability double,
    span_start integer,
    span_end integer,
    evidence varchar,
    decided_by varchar,
);

create table quality.runs (
    run_id varchar,
    started_at timestamp,
    ended_at timestamp,
    as_of timestamp,
    outcome varchar,
    problem varchar,
    code_version varchar,
    settings_hash varchar,
    model_versions varchar,
    counts varchar,
    timings varchar,
);

create table quality.checks (
    run_id varchar,
    check_name varchar,
    severity varchar,
    definition varchar,
    count_offending bigint,
);

comment on table quality.runs is 'The run ledger: what each run saw, did and published. One row per run.';
comment on column quality.runs.run_id is 'Id of the run.';
comment on column quality.runs.started_at is 'When the run began (UTC).';
comment on column quality.runs.ended_at is 'When the run ended (UTC).';
comment on column quality.runs.as_of is 'What the run could see: happened and known before this time (UTC).';
comment on column quality.runs.outcome is 'published, not published, or failed.';
comment on column quality.runs.problem is 'Why it failed, in one sentence.';
comment on column quality.runs.code_version is 'Version of vocpipe.';
comment on column quality.runs.settings_hash is 'SHA-256 of vocpipe.toml as it was read.';
comment on column quality.runs.model_versions is 'JSON object: classifier and its version.';
comment on column quality.runs.counts is 'JSON object: rows in, used, set aside, linked share and so on.';
comment on column quality.runs.timings is 'JSON object: seconds by stage.';

comment on table quality.checks is 'What the checks found in each run. One row per run and check.';
comment on column quality.checks.run_id is 'Run in which the check was made.';
comment on column quality.checks.check_name is 'File name of the check.';
comment on column quality.checks.severity is 'fail: stops the publish; warn: is shown.';
comment on column quality.checks.definition is 'What the check looks for.';
comment on column quality.checks.count_offending is 'Rows that offend; 0 is good.';
