"""What tells customers in a text, for redaction to look for: `staging.customer_marks`, kind and value."""

from __future__ import annotations

import duckdb

from vocpipe.enrichment.marks import Mark
from vocpipe.warehouse import rows

# Names and birth dates of the customer record; handles and numbers of a help desk's users too. A handle of letters
# alone may be any word: it counts where the name of its owner is in it. Of a number the last nine digits tell it.
HELD = r"""
with held as (
    select i.identifier_type, i.identifier, p.given_name, p.family_name
    from conformed.identifiers as i
    inner join conformed.persons as p on i.row_id = p.row_id and i.record_id = p.record_id
    where p.person_kind in ('customer_record', 'ticket_user')
),
handles as (
    select lower(ltrim(trim(identifier), '@')) as handle, given_name, family_name
    from held
    where identifier_type = 'handle'
),
numbers as (
    select regexp_replace(regexp_replace(identifier, '(?i)(x|ext).*$', ''), '[^0-9]', '', 'g') as digits
    from held
    where identifier_type = 'phone'
)
select distinct 'name' as kind, concat_ws(' ', given_name, family_name) as value
from conformed.persons
where person_kind = 'customer_record' and given_name is not null and family_name is not null
union
select distinct 'birth', strftime(birth_on, '%Y-%m-%d')
from conformed.persons
where person_kind = 'customer_record' and birth_on is not null
union
select distinct 'handle', handle
from handles
where (regexp_full_match(handle, '[a-z0-9_]{6,30}') and regexp_matches(handle, '[0-9_]'))
    or (regexp_full_match(handle, '[a-z]{8,30}') and contains(handle, lower(left(given_name, 3)))
        and contains(handle, lower(left(family_name, 3))))
union
select distinct 'phone', right(digits, 9)
from numbers
where length(digits) >= 9
"""
# The same by person, of the tables of `erasing.read_keys`.
OF_PERSONS = """
    select 'name' as kind, name as value, person from called where name is not null
    union all
    select 'birth', birth, person from called where birth is not null
    union all
    select kind, case when kind = 'phone' then right(regexp_replace(key, '[^0-9]', '', 'g'), 9) else key end, person
    from held where kind in ('handle', 'phone')
"""


def keep(con: duckdb.DuckDBPyConnection) -> None:
    """Make the table of the conformed ones: what any version of a record ever held."""
    con.execute(f"create or replace table staging.customer_marks as {HELD}")


def known(con: duckdb.DuckDBPyConnection) -> list[Mark]:
    """All of them, sorted."""
    return [Mark(*found) for found in rows(con, "select distinct kind, value from staging.customer_marks order by all")]


def forget(con: duckdb.DuckDBPyConnection) -> None:
    """Drop what tells a person who is forgotten (the temporary table ``mine``), and nobody else."""
    for table in ("staging.customer_marks", "enrichment.redaction_marks"):
        con.execute(f"""
            delete from {table} where (kind, value) in (
                select (kind, value) from ({OF_PERSONS})
                group by kind, value having bool_and(person in (select concat(source, chr(31), record_id) from mine)))
        """)
