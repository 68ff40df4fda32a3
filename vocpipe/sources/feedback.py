"""Any other table of feedback, by a mapping: survey answers, posts, reviews or complaints.

`channel` in the mapping says which of these it is. Only surveys are asked for; of the others a row without a text and
without a score says nothing and is set aside, while a survey response counts even where it was left blank.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from vocpipe import surveys
from vocpipe.channels import (
    are_sentences,
    channel_of,
    is_foreign,
    is_free,
    note_of_ratings,
    segments_of,
    text_column,
    title_column,
)
from vocpipe.contracts import Question, Recognition
from vocpipe.exports import Export
from vocpipe.questions import judged
from vocpipe.tabular import Piece, mapped_columns, records_of, sample_of, signature_of
from vocpipe.times import NUMBERS, format_of, layouts_of

NAME = "feedback_csv"
TITLE = "Feedback by mapping"
NEEDS = ()
PRECEDENCE = 10

COLUMNS = {
    "occurred_at": ("timestamp", "submitted( at| on)?", "submit date( utc)?", "completed( at| on)?", "answered (at|on)",
                    "tweet created( at)?", "created( at| on)?", "response date",
                    "(date )?(posted|published|created|submitted)( at| on| date)?", "date received",
                    "(review|post|complaint|survey|feedback|comment) ?date", "(review|post|tweet) ?time", "date ?time",
                    "date", "time", "datum( uhrzeit)?", "zeitstempel", "(erstellt|eingegangen|gesendet)( am)?",
                    "horodat(eur|age)", "fecha", "marca temporal"),
    "id": ("(tweet|response|respondent|answer|feedback|review|survey|submission|post|complaint|comment|status) ?id",
           "id", "token", "id str"),
    "author": ("author ?id", "from ?user ?id", "user ?id"),
    "handle": ("(twitter|x) ?(handle|user ?name)", "(author |user |from )?(screen ?name|handle|user ?name)",
               "from ?user", "author", "user", "name"),
    "account": ("customer ?id", "client id", "contact id", "account ?id", "member id", "user ?id",
                "kunden ?(nr|nummer|id)", "customer (no|number)"),
    "email": ("e ?mail( address| adresse)?",),
    "given_name": ("first ?name", "given ?name", "vorname", "prénom"),
    "family_name": ("last ?name", "family ?name", "surname", "nachname", "familienname"),
}  # fmt: skip
# What only some channels have: a name under a review is no handle, and an author's id no customer's account.
ONLY = {"author": ("tweet",), "handle": ("tweet",), "account": ("survey", "review", "complaint")}

SPOILT = re.compile(r"\d([.,]\d+)?[Ee]\+\d+")
ROUNDED = re.compile(r"\d{15}0{1,}")
DATED = re.compile(r"\d{4}|\d[./-]\d")
ORDINAL = re.compile(r"(?<=\d)(st|nd|rd|th)\b")
MOST = 0.5
LOOK = 200

EXAMPLE = {
    "feedback.csv": (
        b"id,submitted_at,email,How likely are you to recommend us? (0-10),Why?\n"
        b"f1,2026-01-05 10:00:00,ada.okafor@example.com,10,Everything went like clockwork this time\n"
        b"f2,2026-01-05 11:00:00,,0,Nobody answers the phone when it matters\n"
        b"f3,2026-01-06 11:30:00,,8,Good seats but the food could be warmer\n"
        b"f4,2026-01-07 12:00:00,jonas.lind@example.org,8.5,I waited half an hour for my bag again\n"
        b"f5,someday,,7,\n"
    )
}


def recognise(export: Export) -> Recognition | None:
    """A time column and at least one column that is an open answer, a known score or a rating."""
    header, values = sample_of(export)
    channel = channel_of(header)
    notes: list[str] = []
    columns = columns_of(header, values, channel, notes)
    times = [plain_time(value) for value in values.get(columns.get("occurred_at", ""), [])]
    if not any(layouts_of([value]) for value in times[:20]):
        return None
    found = Recognition(NAME, "", header, columns=columns, notes=notes)
    rest = [name for name in header if name not in columns.values()]
    found.questions = questions_of(rest, values, channel, notes)
    if channel == "review":
        notes.append('guessed: these are reviews that nobody asked for; write channel = "survey" if you did')
    asked = {question.question_id for question in found.questions}
    found.notes += (ratings := note_of_ratings([name for name in rest if name not in asked], values))
    # Words and a time make no feedback of a table where nothing else tells that somebody was asked or wrote.
    has_time = "occurred_at" in mapped_columns(header, COLUMNS)
    is_told = not is_foreign(header) and found.questions and (has_time or text_column(list(asked)))
    if not (is_told or ratings or any(question.metric for question in found.questions)):
        return None
    found.segments = segments_of([name for name in rest if name not in asked], values)
    good = times if layouts_of(times) else [value for value in times[:100] if layouts_of([value])]
    format_of(found, "occurred_at", good)
    found.signature = signature_by_layout(header, layouts_of(good))
    found.columns["channel"] = channel
    return found


def columns_of(
    header: Sequence[str], values: dict[str, list[str]], channel: str, notes: list[str]
) -> dict[str, str]:  # fmt: skip
    """Our names → the vendor's columns. An id column that names no row is passed over, and a note says why."""
    wanted = {ours: patterns for ours, patterns in COLUMNS.items() if channel in ONLY.get(ours, (channel,))}
    usable = list(header)
    while "id" in (columns := mapped_columns(usable, wanted)) and (why := flaw_of(values[columns["id"]])):
        notes.append(f"{columns['id']} {why}; rows are known by their content instead")
        usable.remove(columns["id"])
    if "occurred_at" not in columns and (name := only_date(usable, values)):
        columns = {"occurred_at": name} | {ours: theirs for ours, theirs in columns.items() if theirs != name}
        notes.append(f"guessed: {name} is the time of the answer, as the only date there is")
    return columns


def flaw_of(ids: Sequence[str]) -> str | None:
    """Why a column cannot name rows: a spreadsheet has rounded its numbers, or most of its values repeat."""
    if sum(SPOILT.fullmatch(value) is not None for value in ids) > MOST * len(ids):
        return "was written by a spreadsheet as 1.2E+17 and names no row any more"
    if len(ids) >= 5 and sum(ROUNDED.fullmatch(value) is not None for value in ids) > 0.9 * len(ids):
        return "was rounded to 15 digits by a spreadsheet and may name several rows at once"
    return "names several rows at once" if len(set(ids)) < MOST * len(ids) else None


def only_date(header: Sequence[str], values: dict[str, list[str]]) -> str | None:
    """The one column that holds dates, or the one of several that is called a date or time; else None."""
    likely = [name for name in header if values[name] and all(DATED.search(value) for value in values[name][:5])]
    dated = [n for n in likely if (good := layouts_of(values[n][:200])) and not NUMBERS.keys() & set(good)]
    named = dated if len(dated) == 1 else [name for name in dated if re.search(r"(?i)date|time", name)]
    return named[0] if len(named) == 1 else None


def plain_time(written: str) -> str:
    """A time without the ending of its ordinal: `19th November 2023` reads as `19 November 2023`."""
    return ORDINAL.sub("", written)


def signature_by_layout(header: Sequence[str], layouts: Sequence[str]) -> str:
    """Files whose dates are written differently are two sources: the layout holds for a source as a whole.

    A file that leaves day and month open has half of its signature in common with either.
    """
    return signature_of(f"{layout} {name}".strip() for layout in layouts or [""] for name in header)


# --------------------------------------------------------------------------- questions


def questions_of(
    names: Sequence[str], values: dict[str, list[str]], channel: str, notes: list[str]
) -> list[Question]:  # fmt: skip
    """The verbatims first, then the scores. Posts, reviews and complaints have one text, known by its column's name."""
    # The beginning of an answer tells enough, and texts can be long.
    shown = {name: [value[:LOOK] for value in values[name]] for name in names}
    found = {name: question for name in names if (question := judged(name, name, shown[name]))}
    found = {name: question for name, question in found.items() if question.metric or are_sentences(shown[name])}
    if channel == "survey":
        found |= {n: Question(n, n, None) for n in names if n not in found and is_free(n, values[n])}
    elif text := text_column(names):
        if title := title_column(names):
            notes.append(f"{title} is left out: the text itself is {text}")
        found = {text: Question(text, text, None)} | {n: q for n, q in found.items() if q.metric and n != text}
    return sorted(found.values(), key=lambda question: question.metric is not None)


def read(export: Export) -> Iterator[Piece]:
    """One row a response, post, review or complaint."""
    return records_of(export, "feedback")


# A row without an id is known by its filled cells, in whatever order they stand, so that the same row twice is one
# response. Nothing inside a cell can read `","`: a quote in it is written with a backslash.
CONTENT_ID = """
    md5(array_to_string(
        list_sort(list_filter(string_split(body[3:-3], '","'), lambda cell: not ends_with(cell, '":"'))), '","'
    ))
"""

PARSED = {
    "responses": rf"""
with read_cells as (
    select
        row_id, source, body,
        coalesce(json_extract_string(getvariable('columns'), '$.channel'), 'survey') as channel,
        json_extract_string(getvariable('columns'), '$.id') is not null as has_ids, cells.id as id,
        time_as(
            -- `19th November 2023`; no time that needs no layout has such an ending.
            case
                when layout_of('occurred_at') is null then cells.occurred_at
                else regexp_replace(cells.occurred_at, '([0-9])(st|nd|rd|th)\b', '\1')
            end, 'occurred_at', zone
        ) as occurred_at,
        case when not is_spoilt(cells.author) then cells.author end as author_id, ltrim(cells.handle, '@') as handle,
        cells.account as account_id, cells.email as email, cells.given_name as given_name,
        cells.family_name as family_name,
    from landed
    where kind = 'feedback'
),
known as (
    select
        *,
        case when id is not null then id else {CONTENT_ID} end as response_id,
        {surveys.PERSON_ID}
    from read_cells
)
select * replace (coalesce(author_id, 'handle:' || lower(handle), person_id) as person_id),
from known
""",
    # Whether a row holds its texts (outside surveys: and scores); a filter here would read every text twice.
    "said": """
with written as (
    select r.row_id, q.question_id, q.metric is null as is_text, text_of(r.body, q.path) as answer,
    from responses as r
    inner join questions as q on r.source = q.source and (q.metric is null or r.channel <> 'survey')
)
select
    row_id, question_id, is_text, answer is not null as is_said,
    is_text and starts_with(answer, 'RT @') and regexp_matches(answer, '^RT @[A-Za-z0-9_]{1,15}: ') as is_retweet,
    case when length(answer) <= 4 then upper(answer) end as word,
from written
""",
    # A word that fills half of a column's cells was written by a program, not by half of the people.
    "fillers": """
with counted as (
    select question_id, word, count(*) as copies, sum(count(*)) over (partition by question_id) as texts,
    from said
    where is_text and is_said
    group by question_id, word
)
select question_id, word,
from counted
where word in ('NA', 'N/A', 'NAN', 'NULL', 'NONE', '#N/A', '-', '--') and copies >= 20 and copies >= 0.5 * texts
""",
}

SELECT = surveys.SELECT | {
    "records": """
with texts as (
    select source, question_id from questions where metric is null and position = 1
),
spoken as (
    select row_id, bool_or(is_retweet) as is_retweet from said where is_said group by row_id
),
judged as (
    select
        r.*,
        case
            when r.has_ids and r.id is null then ['the row has no id', json_extract_string(r.columns, '$.id')]
            when r.has_ids and is_spoilt(r.id)
                then ['the id is no whole number: a spreadsheet has spoilt it', json_extract_string(r.columns, '$.id')]
            when r.occurred_at is null
                then ['the row holds no time that can be read', json_extract_string(r.columns, '$.occurred_at')]
            when r.channel <> 'survey' and spoken.row_id is null
                then ['no text and no score', coalesce(texts.question_id, 'text')]
            when r.channel = 'tweet' and spoken.is_retweet
                then ['a retweet repeats another voice', coalesce(texts.question_id, 'text')]
            when r.channel = 'tweet' and lower(r.handle) in (select handle from brand_handles)
                then ['written by the brand itself', json_extract_string(r.columns, '$.handle')]
        end as problem,
    from (select *, getvariable('columns') as columns from responses) as r
    left join spoken on r.row_id = spoken.row_id
    left join texts on r.source = texts.source
)
select
    row_id, 'feedback' as kind, response_id as record_key, occurred_at, occurred_at as recorded_at,
    null::timestamp as first_recorded_at, false as is_removal,
    problem[1] as set_aside, problem[2] as set_aside_column,
from judged
""",
    "turns": f"""
with told as (
{surveys.SELECT["turns"]}
)
select told.* replace (case when fillers.word is null then told.verbatim end as verbatim),
from told
left join fillers on told.question_id = fillers.question_id and upper(told.verbatim) = fillers.word
""",
    "persons": f"""
with people as (
{surveys.SELECT["persons"]}
)
select
    people.* replace (case when r.channel = 'tweet' then 'social_user' else people.person_kind end as person_kind),
from people
inner join responses as r on people.row_id = r.row_id
""",
    "identifiers": surveys.SELECT["identifiers"]
    + """
union all
select row_id, person_id, 'handle', handle from responses where handle is not null
""",
}
