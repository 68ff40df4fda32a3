-- What a load brought that was new and what changed a thing already held.
alter table raw.loads add column rows_changed bigint default 0;

-- Sources whose first load came to its end: from then on the load time counts as the time of knowing.
create table raw.first_loads (source varchar, loaded_at timestamp);
insert into raw.first_loads select source, max(loaded_at) from raw.loads where problem is null group by source;
