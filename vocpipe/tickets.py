"""What every help desk shares: the same conformed tables from the same parsed tickets, comments and people.

A format parses its rows into these tables, then takes ``PARSED`` and ``SELECT`` from here:

- ``tickets``: row_id, ticket_id, person_id (the customer), assignee_id, owner_team, via, status, priority, rating,
  verbatim, no_voice (why its opening is not the customer's words, or null), created_at, updated_at, solved_at,
  first_reply_minutes, resolution_minutes, count_reopens, problem, problem_column, is_removed;
- ``comments``: row_id, comment_id, ticket_id, author_id, is_public, is_customer (null: whoever the ticket's customer
  is), may_open (the ticket's opening is told as a comment too), verbatim, created_at, updated_at;
- ``people``: row_id, person_id, name, created_at, updated_at, problem, problem_column, is_removed;
- ``named``: row_id (of a ticket), person_id, name: people whom only a ticket names;
- ``handles``: row_id, person_id, identifier_type, identifier;
- ``others``: row_id, kind, record_key, created_at, updated_at, problem, problem_column.
"""

from __future__ import annotations

from collections.abc import Mapping

SPOILT = "the id is no whole number: a spreadsheet has spoilt it"
# Seconds within which a comment that comes with its ticket is the ticket's own opening.
OPENING_SECONDS = 2


def whole(written: str) -> str:
    """SQL: an id; what once passed through a table of numbers reads `9001.0`."""
    unwhole = f"regexp_replace(trim({written}), '^([0-9]+)\\.0+$', '\\1')"
    return f"case when contains({written}, '.') then {unwhole} else trimmed({written}) end"


def moment(written: str) -> str:
    """SQL: a time in ISO 8601 or in seconds since 1970; null where it is neither."""
    return f"""case
        when regexp_full_match({written}, '[0-9]{{9,10}}(\\.[0-9]+)?')
            then make_timestamp(cast(try_cast({written} as double) * 1000000 as bigint))
        else utc({written}, 'UTC')
    end"""


def first_reason(*reasons: tuple[str, str, str]) -> str:
    """SQL: the first of some (condition, reason, column) that holds, as the columns problem and problem_column."""
    said = "\n        ".join(f"when {condition} then '{reason}'" for condition, reason, _ in reasons)
    at = "\n        ".join(f"when {condition} then '{column}'" for condition, _, column in reasons)
    return f"case\n        {said}\n    end as problem,\n    case\n        {at}\n    end as problem_column,"


# The teams of a desk, where an export lists them: tickets name theirs by its id alone.
TEAMS = f"""
select
    row_id, {whole("text_of(body, '/id')")} as team_id, trimmed(text_of(body, '/name')) as name,
    {moment("text_of(body, '/created_at')")} as created_at,
    coalesce({moment("text_of(body, '/updated_at')")}, created_at) as updated_at,
    row_number() over (partition by team_id order by updated_at desc nulls last, row_id desc) as version_no,
from landed
where kind = 'team'
"""
# Teams as rows of ``others``.
TEAM_RECORDS = f"""
select
    row_id, 'team' as kind, team_id as record_key, created_at, updated_at,
    {first_reason(("team_id is null", "the team has no id", "id"))}
from teams
"""

# Tickets with what keeps their opening from being the customer's words; who wrote it is said by the first comment.
VOICES = """
with voices as (
    select
        t.*,
        case
            when o.author_id <> t.person_id then 'written by another than the customer'
            when not o.is_public then 'an internal note, no customer'
            when o.ticket_id is null then t.no_voice
        end as silence,
    from tickets as t
    left join openings as o on t.ticket_id = o.ticket_id
)
"""

PARSED: Mapping[str, str] = {
    # The version of a ticket by which its comments are judged: the newest that was known at the as-of time.
    "newest_tickets": """
with ranked as (
    select
        ticket_id, person_id, created_at, verbatim, is_removed, problem,
        row_number() over (
            partition by ticket_id
            order by
                updated_at < coalesce(getvariable('as_of'), timestamp '9999-12-31') desc,
                updated_at desc nulls last, row_id desc
        ) as version_no,
    from tickets
    where ticket_id in (select ticket_id from comments)
)
select * exclude (version_no) from ranked where version_no = 1
""",
    # The opening of a ticket may come as a comment too: at the same moment, or first of all and with the same words.
    "openings": f"""
with ranked as (
    select
        c.*, t.created_at as opened_at, t.verbatim as opening,
        row_number() over (partition by c.ticket_id order by c.created_at, c.comment_id) as place,
    from comments as c
    inner join newest_tickets as t on c.ticket_id = t.ticket_id
    where c.may_open and c.comment_id is not null and c.created_at is not null
)
select distinct ticket_id, comment_id, author_id, is_public
from ranked
where abs(epoch(created_at) - epoch(opened_at)) <= {OPENING_SECONDS} or (place = 1 and verbatim = opening)
qualify row_number() over (partition by ticket_id order by place) = 1
""",
    "replies": f"""
select
    c.*, case when c.is_customer then coalesce(c.author_id, t.person_id) else t.person_id end as person_id,
    {
        first_reason(
            ("c.comment_id is null", "the comment has no id", "id"),
            ("is_spoilt(c.comment_id)", SPOILT, "id"),
            ("c.ticket_id is null", "nothing says which ticket the comment belongs to", "ticket_id"),
            ("c.created_at is null", "created_at holds no time that can be read", "created_at"),
            ("not c.is_public", "an internal note, no customer", "public"),
            ("t.ticket_id is null", "the ticket of the comment is not held", "ticket_id"),
            ("t.is_removed", "the ticket of the comment was deleted", "ticket_id"),
            ("t.problem is not null", "the ticket of the comment is set aside", "ticket_id"),
            (
                "not coalesce(c.is_customer, c.author_id = t.person_id, false)",
                "not written by the customer of the ticket",
                "author_id",
            ),
            ("o.comment_id is not null", "the opening of the ticket, already a turn", "body"),
            ("c.verbatim is null", "the comment has no text", "body"),
        )
    }
from comments as c
left join newest_tickets as t on c.ticket_id = t.ticket_id
left join openings as o on c.ticket_id = o.ticket_id and c.comment_id = o.comment_id
""",
}

SELECT: Mapping[str, str] = {
    "records": """
select
    row_id, 'ticket' as kind, ticket_id as record_key, created_at as occurred_at, updated_at as recorded_at,
    created_at as first_recorded_at, is_removed as is_removal, problem as set_aside, problem_column as set_aside_column
from tickets
union all
select
    row_id, 'comment', comment_id, created_at, coalesce(updated_at, created_at), created_at, false,
    problem, problem_column
from replies
union all
select row_id, 'user', person_id, created_at, updated_at, created_at, is_removed, problem, problem_column
from people
union all
select
    row_id, kind, record_key, created_at, coalesce(updated_at, created_at), created_at, false, problem, problem_column
from others
""",
    # A ticket that the customer did not write himself is still his: it has a turn without words.
    "turns": VOICES
    + """
select
    row_id, 'ticket' as channel, ticket_id as source_id, null as question_id, 1 as turn_no,
    ticket_id as conversation_id, person_id, created_at as occurred_at, false as is_solicited,
    case when silence is null then verbatim end as verbatim, null as language_hint
from voices
union all
select
    row_id, 'ticket', comment_id, null, 1, ticket_id, person_id, created_at, false, verbatim, null
from replies
where problem is null
""",
    "conversations": """
select
    row_id, ticket_id as conversation_id, via, person_id, assignee_id, owner_team, status, priority, rating, created_at,
    solved_at, first_reply_minutes, resolution_minutes, count_reopens
from tickets
""",
    "persons": """
select
    row_id, person_id as record_id, 'ticket_user' as person_kind, split_part(name, ' ', 1) as given_name,
    case when contains(name, ' ') then regexp_extract(name, '([^ ]+)$', 1) end as family_name, null::date as birth_on,
    null::date as signed_up_on, null::boolean as has_marketing_consent, null as attributes
from people
where problem is null
union all
select
    row_id, person_id, 'ticket_user', split_part(name, ' ', 1),
    case when contains(name, ' ') then regexp_extract(name, '([^ ]+)$', 1) end, null::date, null::date, null::boolean,
    null
from named
""",
    "identifiers": """
select distinct row_id, person_id as record_id, identifier_type, identifier
from handles
where person_id is not null and trimmed(identifier) is not null
""",
    "cells": VOICES
    + """
select row_id, 'description' as column_name, silence as reason
from voices
where silence is not null and verbatim is not null and problem is null
""",
}

# Of a desk's table with one row a ticket, its requester in the same row; what was said later is not in it.
TABLE_SELECT = {
    "records": """
select
    row_id, 'ticket' as kind, ticket_id as record_key, created_at as occurred_at, updated_at as recorded_at,
    created_at as first_recorded_at, is_removed as is_removal, problem as set_aside, problem_column as set_aside_column
from tickets
""",
    "turns": """
select
    row_id, 'ticket' as channel, ticket_id as source_id, null as question_id, 1 as turn_no,
    ticket_id as conversation_id, person_id, created_at as occurred_at, false as is_solicited,
    case when silence is null then verbatim end as verbatim, null as language_hint
from tickets
""",
    "conversations": SELECT["conversations"],
    "persons": """
select
    row_id, person_id as record_id, 'ticket_user' as person_kind, split_part(name, ' ', 1) as given_name,
    case when contains(name, ' ') then regexp_extract(name, '([^ ]+)$', 1) end as family_name,
    null::date as birth_on, null::date as signed_up_on, null::boolean as has_marketing_consent, null as attributes
from tickets
where person_id is not null
""",
    "identifiers": """
with held as (
    select row_id, person_id, 'account_id' as identifier_type, account as identifier from tickets
    union all
    select row_id, person_id, 'email', email from tickets
    union all
    select row_id, person_id, 'phone', phone from tickets where not is_spoilt(phone)
    union all
    select row_id, person_id, 'handle', handle from tickets
)
select row_id, person_id as record_id, identifier_type, identifier
from held
where person_id is not null and identifier is not null
""",
    "cells": """
select row_id, 'phone' as column_name, 'the number is spoilt by a spreadsheet' as reason
from tickets
where is_spoilt(phone)
union all
select row_id, 'description', silence from tickets where silence is not null and problem is null
""",
}
