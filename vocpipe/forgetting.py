"""`vocpipe forget`: one person is taken out of every file that the project wrote, and kept out from then on.

What is kept of the person is one line among the decisions with keyed hashes. Figures that were published stay.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vocpipe import clearing, decisions, people, runs
from vocpipe.contracts import RunError, UsageError
from vocpipe.decisions.erasures import Erased
from vocpipe.erasure import LOOKS_LIKE, Mark, Masking, Tombstones, marks_in
from vocpipe.published import open_people
from vocpipe.report import page
from vocpipe.verifying import verify
from vocpipe.warehouse import (
    conforming,
    erasing,
    keeping,
    marks,
    opened,
    parquet,
    path_of,
    persons,
    rewriting,
    rows,
    set_variables,
    transaction,
)


@dataclass
class Forgotten:
    """What an erasure did: the line that was written, and counts."""

    made: Erased
    counts: dict[str, int] = field(default_factory=dict)


def forget(
    directory: Path, written: str | Sequence[str], by: str, why: str, *, only_record: bool = False
) -> Forgotten:  # fmt: skip
    """Erase the person that ``written`` means; ``only_record``: it must be a ``source:record_id``.

    Of several, all are the same person's: at least one means somebody who is known, the others may be addresses of
    whom no record tells. Raises UsageError where they mean nobody, RunError while a run is on.
    """
    run = runs.begin(directory)
    typed = [written] if isinstance(written, str) else list(written)
    sources = tuple(f"{source.name}:" for source in run.settings.sources)
    if only_record and not all(one.startswith(sources) for one in typed):
        raise UsageError("name the person by a record, source:record_id: an address would stay in Prefect's database.")
    with runs.locked(directory):
        with closing(open_people(directory)) as con:
            customers, records, given = meant(con, typed, run.settings.phone_region)
        tombstones = Tombstones(runs.secret_of(directory), run.settings.phone_region)
        with opened(directory) as con:
            whole, masking, counts = looked_up(con, run, (customers, records, given), tombstones)
            require_silent(masking, by, why)
            made = remember(directory, whole, tombstones, counts, by, why)
            take_out(con, whole, masking)
        rewriting.compact(path_of(directory))
        struck = decisions.erasures.strike(directory, lambda line: is_about(line, whole, masking))
        files = sum(clearing.rewrite(path, whole, masking) for path in clearing.ours(directory))
        parquet.write(directory, is_wanted=parquet.folder_of(directory).exists())
        if (directory / page.REPORT).exists():  # it shows parts of texts, which no pattern finds
            page.write(directory, run.settings.report.pages, digest=run.settings.report.digest)
        clearing.leave_nothing_behind(directory)
    return Forgotten(made, counts | {"decisions": struck, "files": files})


def meant(
    con: Any, typed: Sequence[str], region: str
) -> tuple[set[str], set[tuple[str, str]], set[Mark]]:  # fmt: skip
    """The customers and records that somebody typed, and the addresses that are of no record.

    Raises UsageError where nobody is known by any of them, or where one that is of no record is no address.
    """
    customers: set[str] = set()
    records: set[tuple[str, str]] = set()
    given: set[Mark] = set()
    nobody: UsageError | None = None
    for number, one in enumerate(typed, 1):
        try:
            found = known(con, *people.one_person(con, one, region))
        except people.Nobody as problem:
            nobody = problem
            address = address_of(one, region)
            if len(typed) > 1 and not address:
                raise UsageError(f"identifier {number} is of no record, and no address, number or @handle.") from None
            given |= address
        else:
            customers |= found[0]
            records |= found[1]
    if not records:
        raise nobody or UsageError("name an identifier of the person.")
    return customers, records, given


def address_of(written: str, region: str) -> set[Mark]:
    """What somebody typed as an e-mail address, a telephone number or a handle with its @; nothing where it is none."""
    return {
        mark for kind in ("email", "phone", "handle") if re.fullmatch(LOOKS_LIKE[kind], written.strip())
        for mark in marks_in(kind, written.strip(), region)
    }  # fmt: skip


def known(con: Any, customer_id: str | None, record: decisions.Record) -> tuple[set[str], set[tuple[str, str]]]:
    """The ids of a customer, former ones included, and the records that are linked to them."""
    if not customer_id:
        return set(), {(record.source, record.record_id)}
    former = con.execute("select former_customer_id from people.former_ids where customer_id = $1", [customer_id])
    customers = {customer_id, *(one for (one,) in former.fetchall())}
    found = con.execute("select source, record_id from people.records where customer_id = $1", [customer_id])
    return customers, {(source, one) for source, one in found.fetchall()}


def looked_up(
    con: Any, run: runs.Run, whose: tuple[set[str], set[tuple[str, str]], set[Mark]], tombstones: Tombstones
) -> tuple[persons.Whole, Masking, dict[str, int]]:
    """Everything of the person in the work file, what takes it out of texts, and the counts; changes nothing."""
    customers, records, given = whose
    conforming.register_settings(con, run.settings)
    set_variables(con, runs.variables(run))
    erasing.read_keys(con, run.settings.sources, run.settings.phone_region)
    whole = persons.gather(con, customers, records, given)
    redacted = "select redacted from enrichment.texts where list_contains($1, interaction_id)"
    whole.texts |= {text for (text,) in rows(con, redacted, [sorted(whole.interactions)])}
    published = {(source, salted(con, run.directory, one)) for source, one in whole.records}
    whole.records |= published
    masking = Masking(sorted(whole.marks), tombstones, sorted(whole.texts - common(con, whole)))
    persons.note_mentions(con, whole, masking.prefilter())
    return whole, masking, whole.counts(persons.count_going(con)) | ({"addresses given": len(given)} if given else {})


def salted(con: Any, directory: Path, record_id: str) -> str:
    """A record's id as it is published where ids are pseudonyms."""
    return str(rows(con, "select md5(concat($1::varchar, $2::varchar))", [runs.salt_of(directory), record_id])[0][0])


def common(con: Any, whole: persons.Whole) -> set[str]:
    """Those of the person's texts that others wrote too, word for word: they tell nobody."""
    others = "not list_contains($2, interaction_id)"
    ids = sorted(whole.interactions)
    texts = sorted(whole.texts)
    found = rows(con, f"select distinct redacted from enrichment.texts where list_contains($1, redacted) and {others}",
                 [texts, ids])  # fmt: skip
    found += rows(con, f"select distinct verbatim from staging.turns where list_contains($1, verbatim) and {others}",
                  [texts, ids])  # fmt: skip
    return {text for (text,) in found}


def require_silent(masking: Masking, by: str, why: str) -> None:
    """Raises UsageError where who or why is missing, or where they name the person who is to be forgotten."""
    for option, text in (("--by", by), ("--why", why)):
        if not text.strip():
            raise UsageError(f"{option} is empty: write who erases (--by) and why (--why).")
        if masking.apply(text) != text:
            raise UsageError(f"{option} names the person who is to be forgotten: write it without.")


def remember(
    directory: Path, whole: persons.Whole, tombstones: Tombstones, counts: dict[str, int], by: str, why: str
) -> Erased:
    """Write down the keyed hashes, before anything is taken out: an erasure that is cut short is simply done again."""
    digests = {tombstones.digest(mark) for mark in whole.remembered()}
    sizes = {len(mark.value.split(" ")) for mark in whole.marks if mark.kind == "name"}
    return decisions.erasures.write(directory, digests, sizes, counts, by, why)


def take_out(con: Any, whole: persons.Whole, masking: Masking) -> None:
    """Take the person out of the work file, in one transaction."""
    said = rows(con, "select distinct verbatim from said where row_id in (from shared) "
                "and ('person', person) in (select (kind, key) from erased)")  # fmt: skip
    own_words = Masking((), masking.tombstones, [text for (text,) in said])
    with transaction(con):
        erasing.remove(con)
        erasing.mask(con, masking)
        erasing.mask(con, own_words, only="shared")
        keeping.forget(con)
        con.execute("update identity.resolved_with set settings = null")  # the next run looks at all records anew
        rewriting.take_out(con, whole, masking, keep=("raw", "meta"))
        marks.forget(con)
        erasing.forget_texts(con)


def is_about(line: Any, whole: persons.Whole, masking: Masking) -> bool:
    """Whether a decision names one of the person's records or interactions, or tells of the person in words."""
    pairs = [line.get("a"), line.get("b")]
    named = {(p["source"], p["record_id"]) for p in pairs if isinstance(p, dict)}
    told = " ".join(str(line.get(name) or "") for name in ("by", "why"))
    return bool(named & whole.records) or line.get("interaction") in whole.interactions or masking.apply(told) != told


# --------------------------------------------------------------------------- looking again


def require_gone(directory: Path) -> None:
    """Raises RunError where something of an erased person stands in a file."""
    found, _ = verify(directory)
    if found:
        raise RunError(f"Something of an erased person stands in {', '.join(sorted({one.where for one in found}))}.")


def listed(directory: Path) -> list[Erased]:
    """The erasures that stand."""
    return decisions.erasures.in_force(directory)


def withdraw(directory: Path, decision_id: str, by: str, why: str) -> Erased:
    """Take an erasure back: what comes of the person from now on is taken in again."""
    return decisions.erasures.withdraw(directory, decision_id, by, why)
