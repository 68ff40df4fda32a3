-- Rows that were taken out since: of erased persons, and those older than their source keeps them.
alter table raw.loads add column rows_erased bigint default 0;
