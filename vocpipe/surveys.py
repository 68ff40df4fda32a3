"""What every survey format shares: the same conformed tables from the same parsed responses.

A format parses its rows into a table `responses` (row_id, source, body, segments, channel, response_id, occurred_at,
account_id, email, given_name, family_name) and brings its own `records`; the rest is here.
"""

from __future__ import annotations

from collections.abc import Mapping

# A respondent is known by what the response says of him, all of it together; nothing said, nobody known.
PERSON_ID = """
    case
        when coalesce(account_id, email, given_name, family_name) is not null
            then md5(concat_ws('|', coalesce(account_id, ''), lower(coalesce(email, '')),
                coalesce(given_name, ''), coalesce(family_name, '')))
    end as person_id,
"""

# The first verbatim of a response (blank or not) carries its plain id, so every response has just one such turn.
SELECT: Mapping[str, str] = {
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
select
    r.row_id, r.response_id, q.question_id, q.metric, q.scale_low, q.scale_high, text_of(r.body, q.path) as answer,
    r.person_id, r.occurred_at, chosen(r.body, r.segments) as segments
from responses as r
inner join questions as q on r.source = q.source and q.metric is not null
where text_of(r.body, q.path) is not null
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
