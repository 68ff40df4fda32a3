"""Looks through a folder of exports and proposes settings: what each file is, which question measures what."""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import orjson
import phonenumbers

from vocpipe.contracts import OUR_FOLDERS, Question, RawRow, Recognition, UsageError
from vocpipe.delimited import SEPARATOR
from vocpipe.sources import formats, recognise

SUFFIXES = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson")
SAMPLE = 2000


@dataclass
class Proposal:
    """One source as `init` proposes it."""

    name: str
    format: str
    files: list[Path]
    patterns: list[str]
    recognition: Recognition
    notes: list[str] = field(default_factory=list)


@dataclass
class Findings:
    """Everything that `init` found in a folder."""

    proposals: list[Proposal]
    unknown: list[Path]
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
    found = {path: known for path in files if (known := recognise(path))}
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
    findings.segments = [s for p in proposals if p.format == "crm_csv" for s in p.recognition.segments]
    return findings


def candidates(directory: Path) -> list[Path]:
    """Files that may be exports: not hidden, not ours, with a suffix that some format has; linked folders count."""
    found: list[Path] = []
    seen: set[str] = set()
    for folder, folders, files in os.walk(directory, followlinks=True):
        if (real := os.path.realpath(folder)) in seen:
            folders.clear()  # a link that leads back up
            continue
        seen.add(real)
        found += [Path(folder, name) for name in files if Path(name).suffix.lower() in SUFFIXES]
    return sorted(p for p in found if not is_ours(p.relative_to(directory)) and p.stat().st_size > 0)


def is_ours(path: Path) -> bool:
    """Whether a path below the folder is hidden or one of our own."""
    return path.parts[0] in OUR_FOLDERS or any(part.startswith(".") for part in path.parts)


def grouped(found: Mapping[Path, Recognition]) -> list[list[Path]]:
    """Files of one source: the same format, and at least half of their columns (with their wording) in common."""
    groups: list[tuple[Recognition, list[Path]]] = []
    for path, known in sorted(found.items(), key=lambda item: (-item[0].stat().st_size, item[0])):
        for first, members in groups:
            if first.format == known.format and overlap(first.signature, known.signature) >= 0.5:
                members.append(path)
                break
        else:
            groups.append((known, [path]))
    return [members for _, members in groups]


def overlap(one: str, other: str) -> float:
    """Share of columns that two layouts have in common."""
    a, b = set(one.split(SEPARATOR)), set(other.split(SEPARATOR))
    return len(a & b) / len(a | b)


def propose(
    directory: Path, group: Sequence[Path], found: Mapping[Path, Recognition], names: Counter[str]
) -> Proposal:  # fmt: skip
    """The source of a group of files; its largest file tells what the columns are."""
    recognition = found[group[0]]
    base = re.sub(r"_(csv|json)$", "", recognition.format)
    names[base] += 1
    name = base if names[base] == 1 else f"{base}_{names[base]}"
    others = [path.relative_to(directory) for path in found if path not in group]
    patterns = patterns_of([path.relative_to(directory) for path in group], others)
    return Proposal(name, recognition.format, sorted(group), patterns, recognition, list(recognition.notes))


def patterns_of(files: Sequence[Path], others: Sequence[Path]) -> list[str]:
    """Glob patterns that take tomorrow's files too: digits become `*`, unless that would take another source's file."""
    patterns = set()
    for path in files:
        pattern = path.with_name(re.sub(r"\d[\d_.-]*(?=\D|$)", "*", path.stem) + path.suffix).as_posix()
        taken = any(other.match(pattern) and other.parent == path.parent for other in others)
        patterns.add(path.as_posix() if taken else pattern)
    return sorted(patterns)


def settle_questions(source: Proposal, overrides: Mapping[str, str]) -> None:
    """One question a metric: two that look like NPS are an error, of several others the overall one is taken."""
    kept: list[Question] = []
    for question in source.recognition.questions:
        chosen = overrides.get(question.question_id, question.metric or "verbatim")
        if chosen == "other":
            source.notes.append(f"{question.question_id} is left out, as you said")
        else:
            metric = None if chosen == "verbatim" else chosen
            kept.append(Question(question.question_id, question.text, metric, question.scale_low, question.scale_high))
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
    path = max(source.files, key=lambda file: file.stat().st_size)
    rows = islice(formats()[source.format].read(path), size)
    return [row for row in rows if isinstance(row, RawRow)]


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
            tweet = orjson.loads(row.body)["tweet"]
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
            text = body.get(verbatim) if verbatim else body.get("description") or (body.get("tweet") or {}).get("text")
            texts += [text] if isinstance(text, str) and text.strip() else []
    return texts
