"""X (Twitter) API v2: pages of tweets, users or counts, streams, twarc's flattened tweets, and compliance notices.

A tweet is customer voice unless it is a retweet, the brand's own, withheld anywhere, or no longer public: a notice that
the tweet was deleted, or its author's account deleted, suspended or protected, takes it out from the notice's time on.
Of an edited tweet the last version counts. What a page only includes (`includes.tweets`) is context and no row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from vocpipe import notices
from vocpipe.contracts import RawRow, Recognition, Reject
from vocpipe.documents import dumped, first_object, objects_of
from vocpipe.exports import Export

NAME = "x_api_json"
TITLE = "X (Twitter) API v2 pages"
NEEDS = ()

# Members of a page beside `data`; a page with nothing but these (an empty one, an error report) holds no row.
BESIDE = {"includes", "meta", "errors", "matching_rules", "__twarc"}
# Members by which a tweet that stands alone on a line is known: no other vendor writes them.
MARKS = {"author_id", "edit_history_tweet_ids", "public_metrics", "referenced_tweets", "conversation_id"}
LISTS_FIRST = {"referenced_tweets", "edit_history_tweet_ids", "context_annotations", "errors", "matching_rules"}

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
                {"id": "1876543210987654477", "text": "@fjordair my bag has been in Oslo for a week", "author_id": "79",
                 "created_at": "2026-01-06T07:00:00.000Z", "lang": "en"},
            ],
            "includes": {"users": [{"id": "77", "username": "jonaslind", "name": "Jonas"},
                                   {"id": "78", "username": "somebody", "name": "Some Body"}]},
            "meta": {"result_count": 3},
        }
    )
    + b"\n",
    "users.json": b'{"data": [{"id": "77", "username": "jonaslind", "name": "Jonas", '
                  b'"created_at": "2015-04-02T10:00:00.000Z"}]}',
    "compliance.jsonl": b'{"data": {"delete": {"tweet": {"id": "1876543210987654477", "author_id": "79"}, '
                        b'"event_at": "2026-01-07T08:00:00.000Z"}}}\n',
}  # fmt: skip

Found = tuple[str, str] | Reject


def recognise(export: Export) -> Recognition | None:
    """A page of the API, a tweet that stands alone with its marks, or a compliance notice."""
    page = first_object(export)
    if isinstance(page, dict) and len(page) == 1 and not LISTS_FIRST.isdisjoint(page):
        # Of an object that begins with a list no more than that was looked at.
        page = next((found.content for found in objects_of(export) if not isinstance(found, Reject)), None)
    page = page[0] if isinstance(page, list) and page else page
    return Recognition(NAME, NAME) if isinstance(page, dict) and is_ours(page) else None


def is_ours(page: Mapping[str, Any]) -> bool:
    """Whether an object is a page, a flattened tweet or a notice of X."""
    if is_flat(page) or notices.event_of(page) or notices.is_verdict(page):
        return True
    data, meta, errors = page.get("data"), page.get("meta"), page.get("errors")
    if isinstance(data, dict):
        return kind_of(data) is not None or notices.event_of(data) is not None
    if isinstance(data, list) and data:
        return all(isinstance(item, dict) and kind_of(item) for item in data[:5])
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        return str(errors[0].get("type", "")).startswith(("https://api.twitter.com/2/", "https://api.x.com/2/"))
    return isinstance(meta, dict) and meta.get("result_count") == 0


def kind_of(item: Mapping[str, Any]) -> str | None:
    """What an item of `data` is, by its members."""
    if "text" in item and "id" in item:
        return "tweet"
    if "username" in item and "id" in item:
        return "user"
    return "count" if "tweet_count" in item and "start" in item else None


def is_flat(item: Mapping[str, Any]) -> bool:
    """Whether an object is a tweet that stands alone, as twarc's `flatten` writes them."""
    return "text" in item and isinstance(item.get("id"), str) and not MARKS.isdisjoint(item)


def read(export: Export) -> Iterator[RawRow | Reject]:
    """One row a tweet (with its author as the page names him), user, count or notice."""
    for found in objects_of(export):
        if isinstance(found, Reject):
            yield found
            continue
        line_no, first, content = found
        for item_no, piece in enumerate(pieces_of(line_no, content), start=first):
            yield piece if isinstance(piece, Reject) else RawRow(line_no, item_no, *piece)


def pieces_of(line_no: int, content: Any) -> Iterator[Found]:
    """Kind and body of everything that a document or a line holds."""
    if isinstance(content, list):
        for part in content:
            yield from pieces_of(line_no, part)
    elif not isinstance(content, dict):
        yield Reject(line_no, None, "a page of tweets is an object with `data`", dumped(content))
    elif "data" in content:
        yield from items_of(line_no, content)
    elif is_flat(content):
        yield "tweet", dumped({"tweet": content, "author": content.pop("author", None)})
    elif notices.event_of(content) or notices.is_verdict(content):
        yield "notice", dumped(notices.named(content))
    elif not content.keys() & BESIDE:
        yield Reject(line_no, None, "this is no page of tweets", dumped(content))
    elif content.keys() == {"includes"}:
        # A document too large for one page comes in parts; its authors are then rows of their own.
        yield from (("user", dumped({"user": user})) for user in users_of(content).values())


def items_of(line_no: int, page: Mapping[str, Any]) -> Iterator[Found]:
    """Kind and body of each item of one page; the streaming form holds one object instead of a list."""
    data = page["data"]
    if isinstance(data, dict):
        if notices.event_of(data):
            yield "notice", dumped(notices.named(data))
            return
        data = [data]
    users, texts = users_of(page), texts_of(page)
    for item in data if isinstance(data, list) else [data] if data else []:
        if not isinstance(item, dict):
            yield Reject(line_no, "data", "a tweet is an object with id and text", dumped(item))
        elif "text" not in item and (kind := kind_of(item)):
            yield kind, dumped({kind: item})
        else:
            body = {"tweet": item, "author": users.get(str(item.get("author_id"))) or item.pop("author", None)}
            # A page may hold a tweet cut in `data` and whole in `includes`.
            if texts and str(item.get("text")).endswith("…") and str(item.get("id")) in texts:
                body["whole_text"] = texts[str(item["id"])]
            yield "tweet", dumped(body)


def included(page: Mapping[str, Any], key: str) -> Iterator[dict[str, Any]]:
    """The objects of one list of `includes`; none where a page is not as it should be."""
    includes = page.get("includes")
    items = includes.get(key) if isinstance(includes, dict) else None
    return (item for item in items if isinstance(item, dict)) if isinstance(items, list) else iter(())


def users_of(page: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The users that a page includes, by id."""
    return {user["id"]: user for user in included(page, "users") if isinstance(user.get("id"), str)}


def texts_of(page: Mapping[str, Any]) -> dict[str, str]:
    """The texts of the tweets that a page includes, by id."""
    found = ((tweet.get("id"), tweet.get("text")) for tweet in included(page, "tweets"))
    return {key: text for key, text in found if isinstance(key, str) and isinstance(text, str)}


READ = {
    "users": """
with parsed as (
    select row_id, from_json(body, '{"user": {"id": "VARCHAR", "username": "VARCHAR", "created_at": "VARCHAR",
        "withheld": {"scope": "VARCHAR"}}}').user as u
    from landed
    where kind = 'user'
)
select
    row_id, u.id as user_id, u.username as username, utc(u.created_at, 'UTC') as created_at,
    u.withheld is not null as is_withheld,
    case
        when u.id is null then ['the user has no id', 'id']
        when lower(u.username) in (select handle from brand_handles)
            then ['the account of the brand itself', 'username']
        when u.withheld is not null then ['withheld by the platform', 'withheld']
    end as problem,
from parsed
""",
    "tweets_as_written": """
with parsed as (
    select row_id, from_json(body, '{"tweet": {"id": "VARCHAR", "text": "VARCHAR", "author_id": "VARCHAR",
        "created_at": "VARCHAR", "lang": "VARCHAR", "conversation_id": "VARCHAR",
        "edit_history_tweet_ids": ["VARCHAR"], "referenced_tweets": [{"type": "VARCHAR"}],
        "note_tweet": {"text": "VARCHAR"}, "withheld": {"scope": "VARCHAR"}}, "whole_text": "VARCHAR",
        "author": {"username": "VARCHAR", "withheld": {"scope": "VARCHAR"}}}') as page
    from landed
    where kind = 'tweet'
)
select
    row_id,
    page.tweet.id as tweet_id,
    page.tweet.edit_history_tweet_ids as history,
    coalesce(page.tweet.edit_history_tweet_ids[1], page.tweet.id) as first_tweet_id,
    nullif(trim(coalesce(page.tweet.note_tweet.text, page.whole_text, page.tweet.text)), '') as verbatim,
    page.tweet.author_id as author_id,
    coalesce(page.tweet.conversation_id, page.tweet.id) as conversation_id,
    case when page.tweet.created_at is not null then utc(page.tweet.created_at, 'UTC') when length(tweet_id) > 11
        then epoch_ms((try_cast(tweet_id as bigint) >> 22) + 1288834974657) end as created_at,  -- the id holds the time
    case when length(page.tweet.lang) = 2 then page.tweet.lang end as language_hint,
    page.author.username as username,
    coalesce(list_contains([x.type for x in page.tweet.referenced_tweets], 'retweeted'), false)
        or regexp_matches(page.tweet.text, '^RT @[A-Za-z0-9_]{1,15}: ') as is_retweet,
    page.tweet.withheld is not null or page.author.withheld is not null as is_withheld,
from parsed
""",
}

VOICE = {
    "tweets": """
with names as (
    select user_id, max(username) as username, bool_or(is_withheld) as is_withheld from users group by user_id
),
whose as (
    select
        t.* replace (
            coalesce(t.username, names.username) as username,
            t.is_withheld or coalesce(names.is_withheld, false) as is_withheld
        )
    from tweets_as_written as t
    left join names on t.author_id = names.user_id
)
select
    t.* exclude (history),
    -- Versions of an edited tweet within one second still have an order.
    t.created_at + to_milliseconds(greatest(list_position(t.history, t.tweet_id), 1) - 1) as version_at,
    case
        when t.tweet_id is null then ['the tweet has no id', 'id']
        when not regexp_full_match(t.tweet_id, '[0-9]+')
            then ['the id is no whole number: a spreadsheet has spoilt it', 'id']
        when t.created_at is null then ['created_at holds no time that can be read', 'created_at']
        when t.is_retweet then ['a retweet repeats another voice', 'referenced_tweets']
        when lower(t.username) in (select handle from brand_handles) then ['written by the brand itself', 'author_id']
        when t.is_withheld then ['withheld by the platform', 'withheld']
        when tweet.reason is not null then [tweet.reason, 'id']
        when author.reason is not null then [author.reason, 'author_id']
        when t.verbatim is null then ['the tweet has no text', 'text']
    end as problem,
from whose as t
left join gone as tweet on tweet.scope = 'tweet' and t.first_tweet_id = tweet.id
left join gone as author on author.scope = 'user' and t.author_id = author.id
"""
}

PARSED = {**READ, **notices.PARSED, **VOICE}

SELECT = {
    "records": """
select
    row_id, 'tweet' as kind, first_tweet_id as record_key, created_at as occurred_at, version_at as recorded_at,
    null::timestamp as first_recorded_at, false as is_removal, problem[1] as set_aside, problem[2] as set_aside_column
from tweets
union all
select row_id, 'user', user_id, created_at, created_at, created_at, false, problem[1], problem[2]
from users
union all
"""
    + notices.RECORDS
    + """union all
select
    row_id, 'count', concat_ws(' ', text_of(body, '$.count.start'), text_of(body, '$.count.end')),
    utc(text_of(body, '$.count.start'), 'UTC'), utc(text_of(body, '$.count.end'), 'UTC'), null::timestamp, false,
    'a count of tweets, no voice', 'tweet_count'
from landed
where kind = 'count'
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
union all
select
    row_id, user_id, 'social_user', null, null, null::date, null::date, null::boolean, null
from users
where user_id is not null
""",
    "identifiers": """
select row_id, author_id as record_id, 'handle' as identifier_type, username as identifier
from tweets
where author_id is not null and username is not null
union all
select row_id, user_id, 'handle', username
from users
where user_id is not null and username is not null
""",
}
