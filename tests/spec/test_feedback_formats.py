"""Tables of feedback by mapping: surveys, posts, reviews and complaints, and what spreadsheets do to them."""

from __future__ import annotations

import csv
import io
import shutil
import tomllib
from collections import Counter
from datetime import datetime

import pytest
from project import write

from vocpipe.exports import Export
from vocpipe.sources import feedback, recognise
from vocpipe.warehouse import rows

WORDS = ("late again and no word", "a kind crew all the way", "my bag came two days later", "the app lost my booking")
TWEETS = ("tweet_id", "tweet_created", "name", "retweet_count", "text")
DAYS = [f"2026-01-{day:02d} 10:00" for day in range(1, 29)]


def table(header, *lines, delimiter: str = ",") -> bytes:
    """A CSV."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows([header, *lines])
    return out.getvalue().encode()


def text(number: int) -> str:
    """A text of its own."""
    return f"{WORDS[number % 4]}, case {number}"


def posts(ids, dates=DAYS, names=None, texts=None) -> bytes:
    """Tweets as a spreadsheet's CSV."""
    names, texts = names or [f"user{n}" for n in range(len(ids))], texts or [text(n) for n in range(len(ids))]
    return table(TWEETS, *([i, d, n, 0, t] for i, d, n, t in zip(ids, dates, names, texts, strict=False)))


def known(folder, content: bytes, name: str = "f.csv"):
    """What a file is recognised as."""
    (folder / name).write_bytes(content)
    return recognise(Export(folder / name))


def reasons(con) -> Counter:
    """What became of the rows."""
    return Counter(reason for (reason,) in rows(con, "select reason from staging.records"))


# --------------------------------------------------------------------------- recognition


def test_each_channel_is_told_by_its_columns_and_its_text_by_the_name_of_its_column(tmp_path):
    lines = [[f"k{n}", day, 1 + n % 5, f"Title of {n} and more", text(n)] for n, day in enumerate(DAYS)]
    for header, channel, verbatim in (
        (("review_id", "date", "rating", "title", "review_text"), "review", "review_text"),
        (("ReviewID", "Datetime", "OverallRating", "ReviewHeader", "ReviewBody"), "review", "ReviewBody"),
        (("id", "date published", "stars", "title", "content"), "review", "content"),
        (("Complaint ID", "Date received", "Product", "Issue", "Consumer complaint narrative"), "complaint",
         "Consumer complaint narrative"),
        (("tweet_id", "tweet_created", "retweet_count", "tweet_location", "text"), "tweet", "text"),
        (("id", "Datum", "Bewertung", "Titel", "Kommentar"), "review", "Kommentar"),
        (("response_id", "submitted_at", "rating", "visit", "comment"), "survey", "comment"),
    ):  # fmt: skip
        found = known(tmp_path, table(header, *lines))
        assert (found.format, found.columns["channel"]) == ("feedback_csv", channel)
        texts = [question.question_id for question in found.questions if question.metric is None]
        assert verbatim in texts
        assert channel == "survey" or texts == [verbatim]
        assert found.columns["id"] == header[0]
        assert found.columns["occurred_at"] == header[1]


@pytest.mark.parametrize("name", ["Likelihood.to.recommend", "overall_rating", "Would you recommend us? (1-10)"])
def test_a_rating_from_1_to_10_is_no_nps_and_a_note_says_that_it_is_left_out(name, tmp_path):
    found = known(tmp_path, table(("date", name, "comment"), *([d, 1 + n % 10, text(n)] for n, d in enumerate(DAYS))))
    assert [question.metric for question in found.questions] == [None]
    assert any(f"{name} (1 to 10)" in note and "NPS" in note for note in found.notes)
    assert name not in found.segments


def test_stars_are_no_score_satisfaction_is_and_recommended_is_a_segment(tmp_path):
    header = "review_date", "stars", "satisfaction (1-5)", "recommended", "review"
    lines = [[day, 1 + n % 5, 1 + n % 5, ("yes", "no")[n % 2], text(n)] for n, day in enumerate(DAYS)]
    found = known(tmp_path, table(header, *lines))
    assert [(q.question_id, q.metric) for q in found.questions] == [("review", None), ("satisfaction (1-5)", "csat")]
    assert found.segments == ["recommended"]
    assert found.columns["channel"] == "review"


def test_a_free_text_that_hardly_anyone_wrote_is_still_the_verbatim_and_an_only_date_is_taken_with_a_note(tmp_path):
    lines = [["1/5/26" if n else "1/25/26", n % 11, "NA"] for n in range(40)]
    found = known(tmp_path, table(("Flight.date", "delay", "freeText"), *lines))
    assert [question.question_id for question in found.questions] == ["freeText"]
    assert found.columns["occurred_at"] == "Flight.date"
    assert any(note.startswith("guessed: Flight.date") for note in found.notes)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\n\n", b"id,date,comment\n", b"a,b\n1,2\n", b"\x00\x01\x02", b"date,comment\n,\n,\n",
        table(("date", "amount"), *([day, 5] for day in DAYS)),
        table(("when", "where"), *([text(n), n] for n in range(30))),
        table(("ticket_id", "created_at", "message"), *([n, day, text(n)] for n, day in enumerate(DAYS))),
        table(("id", "created_at", "url"), *([n, d, f"https://example.com/en/page/{n}"] for n, d in enumerate(DAYS))),
        table(("synced", "remark on it"), *([day, text(n)] for n, day in enumerate(DAYS))),
    ],
)  # fmt: skip
def test_a_table_without_times_or_without_words_and_scores_is_no_feedback(content, tmp_path):
    (tmp_path / "f.csv").write_bytes(content)
    assert feedback.recognise(Export(tmp_path / "f.csv")) is None


# --------------------------------------------------------------------------- ids


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        ([f"5.703{n:02d}E+17" for n in range(20)], "written by a spreadsheet"),
        ([f"5703{n:02d}083672813000" for n in range(20)], "rounded to 15 digits"),
        (["7"] * 20, "names several rows"),
    ],
)
def test_ids_that_a_spreadsheet_has_spoilt_are_no_keys_and_the_rows_are_still_used(ids, words, tmp_path, staged):
    folder = write(tmp_path, {"f.csv": posts(ids)})
    assert "id" not in known(folder, posts(ids)).columns
    with staged(folder) as con:
        assert reasons(con) == {None: 20}
        assert rows(con, "select count(distinct record_key) from staging.records") == [(20,)]
        assert not rows(con, "select 1 from staging.records where record_key in (select unnest($1))", [ids])
    notes = [line for line in (folder / "vocpipe.toml").read_text().splitlines() if line.startswith("# Note: tweet_id")]
    assert len(notes) == 1
    assert words in notes[0]


def test_whole_ids_stay_text_and_a_single_spoilt_or_missing_one_is_set_aside(tmp_path, staged):
    ids = [f"00{n}" for n in range(18)] + ["5.70301E+17", ""]
    with staged(write(tmp_path, {"f.csv": posts(ids)})) as con:
        assert reasons(con) == {
            None: 18, "the id is no whole number: a spreadsheet has spoilt it": 1, "the row has no id": 1,
        }  # fmt: skip
        assert rows(con, "select source_id from staging.turns order by 1 limit 2") == [("000",), ("001",)]
        assert rows(con, "select distinct set_aside_column from staging.records order by 1") == [("tweet_id",), (None,)]


def test_the_same_row_without_an_id_counts_once_in_whatever_order_its_columns_stand(tmp_path, staged):
    lines = [[day, text(n), "web"] for n, day in enumerate(DAYS)]
    turned = [[c, b, a] for a, b, c in lines]
    files = {
        "a.csv": table(("date", "comment", "via"), *lines),
        "b.csv": table(("via", "comment", "date"), *turned, ["web", "one that is new today", DAYS[0]]),
    }
    with staged(write(tmp_path, files)) as con:
        assert rows(con, "select count(*) from staging.turns") == [(29,)]


# --------------------------------------------------------------------------- times


@pytest.mark.parametrize(
    ("dates", "layout", "first"),
    [
        (["24-02-2026 11:15"] + ["01-02-2026 10:00"] * 19, "%d-%m-%Y %H:%M", datetime(2026, 2, 24, 11, 15)),
        (["2/24/2026 11:15"] + ["2/1/2026 10:00"] * 19, "%m/%d/%Y %H:%M", datetime(2026, 2, 24, 11, 15)),
        (["2/24/26 11:15"] + ["2/1/26 10:00"] * 19, "%m/%d/%y %H:%M", datetime(2026, 2, 24, 11, 15)),
        (["46077.46875"] + ["46054.5"] * 19, "excel", datetime(2026, 2, 24, 11, 15)),
        (["24th February 2026"] + ["1st February 2026"] * 19, "%d %B %Y", datetime(2026, 2, 24)),
    ],
)
def test_dates_are_read_as_the_column_writes_them(dates, layout, first, tmp_path, staged):
    folder = write(tmp_path, {"f.csv": posts([f"k{n}" for n in range(20)], dates)})
    with staged(folder) as con:
        settings = tomllib.loads((folder / "vocpipe.toml").read_text())
        assert settings["sources"][0]["columns"]["occurred_at_format"] == layout
        assert rows(con, "select max(occurred_at), count(*) from staging.turns") == [(first, 20)]


def test_files_that_write_dates_differently_are_two_sources_and_each_is_read_right(tmp_path, staged):
    keys = [f"k{n}" for n in range(20)]
    files = {
        "dmy.csv": posts(keys, ["24-02-2026 11:15"] * 20),
        "mdy.csv": posts(keys, ["2/24/2026 11:15"] * 20),
        "serial.csv": posts(keys, ["46077.46875"] * 20),
    }
    with staged(write(tmp_path, files)) as con:
        assert rows(con, "select distinct occurred_at from staging.turns") == [(datetime(2026, 2, 24, 11, 15),)]
        assert rows(con, "select count(*), count(distinct source) from staging.turns") == [(60, 3)]


def test_a_file_that_leaves_day_and_month_open_joins_its_sister_that_tells(tmp_path, staged):
    keys = [f"k{n}" for n in range(20)]
    files = {
        "january.csv": posts(keys, ["24/02/2026 11:15"] * 20),
        "later.csv": posts([f"n{n}" for n in range(10)], ["03/04/2026 11:15"] * 10),
    }
    with staged(write(tmp_path, files)) as con:
        assert rows(con, "select occurred_at, count(*) from staging.turns group by 1 order by 1") == [
            (datetime(2026, 2, 24, 11, 15), 20), (datetime(2026, 4, 3, 11, 15), 10),
        ]  # fmt: skip


def test_a_time_that_cannot_be_read_sets_its_row_aside(tmp_path, staged):
    dates = [*DAYS[:19], "yesterday"]
    with staged(write(tmp_path, {"f.csv": posts([f"k{n}" for n in range(20)], dates)})) as con:
        assert reasons(con) == {None: 19, "the row holds no time that can be read": 1}


# --------------------------------------------------------------------------- what counts


def test_posts_have_handles_and_are_not_asked_for_and_retweets_and_the_brands_own_do_not_count(tmp_path, staged):
    names = ["@mira", "nils", "fernwing", *(f"user{n}" for n in range(17))]
    texts = [text(0), "RT @mira: late again and no word", "We are sorry to hear that", *(text(n) for n in range(3, 20))]
    folder = write(tmp_path, {"f.csv": posts([f"k{n}" for n in range(20)], DAYS, names, texts)})
    with staged(folder) as con:
        assert reasons(con) == {None: 19, "a retweet repeats another voice": 1}
    settings = (folder / "vocpipe.toml").read_text().replace("brand_handles = []", 'brand_handles = ["FernWing"]')
    again = write(tmp_path / "again", {"f.csv": (folder / "f.csv").read_bytes(), "vocpipe.toml": settings.encode()})
    with staged(again) as con:
        assert reasons(con) == {None: 18, "a retweet repeats another voice": 1, "written by the brand itself": 1}
        assert rows(con, "select distinct channel, is_solicited from staging.turns") == [("tweet", False)]
        assert rows(con, "select count(*) from staging.persons where person_kind = 'social_user'") == [(18,)]
        assert ("handle", "mira") in rows(con, "select identifier_type, identifier from staging.identifiers")


def test_a_review_without_words_and_scores_says_nothing_a_blank_survey_response_counts(tmp_path, staged):
    lines = [[f"k{n}", day, n % 2, text(n) if n > 3 else ""] for n, day in enumerate(DAYS)]
    with staged(write(tmp_path, {"f.csv": table(("review_id", "date", "verified", "review"), *lines)})) as con:
        assert reasons(con) == {None: 24, "no text and no score": 4}
        assert rows(con, "select distinct is_solicited from staging.turns") == [(False,)]
    survey = table(("response_id", "date", "verified", "comment"), *lines)
    with staged(write(tmp_path / "survey", {"f.csv": survey})) as con:
        assert reasons(con) == {None: 28}
        assert rows(con, "select count(*), count(verbatim) from staging.turns where is_solicited") == [(28, 24)]


def test_a_filler_that_a_program_wrote_is_no_text_and_a_person_who_writes_na_is_one(tmp_path, staged):
    lines = [[f"k{n}", DAYS[n % 28], text(n) if n % 4 == 0 else "NA"] for n in range(80)]
    with staged(write(tmp_path, {"f.csv": table(("response_id", "date", "freeText"), *lines)})) as con:
        assert rows(con, "select count(*), count(verbatim) from staging.turns") == [(80, 20)]
    lines = [[f"k{n}", DAYS[n % 28], text(n) if n else "NA"] for n in range(80)]
    with staged(write(tmp_path / "person", {"f.csv": table(("response_id", "date", "freeText"), *lines)})) as con:
        assert rows(con, "select count(verbatim) from staging.turns") == [(80,)]


def test_persons_of_a_survey_are_respondents_with_their_address(tmp_path, staged):
    lines = [[f"k{n}", day, f"p{n}@example.com", text(n)] for n, day in enumerate(DAYS)]
    with staged(write(tmp_path, {"f.csv": table(("id", "submitted_at", "email", "Why?"), *lines)})) as con:
        assert rows(con, "select person_kind, count(*) from staging.persons group by 1") == [("respondent", 28)]
        assert rows(con, "select identifier_type, count(*) from staging.identifiers group by 1") == [("email", 28)]


# --------------------------------------------------------------------------- real files


@pytest.mark.parametrize(
    ("file", "layout", "read", "used"),
    [
        ("airline_tweets_mangled/Tweets_excel_ddmmyyyy.csv", "%d-%m-%Y %H:%M", 300, 300),
        ("airline_tweets_mangled/Tweets_excel_mdyyyy.csv", "%m/%d/%Y %H:%M", 300, 300),
        ("airline_tweets_mangled/Tweets_excel_serialdate.csv", "excel", 300, 300),
        ("cfpb/complaints_1mib.csv", None, 2068, 389),
        ("southeast_airlines_nps/data_1_dev.csv", "%m/%d/%y", 6156, 6156),
    ],
)
def test_real_files_are_read_to_the_last_row(file, layout, read, used, shared, tmp_path, staged):
    shutil.copy(shared / "data" / file, tmp_path)
    with staged(tmp_path) as con:
        columns = tomllib.loads((tmp_path / "vocpipe.toml").read_text())["sources"][0]["columns"]
        assert columns.get("occurred_at_format") == layout
        unreadable = rows(con, "select count(*) from raw.rejects")[0][0]
        assert reasons(con).total() + unreadable == read
        assert reasons(con)[None] == used
        assert rows(con, "select count(*) from staging.turns where occurred_at is null") == [(0,)]


def test_a_real_file_with_carriage_returns_only_is_read_row_by_row(shared, tmp_path, staged):
    shutil.copy(shared / "data" / "airline_tweets_mangled" / "Airline-Sentiment_cr_lineends.csv", tmp_path)
    with staged(tmp_path) as con:
        # Some cells hold bytes of no encoding, or a line feed without quotes.
        assert 283 <= reasons(con)[None] <= 300
        assert reasons(con)[None] + rows(con, "select count(*) from raw.rejects")[0][0] >= 300
        assert rows(con, "select min(occurred_at) from staging.turns") == [(datetime(2015, 2, 17, 17, 16),)]


def test_the_broken_end_of_a_real_file_is_quarantined_with_its_line(shared, tmp_path, staged):
    shutil.copy(shared / "data" / "cfpb" / "complaints_1mib.csv", tmp_path)
    with staged(tmp_path) as con:
        assert rows(con, "select count(*), min(line_no) > 3000 from raw.rejects") == [(1, True)]
        assert reasons(con) == {None: 389, "no text and no score": 1678}
        assert rows(con, "select distinct channel, is_solicited from staging.turns") == [("complaint", False)]


@pytest.mark.parametrize("file", ["ba_reviews/BA_AirlineReviews_dev.csv", "skytrax/lounge_dev.csv"])
def test_real_reviews_have_one_text_and_no_score(file, shared):
    found = recognise(Export(shared / "data" / file))
    assert [question.metric for question in found.questions] == [None]
    assert found.columns["channel"] == "review"
    assert any("(1 to 10)" in note for note in found.notes)
