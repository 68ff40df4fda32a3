"""X: pages, streams, flattened tweets, users, counts, compliance notices, and an account's own archive."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime

import pytest
from project import tweet, tweets, write

from vocpipe.contracts import RawRow, Reject
from vocpipe.exports import Export
from vocpipe.sources import recognise, x_api
from vocpipe.warehouse import rows

ONE = "1900000000000000001"  # the id of tweet(1)


def lines(*items: object) -> bytes:
    """Objects, one a line."""
    return b"".join(json.dumps(item).encode() + b"\n" for item in items)


def notice(name: str, at: str = "2026-04-01T00:00:00.000Z", **of: object) -> dict:
    """An event of the compliance stream."""
    return {"data": {name: of | {"event_at": at}}}


def read(folder, content: bytes, name: str = "x.jsonl") -> list:
    """What a file gives, read as X."""
    (folder / name).write_bytes(content)
    return list(x_api.read(Export(folder / name)))


def voices(con) -> list[str]:
    """The customers' turns by their text."""
    return [text for (text,) in rows(con, "select verbatim from staging.turns order by occurred_at, source_id")]


def reasons(con) -> Counter:
    """Why rows are not used."""
    return Counter(r for (r,) in rows(con, "select reason from staging.records where reason is not null"))


# --------------------------------------------------------------------------- shapes


@pytest.mark.parametrize(
    ("content", "kinds"),
    [
        (tweets(tweet(1, "one"), tweet(2, "two")), {"tweet": 2}),
        (json.dumps({"data": [tweet(1, "one")], "includes": {"users": []}}, indent=2).encode(), {"tweet": 1}),
        (lines({"data": tweet(1, "one"), "matching_rules": [{"id": "5", "tag": "us"}]}), {"tweet": 1}),
        (lines(tweet(1, "one") | {"author": {"id": "77", "username": "mira"}}, tweet(2, "two")), {"tweet": 2}),
        (json.dumps([tweet(1, "one"), tweet(2, "two")]).encode(), {"tweet": 2}),
        (json.dumps([{"data": [tweet(1, "one")]}, {"data": [tweet(2, "two")]}]).encode(), {"tweet": 2}),
        (lines({"meta": {"result_count": 0}}, {"data": [tweet(1, "one")]}), {"tweet": 1}),
        (lines({"data": [{"id": "7", "username": "mira", "name": "M"}]}), {"user": 1}),
        (lines({"data": [{"start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z", "tweet_count": 4}]}),
         {"count": 1}),
        (lines(notice("delete", tweet={"id": ONE})), {"notice": 1}),
        (lines({"id": ONE, "action": "delete", "reason": "deleted", "redacted_at": "2026-04-01T00:00:00Z"}),
         {"notice": 1}),
        (lines({"delete": {"status": {"id_str": ONE, "user_id_str": "7"}, "timestamp_ms": "1775000000000"}}),
         {"notice": 1}),
    ],
)  # fmt: skip
def test_every_shape_is_recognised_and_read_row_by_row(content, kinds, tmp_path):
    found = read(tmp_path, content)
    assert recognise(Export(tmp_path / "x.jsonl")).format == "x_api_json"
    assert Counter(piece.kind for piece in found) == kinds
    assert len({(piece.line_no, piece.item_no) for piece in found}) == len(found)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"null", b"[]", b"{}", b"[[]]", b"[1]", b'"text"', b'{"data": null}', b'{"data": [null, 3]}',
        b'{"data": [[]]}', b'{"data": {"delete": 3}}', b'{"data": "text"}', b'{"meta": []}', b'{"errors": [3]}',
        b'{"data": [{"id": 1, "name": "x"}], "paging": {}}', b'{"id": 1, "text": "a note"}', b'{"delete": {"id": 1}}',
        b'{"id": 5, "action": "delete", "reason": "duplicate", "created_at": "2026-01-01"}', b'{"delete": null}',
        b'{"tickets": [{"id": 1, "requester_id": 2, "status": "open", "text": "x"}]}', b"\xff\xfe\x00\x01", b"{" * 5000,
    ],
)  # fmt: skip
def test_what_is_no_page_of_x_is_left_alone(content, tmp_path):
    (tmp_path / "x.json").write_bytes(content)
    assert x_api.recognise(Export(tmp_path / "x.json")) is None


def test_odd_pages_among_good_ones_lose_nothing_and_stop_nothing(tmp_path):
    odd = [{"data": [None, 7, {"id": None}]}, {"data": [tweet(2, "x")], "includes": {"users": 3, "tweets": [None]}},
           {"errors": [{"title": "Not Found Error"}]}, {"surprise": 1}, {"data": None}, {"data": "text"}]  # fmt: skip
    found = read(tmp_path, lines({"data": [tweet(1, "one")]}, *odd) + b"{broken\n" + lines({"data": [tweet(3, "y")]}))
    assert Counter(type(piece) for piece in found) == {RawRow: 4, Reject: 5}
    assert [piece.line_no for piece in found if isinstance(piece, Reject)] == [2, 2, 5, 7, 8]


def test_odd_types_inside_a_tweet_stop_nothing(tmp_path, staged):
    odd = [tweet(2, "x", author_id=["8"], referenced_tweets="none", edit_history_tweet_ids={}, id=["2"]),
           tweet(3, "still a voice", author_id=8, lang=5, withheld=None, conversation_id=None)]  # fmt: skip
    with staged(write(tmp_path, {"t.jsonl": tweets(tweet(1, "one") | {"text": 7}, *odd)})) as con:
        assert "still a voice" in voices(con)
        assert rows(con, "select count(*) from staging.records") == [(3,)]


def test_half_an_emoji_at_the_end_of_a_cut_text_stops_nothing(tmp_path, staged):
    half = tweets(tweet(2, "lovely crew XX")).replace(b"XX", rb"\ud83d")
    with staged(write(tmp_path, {"t.jsonl": tweets(tweet(1, "one")) + half})) as con:
        assert voices(con) == ["one", "lovely crew \ufffd"]


def test_a_folder_with_users_only_can_be_looked_through(tmp_path, staged):
    users = {"data": [{"id": str(n), "username": f"user{n}", "created_at": "2020-01-01T00:00:00Z"} for n in range(30)]}
    with staged(write(tmp_path, {"u.json": lines(users)})) as con:
        assert rows(con, "select count(*) from staging.persons") == [(30,)]


def test_pages_users_and_counts_stand_in_one_source(tmp_path, staged):
    files = {
        "t.jsonl": tweets(tweet(1, "late again")),
        "u.json": lines({"data": [{"id": "77", "username": "mira", "created_at": "2020-01-01T00:00:00Z"}]}),
        "c.json": lines({"data": [{"start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z", "tweet_count": 4}]}),
    }
    with staged(write(tmp_path, files)) as con:
        assert voices(con) == ["late again"]
        assert rows(con, "select person_kind, record_id from staging.persons") == [("social_user", "77")]
        assert rows(con, "select identifier_type, identifier from staging.identifiers") == [("handle", "mira")]
        assert reasons(con) == {"a count of tweets, no voice": 1}


# --------------------------------------------------------------------------- what is voice


def test_a_quote_is_voice_a_retweet_is_none_however_it_is_marked(tmp_path, staged):
    page = tweets(
        tweet(1, "Look at this mess", referenced_tweets=[{"type": "quoted", "id": "5"}]),
        tweet(2, "RT @mira: Look at th…", referenced_tweets=[{"type": "retweeted", "id": "5"}]),
        tweet(3, "RT @mira: Look at this mess"),
        tweet(4, "RT if you are still waiting for a refund"),
    )
    with staged(write(tmp_path, {"t.jsonl": page})) as con:
        assert voices(con) == ["Look at this mess", "RT if you are still waiting for a refund"]
        assert reasons(con) == {"a retweet repeats another voice": 2}


def test_a_page_without_times_is_read_by_what_the_ids_say(tmp_path, staged):
    bare = {"id": "1460323737035677698", "text": "Half an hour in the queue", "edit_history_tweet_ids": []}
    write(tmp_path, {"t.json": lines({"data": [bare, {**bare, "id": "20"}], "meta": {"result_count": 2}})})
    with staged(tmp_path) as con:
        found = rows(con, "select source_id, occurred_at from staging.turns")
        assert [(key, str(at)[:19]) for key, at in found] == [("1460323737035677698", "2021-11-15 19:08:05")]
        assert reasons(con)["created_at holds no time that can be read"] == 1


def test_the_whole_text_counts_where_the_page_has_it(tmp_path, staged):
    short = tweet(2, "We have been waiting for …")
    page = json.dumps({
        "data": [tweet(1, "A long story, cut", note_tweet={"text": "A long story, told to its end"}), short],
        "includes": {"tweets": [short | {"text": "We have been waiting for our bags since noon"}]},
    }).encode()  # fmt: skip
    with staged(write(tmp_path, {"t.json": page})) as con:
        assert voices(con) == ["A long story, told to its end", "We have been waiting for our bags since noon"]


def test_the_last_version_of_an_edited_tweet_counts_in_whatever_order_they_come(tmp_path, staged):
    history = {"edit_history_tweet_ids": ["1900000000000000001", "1900000000000000002"]}
    page = tweets(
        tweet(2, "second thought", **history), tweet(1, "first thought", **history), tweet(1, "first thought")
    )
    with staged(write(tmp_path, {"t.jsonl": page})) as con:
        assert voices(con) == ["second thought"]
        assert rows(con, "select distinct record_key from staging.records") == [(ONE,)]


def test_withheld_tweets_and_tweets_of_withheld_accounts_are_set_aside(tmp_path, staged):
    page = json.dumps({
        "data": [tweet(1, "one", withheld={"country_codes": ["DE"], "copyright": False}),
                 tweet(2, "two", author_id="8"), tweet(3, "three")],
        "includes": {"users": [{"id": "8", "username": "nils", "withheld": {"country_codes": ["XX"]}}]},
    }).encode()  # fmt: skip
    user = {"id": "9", "username": "ida", "created_at": "2020-01-01T00:00:00Z", "withheld": {"country_codes": ["DE"]}}
    files = {"t.json": page, "u.jsonl": tweets(tweet(4, "four", author_id="9")) + lines({"data": [user]})}
    with staged(write(tmp_path, files)) as con:
        assert voices(con) == ["three"]
        assert reasons(con) == {"withheld by the platform": 4}


def test_what_cannot_be_used_says_why(tmp_path, staged):
    bad = [tweet(1, "x", id="1.90000E+18", edit_history_tweet_ids=None), tweet(2, "x", created_at="soon"),
           tweet(3, " "), {"text": "no id", "id": None}]  # fmt: skip
    with staged(write(tmp_path, {"t.jsonl": tweets(tweet(9, "fine"), *bad)})) as con:
        assert voices(con) == ["fine"]
        assert reasons(con) == {
            "the id is no whole number: a spreadsheet has spoilt it": 1, "the tweet has no text": 1,
            "created_at holds no time that can be read": 1, "the tweet has no id": 1,
        }  # fmt: skip


# --------------------------------------------------------------------------- notices


@pytest.mark.parametrize(
    "event",
    [
        notice("delete", tweet={"id": ONE, "author_id": "77"}),
        notice("tweet_delete", tweet={"id": ONE, "author_id": "77"}),
        {"id": ONE, "action": "delete", "reason": "deleted", "created_at": "2026-03-01T12:00:00Z",
         "redacted_at": "2026-04-01T00:00:00Z"},
        {"delete": {"status": {"id": 1, "id_str": ONE, "user_id": 77}, "timestamp_ms": "1775001600000"}},
    ],
)  # fmt: skip
def test_a_deleted_tweet_goes_with_all_its_versions_from_the_notice_on(event, tmp_path, staged):
    later = tweet(2, "edited", edit_history_tweet_ids=[ONE, "1900000000000000002"])
    files = {"t.jsonl": tweets(tweet(1, "gone"), later, tweet(3, "stays")), "notices.jsonl": lines(event)}
    with staged(write(tmp_path, files)) as con:
        assert voices(con) == ["stays"]
        assert reasons(con) == {"removed by the vendor later": 2, "deleted by the vendor": 1}
    with staged(write(tmp_path / "before", files), as_of=datetime(2026, 3, 15)) as con:
        assert voices(con) == ["edited", "stays"]


def test_a_notice_that_names_the_last_version_takes_the_first_too(tmp_path, staged):
    later = tweet(2, "edited", edit_history_tweet_ids=[ONE, "1900000000000000002"])
    event = notice("delete", tweet={"id": "1900000000000000002"})
    with staged(write(tmp_path, {"t.jsonl": tweets(tweet(1, "gone"), later), "n.jsonl": lines(event)})) as con:
        assert voices(con) == []


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        ([notice("user_delete", user={"id": "8"})], "the author deleted the account"),
        ([notice("user_suspend", user={"id": "8"})], "the account of the author is suspended"),
        ([notice("user_protect", user={"id": "8"})], "the author has made the account private"),
        ([notice("user_withheld", user={"id": "8"}, withheld_in_countries=["DE"])], "withheld by the platform"),
        ([notice("withheld", tweet={"id": ONE}, withheld_in_countries=["DE"])], "withheld by the platform"),
        ([notice("drop", tweet={"id": ONE})], "taken from public view by the platform"),
        ([{"id": "8", "action": "delete", "reason": "suspended", "redacted_at": "2026-04-01T00:00:00Z"}],
         "the account of the author is suspended"),
        ([notice("user_delete", user={"id": "8"}), notice("user_undelete", "2026-04-02T00:00:00Z", user={"id": "8"})],
         None),
        ([notice("undrop", "2026-04-02T00:00:00Z", tweet={"id": ONE}), notice("drop", tweet={"id": ONE})], None),
        ([notice("user_undelete", user={"id": "8"}), notice("user_delete", "2026-04-02T00:00:00Z", user={"id": "8"})],
         "the author deleted the account"),
        ([notice("user_suspend", "2027-01-01T00:00:00Z", user={"id": "8"})], None),
        ([notice("user_withheld", user={"id": "8"}, withheld_in_countries=[])], None),
        ([notice("scrub_geo", user={"id": "8"}, up_to_tweet_id=ONE)], None),
        ([notice("tweet_edit", tweet={"id": ONE})], None),
    ],
)  # fmt: skip
def test_what_notices_say_of_tweets_and_accounts_holds_from_then_on(events, reason, tmp_path, staged):
    files = {"t.jsonl": tweets(tweet(1, "mine", author_id="8"), tweet(2, "other")), "n.jsonl": lines(*events)}
    with staged(write(tmp_path, files)) as con:
        assert voices(con) == ["mine", "other"][reason is not None :]
        assert rows(con, "select count(*) from staging.records") == [(2 + len(events),)]
        assert reason is None or reasons(con)[reason] == 1


def test_the_same_notice_twice_is_one_and_a_notice_without_a_time_takes_nothing(tmp_path, staged):
    event = notice("user_delete", user={"id": "8"})
    timeless = {"data": {"delete": {"tweet": {"id": ONE}}}}
    files = {
        "t.jsonl": tweets(tweet(1, "one", author_id="8"), tweet(2, "two")),
        "n.jsonl": lines(event, event, timeless),
    }
    with staged(write(tmp_path, files)) as con:
        assert voices(con) == ["two"]
        assert rows(con, "select count(*), count(distinct row_id) from staging.records") == [(5, 5)]
        assert reasons(con)["the notice holds no time that can be read"] == 1


# --------------------------------------------------------------------------- real files


@pytest.mark.parametrize(
    ("file", "kinds"),
    [
        ("flat", {"tweet": 100}), ("noflat", {"tweet": 100}), ("edited", {"tweet": 1}), ("counts", {"count": 169}),
        ("media_tweet", {"tweet": 1}), ("two_tweets", {"tweet": 1}), ("users", {"user": 96}),
        ("geo_tweets", {"tweet": 2}),
    ],
)  # fmt: skip
def test_real_pages_are_read_to_the_last_item(file, kinds, shared):
    export = Export(shared / "data" / "twitter_v2_json" / f"{file}.jsonl")
    assert recognise(export).format == "x_api_json"
    assert Counter(piece.kind for piece in x_api.read(export)) == kinds


@pytest.mark.parametrize("file", ["flat", "noflat"])
def test_pages_and_their_flattened_form_give_the_same_voices(file, shared, tmp_path, staged):
    content = (shared / "data" / "twitter_v2_json" / f"{file}.jsonl").read_bytes()
    with staged(write(tmp_path, {"t.jsonl": content})) as con:
        assert rows(con, "select count(*), count(person_id) from staging.turns") == [(53, 53)]
        assert rows(
            con, "select count(distinct record_id) from staging.identifiers where identifier_type = 'handle'"
        ) == [(len({r for (r,) in rows(con, "select person_id from staging.turns")}),)]
