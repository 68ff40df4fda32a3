-- Who is one person is a table of judgements: nothing in it is deleted, only ended.
create sequence identity.next_judgement_id;
create table identity.judgements (
    judgement_id bigint,
    source_a varchar,
    record_id_a varchar,
    source_b varchar,
    record_id_b varchar,
    verdict varchar,
    rule varchar,
    decided_by varchar,
    score double,
    evidence varchar,
    made_at timestamp,
    ended_at timestamp,
);
comment on table identity.judgements is 'What was judged of two records, by rules and by persons. Nothing is deleted, only ended. One row per pair, rule and spell.';
comment on column identity.judgements.judgement_id is 'Number of the judgement.';
comment on column identity.judgements.source_a is 'Source of the first record.';
comment on column identity.judgements.record_id_a is 'Id of the first record.';
comment on column identity.judgements.source_b is 'Source of the second record.';
comment on column identity.judgements.record_id_b is 'Id of the second record.';
comment on column identity.judgements.verdict is 'same, different or unsure.';
comment on column identity.judgements.rule is 'By which rule; person: somebody judged so.';
comment on column identity.judgements.decided_by is 'rule, or who judged.';
comment on column identity.judgements.score is 'Strength, 0 to 1.';
comment on column identity.judgements.evidence is 'Why, in a few words without personal values.';
comment on column identity.judgements.made_at is 'From when it stands (UTC).';
comment on column identity.judgements.ended_at is 'When it ended (UTC); null: it stands.';

create table identity.link_history (
    source varchar,
    record_id varchar,
    person_kind varchar,
    customer_id varchar,
    link_rule varchar,
    link_score double,
    evidence varchar,
    linked_at timestamp,
    unlinked_at timestamp,
);
comment on table identity.link_history is 'To which customer each record belonged, by which rule and when. Nothing is deleted, only ended. One row per record, customer, rule and spell.';
comment on column identity.link_history.source is 'Source of the record.';
comment on column identity.link_history.record_id is 'Id of the record.';
comment on column identity.link_history.person_kind is 'customer_record, ticket_user, social_user or respondent.';
comment on column identity.link_history.customer_id is 'Pseudonym of the person.';
comment on column identity.link_history.link_rule is 'The strongest rule that ties the record to the person.';
comment on column identity.link_history.link_score is 'Strength of that rule, 0 to 1.';
comment on column identity.link_history.evidence is 'Why, in one sentence without personal values.';
comment on column identity.link_history.linked_at is 'Since when the record belongs to the person (UTC).';
comment on column identity.link_history.unlinked_at is 'Until when it did (UTC); null: it still does.';

-- What the last run knew of each record, so that the next one looks again only at what could have changed.
create table identity.known_records (source varchar, record_id varchar, fingerprint ubigint, component bigint);
comment on table identity.known_records is 'Every record as the last run knew it. One row per source and record.';
comment on column identity.known_records.source is 'Source of the record.';
comment on column identity.known_records.record_id is 'Id of the record.';
comment on column identity.known_records.fingerprint is 'Hash of the record and its identifiers.';
comment on column identity.known_records.component is 'Records that could matter to each other have the same number.';
create table identity.resolved_with (settings varchar, seen_until timestamp);
insert into identity.resolved_with values (null, null);
comment on table identity.resolved_with is 'What the last run resolved by. One row.';
comment on column identity.resolved_with.settings is 'Hash of the rules and settings.';
comment on column identity.resolved_with.seen_until is 'The latest as-of time of a run whose links are in the history (UTC).';

create table identity.candidates (
    source_a varchar, record_id_a varchar, source_b varchar, record_id_b varchar, match_weight double,
    match_probability double, verdict varchar, evidence varchar,
);
comment on table identity.candidates is 'Pairs of records that a model finds alike. One row per pair.';
comment on column identity.candidates.source_a is 'Source of the first record.';
comment on column identity.candidates.record_id_a is 'Id of the first record.';
comment on column identity.candidates.source_b is 'Source of the second record.';
comment on column identity.candidates.record_id_b is 'Id of the second record.';
comment on column identity.candidates.match_weight is 'How strongly the two agree, in powers of two.';
comment on column identity.candidates.match_probability is 'How probable it is that they are one person, 0 to 1.';
comment on column identity.candidates.verdict is 'same or unsure.';
comment on column identity.candidates.evidence is 'What agrees and what differs, without personal values.';
