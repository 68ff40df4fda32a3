"""Vendor rows in, conformed tables out: what counts, what is set aside and why, which version is in force."""

from __future__ import annotations

import json
from datetime import datetime

from project import qualtrics, response, ticket, tickets, tweet, tweets, user, write

from vocpipe.warehouse import rows

MANY = [response(n, n % 11) for n in range(40)]


def reasons(con):
    query = "select record_key, reason from staging.records where reason is not null order by 1, 2"
    return rows(con, query)


def test_previews_spam_and_unfinished_responses_are_set_aside_with_their_reason(tmp_path, staged):
    bad = [response(50, 9, Status="1"), response(51, 9, Status="8"), response(52, 9, Finished="0")]
    with staged(write(tmp_path, {"q.csv": qualtrics([*MANY, *bad])})) as con:
        assert reasons(con) == [
            ("R_50", "a preview or test of the survey, no customer"),
            ("R_51", "marked as spam by the vendor"),
            ("R_52", "the response was not finished"),
        ]
        assert rows(con, "select count(*) from staging.turns") == [(40,)]


def test_a_blank_or_impossible_score_leaves_the_rest_of_the_response_valid(tmp_path, staged):
    odd = [response(60, ""), response(61, "11"), response(62, "8.5"), response(63, "often")]
    with staged(write(tmp_path, {"q.csv": qualtrics([*MANY, *odd])})) as con:
        found = dict(rows(con, "select response_id, problem from staging.answers where problem is not null order by 1"))
        assert found == {
            "R_61": "the answer is outside the scale",
            "R_62": "the answer is no whole number",
            "R_63": "the answer is no number",
        }
        assert rows(con, "select count(*) from staging.answers where metric = 'csat' and score = 4") == [(44,)]
        assert rows(con, "select count(*) from staging.turns") == [(44,)]
        assert rows(con, 'select "column_name", reason from staging.cells order by line_no') == [
            ("Q1", reason) for reason in found.values()
        ]


def test_times_of_a_survey_are_read_in_the_zone_that_the_file_names(tmp_path, staged):
    late = response(70, 9, EndDate="2026-01-31 20:00:00", RecordedDate="2026-01-31 20:00:01")
    with staged(write(tmp_path, {"q.csv": qualtrics([*MANY, late])})) as con:
        found = rows(con, "select occurred_at, known_at from staging.turns where source_id = 'R_70'")
        assert found == [(datetime(2026, 2, 1, 3, 0), datetime(2026, 2, 1, 3, 0, 1))]


def test_the_same_response_twice_counts_once(tmp_path, staged):
    with staged(write(tmp_path, {"a.csv": qualtrics([*MANY, MANY[3]]), "b.csv": qualtrics([MANY[5]])})) as con:
        assert reasons(con) == [
            ("R_3", "the same row was exported more than once"),
            ("R_5", "the same row was exported more than once"),
        ]
        assert rows(con, "select count(*), count(distinct interaction_id) from staging.turns") == [(40, 40)]


def test_the_newest_version_of_a_ticket_wins_in_whatever_order_they_come(tmp_path, staged):
    old = ticket(1, status="open", updated_at="2026-02-01T09:00:00Z", satisfaction_rating={"score": "unoffered"})
    new = ticket(1)
    users = b'{"users": [' + json.dumps(user(9001)).encode() + b"]}"
    for name, order in (("x", (old, new)), ("y", (new, old))):
        folder = write(tmp_path / name, {"t.json": tickets(*order), "u.json": users})
        with staged(folder) as con:
            assert rows(con, "select status, rating from staging.conversations") == [("solved", "good")]
            assert reasons(con) == [("1", "an older version of the same thing")]
            assert rows(con, "select count(*) from staging.turns") == [(1,)]


def test_demo_and_deleted_tickets_are_no_voice(tmp_path, staged):
    demo, gone = ticket(2, via={"channel": "sample_ticket"}), ticket(3, status="deleted")
    with staged(write(tmp_path, {"t.json": tickets(ticket(1), demo, gone)})) as con:
        assert reasons(con) == [("2", "a demo ticket, no customer"), ("3", "deleted by the vendor")]


def test_a_deletion_takes_earlier_versions_with_it(tmp_path, staged):
    gone = ticket(1, status="deleted", updated_at="2026-03-01T00:00:00Z")
    with staged(write(tmp_path, {"t.json": tickets(ticket(1), gone, ticket(2))})) as con:
        assert rows(con, "select source_id from staging.turns") == [("2",)]
        assert ("1", "removed by the vendor later") in reasons(con)


def test_retweets_and_the_brands_own_tweets_are_no_customers_voice(tmp_path, staged):
    page = tweets(
        *(tweet(n, f"@fernwing where is my bag {n}", author_id=str(n)) for n in range(20)),
        tweet(30, "RT @mira: lovely", referenced_tweets=[{"type": "retweeted", "id": "1"}]),
        tweet(31, "@mira we are sorry", author_id="999"),
        handles={str(n): f"user{n}" for n in range(20)} | {"77": "mira", "999": "FernWing"},
    )
    with staged(write(tmp_path, {"tweets.jsonl": page})) as con:
        assert rows(con, "select count(*) from staging.turns") == [(20,)]
        assert sorted(reason for _, reason in reasons(con)) == [
            "a retweet repeats another voice",
            "written by the brand itself",
        ]


def test_a_tweet_on_two_pages_counts_once(tmp_path, staged):
    again = tweet(1, "hello there", public_metrics={"like_count": 3})
    page = tweets(tweet(1, "hello there"), handles={"77": "mira"}) + tweets(again, handles={"77": "mira"})
    with staged(write(tmp_path, {"tweets.jsonl": page})) as con:
        assert rows(con, "select count(*) from staging.turns") == [(1,)]
        assert rows(con, "select count(*) from staging.records") == [(2,)]


def test_a_line_that_is_no_json_is_kept_with_its_reason_and_the_rest_is_used(tmp_path, staged):
    page = tweets(tweet(1, "fine"), handles={"77": "mira"}) + b'{"data": [{"id": "19\n' + tweets(tweet(2, "fine too"))
    with staged(write(tmp_path, {"tweets.jsonl": page})) as con:
        assert rows(con, "select count(*) from staging.turns") == [(2,)]
        assert rows(con, "select line_no, reason from raw.rejects") == [(2, "this is no complete JSON")]


def test_what_happened_or_was_known_later_is_not_seen(tmp_path, staged):
    page = tweets(
        tweet(1, "early", created_at="2026-01-01T00:00:00Z"),
        tweet(2, "on the stroke", created_at="2026-02-01T00:00:00Z"),
    )
    with staged(write(tmp_path, {"tweets.jsonl": page}), as_of=datetime(2026, 2, 1)) as con:
        assert rows(con, "select verbatim from staging.turns") == [("early",)]
        assert [reason for _, reason in reasons(con)] == ["not yet known at the as-of time"]


def test_of_a_ticket_changed_after_the_as_of_time_the_opening_shows_and_its_later_state_does_not(tmp_path, staged):
    folder = write(tmp_path, {"t.json": tickets(ticket(1, updated_at="2026-05-01T00:00:00Z"))})
    with staged(folder, as_of=datetime(2026, 3, 1)) as con:
        assert rows(con, "select count(*) from staging.turns") == [(1,)]
        assert rows(con, "select status, rating, created_at from staging.conversations") == [
            (None, None, datetime(2026, 2, 1, 8, 0))
        ]


def test_what_comes_after_a_sources_first_load_is_known_from_its_load_on(tmp_path, staged):
    with staged(write(tmp_path, {"surveys/q_1.csv": qualtrics(MANY)})) as con:
        first = rows(con, "select max(known_at) from staging.turns")[0][0]
        assert first < datetime(2026, 2, 1)
    late = response(80, 2)
    with staged(write(tmp_path, {"surveys/q_2.csv": qualtrics([late])})) as con:
        assert rows(con, "select count(*) from staging.turns") == [(40,)]  # loaded today, after the as-of time
        assert ("R_80", "not yet known at the as-of time") in reasons(con)
    with staged(tmp_path, as_of=datetime(2100, 1, 1)) as con:
        assert rows(con, "select known_at = loaded_at from staging.turns where source_id = 'R_80'") == [(True,)]


def test_a_corrected_answer_keeps_the_old_one_with_its_end(tmp_path, staged):
    with staged(write(tmp_path, {"surveys/q_1.csv": qualtrics(MANY)})):
        pass
    corrected = response(4, 10)
    with staged(write(tmp_path, {"surveys/q_2.csv": qualtrics([corrected])}), as_of=datetime(2100, 1, 1)) as con:
        found = rows(
            con,
            "select score, superseded_at is null from staging.answers "
            "where response_id = 'R_4' and metric = 'nps' order by known_at",
        )
        assert found == [(4, False), (10, True)]
    with staged(tmp_path) as con:  # as it was known in July
        assert rows(con, "select score from staging.answers where response_id = 'R_4' and metric = 'nps'") == [(4,)]


def test_rows_already_held_are_not_stored_again(tmp_path, staged):
    with staged(write(tmp_path, {"surveys/q_1.csv": qualtrics(MANY)})) as con:
        before = rows(con, "select count(*) from raw.records")
    with staged(write(tmp_path, {"surveys/q_1.csv": qualtrics([*MANY, response(90, 9)])})) as con:
        assert rows(con, "select count(*) from raw.records") == [(before[0][0] + 1,)]
        assert rows(con, "select rows_in, rows_unchanged from raw.loads order by load_id") == [(40, 0), (41, 40)]


def test_the_same_bytes_under_another_name_load_nothing(tmp_path, staged):
    with staged(write(tmp_path, {"surveys/q_1.csv": qualtrics(MANY)})):
        pass
    with staged(write(tmp_path, {"surveys/q_2.csv": qualtrics(MANY)})) as con:
        assert rows(con, "select count(*) from raw.loads") == [(1,)]


CRM = "customer_id,first_name,last_name,email,phone,date_of_birth,city,signup_date\n"


def test_records_of_one_birth_date_town_and_name_meet_slips_allowed_for_and_twins_do_not(tmp_path, staged):
    people = [
        ("K1", "Martin", "1980-01-01"), ("K2", "Matrin", "1980-01-01"),  # a slip of the pen
        ("K3", "Jana", "1990-01-01"), ("K4", "Hana", "1990-01-01"),  # twins
        ("K5", "Jana", "1990-01-01"),  # one of them again
        ("K6", "", "1980-01-01"),  # who knows
        ("K7", "Mia", "1985-01-01"), ("K8", "Miaa", "1985-01-01"),  # the last letter doubled
        ("K9", "Ian", "1985-02-01"), ("L1", "Ivan", "1985-02-01"),  # twins: too short to tell a slip
    ]  # fmt: skip
    text = CRM + "".join(f"{k},{name},Lie,{k}@example.com,,{born},Bergen,2020-01-01\n" for k, name, born in people)
    with staged(write(tmp_path, {"c.csv": text.encode()})) as con:
        found = rows(con, "select record_id, identifier from staging.birth_records order by 1")
    assert found == [
        ("K1", "1980-01-01|lie|bergen"),
        ("K2", "1980-01-01|lie|bergen"),
        ("K3", "1990-01-01|lie|bergen|jana"),
        ("K4", "1990-01-01|lie|bergen|hana"),
        ("K5", "1990-01-01|lie|bergen|jana"),
        ("K7", "1985-01-01|lie|bergen"),
        ("K8", "1985-01-01|lie|bergen"),
        ("K9", "1985-02-01|lie|bergen|ian"),
        ("L1", "1985-02-01|lie|bergen|ivan"),
    ]
