-- What two customer records must have in common to be compared at all: any one of these.
-- One row per customer record and key.
with

customers as (

    select * from profiles where is_customer

),

-- A name counts as given or family name alike: the two change places.
keyed as (

    select node, hash('names', least(given, family), greatest(given, family)) as key
    from customers where given is not null and family is not null
    union all
    select node, hash('name, birth', family, birth_on) from customers where family is not null and birth_on is not null
    union all
    select node, hash('name, birth', given, birth_on) from customers where given is not null and birth_on is not null
    union all
    select node, hash('birth, town', birth_on, town) from customers where birth_on is not null and town is not null
    union all
    select node, hash('birth, postcode', birth_on, postcode)
    from customers where birth_on is not null and postcode is not null
    union all
    select node, hash('name, postcode', family, postcode)
    from customers where family is not null and postcode is not null
    union all
    select node, hash('name, postcode', given, postcode) from customers where given is not null and postcode is not null
    union all
    select node, hash('name, street', family, street) from customers where family is not null and street is not null
    union all
    select node, hash('name, street', given, street) from customers where given is not null and street is not null
    union all
    select node, hash('family, town', left(given, 1), family, town)
    from customers where given is not null and family is not null and town is not null
    union all
    select node, hash('given, town', given, left(family, 2), town)
    from customers where given is not null and family is not null and town is not null

)

select
    node,  -- Number of the record.
    key,  -- Fingerprint of what it has in common with others.
from keyed
