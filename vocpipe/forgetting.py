"""`vocpipe forget`: one person is taken out of every file that the project wrote, and kept out from then on.

What is kept of the person is one line among the decisions with keyed hashes. Figures that were published stay.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vocpipe import decisions, people, runs
from vocpipe.contracts import OUR_FOLDERS, RunError, UsageError
from vocpipe.decisions.erasures import Erased
from vocpipe.erasure import Masking, Tombstones
from vocpipe.published import open_people
from vocpipe.verifying import verify
from vocpipe.warehouse import (
    conforming,
    erasing,
    keeping,
    opened,
    parquet,
    path_of,
    persons,
    rewriting,
    rows,
    set_variables,
    snapshot,
    transaction,
)

# Ours, and no text: the key of the pseudonyms, locks, models; Parquet is made anew from the published file.
NO_TEXT = {".key", ".lock", ".npz", ".onnx", ".duckdb", ".wal", ".parquet"}


@dataclass
class Forgotten:
    """What an erasure did: the line that was written, and counts."""

    made: Erased
    counts: dict[str, int] = field(default_factory=dict)


def forget(directory: Path, written: str, by: str, why: str, *, only_record: bool = False) -> Forgotten:
    """Erase the person that ``written`` means; ``only_record``: it must be a ``source:record_id``.

    Raises UsageError where it means nobody, RunError while a run is on.
    """
    run = runs.begin(directory)
    if only_record and not any(written.startswith(f"{source.name}:") for source in run.settings.sources):
        raise UsageError("name the person by a record, source:record_id: an address would stay in Prefect's database.")
    with runs.locked(directory):
        with closing(open_people(directory)) as con:
            customer_id, record = people.one_person(con, written, run.settings.phone_region)
            customers, records = known(con, customer_id, record)
        tombstones = Tombstones(runs.secret_of(directory), run.settings.phone_region)
        with opened(directory) as con:
            whole, masking, counts = looked_up(con, run, customers, records, tombstones)
            require_silent(masking, by, why)
            made = remember(directory, whole, tombstones, counts, by, why)
            take_out(con, whole, masking)
        rewriting.compact(path_of(directory))
        struck = decisions.erasures.strike(directory, lambda line: is_about(line, whole, masking))
        files = sum(rewrite(path, whole, masking) for path in ours(directory))
        parquet.write(directory, is_wanted=parquet.folder_of(directory).exists())
        leave_nothing_behind(directory)
    return Forgotten(made, counts | {"decisions": struck, "files": files})


def known(con: Any, customer_id: str | None, record: decisions.Record) -> tuple[set[str], set[tuple[str, str]]]:
    """The ids of a customer, former ones included, and the records that are linked to them."""
    if not customer_id:
        return set(), {(record.source, record.record_id)}
    former = con.execute("select former_customer_id from people.former_ids where customer_id = $1", [customer_id])
    customers = {customer_id, *(one for (one,) in former.fetchall())}
    found = con.execute("select source, record_id from people.records where customer_id = $1", [customer_id])
    return customers, {(source, one) for source, one in found.fetchall()}


def looked_up(
    con: Any, run: runs.Run, customers: set[str], records: set[tuple[str, str]], tombstones: Tombstones
) -> tuple[persons.Whole, Masking, dict[str, int]]:
    """Everything of the person in the work file, what takes it out of texts, and the counts; changes nothing."""
    conforming.register_settings(con, run.settings)
    set_variables(con, runs.variables(run))
    erasing.read_keys(con, run.settings.sources, run.settings.phone_region)
    whole = persons.gather(con, customers, records)
    redacted = "select redacted from enrichment.texts where list_contains($1, interaction_id)"
    whole.texts |= {text for (text,) in rows(con, redacted, [sorted(whole.interactions)])}
    published = {(source, salted(con, run.directory, one)) for source, one in whole.records}
    whole.records |= published
    masking = Masking(sorted(whole.marks), tombstones, sorted(whole.texts - common(con, whole)))
    persons.note_mentions(con, whole, masking.prefilter())
    return whole, masking, whole.counts(persons.count_going(con))


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
        rewriting.take_out(con, whole, masking, keep=("raw", "meta"))
        forget_names(con)
        erasing.forget_texts(con)


def forget_names(con: Any) -> None:
    """Drop the names that nobody else bears from those that are known."""
    own = "person in (select concat(source, chr(31), record_id) from mine)"
    con.execute("delete from staging.name_versions where concat_ws(' ', given_name, family_name) in "
                f"(select name from called group by name having bool_and({own}))")  # fmt: skip
    con.execute("delete from enrichment.redaction_names where full_name in "
                f"(select name from called group by name having bool_and({own}))")  # fmt: skip


def is_about(line: Any, whole: persons.Whole, masking: Masking) -> bool:
    """Whether a decision names one of the person's records or interactions, or tells of the person in words."""
    pairs = [line.get("a"), line.get("b")]
    named = {(p["source"], p["record_id"]) for p in pairs if isinstance(p, dict)}
    told = " ".join(str(line.get(name) or "") for name in ("by", "why"))
    return bool(named & whole.records) or line.get("interaction") in whole.interactions or masking.apply(told) != told


# --------------------------------------------------------------------------- files beside the work file


def ours(directory: Path) -> Iterator[Path]:
    """The files that runs left behind, the work file and the decisions aside; the private snapshot comes last, so that
    an erasure that is cut short still finds the person."""
    aside = (path_of(directory), decisions.path_of(directory), snapshot.path_of(directory))
    for folder in OUR_FOLDERS:
        for path in sorted((directory / folder).rglob("*")):
            if path.is_file() and not path.is_symlink() and path not in aside and path.suffix != ".wal":
                yield path
    if snapshot.path_of(directory).is_file():
        yield snapshot.path_of(directory)


def rewrite(path: Path, whole: persons.Whole, masking: Masking) -> int:
    """Take the person out of one file; 1 where it was changed. A file that is one with another (a kept one with the
    published) is changed by itself."""
    if path.suffix == ".duckdb":
        times = path.stat()
        rewriting.rewritten(path, lambda con: rewriting.take_out(con, whole, masking))
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # by it a kept file is known as the published one
        return 1
    if path.suffix in NO_TEXT:
        return 0
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return 0
    fresh = without_rows(text, whole, masking) if path.suffix == ".csv" else masking.apply(text)
    if fresh != text:
        put(path, fresh.encode())
    return int(fresh != text)


def without_rows(text: str, whole: persons.Whole, masking: Masking) -> str:
    """A list without the rows that name the person."""
    header, *lines = list(csv.reader(io.StringIO(text, newline=""))) or [[]]
    kept = [
        line
        for line in lines
        if not whole.customers & set(line) and masking.apply("\x1f".join(line)) == "\x1f".join(line)
    ]
    if len(kept) == len(lines):
        return text
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([header, *kept])
    return out.getvalue()


def put(path: Path, content: bytes) -> None:
    """Write a file anew with the rights that it had, and put it in the old one's place."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.chmod(path.stat().st_mode & 0o777)
        os.replace(fresh, path)
    except OSError as problem:
        raise RunError(f"{path} could not be written anew ({problem.strerror}) and stands as it was.") from problem


def leave_nothing_behind(directory: Path) -> None:
    """Remove what a killed run may have left: half-written files and what was spilt to the disk."""
    for folder in OUR_FOLDERS:
        for path in (directory / folder).rglob(".*.new*"):
            path.unlink()
    for path in (directory / "work" / "tmp").glob("*"):
        path.unlink()


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
