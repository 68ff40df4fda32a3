"""Writes `vocpipe.toml` from what was found, commented: what is sure, what was guessed, what may be changed."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from vocpipe.contracts import UsageError
from vocpipe.discovery import RECORDS, Findings, Proposal, look_through, verbatims_of
from vocpipe.enrichment.taxonomy import load_taxonomy, taxonomy_folder
from vocpipe.enrichment.topic import TopicClassifier
from vocpipe.settings import FILE_NAME
from vocpipe.sources import formats

HEAD = """\
# Settings of this vocpipe project, written by `vocpipe init` from the files that it found.
# Lines marked "guessed" deserve a look. `vocpipe check` shows what the settings make of the files.
"""


def init(directory: Path, overrides: Mapping[str, str], force: bool) -> tuple[Path, Findings]:
    """Look through a folder and write its settings. Raises UsageError; nothing is half-written, nothing overwritten.

    With ``force`` an existing file is kept as a backup beside the new one.
    """
    target = directory / FILE_NAME
    if target.exists() and not force:
        raise UsageError(f"{target} is there already: edit it, or run again with --force (a backup is kept).")
    findings = look_through(directory, overrides)
    findings.taxonomy = best_taxonomy(verbatims_of(findings))
    text = as_toml(directory, findings)
    fresh = target.with_name(f".{FILE_NAME}.new")
    try:
        fresh.write_text(text, encoding="utf-8")
        if target.exists():
            target.replace(target.with_name(f"{FILE_NAME}.{datetime.now(UTC):%Y%m%dT%H%M%S}.bak"))
        os.replace(fresh, target)
    except OSError as problem:
        raise UsageError(f"{directory} cannot be written to: give this user the right to write there.") from problem
    return target, findings


def best_taxonomy(texts: Sequence[str]) -> str:
    """The starter taxonomy that knows a topic for most of the texts; of equals the first by name."""
    known = {}
    for path in sorted(taxonomy_folder().glob("*.toml")):
        labels = TopicClassifier(load_taxonomy(path)).predict(texts)
        known[path.stem] = sum(label != "unknown" for label in labels)
    return max(known, key=lambda name: known[name])


def as_toml(directory: Path, findings: Findings) -> str:
    """The settings file as text."""
    lines = [HEAD]
    lines += [f"# Note: {note}." for note in findings.notes]
    lines += [
        'time_zone = "UTC"              # business time zone: days, weeks and months are cut in it',
        f"phone_region = {quoted(findings.phone_region)}            # country of phone numbers that carry no code",
        "# guessed: the starter taxonomy that knows most of your texts; a .toml file of your own will do too",
        f"taxonomy = {quoted(findings.taxonomy)}",
        "# guessed: handles that many people address; take away what is not yours",
        f"brand_handles = {listed(findings.brand_handles)}",
        "# columns of the customer record by which figures are cut",
        f"segments = {listed(findings.segments)}",
        "",
        "# [metrics]",
        '# periods = ["all", "month"]   # also: day, week, quarter',
        "# min_n_show = 10              # cells with fewer answers are hidden",
        "# churn_days = 180             # days without a purchase after which a customer counts as churned",
        "",
        "# [actions]                    # who is left alone, whose case it is, whom to thank (vocpipe/docs/actions.md)",
        "# detractor_days = 30          # days for which a low score pauses marketing",
        "# due_hours = 48               # hours until a case is due",
        '# owners = { default = "customer care" }   # topic, experience or default -> the team that owns its cases',
        "",
        "# [loyalty]",
        "# horizon_days = 90            # orders and amounts are expected for so many days (vocpipe/docs/loyalty.md)",
        "",
        "# [text]",
        '# sentiment = "auto"           # also: "accurate", "fast", "vader" (vocpipe/docs/text.md)',
        "# budget_seconds = 120         # of a run for the accurate engine; what does not fit is done by later runs",
        "",
    ]
    lines += survivorship_lines(findings)
    for source in findings.proposals:
        lines += source_lines(directory, source)
    if findings.unknown:
        lines.append("# Not recognised, not read:")
        lines += [f"#   {(x.path.relative_to(directory) / x.member).as_posix()}" for x in findings.unknown[:20]]
        more = len(findings.unknown) - 20
        lines += [f"#   and {more} more"] if more > 0 else []
    return "\n".join(lines).rstrip() + "\n"


def survivorship_lines(findings: Findings) -> list[str]:
    """Which of several customer records counts, as comments with the defaults; nothing where there is one source."""
    names = [source.name for source in findings.proposals if source.format in RECORDS]
    if len(names) < 2:
        return []
    return [
        "# A person may have a record in several of these sources: whose value counts (vocpipe/docs/survivorship.md)",
        "# [survivorship]",
        '# default = "first"            # the record signed up first; also: "latest" (changed last), "most_common",',
        f"#                              # or sources in the order of trust: {listed(names)}",
        '# has_marketing_consent = "most_restrictive"   # no, where any record says no',
        *(f'# {quoted(segment) if not is_bare(segment) else segment} = "first"' for segment in findings.segments),
        "",
    ]


def is_bare(key: str) -> bool:
    """Whether TOML takes a key without quotes."""
    return all(sign.isascii() and (sign.isalnum() or sign in "_-") for sign in key) and bool(key)


def source_lines(directory: Path, source: Proposal) -> list[str]:
    """One source as TOML."""
    title = formats()[source.format].TITLE
    lines = [
        f"# {title}: {len(source.files)} file{'s' if len(source.files) > 1 else ''}",
        "[[sources]]",
        f"name = {quoted(source.name)}",
        f"format = {quoted(source.format)}",
        f"files = {listed(source.patterns)}",
    ]
    zone = source.recognition.time_zone
    note = "as the file says" if zone else "guessed: times that carry no zone of their own"
    lines.append(f"time_zone = {quoted(zone or 'UTC')}  # {note}")
    lines += [f"# Note: {note}." for note in source.notes]
    if source.recognition.segments:
        lines.append(f"segments = {listed(source.recognition.segments)}")
    if source.recognition.columns:
        lines.append("[sources.columns]  # ours = the vendor's column")
        lines += [f"{ours} = {quoted(theirs)}" for ours, theirs in source.recognition.columns.items()]
    for question in source.recognition.questions:
        lines += ["[[sources.questions]]", f"id = {quoted(question.question_id)}"]
        lines.append(f"metric = {quoted(question.metric or 'verbatim')}")
        if question.metric:
            lines.append(f"scale = [{question.scale_low}, {question.scale_high}]")
        if question.labels:
            lines.append(f"labels = {listed(list(question.labels))}  # from the lowest to the highest")
        lines.append(f"text = {quoted(question.text)}")
    return [*lines, ""]


def quoted(text: str) -> str:
    """A TOML string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def listed(texts: list[str]) -> str:
    """A TOML list of strings."""
    return "[" + ", ".join(quoted(text) for text in texts) + "]"
