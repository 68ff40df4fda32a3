-- What people should know of, from when it is first found until it is found no more; nothing is told twice too soon.
create table quality.notices (
    notice_id varchar,
    kind varchar,
    subject varchar,
    told varchar,
    first_found_at timestamp,
    last_found_at timestamp,
    count_told bigint,
    last_told_at timestamp,
    acknowledged_by varchar,
    acknowledged_at timestamp,
    ended_at timestamp,
);
comment on table quality.notices is 'Warnings and alerts, from when each was first found until it was found no more, and to whom they were told. One row per subject and spell.';
comment on column quality.notices.notice_id is 'Id for `vocpipe acknowledge`; the same whenever the subject comes back.';
comment on column quality.notices.kind is 'check (a check warns, a stale or stopped source among them) or alert (of a metric).';
comment on column quality.notices.subject is 'Check or metric, and where it holds: source, channel or segment.';
comment on column quality.notices.told is 'What is told, in one sentence.';
comment on column quality.notices.first_found_at is 'Run that found it first (UTC).';
comment on column quality.notices.last_found_at is 'Last run that found it (UTC).';
comment on column quality.notices.count_told is 'How often it was sent.';
comment on column quality.notices.last_told_at is 'When it was last sent (UTC); null: never.';
comment on column quality.notices.acknowledged_by is 'Who acknowledged it; it is not sent again until it ends and comes back.';
comment on column quality.notices.acknowledged_at is 'When it was acknowledged (UTC).';
comment on column quality.notices.ended_at is 'First run that found it no more (UTC); null: it holds.';
comment on column quality.runs.outcome is 'published, not published, failed, not finished, or rolled back (problem says to what).';
