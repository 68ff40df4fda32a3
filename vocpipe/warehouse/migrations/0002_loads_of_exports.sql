-- What a load brought that was new and what changed a thing already held.
alter table raw.loads add column rows_changed bigint default 0;
