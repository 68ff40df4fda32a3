"""Any other CSV of feedback, by a mapping: which column is the id, the time, the person, the scores, the verbatim."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from vocpipe import surveys
from vocpipe.contracts import RawRow, Recognition, Reject
from vocpipe.delimited import mapped_columns, records_of, sample_of, signature_of
from vocpipe.questions import judged
from vocpipe.times import format_of, layouts_of

NAME = "feedback_csv"
TITLE = "Feedback by mapping"
NEEDS = ()
PRECEDENCE = 10

COLUMNS = {
    "occurred_at": ("timestamp", "submitted( at| on)?", "submit date( utc)?", "completed( at| on)?", "answered (at|on)",
                    "created( at| on)?", "response date", "date( time)?", "time", "posted (at|on)", "review date"),
    "id": ("(response|respondent|answer|feedback|review|survey|submission|post) ?id", "id", "token"),
    "account": ("customer id", "customerid", "client id", "contact id", "account id", "member id", "user id"),
    "email": ("e ?mail( address)?",),
    "given_name": ("first ?name", "given ?name"),
    "family_name": ("last ?name", "family ?name", "surname"),
}  # fmt: skip

EXAMPLE = {
    "feedback.csv": (
        b"id,submitted_at,email,How likely are you to recommend us? (0-10),Why?\n"
        b"f1,2026-01-05 10:00:00,ada.okafor@example.com,10,Everything went like clockwork this time\n"
        b"f2,2026-01-05 11:00:00,,0,Nobody answers the phone when it matters\n"
        b"f3,2026-01-06 11:30:00,,8,Good seats but the food could be warmer\n"
        b"f4,2026-01-07 12:00:00,jonas.lind@example.org,8.5,I waited half an hour for my bag again\n"
        b"f5,someday,,7,The new app is quick and clear to use\n"
    )
}


def recognise(path: Path) -> Recognition | None:
    """A time column and at least one column that is an open answer or a known score."""
    if path.suffix.lower() not in (".csv", ".tsv", ".txt"):
        return None
    header, values = sample_of(path)
    columns = mapped_columns(header, COLUMNS)
    times = values.get(columns.get("occurred_at", ""), [])
    if not times or not any(layouts_of([value]) for value in times[:5]):
        return None
    found = Recognition(NAME, signature_of(header), header, columns=columns)
    rest = [name for name in header if name not in columns.values()]
    questions = {name: question for name in rest if (question := judged(name, name, values[name]))}
    found.questions = sorted(questions.values(), key=lambda question: question.metric is not None)
    found.segments = [n for n in rest if n not in questions and 2 <= len(set(values[n])) <= 12 < len(values[n])]
    if not found.questions:
        return None
    format_of(found, "occurred_at", [value for value in times if layouts_of([value])])
    return found


def read(path: Path) -> Iterator[RawRow | Reject]:
    """One row a response."""
    return records_of(path, "feedback")


# Without an id column a row is known by the hash of its content: the same row twice is one response.
PARSED = {
    "responses": """
select
    row_id, source, body, segments, coalesce(json_extract_string(columns, '$.channel'), 'survey') as channel,
    coalesce(mapped(body, columns, 'id'), md5(body)) as response_id,
    json_extract_string(columns, '$.id') is not null and mapped(body, columns, 'id') is null as lacks_id,
    time_as(mapped(body, columns, 'occurred_at'), 'occurred_at', zone) as occurred_at,
    mapped(body, columns, 'account') as account_id,
    mapped(body, columns, 'email') as email,
    mapped(body, columns, 'given_name') as given_name,
    mapped(body, columns, 'family_name') as family_name,
"""
    + surveys.PERSON_ID
    + """from landed
where kind = 'feedback'
"""
}

SELECT = surveys.SELECT | {
    "records": """
select
    row_id, 'feedback' as kind, response_id as record_key, occurred_at, occurred_at as recorded_at,
    null::timestamp as first_recorded_at, false as is_removal,
    case
        when lacks_id then 'the row has no id'
        when occurred_at is null then 'the row holds no time that can be read'
    end as set_aside,
    case when lacks_id then 'id' when occurred_at is null then 'occurred_at' end as set_aside_column
from responses
""",
}
