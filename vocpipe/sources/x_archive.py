"""The archive of an X (Twitter) account: scripts that assign lists (`window.YTD.tweets.part0 = [ … ]`).

It is the brand's own account, so every tweet in it is the brand's voice and is set aside. Customers speak in its direct
messages: what somebody else wrote to the account is a turn. Who they are is told by the tweets, which name the people
that they mention or answer by id and handle. People who are only mentioned have said nothing here, and who the brand
writes to may be a partner or the press: they become no persons.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from typing import Any

from vocpipe.contracts import RawRow, Recognition, Reject
from vocpipe.documents import dumped, objects_of
from vocpipe.exports import Export

NAME = "x_archive_js"
TITLE = "X (Twitter) account archive"
NEEDS = ()

# What of an archive is read; likes, followers, blocks, advertisements and the rest hold no customer's words.
ASSIGNED = re.compile(
    rb"\s*window\.YTD\.(tweets?|deleted_tweets|account|direct_messages|direct_messages_group)\.part\d+\s*="
)
BARE = re.compile(rb'\s*\[\s*\{\s*"tweet"\s*:\s*\{')
HEAD = 1 << 16
BOM = b"\xef\xbb\xbf"

EXAMPLE = {
    "tweets.js": b"""window.YTD.tweets.part0 = [
  {
    "tweet" : {
      "id_str" : "1876543210987654321", "id" : "1876543210987654321", "created_at" : "Mon Jan 05 18:20:00 +0000 2026",
      "full_text" : "@jonaslind We are sorry, Jonas. Please send us a message.", "lang" : "en",
      "in_reply_to_user_id_str" : "77", "in_reply_to_screen_name" : "jonaslind",
      "entities" : { "user_mentions" : [ { "screen_name" : "jonaslind", "id_str" : "77", "id" : "77" } ] },
      "favorite_count" : "2", "retweet_count" : "0"
    }
  }
]
""",
    "account.js": b"""window.YTD.account.part0 = [
  {
    "account" : { "username" : "fjordair", "accountId" : "900", "createdAt" : "2012-03-01T09:00:00.000Z" }
  }
]
""",
    "direct-messages.js": b"""window.YTD.direct_messages.part0 = [
  {
    "dmConversation" : {
      "conversationId" : "77-900",
      "messages" : [
        { "messageCreate" : { "id" : "1876543210987654399", "senderId" : "77", "recipientId" : "900",
            "createdAt" : "2026-01-05T18:31:00.000Z", "text" : "I have been waiting at gate 12 since noon" } },
        { "messageCreate" : { "id" : "1876543210987654411", "senderId" : "900", "recipientId" : "77",
            "createdAt" : "2026-01-05T18:40:00.000Z", "text" : "Thank you, we are on it." } }
      ]
    }
  }
]
""",
}


def recognise(export: Export) -> Recognition | None:
    """A script that assigns an account's tweets, direct messages or itself; or such a list of tweets alone."""
    start = export.head(HEAD).removeprefix(BOM)
    if ASSIGNED.match(start) or (BARE.match(start) and b'"full_text"' in start):
        return Recognition(NAME, NAME)
    return None


def read(export: Export) -> Iterator[RawRow | Reject]:
    """One row a tweet, direct message or account."""
    numbers = count()  # of all rows of the file: a conversation holds several
    for found in objects_of(export):
        if isinstance(found, Reject):
            yield found
            continue
        for item in found.content if isinstance(found.content, list) else [found.content]:
            for piece in pieces_of(item):
                if piece is None:
                    yield Reject(found.line_no, None, "this is no tweet, message or account", dumped(item))
                else:
                    yield RawRow(found.line_no, next(numbers), piece[0], dumped(piece[1]))


def pieces_of(item: Any) -> Iterator[tuple[str, dict[str, Any]] | None]:
    """Kind and body of what one item of a list holds; None for what is not known."""
    item = {"tweet": item} if isinstance(item, dict) and "full_text" in item else item  # as archives were until 2019
    talk = item.get("dmConversation") if isinstance(item, dict) else None
    if isinstance(talk, dict) and isinstance(talk.get("messages"), list):
        for message in talk["messages"]:
            yield "message", {"conversation_id": talk.get("conversationId"), "message": message}
    elif isinstance(item, dict) and isinstance(item.get("tweet"), dict):
        yield "tweet", item
    elif isinstance(item, dict) and isinstance(item.get("account"), dict):
        yield "account", item
    else:
        yield None


PARSED = {
    "accounts": """
select
    row_id, text_of(body, '$.account.accountId') as account_id, text_of(body, '$.account.username') as username,
    utc(text_of(body, '$.account.createdAt'), 'UTC') as created_at,
from landed
where kind = 'account'
""",
    "tweets": """
with parsed as (
    select row_id, from_json(body, '{"tweet": {"id_str": "VARCHAR", "id": "VARCHAR", "created_at": "VARCHAR",
        "in_reply_to_user_id_str": "VARCHAR", "in_reply_to_screen_name": "VARCHAR",
        "entities": {"user_mentions": [{"id_str": "VARCHAR", "screen_name": "VARCHAR"}]},
        "edit_info": {"edit": {"initialTweetId": "VARCHAR"}}}}').tweet as t
    from landed
    where kind = 'tweet'
)
select
    row_id, coalesce(t.edit_info.edit.initialTweetId, t.id_str, t.id) as first_tweet_id,
    timezone('UTC', try_strptime(t.created_at, '%a %b %d %H:%M:%S %z %Y')) as created_at,
    list_append(
        t.entities.user_mentions, {'id_str': t.in_reply_to_user_id_str, 'screen_name': t.in_reply_to_screen_name}
    ) as people,
from parsed
""",
    # An id may have changed its handle: the newest tweet that names it tells.
    "handles": """
with named as (
    select unnest(people) as person, created_at from tweets
)
select person.id_str as user_id, arg_max(person.screen_name, created_at) as handle,
from named
where person.id_str is not null and person.screen_name is not null
group by person.id_str
""",
    "messages": """
with parsed as (
    select row_id, from_json(body, '{"conversation_id": "VARCHAR", "message": {"messageCreate": {"id": "VARCHAR",
        "senderId": "VARCHAR", "createdAt": "VARCHAR", "text": "VARCHAR"}}}') as m
    from landed
    where kind = 'message'
),
read_messages as (
    select
        row_id, m.conversation_id as conversation_id, m.message.messageCreate.id as message_id,
        m.message.messageCreate.senderId as sender_id, utc(m.message.messageCreate.createdAt, 'UTC') as created_at,
        nullif(trim(m.message.messageCreate.text), '') as verbatim,
    from parsed
)
select
    r.*, handles.handle,
    case
        when r.message_id is null then ['no message of a person', 'messageCreate']
        when r.sender_id is null then ['the message names no sender', 'senderId']
        when r.created_at is null then ['createdAt holds no time that can be read', 'createdAt']
        when (select count(account_id) from accounts) = 0
            then ['which side is the brand is not known without account.js', 'senderId']
        when r.sender_id in (select account_id from accounts where account_id is not null)
            then ['written by the brand itself', 'senderId']
        when r.verbatim is null then ['the message has no text', 'text']
    end as problem,
from read_messages as r
left join handles on r.sender_id = handles.user_id
""",
}

SELECT = {
    "records": """
select
    row_id, 'tweet' as kind, first_tweet_id as record_key, created_at as occurred_at, created_at as recorded_at,
    null::timestamp as first_recorded_at, false as is_removal, 'written by the brand itself' as set_aside,
    'tweet' as set_aside_column,
from tweets
union all
select
    row_id, 'message', message_id, created_at, created_at, null::timestamp, false, problem[1], problem[2],
from messages
union all
select
    row_id, 'user', account_id, created_at, created_at, created_at, false, 'the account of the brand itself', 'account',
from accounts
""",
    "turns": """
select
    row_id, 'message' as channel, message_id as source_id, null as question_id, 1 as turn_no, conversation_id,
    sender_id as person_id, created_at as occurred_at, false as is_solicited, verbatim, null as language_hint,
from messages
""",
    "persons": """
select
    row_id, sender_id as record_id, 'social_user' as person_kind, null as given_name, null as family_name,
    null::date as birth_on, null::date as signed_up_on, null::boolean as has_marketing_consent, null as attributes,
from messages
where sender_id is not null
""",
    "identifiers": """
select row_id, sender_id as record_id, 'handle' as identifier_type, handle as identifier,
from messages
where sender_id is not null and handle is not null
""",
}
