"""X (Twitter) API v2 pages: one JSON page a file or a line, tweets in `data`, their authors in `includes.users`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from vocpipe.contracts import RawRow, Recognition, Reject
from vocpipe.documents import first_object, objects_of

NAME = "x_api_json"
TITLE = "X (Twitter) API v2 pages"
NEEDS = ()

EXAMPLE = {
    "tweets_0001.jsonl": orjson.dumps(
        {
            "data": [
                {"id": "1876543210987654321", "text": "@fjordair three hours at the gate and no word from you",
                 "author_id": "77", "created_at": "2026-01-05T18:20:00.000Z", "lang": "en",
                 "conversation_id": "1876543210987654321", "edit_history_tweet_ids": ["1876543210987654321"]},
                {"id": "1876543210987654399", "text": "RT @adaokafor: lovely crew today", "author_id": "78",
                 "created_at": "2026-01-05T19:00:00.000Z", "lang": "en",
                 "referenced_tweets": [{"type": "retweeted", "id": "1876543210987654001"}]},
            ],
            "includes": {"users": [{"id": "77", "username": "jonaslind", "name": "Jonas"},
                                   {"id": "78", "username": "somebody", "name": "Some Body"}]},
            "meta": {"result_count": 2},
        }
    )
    + b"\n"
}  # fmt: skip


def recognise(path: Path) -> Recognition | None:
    """A page of the API: `data` holds objects with an id and a text."""
    page = first_object(path)
    tweets = tweets_of(page) if isinstance(page, dict) else []
    if not tweets or not all(isinstance(t, dict) and {"id", "text"} <= t.keys() for t in tweets[:5]):
        return None
    return Recognition(NAME, NAME)


def tweets_of(page: dict[str, Any]) -> list[Any]:
    """The tweets of a page; the streaming form holds one object instead of a list."""
    data = page.get("data") or []
    return [data] if isinstance(data, dict) else data if isinstance(data, list) else []


def read(path: Path) -> Iterator[RawRow | Reject]:
    """One row a tweet, together with its author as the page names him."""
    for found in objects_of(path):
        if isinstance(found, Reject):
            yield found
        elif not isinstance(found[1], dict):
            yield Reject(found[0], None, "a page of tweets is an object with `data`", orjson.dumps(found[1]).decode())
        else:
            yield from rows_of_page(*found)


def rows_of_page(line_no: int, page: dict[str, Any]) -> Iterator[RawRow | Reject]:
    """The rows of one page."""
    authors = {user.get("id"): user for user in (page.get("includes") or {}).get("users") or []}
    for item_no, tweet in enumerate(tweets_of(page)):
        if isinstance(tweet, dict):
            body = orjson.dumps({"tweet": tweet, "author": authors.get(tweet.get("author_id"))}).decode()
            yield RawRow(line_no, item_no, "tweet", body)
        else:
            yield Reject(line_no, "data", "a tweet is an object with id and text", orjson.dumps(tweet).decode())


PARSED = {
    "tweets": """
with parsed as (
    select row_id, from_json(body, '{"tweet": {"id": "VARCHAR", "text": "VARCHAR", "author_id": "VARCHAR",
        "created_at": "VARCHAR", "lang": "VARCHAR", "conversation_id": "VARCHAR",
        "edit_history_tweet_ids": ["VARCHAR"], "referenced_tweets": [{"type": "VARCHAR", "id": "VARCHAR"}],
        "note_tweet": {"text": "VARCHAR"}},
        "author": {"id": "VARCHAR", "username": "VARCHAR", "name": "VARCHAR"}}') as page
    from landed
    where kind = 'tweet'
)
select
    row_id,
    page.tweet.id as tweet_id,
    coalesce(page.tweet.edit_history_tweet_ids[1], page.tweet.id) as first_tweet_id,
    nullif(trim(coalesce(page.tweet.note_tweet.text, page.tweet.text)), '') as verbatim,
    page.tweet.author_id as author_id,
    coalesce(page.tweet.conversation_id, page.tweet.id) as conversation_id,
    utc(page.tweet.created_at, 'UTC') as created_at,
    case when length(page.tweet.lang) = 2 then page.tweet.lang end as language_hint,
    page.author.username as username,
    list_contains([x.type for x in page.tweet.referenced_tweets], 'retweeted') as is_retweet,
from parsed
"""
}

SELECT = {
    "records": """
select
    row_id, 'tweet' as kind, first_tweet_id as record_key, created_at as occurred_at, created_at as recorded_at,
    null::timestamp as first_recorded_at, false as is_removal,
    case
        when tweet_id is null then 'the tweet has no id'
        when not regexp_full_match(tweet_id, '[0-9]+') then 'the id is no whole number: a spreadsheet has spoilt it'
        when created_at is null then 'created_at holds no time that can be read'
        when is_retweet then 'a retweet repeats another voice'
        when lower(username) in (select handle from brand_handles) then 'written by the brand itself'
        when verbatim is null then 'the tweet has no text'
    end as set_aside,
    case
        when tweet_id is null or not regexp_full_match(tweet_id, '[0-9]+') then 'id'
        when created_at is null then 'created_at'
        when is_retweet then 'referenced_tweets'
        when lower(username) in (select handle from brand_handles) then 'author_id'
        when verbatim is null then 'text'
    end as set_aside_column
from tweets
""",
    "turns": """
select
    row_id, 'tweet' as channel, tweet_id as source_id, null as question_id, 1 as turn_no, conversation_id,
    author_id as person_id, created_at as occurred_at, false as is_solicited, verbatim, language_hint
from tweets
""",
    "persons": """
select
    row_id, author_id as record_id, 'social_user' as person_kind, null as given_name, null as family_name,
    null::date as birth_on, null::date as signed_up_on, null::boolean as has_marketing_consent, null as attributes
from tweets
where author_id is not null
""",
    "identifiers": """
select row_id, author_id as record_id, 'handle' as identifier_type, username as identifier
from tweets
where author_id is not null and username is not null
""",
}
