-- How the pairs of records compare that the model of identity weighs, so that a night compares only new ones.
create table identity.weighed_pairs (
    print_a ubigint, print_b ubigint, is_within boolean, given_level varchar, family_level varchar, birth_level varchar,
    is_swapped boolean, is_half_swapped boolean, name_weight double, birth_weight double, town_level varchar,
    postcode_level varchar, street_level varchar, email_level varchar, town_bits double, postcode_bits double,
    street_bits double,
);
comment on table identity.weighed_pairs is 'How two records compare, as the last run found. One row per pair of what two records say; a pair that was ruled out has no levels.';
comment on column identity.weighed_pairs.print_a is 'Fingerprint of what the first record says and how rare it is.';
comment on column identity.weighed_pairs.print_b is 'Fingerprint of the other.';
comment on column identity.weighed_pairs.is_within is 'Whether both are customer records; null: ruled out.';
comment on column identity.weighed_pairs.given_level is 'How the given names agree.';
comment on column identity.weighed_pairs.family_level is 'How the family names agree.';
comment on column identity.weighed_pairs.birth_level is 'How the birth dates agree.';
comment on column identity.weighed_pairs.is_swapped is 'Whether the names have changed places.';
comment on column identity.weighed_pairs.is_half_swapped is 'Whether one name has changed places and the other is another one.';
comment on column identity.weighed_pairs.name_weight is 'Evidence of the names, in bits.';
comment on column identity.weighed_pairs.birth_weight is 'Evidence of the birth dates, in bits.';
comment on column identity.weighed_pairs.town_level is 'How the towns agree.';
comment on column identity.weighed_pairs.postcode_level is 'How the postcodes agree.';
comment on column identity.weighed_pairs.street_level is 'How the streets agree.';
comment on column identity.weighed_pairs.email_level is 'How the e-mail addresses agree.';
comment on column identity.weighed_pairs.town_bits is 'Evidence of the town where it is the same, in bits.';
comment on column identity.weighed_pairs.postcode_bits is 'The same of the postcode.';
comment on column identity.weighed_pairs.street_bits is 'The same of the street.';

-- What it held stands in identifiers and unusable_identifiers.
drop table if exists identity.spellings;
