"""Fuzzy candidates: pairs of records that share no identifier and may be one person all the same.

A probabilistic model (Fellegi and Sunter 1969) weighs how names, birth dates, homes and e-mail addresses compare. What
it is sure of becomes a link, what it is not sure of a case for a person to look at. The SELECTs beside this file are
its steps in their order; `docs/identity-fuzzy.md` tells the same in words, with figures.
"""

from __future__ import annotations

import math
from importlib.resources import files

import duckdb

from vocpipe.identity import tables
from vocpipe.identity.fuzzy import comparisons, settling
from vocpipe.identity.names import NOBODY

__all__ = ["propose", "take_in"]

CROWD = 50  # more records than this with one key are no reason to compare them all: its square is the work
SAME = 4.0  # bits: from here on a pair is one person where nothing speaks against it (see the docs for the curve)
UNSURE = 0.0  # bits: from here on a pair is worth a look (even odds)
SMALLEST = 2000  # a company of fewer customers is weighed as one of so many: its few records are no whole population
DUPLICATES = 0.1  # pairs of duplicates for each customer record, where nothing is known yet
MOST_DUPLICATES = 3.0
CERTAIN = 6.5  # bits: such pairs are counted to learn how many duplicates there are
GUESTS = 0.5  # how often who writes is a customer at all

STEPS = ("terms", "profiles", "keys", "pairs")
# Most pairs are those of last time, and so is what they say: it is looked up by what their records say.
UNWEIGHED = """
    create or replace temp table unweighed as
    select * from pairs
    where not exists (
        select 1
        from identity.weighed_pairs as held
        where held.print_a = pairs.print_a and held.print_b = pairs.print_b
    )
"""
FORGET = """
    delete from identity.weighed_pairs as held
    where not exists (select 1 from pairs where held.print_a = pairs.print_a and held.print_b = pairs.print_b)
"""
COMPARED = """
    create or replace temp table compared as
    select pairs.* exclude (print_a, print_b), held.* exclude (print_a, print_b)
    from pairs
    inner join identity.weighed_pairs as held on pairs.print_a = held.print_a and pairs.print_b = held.print_b
    where held.is_within is not null
"""
# What no chain of links may join: father and son, brothers and sisters.
CONTRADICT = """
    select node_a, node_b
    from levels
    inner join profiles as a on node_a = a.node
    inner join profiles as b on node_b = b.node
    left join nicknames
        on least(a.given, b.given) = nicknames.given_a and greatest(a.given, b.given) = nicknames.given_b
    where birth_level = 'other' or (
        given_level = 'other' and nicknames.given_a is null
        and family_level in ('same', 'slip', 'near', 'part') and birth_level is not null
    )
"""


def take_in(con: duckdb.DuckDBPyConnection) -> None:
    """Adds what records say to identity.compared_records, which holds nothing of them yet.

    Reads the temporary tables ``named_records`` (the columns of staging.persons) and ``fresh_identifiers`` (those of
    identity.identifiers).
    """
    comparisons.define(con, NOBODY)
    con.execute(f"insert into identity.compared_records by name {_select('forms')}")


def propose(con: duckdb.DuckDBPyConnection) -> None:
    """(Re)creates the temporary table ``fresh_candidates`` from ``candidates.sql``.

    It is a function of identity.compared_records, whatever the order of its rows. What identity.weighed_pairs holds of
    a pair is not worked out again.
    """
    comparisons.define(con, NOBODY)
    population = _population(con)
    con.execute("set variable crowd = $1", [CROWD])
    con.execute("set variable least_weight = $1", [UNSURE - _half_bits(MOST_DUPLICATES / population)])
    for name in STEPS:
        _step(con, name)
    con.execute(FORGET)
    if con.execute("from pairs limit 1").fetchall():
        _weigh(con)
        _judge(con, population)
    else:
        con.execute("create or replace temp table fresh_candidates as from identity.candidates limit 0")
    for name in STEPS:
        con.execute(f"drop table {name}")


def _weigh(con: duckdb.DuckDBPyConnection) -> None:
    """Makes the table ``weights``."""
    con.execute(UNWEIGHED)
    _step(con, "levels")
    con.execute(f"insert into identity.weighed_pairs by name select distinct * from ({_select('homes')})")
    con.execute(COMPARED)
    for name in ("nicknames", "weights"):
        _step(con, name)


def _judge(con: duckdb.DuckDBPyConnection, population: int) -> None:
    """Says what is to be thought of each pair."""
    _expect(con, population)
    _step(con, "verdicts")
    _settle(con)
    tables.make(con, "candidates")
    for name in ("unweighed", "levels", "compared", "nicknames", "weights", "verdicts", "refused"):
        con.execute(f"drop table {name}")


def _step(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """(Re)creates one temporary table from the SELECT of its name."""
    con.execute(f"create or replace temp table {name} as\n{_select(name)}")


def _select(name: str) -> str:
    return files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8")


def _expect(con: duckdb.DuckDBPyConnection, population: int) -> None:
    """Sets what is to be expected of two records before they are compared, in bits.

    The more customers, the less likely are any two of them one person. How many duplicates there are is learnt from the
    pairs that are certain already where there are as few as everywhere: one step, so that doubtful pairs do not raise
    the expectation by which they are judged.
    """
    certain = CERTAIN - math.log2(DUPLICATES / population)
    found = con.execute("select count(*) from weights where is_within and evidence_weight >= $1", [certain]).fetchall()
    duplicates = min(max(found[0][0] / population, DUPLICATES), MOST_DUPLICATES)
    con.execute("set variable expected_weight = $1", [_half_bits(duplicates / population)])
    con.execute("set variable expected_guest_weight = $1", [_half_bits(GUESTS / population)])
    con.execute("set variable unsure_weight = $1", [UNSURE])
    con.execute("set variable same_weight = $1", [SAME])


def _population(con: duckdb.DuckDBPyConnection) -> int:
    """Returns the number of customer records, at least ``SMALLEST``."""
    found = con.execute("select count(*) from identity.compared_records where is_customer").fetchall()
    return max(int(found[0][0]), SMALLEST)


def _half_bits(odds: float) -> float:
    return round(2 * math.log2(odds)) / 2


def _settle(con: duckdb.DuckDBPyConnection) -> None:
    """Makes the table ``refused``: pairs strong enough for a link that would join two persons through others."""
    edges = con.execute(
        "select node_a, node_b, match_weight,"
        " case when is_within then -1 when a.is_customer then node_b else node_a end as guest"
        " from verdicts inner join profiles as a on node_a = a.node"
        " where objection is null and match_weight >= $1 order by node_a, node_b",
        [SAME],
    ).df()
    is_wide, chained = settling.chained(edges)
    con.register("chained", chained)
    con.execute("create or replace temp table unweighed as select node_a, node_b from chained")
    con.unregister("chained")
    con.execute("set variable least_weight = $1", [-math.inf])
    _step(con, "levels")
    is_kept = settling.settled(edges, con.execute(CONTRADICT).df()) & ~is_wide
    con.register("refusals", edges[~is_kept][["node_a", "node_b"]])
    con.execute("create or replace temp table refused as select node_a, node_b from refusals")
    con.unregister("refusals")
