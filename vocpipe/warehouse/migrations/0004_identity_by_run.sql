-- The figures of identity by run, so that a run can be compared with the one before it.
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
