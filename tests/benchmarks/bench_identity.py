"""How long identity takes on a big company: 200,000 CRM records and 520,000 others, all phones read for the first time.

    python tests/benchmarks/bench_identity.py [customers]

Prints seconds and peak memory. Persons and identifiers are invented; one in 16 customers has a second CRM record, one
in 50 shares a mailbox with somebody of the same family name.
"""

from __future__ import annotations

import resource
import sys
import time
from datetime import datetime
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).parent.parent))
from people import empty_staging, migrate

from vocpipe import identity
from vocpipe.warehouse import CONFIG

# `person` numbers one human; ids, names and numbers are functions of it.
SETUP = """
create macro name_of(n, salt) as substr(md5(cast(n % 4001 as varchar) || salt), 1, 4 + n % 5);
create macro number_of(p) as lpad(cast(2000000000 + p * 7919 % 7999999999 as varchar), 10, '2');
create macro written(p, k) as case k % 4
    when 0 then '+1' || number_of(p)
    when 1 then '(' || substr(number_of(p), 1, 3) || ') ' || substr(number_of(p), 4)
    when 2 then substr(number_of(p), 1, 3) || '.' || substr(number_of(p), 4, 3) || '.' || substr(number_of(p), 7)
    else '1 ' || number_of(p) end;
create macro family_of(p) as translate(name_of(if(p % 50 = 1, p - 1, p) // 3, 'f'), '0123456789', 'ghijklmnop');
create macro given_of(p) as translate(name_of(p * 31, 'g'), '0123456789', 'qrstuvwxyz');
create macro mail_of(p) as 'person' || cast(if(p % 50 = 1, p - 1, p) as varchar) || '@mail.example';
create table people as
    select 'crm' as source, 'C' || p as record_id, 'customer_record' as person_kind, p as person, p as n
    from range($1 * 15 // 16) as r(p)
    union all select 'crm', 'D' || p, 'customer_record', p * 16, p from range($1 // 16) as r(p)
    union all select 'zendesk', 'Z' || p, 'ticket_user', p * 5 // 4, p from range($1 * 3 // 4) as r(p)
    union all select 'x', 'T' || p, 'social_user', p * 2, p from range($1 * 3 // 5) as r(p)
    union all select 'survey', 'S' || p, 'respondent', p * 7 % $1, p from range($1 * 5 // 4) as r(p);
insert into staging.persons by name
    select source, record_id, person_kind, if(person_kind = 'social_user', 'nick', given_of(person)) as given_name,
        if(person_kind = 'social_user', null, family_of(person)) as family_name,
        if(source = 'crm', date '1950-01-01' + cast(person * 37 % 20000 as integer), null) as birth_on,
        if(source = 'crm', date '2015-01-01' + cast(n % 3000 as integer), null) as signed_up_on,
    from people;
insert into staging.identifiers
    select source, record_id, 'account_id' as identifier_type, record_id as identifier from people where source = 'crm'
    union all select source, record_id, 'account_id', 'C' || person from people where source = 'zendesk' and n % 4 = 0
    union all select source, record_id, 'email', upper(mail_of(person)) from people
        where source <> 'x' and record_id not like 'D%'
    union all select source, record_id, 'phone', written(person, n) from people
        where source in ('crm', 'zendesk') and (source = 'crm' or n % 2 = 0)
    union all select source, record_id, 'handle', '@nick' || person from people
        where source = 'x' or (source in ('crm', 'zendesk') and person % 3 = 0);
"""

# One night: new answers and tickets of known and of unknown people, 10,000 records in all at the usual size.
NIGHT = """
insert into staging.persons by name
    select 'survey' as source, 'N' || p as record_id, 'respondent' as person_kind, given_of(p * 13 % $1) as given_name,
        family_of(p * 13 % $1) as family_name
    from range($1 // 20) as r(p);
insert into staging.identifiers
    select 'survey', 'N' || p, 'email', mail_of(p * 13 % ($1 + 5000)) from range($1 // 20) as r(p);
"""


def main(customers: int) -> None:
    """Builds the staging tables in memory, resolves them and prints the figures."""
    # As the work file is opened: it is put in order when it is closed, not in mid-work.
    with duckdb.connect(config=CONFIG | {"threads": 2, "memory_limit": "3GB"}) as con:
        migrate(con)
        empty_staging(con)
        for statement in SETUP.split(";\n"):
            con.execute(statement, [customers]) if "$1" in statement else con.execute(statement)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for title in ("first run", "all anew", "next night"):
            if title == "next night":
                for statement in NIGHT.split(";\n")[:-1]:
                    con.execute(statement, [customers])
            start, work = time.perf_counter(), time.process_time()
            counts = identity.resolve(con, b"secret", "US", datetime(2025, 7, 1), anew=title == "all anew")
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            taken, work = time.perf_counter() - start, time.process_time() - work
            memory = f"peak {peak / 2**20:.2f} GB, before {before / 2**20:.2f}"
            print(f"{title}: {taken:.1f} s, {work:.1f} s of processor time, {memory}")
        print(counts)
        print(con.execute("select link_rule, count(*) from identity.links group by 1 order by 2 desc").fetchall())
        print(
            con.execute("select identifier_type, reason, count(*) from identity.contradictions group by all").fetchall()
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
