"""The archive of the brand's own X account: its tweets are no voice, its direct messages are."""

from __future__ import annotations

import json
import zipfile
from collections import Counter

import pytest
from project import tweet, tweets, write

from vocpipe.contracts import Reject
from vocpipe.exports import Export
from vocpipe.sources import recognise, x_archive
from vocpipe.warehouse import rows

ACCOUNT = [{"account": {"username": "fernwing", "accountId": "900", "createdAt": "2012-03-01T09:00:00.000Z"}}]


def script(name: str, items: object) -> bytes:
    """A file of the archive."""
    return f"window.YTD.{name}.part0 = ".encode() + json.dumps(items, indent=2).encode()


def own(number: int, **parts: object) -> dict:
    """One tweet of the account."""
    return {"tweet": {
        "id_str": str(number), "id": str(number), "full_text": f"@mira We are sorry, case {number}",
        "created_at": "Wed Oct 19 20:07:25 +0000 2022", "in_reply_to_user_id_str": "77",
        "in_reply_to_screen_name": "mira",
        "entities": {"user_mentions": [{"screen_name": "nils", "id_str": "78", "indices": ["0", "5"]}]},
    } | parts}  # fmt: skip


def message(number: int, sender: str, text: str = "Where is my bag?", **parts: object) -> dict:
    """One direct message."""
    return {"messageCreate": {"id": str(number), "senderId": sender, "recipientId": "900", "text": text,
                              "createdAt": "2026-01-05T18:31:00.000Z"} | parts}  # fmt: skip


def talk(*messages: dict, between: str = "77-900") -> dict:
    """One conversation."""
    return {"dmConversation": {"conversationId": between, "messages": list(messages)}}


def reasons(con) -> Counter:
    """What became of the rows."""
    return Counter(reason for (reason,) in rows(con, "select reason from staging.records"))


@pytest.mark.parametrize(
    ("content", "kinds"),
    [
        (script("tweets", [own(1), own(2)]), {"tweet": 2}),
        (script("tweet", [own(1)["tweet"]]), {"tweet": 1}),
        (script("deleted_tweets", [own(1)]), {"tweet": 1}),
        (b"\xef\xbb\xbf" + script("tweets", [own(1)]), {"tweet": 1}),
        (json.dumps([own(1)]).encode(), {"tweet": 1}),
        (script("account", ACCOUNT), {"account": 1}),
        (
            script("direct_messages", [talk(message(1, "77"), message(2, "900")), talk(message(3, "78"))]),
            {"message": 3},
        ),
        (script("tweets", []), {}),
    ],
)
def test_tweets_messages_and_the_account_are_read(content, kinds, tmp_path):
    (tmp_path / "a.js").write_bytes(content)
    assert recognise(Export(tmp_path / "a.js")).format == "x_archive_js"
    found = list(x_archive.read(Export(tmp_path / "a.js")))
    assert Counter(piece.kind for piece in found) == kinds
    assert len({(piece.line_no, piece.item_no) for piece in found}) == len(found)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"[]", b"window.YTD", b"window.YTD.tweets", b'{"tweet": {}}', b"\xff\xfe\x00",
        script("like", [{"like": {"tweetId": "1", "fullText": "so true"}}]),
        script("follower", [{"follower": {"accountId": "77"}}]),
        script("tweetdeck", [{"deck": {"title": "Deck"}}]),
        script("ad_engagements", [{"ad": {}}]),
        json.dumps([{"tweet": {"id": "1", "text": "no archive"}}]).encode(),
    ],
)  # fmt: skip
def test_other_files_of_an_archive_are_left_alone(content, tmp_path):
    (tmp_path / "a.js").write_bytes(content)
    assert x_archive.recognise(Export(tmp_path / "a.js")) is None


def test_what_is_no_item_is_kept_with_its_reason(tmp_path):
    odd = [None, 7, {"surprise": 1}, {"dmConversation": {"messages": 3}}, {"tweet": "text"}]
    (tmp_path / "a.js").write_bytes(script("tweets", [own(1), *odd, own(2)]))
    found = list(x_archive.read(Export(tmp_path / "a.js")))
    assert sum(isinstance(piece, Reject) for piece in found) == 5
    assert sum(not isinstance(piece, Reject) for piece in found) == 2


def test_the_accounts_own_tweets_are_no_voice_and_make_nobody_a_person(tmp_path, staged):
    files = {"tweets.js": script("tweets", [own(1), own(2, full_text="RT @mira: thanks")]),
             "t.jsonl": tweets(tweet(1, "a customer's own tweet"))}  # fmt: skip
    with staged(write(tmp_path, files)) as con:
        assert rows(con, "select verbatim from staging.turns") == [("a customer's own tweet",)]
        assert reasons(con) == {"written by the brand itself": 2, None: 1}
        assert rows(con, "select source, record_id from staging.persons") == [("x_api", "77")]


def test_a_customers_direct_message_is_a_turn_of_the_person_whom_the_tweets_name(tmp_path, staged):
    joined = {"joinConversation": {"initiatingUserId": "77"}}
    talks = [talk(message(1, "77"), message(2, "900", "We are on it"), joined),
             talk(message(3, "79", "Thank you all"), message(4, "78", " "), between="79-900")]  # fmt: skip
    files = {"data/tweets.js": script("tweets", [own(1)]), "data/account.js": script("account", ACCOUNT),
             "data/direct-messages.js": script("direct_messages", talks)}  # fmt: skip
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    with staged(tmp_path) as con:
        said = rows(con, "select channel, person_id, conversation_id, verbatim from staging.turns order by source_id")
        assert said == [
            ("message", "77", "77-900", "Where is my bag?"), ("message", "79", "79-900", "Thank you all"),
        ]  # fmt: skip
        assert rows(con, "select record_id, identifier from staging.identifiers") == [("77", "mira")]
        assert reasons(con) == {
            None: 2, "written by the brand itself": 2, "the account of the brand itself": 1,
            "the message has no text": 1, "no message of a person": 1,
        }  # fmt: skip


def test_without_the_account_nobody_guesses_which_side_is_the_brand(tmp_path, staged):
    files = {"direct-messages.js": script("direct_messages", [talk(message(1, "77"), message(2, "900"))]),
             "t.jsonl": tweets(tweet(1, "a voice"))}  # fmt: skip
    with staged(write(tmp_path, files)) as con:
        assert reasons(con) == {None: 1, "which side is the brand is not known without account.js": 2}
