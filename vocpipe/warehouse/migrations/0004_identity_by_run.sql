-- What identity keeps over runs, and its figures by run, so that a run can be compared with the one before it.
create table if not exists identity.link_history (
    source varchar,
    record_id varchar,
    person_kind varchar,
    customer_id varchar,
    link_rule varchar,
    link_score double,
    evidence varchar,        -- one sentence without personal values
    linked_at timestamp,
    unlinked_at timestamp,   -- null: the link holds
);

create table if not exists identity.judgements (
    judgement_id bigint,
    source_a varchar,
    record_id_a varchar,
    source_b varchar,
    record_id_b varchar,
    verdict varchar,         -- same, different or unsure
    rule varchar,            -- email, email_name, …, fuzzy, person or contradiction
    decided_by varchar,      -- rule, or who judged
    score double,
    evidence varchar,
    made_at timestamp,
    ended_at timestamp,      -- null: it stands
);

create table if not exists identity.candidates (
    source_a varchar,
    record_id_a varchar,
    source_b varchar,
    record_id_b varchar,
    match_weight double,
    match_probability double,
    verdict varchar,         -- same or unsure
    evidence varchar,
);

create table identity.run_states (
    run_id varchar,
    state varchar,           -- hash of what the run saw and linked: runs of one state are one night done twice
);

create table identity.run_figures (
    run_id varchar,
    measure varchar,
    segment_type varchar,
    segment varchar,
    rule varchar,
    reason varchar,
    n bigint,
    value double,
);
