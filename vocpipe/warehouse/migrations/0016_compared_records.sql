-- What the model of identity compares of each record, so that a night reads only the records that changed.
create table identity.compared_records (
    source varchar, record_id varchar, is_customer boolean, given varchar, family varchar, birth_on date, town varchar,
    postcode varchar, street varchar, mailbox varchar, domain varchar,
);
comment on table identity.compared_records is 'Names, homes and addresses of records in normal form, as the last run compared them. One row per record with a name.';
comment on column identity.compared_records.source is 'Source of the record.';
comment on column identity.compared_records.record_id is 'Id of the record.';
comment on column identity.compared_records.is_customer is 'Whether it is a customer record; others are compared with customer records only.';
comment on column identity.compared_records.given is 'Given name.';
comment on column identity.compared_records.family is 'Family name.';
comment on column identity.compared_records.birth_on is 'Birth date.';
comment on column identity.compared_records.town is 'Home town.';
comment on column identity.compared_records.postcode is 'Postcode, without blanks.';
comment on column identity.compared_records.street is 'Street and number.';
comment on column identity.compared_records.mailbox is 'E-mail address before the at sign.';
comment on column identity.compared_records.domain is 'E-mail address behind it.';
