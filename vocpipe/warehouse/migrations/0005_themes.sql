-- Themes as each run found them: nothing is deleted, so a theme that is not seen tonight keeps its id.
create table enrichment.themes (
    theme_id varchar,
    as_of timestamp,         -- of the run that saw it so
    label varchar,
    words varchar[],
    keywords varchar[],
    count_texts bigint,
    count_customers bigint,
    first_seen_on date,
    last_seen_on date,
    growth double,
    growth_low double,
    growth_high double,
    q_value double,
    topic varchar,
    coherence double,
    examples varchar[],      -- interaction ids
);

-- The texts of each theme when it was last seen: by them tomorrow's groups are known again.
create table enrichment.theme_members (theme_id varchar, interaction_id varchar);
