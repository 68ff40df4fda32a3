"""Compliance notices of X: what is no longer public, as its streams, and the results of its batch jobs, tell it.

A notice takes a tweet, or all tweets of an account, out from its own time on; a later one may bring them back. X wants
what was deleted, made private or withheld to be gone from every copy, wherever it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Events of the streams, of v2 and before: `{"data": {"delete": {"tweet": {…}, "event_at": …}}}`.
EVENTS = {
    "delete", "drop", "undrop", "withheld", "tweet_edit", "scrub_geo", "status_withheld",
    "tweet_delete", "tweet_drop", "tweet_undrop", "tweet_withheld", "tweet_unwithheld",
    "user_delete", "user_undelete", "user_protect", "user_unprotect", "user_suspend", "user_unsuspend",
    "user_withheld", "user_unwithheld", "user_profile_modification", "user_scrub_geo",
}  # fmt: skip
REASONS = {"deleted", "deactivated", "suspended", "protected", "bounced", "scrub_geo"}
INSIDE = {"tweet", "user", "status", "event_at", "timestamp_ms"}


def event_of(item: Mapping[str, Any]) -> str | None:
    """The name of the event that an object is, or None."""
    name = next(iter(item), None) if len(item) == 1 else None
    if name not in EVENTS or not isinstance(item[name], dict) or INSIDE.isdisjoint(item[name]):
        return None
    return name


def is_verdict(item: Mapping[str, Any]) -> bool:
    """Whether an object is one line of a batch job's result: `{"id": …, "action": "delete", "reason": …}`."""
    return isinstance(item.get("id"), str) and item.get("action") == "delete" and str(item.get("reason")) in REASONS


def named(item: Mapping[str, Any]) -> dict[str, Any]:
    """An event or a verdict in one form: its name, and what it says."""
    name = event_of(item)
    return {"name": name, "notice": item[name]} if name else {"name": "verdict", "notice": item}


# Reads raw rows of the kind `notice` (bodies made by ``named``) and the tables `tweets_as_written` (first_tweet_id,
# history, author_id) and `users` (user_id); gives `gone` (scope, id, reason): what is not public at the as-of time.
PARSED: Mapping[str, str] = {
    "notices": """
with parsed as (
    select row_id, from_json(body, '{"name": "VARCHAR", "notice": {"id": "VARCHAR", "reason": "VARCHAR",
        "created_at": "VARCHAR", "redacted_at": "VARCHAR", "event_at": "VARCHAR", "timestamp_ms": "VARCHAR",
        "tweet": {"id": "VARCHAR"}, "user": {"id": "VARCHAR"}, "withheld_in_countries": ["VARCHAR"],
        "status": {"id": "VARCHAR", "id_str": "VARCHAR"}}}') as n
    from landed
    where kind = 'notice'
),
told as (
    select
        row_id, n.name as name, n.notice as notice,
        case when n.name = 'verdict' then n.notice.reason else regexp_replace(n.name, '^(tweet|user|status)_', '') end
            as event,
        case when n.name = 'verdict' then n.notice.id end as verdict_id,
        case
            when n.name <> 'verdict' then coalesce(n.notice.tweet.id, n.notice.status.id_str, n.notice.status.id)
        end as tweet_id,
    from parsed
)
select
    row_id, name, verdict_id, tweet_id,
    coalesce(notice.user.id, case when tweet_id is null and verdict_id is null then notice.id end) as user_id,
    case
        when event in ('delete', 'undelete', 'deleted', 'deactivated', 'bounced') then 'deleted'
        when event in ('suspend', 'unsuspend', 'suspended') then 'suspended'
        when event in ('protect', 'unprotect', 'protected') then 'protected'
        when event in ('drop', 'undrop') then 'dropped'
        when event in ('withheld', 'unwithheld') then 'withheld'
    end as state,
    not starts_with(event, 'un')
        and (event <> 'withheld' or coalesce(len(notice.withheld_in_countries), 1) > 0) as is_on,
    coalesce(
        utc(notice.event_at, 'UTC'), utc(notice.redacted_at, 'UTC'), utc(notice.created_at, 'UTC'),
        make_timestamp(try_cast(notice.timestamp_ms as bigint) * 1000)
    ) as event_at,
from told
""",
    # A verdict does not say whether its id is a tweet's or a user's: where we hold a user of that id it is the user's.
    "states": """
with held as (
    select distinct author_id as id from tweets_as_written where author_id is not null
    union
    select user_id from users
),
edits as (
    select tweet_id, min(first_tweet_id) as first_tweet_id
    from (select unnest(history) as tweet_id, first_tweet_id from tweets_as_written where len(history) > 1)
    group by tweet_id
),
targets as (
    select
        n.row_id, n.state, n.is_on, n.event_at,
        case when n.tweet_id is null and (n.user_id is not null or held.id is not null) then 'user' else 'tweet' end
            as scope,
        coalesce(n.tweet_id, n.user_id, n.verdict_id) as id,
    from notices as n
    left join held on n.verdict_id = held.id
    where n.state is not null and n.event_at is not null
),
kept as (
    select t.* replace (coalesce(edits.first_tweet_id, t.id) as id)
    from targets as t
    left join edits on t.scope = 'tweet' and t.id = edits.tweet_id
),
latest as (
    select row_id
    from kept
    where event_at < coalesce(getvariable('as_of')::timestamp, timestamp '9999-12-31')
    qualify row_number() over (partition by scope, id, state order by event_at desc, is_on desc, row_id) = 1
)
select row_id, scope, id, state, is_on and row_id in (select row_id from latest) as is_in_force,
from kept
where id is not null
""",
    # A deleted tweet is a removal (see RECORDS) and needs no reason of its own.
    "gone": """
select
    scope, id,
    arg_min(
        case state
            when 'deleted' then 'the author deleted the account'
            when 'dropped' then 'taken from public view by the platform'
            when 'protected' then 'the author has made the account private'
            when 'suspended' then 'the account of the author is suspended'
            else 'withheld by the platform'
        end,
        state
    ) as reason,
from states
where is_in_force and (scope = 'user' or state <> 'deleted')
group by scope, id
""",
}

# A deletion in force is the removal of the tweet or user that it names; every other notice is a record of its own.
RECORDS = """
select
    n.row_id,
    case when s.state = 'deleted' and s.is_in_force then s.scope else 'notice' end as kind,
    case
        when s.state = 'deleted' and s.is_in_force then s.id
        else concat_ws(' ', n.name, coalesce(n.tweet_id, n.user_id, n.verdict_id, n.row_id::varchar), n.event_at)
    end as record_key,
    n.event_at as occurred_at, n.event_at as recorded_at, null::timestamp as first_recorded_at,
    coalesce(s.state = 'deleted' and s.is_in_force, false) as is_removal,
    case
        when n.event_at is null then 'the notice holds no time that can be read'
        when s.state = 'deleted' and s.is_in_force then 'deleted by the vendor'
        else 'a notice of the platform, no voice'
    end as set_aside,
    case when n.event_at is null then 'event_at' else n.name end as set_aside_column
from notices as n
left join states as s on n.row_id = s.row_id
"""
