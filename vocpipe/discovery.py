"""Looks through a folder of exports and proposes settings: what each file is, which question measures what."""

from __future__ import annotations

import fnmatch
import glob
import os
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

import orjson
import phonenumbers

from vocpipe.contracts import LABELS, OUR_FOLDERS, Question, RawRow, Recognition, UsageError
from vocpipe.exports import PACKED, Export, exports_of
from vocpipe.sources import formats, recognise
from vocpipe.tabular import SEPARATOR, raw_rows
from vocpipe.tabular import SUFFIXES as TABLES

SUFFIXES = (*TABLES, ".json", ".jsonl", ".ndjson", ".js")
SAMPLE = 2000
# Formats of the customer record: their low-cardinality columns may serve as segments.
RECORDS = ("crm_csv", "salesforce_csv", "hubspot_csv")


@dataclass
class Proposal:
    """One source as `init` proposes it."""

    name: str
    format: str
    files: list[Export]
    patterns: list[str]
    recognition: Recognition
    notes: list[str] = field(default_factory=list)


@dataclass
class Findings:
    """Everything that `init` found in a folder."""

    proposals: list[Proposal]
    unknown: list[Export]
    phone_region: str = "US"
    brand_handles: list[str] = field(default_factory=list)
    taxonomy: str = ""
    segments: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def look_through(directory: Path, overrides: Mapping[str, str]) -> Findings:
    """What the files of a folder are. Raises UsageError where there is none, or where a question cannot be settled."""
    if not directory.is_dir():
        raise UsageError(f"{directory} is no folder: give the folder that holds the vendors' exports.")
    files = candidates(directory)
    found = {export: known for export in files if (known := recognised(export))}
    if not found:
        raise UsageError(
            f"{directory} holds no file that vocpipe can read ({len(files)} looked at): put exports there "
            "(Qualtrics, X API, Zendesk, or a CSV of customers, orders or feedback) and run again."
        )
    questions = {question.question_id for known in found.values() for question in known.questions}
    if unknown := overrides.keys() - questions:
        raise UsageError(f"--question names {min(unknown)!r}, which is no question of any survey found.")
    names: Counter[str] = Counter()
    proposals = [propose(directory, group, found, names) for group in grouped(found)]
    for source in proposals:
        settle_questions(source, overrides)
    findings = Findings(proposals, [path for path in files if path not in found])
    findings.phone_region = region_of(findings)
    findings.brand_handles = brands_of(findings)
    segments = [s for p in proposals if p.format in RECORDS for s in p.recognition.segments]
    findings.segments = list(dict.fromkeys(segments))  # two sources may call a column alike
    return findings


def recognised(export: Export) -> Recognition | None:
    """What a file is; a file that cannot be opened or unpacked is nothing known."""
    try:
        return recognise(export)
    except OSError:
        return None
    finally:
        export.seen.clear()


def candidates(directory: Path) -> list[Export]:
    """Files that may be exports: not hidden, not ours, with a suffix that some format has; linked folders count.

    The members of a zip archive count like files of a folder.
    """
    found: list[Path] = []
    seen: set[str] = set()
    for folder, folders, files in os.walk(directory, followlinks=True):
        if (real := os.path.realpath(folder)) in seen:
            folders.clear()  # a link that leads back up
            continue
        seen.add(real)
        found += [Path(folder, name) for name in files if Path(name).suffix.lower() in (*SUFFIXES, *PACKED, ".zip")]
    kept = sorted(p for p in found if not is_ours(p.relative_to(directory)) and p.stat().st_size > 0)
    return [export for path in kept for export in exports_of(path) if export.suffix in SUFFIXES]


def is_ours(path: Path) -> bool:
    """Whether a path below the folder is hidden or one of our own."""
    return path.parts[0] in (*OUR_FOLDERS, LABELS) or any(part.startswith(".") for part in path.parts)


def grouped(found: Mapping[Export, Recognition]) -> list[list[Export]]:
    """Files of one source: the same format, and at least half of their columns (with their wording) in common."""
    groups: list[tuple[Recognition, list[Export]]] = []
    for export, known in sorted(found.items(), key=lambda item: (-item[0].path.stat().st_size, *place_of(item[0]))):
        for first, members in groups:
            if first.format == known.format and overlap(first.signature, known.signature) >= 0.5:
                members.append(export)
                break
        else:
            groups.append((known, [export]))
    return [members for _, members in groups]


def place_of(export: Export) -> tuple[Path, str]:
    """Where an export lies, to sort by."""
    return export.path, export.member


def overlap(one: str, other: str) -> float:
    """Share of columns that two layouts have in common."""
    a, b = set(one.split(SEPARATOR)), set(other.split(SEPARATOR))
    return len(a & b) / len(a | b)


def propose(
    directory: Path, group: Sequence[Export], found: Mapping[Export, Recognition], names: Counter[str]
) -> Proposal:  # fmt: skip
    """The source of a group of files; its largest file tells what the columns are."""
    recognition = found[group[0]]
    settle_layouts(recognition, [found[export] for export in group])
    base = re.sub(r"_(csv|json|js)$", "", recognition.format)
    names[base] += 1
    name = base if names[base] == 1 else f"{base}_{names[base]}"
    mine = {export.path.relative_to(directory) for export in group}
    others = [path for export in found if (path := export.path.relative_to(directory)) not in mine]
    files = sorted(group, key=place_of)
    return Proposal(name, recognition.format, files, patterns_of(sorted(mine), others), recognition, recognition.notes)


def settle_layouts(recognition: Recognition, group: Sequence[Recognition]) -> None:
    """Where one file leaves day and month open, the other files of its source may tell."""
    for key, layout in recognition.columns.items():
        told = {one.columns[key] for one in group if one.columns.get(key, "ambiguous") != "ambiguous"}
        if layout == "ambiguous" and len(told) == 1:
            recognition.columns[key] = told.pop()
            column = recognition.columns[key.removesuffix("_format")]
            recognition.notes = [note for note in recognition.notes if not note.startswith(f"{column}: day and month")]


def patterns_of(files: Sequence[Path], others: Sequence[Path]) -> list[str]:
    """Glob patterns that take tomorrow's files too: digits become `*`, unless that would take another source's file."""
    groups: dict[Path, list[Path]] = defaultdict(list)
    for path in files:
        plain = escaped(path)
        groups[plain.with_name(re.sub(r"\d[\d_.-]*(?=\D|$)", "*", plain.stem) + path.suffix)].append(path)
    beside: dict[Path, list[str]] = defaultdict(list)
    for path in others:
        beside[escaped(path).parent].append(path.name)
    found = []
    for pattern, group in groups.items():
        is_taken = bool(fnmatch.filter(beside[pattern.parent], pattern.name))
        found += [path.as_posix() for path in (map(escaped, group) if is_taken else [pattern])]
    return sorted(found)


def escaped(path: Path) -> Path:
    """The path as a glob pattern that means itself, also where its name holds brackets."""
    return Path(glob.escape(path.as_posix()))


def settle_questions(source: Proposal, overrides: Mapping[str, str]) -> None:
    """One question a metric: two that look like NPS are an error, of several others the overall one is taken."""
    kept: list[Question] = []
    for question in source.recognition.questions:
        chosen = overrides.get(question.question_id, question.metric or "verbatim")
        if chosen == "other":
            source.notes.append(f"{question.question_id} is left out, as you said")
        else:
            metric = None if chosen == "verbatim" else chosen
            kept.append(replace(question, metric=metric))
    by_metric: dict[str, list[Question]] = defaultdict(list)
    for question in kept:
        if question.metric:
            by_metric[question.metric].append(question)
    if len(nps := by_metric.get("nps", [])) > 1:
        first, second = nps[0].question_id, nps[1].question_id
        raise UsageError(
            f"{source.files[0].name}: {first} and {second} both look like the NPS question; say which one counts, "
            f"for example `vocpipe init DIR --question {second}=other`."
        )
    for metric, questions in by_metric.items():
        best = min(questions, key=lambda q: "overall" not in q.text.lower())
        for question in questions:
            if question is not best:
                kept.remove(question)
                source.notes.append(
                    f"{question.question_id} also looks like {metric}; guessed that {best.question_id} counts"
                )
    source.recognition.questions = kept


def sample_rows(source: Proposal, size: int = SAMPLE) -> list[RawRow]:
    """The first rows of a source's largest file."""
    largest = max(source.files, key=lambda export: export.path.stat().st_size)
    return list(islice(raw_rows(formats()[source.format].read(largest)), size))


def region_of(findings: Findings) -> str:
    """The country most telephone numbers with a country code belong to."""
    regions: Counter[str] = Counter()
    for source in findings.proposals:
        column = source.recognition.columns.get("phone")
        for row in sample_rows(source) if column else []:
            written = str(orjson.loads(row.body).get(column, ""))
            if written.startswith("+"):
                regions[region_of_number(written)] += 1
    regions.pop("", None)
    if not regions:
        findings.notes.append("no telephone number carries a country code: phone_region is guessed")
        return "US"
    return regions.most_common(1)[0][0]


def region_of_number(written: str) -> str:
    """Country of a number that carries its code; empty where it cannot be read."""
    try:
        number = phonenumbers.parse(written, None)
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.region_code_for_country_code(number.country_code or 0)


def brands_of(findings: Findings) -> list[str]:
    """Handles that many different people address: your own, in an export of mentions."""
    mentions: dict[str, set[str]] = defaultdict(set)
    count = 0
    for source in findings.proposals:
        if source.format != "x_api_json":
            continue
        for row in sample_rows(source):
            tweet = orjson.loads(row.body).get("tweet")
            if not isinstance(tweet, dict):
                continue  # a user or a notice
            count += 1
            for handle in re.findall(r"(?<!\w)@(\w{2,15})", str(tweet.get("text", ""))):
                mentions[handle.lower()].add(str(tweet.get("author_id")))
    return sorted(handle for handle, authors in mentions.items() if len(authors) >= max(5, 0.02 * count))


def verbatims_of(findings: Findings, size: int = 300) -> list[str]:
    """Some open texts of every source, to see which taxonomy fits."""
    texts: list[str] = []
    for source in findings.proposals:
        verbatim = next((q.question_id for q in source.recognition.questions if q.metric is None), None)
        for row in sample_rows(source, size):
            body = orjson.loads(row.body)
            texts_held = (body.get("_text"), body.get("description"), (body.get("tweet") or {}).get("text"))
            text = body.get(verbatim) if verbatim else next(filter(None, texts_held), None)
            texts += [text] if isinstance(text, str) and text.strip() else []
    return texts
