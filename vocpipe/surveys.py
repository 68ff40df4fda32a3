"""What every survey format shares: the same conformed tables from the same parsed responses.

A format parses its rows into a table `responses` (row_id, source, body, channel, response_id, occurred_at,
account_id, email, given_name, family_name) and brings its own `records`; the rest is here.
"""

from __future__ import annotations

from collections.abc import Sequence

# A respondent is known by what the response says of him, all of it together; nothing said, nobody known.
PERSON_ID = """
    case
        when coalesce(account_id, email, given_name, family_name) is not null
            then md5(concat_ws('|', coalesce(account_id, ''), lower(coalesce(email, '')),
                coalesce(given_name, ''), coalesce(family_name, '')))
    end as person_id,
"""

# A row that the vendor gives no id is known by its content: what was answered, in whatever order and beside whatever
# columns were left empty, so that a form that gains a question keeps the ids of its earlier responses.
CONTENT_ID = r"""
    md5(array_to_string(list_sort(list_transform(
        list_filter(
            map_entries(cast(cast(body as json) as map(varchar, varchar))), lambda cell: trim(cell.value) <> ''
        ),
        lambda cell: cell.key || chr(31) || trim(cell.value)
    )), chr(30)))
"""

# An answer as a number where it is written in another way than staging reads ("7", "7.0" and "5 - Very satisfied"):
# by the labels of its scale, or with its number at the end, out of the top, in stars.
ANSWER = r"""
    case
        when list_contains(labels, lower(trim(written)))
            then cast(list_position(labels, lower(trim(written))) - 1 + scale_low as varchar)
        when regexp_matches(written, '^[0-9]{1,2}(\s*[-–:=)]|$)') then written  -- by far most scores
        when regexp_full_match(trim(written), '[0-9]{1,2}[.,]0+')
            then regexp_extract(trim(written), '^([0-9]+)', 1)
        when regexp_extract(trim(written), '(?i)^[0-9]{1,2}\s*(/|out of|of|von|sur|de)\s*([0-9]{1,2})$', 2)
            = cast(scale_high as varchar)
            then regexp_extract(trim(written), '^([0-9]+)', 1)
        when regexp_full_match(trim(written), '(?s)\(?[0-9]{1,2}\)?(\s*\)|\s+\pL)[^0-9]*')
            then regexp_extract(trim(written), '([0-9]+)', 1)
        when regexp_full_match(trim(written), '(?s)[^0-9]*\pL[^0-9]*[-–—:=(]\s*[0-9]{1,2}\)?')
            then regexp_extract(trim(written), '([0-9]+)', 1)
        when regexp_full_match(trim(written), '★+☆*') then cast(length(replace(trim(written), '☆', '')) as varchar)
        else written
    end
"""

# The first verbatim of a response (blank or not) carries its plain id, so every response has just one such turn.
SELECT: dict[str, str] = {
    "turns": """
select
    r.row_id, r.channel, r.response_id as source_id, q.question_id, coalesce(q.position, 1)::integer as turn_no,
    r.response_id as conversation_id, r.person_id, r.occurred_at, r.channel = 'survey' as is_solicited,
    text_of(r.body, q.path) as verbatim, null as language_hint
from responses as r
left join questions as q on r.source = q.source and q.metric is null
where coalesce(q.position, 1) = 1 or text_of(r.body, q.path) is not null
""",
    "answers": """
with scores as (
    select
        source, question_id, path, metric, scale_low, scale_high,
        -- Labels in the order of the scale, where the answers are words.
        list_transform(labels, lambda label: lower(trim(label))) as labels
    from questions
    where metric is not null
),

given as (
    select
        r.row_id, r.response_id, r.person_id, r.occurred_at, r.body,
        q.question_id, q.metric, q.scale_low, q.scale_high, q.labels, text_of(r.body, q.path) as written,
    from responses as r
    inner join scores as q on r.source = q.source
)

select
    row_id, response_id, question_id, metric, scale_low, scale_high,
"""
    + ANSWER
    + """ as answer, person_id, occurred_at, chosen(body, getvariable('segments')) as segments
from given
where written is not null
""",
    "unanswered": """
select r.row_id, q.question_id, q.metric
from responses as r
inner join questions as q on r.source = q.source
where r.channel = 'survey' and text_of(r.body, q.path) is null and json_exists(r.body, q.path)
""",
    "persons": """
select
    row_id, person_id as record_id, 'respondent' as person_kind, given_name, family_name, null::date as birth_on,
    null::date as signed_up_on, null::boolean as has_marketing_consent, null as attributes
from responses
where person_id is not null
""",
    "identifiers": """
select row_id, person_id as record_id, 'account_id' as identifier_type, account_id as identifier
from responses where account_id is not null
union all
select row_id, person_id, 'email', email from responses where email is not null
""",
}

# What a response says hangs on no other one (see contracts.Source).
KEPT = "select row_id from responses"


def distinct(names: Sequence[str]) -> list[str]:
    """The names on one line each, and no two alike: one that is taken gets `_2`, an empty one its position."""
    taken: dict[str, None] = {}
    for position, name in enumerate(names, start=1):
        plain = " ".join(name.split()) or f"column_{position}"
        number, unique = 1, plain
        while unique in taken:
            number += 1
            unique = f"{plain}_{number}"
        taken[unique] = None
    return list(taken)
