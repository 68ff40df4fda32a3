"""Every damage that vendors' files come with: which rows are used, and what quarantine says of the others."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from outcomes import quarantine, used
from project import ticket, tickets, tweet, tweets, write

from vocpipe.proposing import init
from vocpipe.warehouse import rows
from vocpipe.warehouse.conforming import TWICE

LATE = datetime(2027, 7, 1)  # an as-of time after every time in these files
ORDERS = "order_id,customer_id,ordered_at,amount,currency,status"
ANSWERS = "response_id,submitted_at,How likely are you to recommend us? (0-10),What is the reason for your score?"
SAID = [
    "The crew was kind and we left on time",
    "Nobody could tell me where my bag was",
    "I would fly with you again",
    "The seat was broken and the food cold",
    "A smooth trip from door to door",
    "My refund took three months",
]
QUOTES = "the quotes of this row are not closed or misplaced"
NO_TIME = "the order holds no time that can be read"
SPOILT = "the id is no whole number: a spreadsheet has spoilt it"
NO_JSON = "this is no complete JSON"


def order(number, at="", amount="10.50", **cells):
    """One order as a line."""
    at = at or f"2026-01-{number:02d}T10:00:00Z"
    row = {"id": f"O{number}", "account": f"K{number}", "at": at, "amount": amount, "end": "EUR,paid"} | cells
    return ",".join(row.values())


def answer(number, text=""):
    """One response as a line."""
    return f"R_{number},2026-01-{number:02d} 10:00:00,{number},{text or SAID[number - 1]}"


def lines(*rows_, head=ORDERS, end="\n"):
    """A file: the header and some lines."""
    return end.join([head, *rows_, ""])


def answers(*changed, end="\n"):
    """A survey of six responses, some of them written otherwise."""
    return lines(*({n: answer(n) for n in range(1, 7)} | dict(changed)).values(), head=ANSWERS, end=end)


SIX = [(n + 1, f"R_{n}") for n in range(1, 7)]


def texts(con):
    return [text for (text,) in rows(con, "select verbatim from staging.turns order by source_id")]


# --------------------------------------------------------------------------- how the file is written


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_an_encoding_changes_no_letter(tmp_path, staged, encoding):
    text = "It’s “fine” – but 5 € for a café au lait…"
    write(tmp_path, {"s.csv": answers((3, answer(3, text))).encode(encoding)})
    with staged(tmp_path) as con:
        assert used(con) == SIX
        assert quarantine(con) == []
        assert texts(con) == [*SAID[:2], text, *SAID[3:]]


def test_utf_16_big_endian_with_its_mark(tmp_path, staged):
    write(tmp_path, {"s.csv": b"\xfe\xff" + answers((2, answer(2, "Grüße aus Łódź"))).encode("utf-16-be")})
    with staged(tmp_path) as con:
        assert used(con) == SIX
        assert texts(con)[1] == "Grüße aus Łódź"


def test_a_line_of_another_encoding_is_set_aside_alone(tmp_path, staged):
    sound = [answer(n, f"Très bien, nº {n}".replace(",", "")).encode() for n in range(1, 7)]
    mixed = [ANSWERS.encode(), *sound[:3], answer(4, "It’s fine").encode("cp1252"), *sound[4:], b""]
    write(tmp_path, {"s.csv": b"\n".join(mixed)})
    with staged(tmp_path) as con:
        assert used(con) == [row for row in SIX if row[1] != "R_4"]
        reason = "the row holds bytes that are no text in the file's encoding (utf-8)"
        assert quarantine(con) == [("s.csv", 5, None, reason)]


def test_a_line_of_utf_8_among_many_of_cp1252_is_set_aside_alone(tmp_path, staged):
    sound = [answer(n, f"Très déçu de l’accueil nº {n}").encode("cp1252") for n in range(1, 7)]
    write(tmp_path, {"s.csv": b"\n".join([ANSWERS.encode(), *sound[:5], answer(6, "Café").encode(), b""])})
    with staged(tmp_path) as con:
        assert used(con) == SIX[:5]
        assert quarantine(con) == [("s.csv", 7, None, "the row is UTF-8 in a file that is cp1252")]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_a_delimiter_is_found_and_others_stay_in_the_text(tmp_path, staged, delimiter):
    text = "one, two; three | and four" if delimiter == "\t" else "one, two".replace(",", "\u201a")
    write(tmp_path, {"s.csv": answers().replace(",", delimiter).replace(SAID[2], text).encode()})
    with staged(tmp_path) as con:
        assert used(con) == SIX
        assert texts(con)[2] == text


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends(tmp_path, staged, end):
    write(tmp_path, {"s.csv": answers(end=end).encode()})
    with staged(tmp_path) as con:
        assert used(con) == SIX
        assert quarantine(con) == []
        assert texts(con) == SAID


def test_a_cell_over_two_lines_counts_its_lines(tmp_path, staged):
    write(tmp_path, {"s.csv": answers((2, answer(2, '"first\nsecond ""quoted"""'))).encode()})
    with staged(tmp_path) as con:
        assert used(con) == [(2, "R_1"), (3, "R_2"), *((n + 2, f"R_{n}") for n in range(3, 7))]
        assert texts(con)[1] == 'first\nsecond "quoted"'


def test_a_trailing_empty_column_is_no_column(tmp_path, staged):
    trailing = "\n".join(f"{line}," for line in answers().splitlines()) + "\n"
    write(tmp_path, {"s.csv": trailing.encode()})
    with staged(tmp_path) as con:
        assert used(con) == SIX
        assert quarantine(con) == []
        body = json.loads(rows(con, "select body from raw.records limit 1")[0][0])
        assert len(body) == 4


def test_a_cell_beyond_the_header_or_one_too_few_sets_the_row_aside(tmp_path, staged):
    short = answer(2).rpartition(",")[0]
    write(tmp_path, {"s.csv": answers((2, short), (5, answer(5) + ",and more")).encode()})
    with staged(tmp_path) as con:
        assert used(con) == [SIX[0], SIX[2], SIX[3], SIX[5]]
        assert quarantine(con) == [
            ("s.csv", 3, None, "the row has 3 cells where the header names 4 columns"),
            ("s.csv", 6, None, "the row has 5 cells where the header names 4 columns"),
        ]


def test_a_header_repeated_in_mid_file_is_no_response(tmp_path, staged):
    write(tmp_path, {"s.csv": answers((3, ANSWERS), (5, ANSWERS)).encode()})
    with staged(tmp_path) as con:
        assert used(con) == [SIX[0], SIX[1], SIX[3], SIX[5]]
        reason = "the header is repeated in the middle of the file"
        assert quarantine(con) == [("s.csv", 4, None, reason), ("s.csv", 6, None, reason)]


@pytest.mark.parametrize("number", [1, 3, 6])
def test_a_quote_that_is_not_closed_costs_its_own_line_only(tmp_path, staged, number):
    write(tmp_path, {"s.csv": answers((number, answer(number, '"it never ends'))).encode()})
    with staged(tmp_path) as con:
        assert used(con) == [row for row in SIX if row[1] != f"R_{number}"]
        assert quarantine(con) == [("s.csv", number + 1, None, QUOTES)]


def test_an_unclosed_quote_at_the_very_end_without_a_line_end(tmp_path, staged):
    write(tmp_path, {"s.csv": answers((6, answer(6, '"it was cut he'))).rstrip("\n").encode()})
    with staged(tmp_path) as con:
        assert used(con) == SIX[:5]
        assert quarantine(con) == [("s.csv", 7, None, QUOTES)]


def test_a_quote_that_closes_lines_later_is_one_cell_of_which_nothing_is_lost(tmp_path, staged):
    # By the rules of CSV this is one row; whoever reads it sees all that stands in it.
    write(tmp_path, {"s.csv": answers((2, answer(2, '"opened')), (4, answer(4, 'closed"'))).encode()})
    with staged(tmp_path) as con:
        assert used(con) == [SIX[0], SIX[1], SIX[4], SIX[5]]
        assert texts(con)[1].splitlines() == ["opened", answer(3), answer(4, "closed")]


def test_nul_bytes_set_their_row_aside(tmp_path, staged):
    write(tmp_path, {"s.csv": answers((2, answer(2, "a\0b")), (6, "\0" * 40)).encode()})
    with staged(tmp_path) as con:
        assert used(con) == [SIX[0], *SIX[2:5]]
        assert quarantine(con) == [
            ("s.csv", 3, None, "the row holds NUL bytes"),
            ("s.csv", 7, None, "the row holds NUL bytes"),
        ]


def test_an_empty_file_is_told_and_one_with_a_header_only_is_no_failure(tmp_path, staged):
    write(tmp_path, {"s_1.csv": answers().encode()})
    init(tmp_path, {}, force=False)
    write(tmp_path, {"s_2.csv": b"", "s_3.csv": f"{ANSWERS}\n".encode(), "s_4.csv": b"\n\n\n"})
    with staged(tmp_path) as con:
        assert used(con) == SIX
        told = {file: reason for file, line, _, reason in quarantine(con) if line is None}
        assert told.keys() == {"s_2.csv", "s_4.csv"}
        assert told["s_2.csv"] == "the file is empty"
        assert rows(con, "select rows_in, problem from quality.loads where file = 's_3.csv'") == [(0, None)]


def long_line(tmp_path, staged, size):
    """What is used and what is told of a file with one line of many bytes, and a quote that never closes."""
    write(tmp_path, {"s.csv": answers().encode()})
    init(tmp_path, {}, force=False)
    long = answer(3, "word " * (size // 5))
    write(tmp_path, {"s.csv": answers((3, long), (5, answer(5, '"' + "x" * (size // 4)))).encode()})
    with staged(tmp_path) as con:
        length = "select max(length(json_extract_string(body, '/What is the reason for your score?'))) from raw.records"
        return used(con), quarantine(con), rows(con, length)[0][0]


def test_a_line_of_20_mb(tmp_path, staged):
    found, told, longest = long_line(tmp_path, staged, 20_000_000)
    assert found == [row for row in SIX if row[1] != "R_5"]
    assert told == [("s.csv", 6, None, QUOTES)]
    assert longest == 20_000_000


@pytest.mark.parametrize("size", [40_000_000, pytest.param(200_000_000, marks=pytest.mark.long)])
def test_a_line_too_long_to_be_words(tmp_path, staged, size):
    found, told, longest = long_line(tmp_path, staged, size)
    assert found == [row for row in SIX if row[1] not in ("R_3", "R_5")]
    assert told == [("s.csv", 4, None, "the record is longer than 32 MB"), ("s.csv", 6, None, QUOTES)]
    assert longest < 1000


# --------------------------------------------------------------------------- what stands in the cells


def ordered(con):
    return rows(con, "select order_id, strftime(ordered_at, '%Y-%m-%d %H:%M'), amount from staging.orders order by 1")


def test_decimal_commas_are_read_as_the_column_writes_them(tmp_path, staged):
    amounts = {1: '"1.234,50"', 2: '"10,50"', 3: '"7"', 4: '"1.234"', 5: "ten"}
    write(tmp_path, {"o.csv": lines(*(order(n, amount=a) for n, a in amounts.items())).encode()})
    with staged(tmp_path) as con:
        assert [amount for *_, amount in ordered(con)] == [1234.5, 10.5, 7.0, 1234.0]
        assert quarantine(con) == [("o.csv", 6, "amount", "the amount is no number")]


def test_a_decimal_comma_in_a_file_divided_by_semicolons(tmp_path, staged):
    data = lines(*(order(n) for n in range(1, 5))).replace(",", ";").replace("10.50", "10,50")
    write(tmp_path, {"o.csv": data.encode()})
    with staged(tmp_path) as con:
        assert [amount for *_, amount in ordered(con)] == [10.5] * 4


def test_amounts_that_may_be_read_in_two_ways_are_not_guessed(tmp_path, staged):
    write(tmp_path, {"o.csv": lines(*(order(n, amount=f"1.00{n}") for n in range(1, 4))).encode()})
    with staged(tmp_path) as con:
        reason = "the amount may be read in two ways: amount_decimal must say which"
        assert quarantine(con) == [("o.csv", n, "amount", reason) for n in (2, 3, 4)]
        assert ordered(con) == []
    assert '# Note: amount: write amount_decimal = "." or "," below.' in settings_of(tmp_path)
    settle(tmp_path, 'amount_decimal = "ambiguous"', 'amount_decimal = "."')
    with staged(tmp_path) as con:
        assert [amount for *_, amount in ordered(con)] == [1.001, 1.002, 1.003]


def settings_of(folder):
    return (folder / "vocpipe.toml").read_text(encoding="utf-8")


def settle(folder, old, new):
    """Edit the settings as a user would."""
    assert old in settings_of(folder)
    (folder / "vocpipe.toml").write_text(settings_of(folder).replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("written", "day"),
    [
        (["05/01/2026", "13/01/2026"], "2026-01-05"),
        (["05/01/2026", "01/13/2026"], "2026-05-01"),
        (["05.01.2026 09:30", "13.01.2026 10:00"], "2026-01-05"),
        (["5-1-26", "13-1-26"], "2026-01-05"),
    ],
)
def test_one_day_after_the_12th_settles_the_column(tmp_path, staged, written, day):
    write(tmp_path, {"o.csv": lines(*(order(n, at) for n, at in enumerate(written, 1))).encode()})
    with staged(tmp_path) as con:
        assert ordered(con)[0][1][:10] == day
        assert len(used(con)) == 2


def test_days_and_months_that_cannot_be_told_apart_are_not_guessed(tmp_path, staged):
    write(tmp_path, {"o.csv": lines(*(order(n, f"0{n}/03/2026") for n in range(1, 5))).encode()})
    with staged(tmp_path) as con:
        assert quarantine(con) == [("o.csv", n + 1, "ordered_at", NO_TIME) for n in range(1, 5)]
        assert ordered(con) == []
    advice = 'write ordered_at_format = "%d/%m/%Y" or "%m/%d/%Y" below'
    assert f"# Note: ordered_at: day and month cannot be told apart: {advice}." in settings_of(tmp_path)
    settle(tmp_path, 'ordered_at_format = "ambiguous"', 'ordered_at_format = "%d/%m/%Y"')
    with staged(tmp_path) as con:
        assert [at for _, at, _ in ordered(con)] == [f"2026-03-0{n} 00:00" for n in range(1, 5)]


def test_a_later_file_with_day_and_month_the_other_way_round_is_set_aside_whole(tmp_path, staged):
    write(tmp_path, {"o_1.csv": lines(*(order(n, f"{n + 11}/01/2026") for n in range(1, 5))).encode()})
    init(tmp_path, {}, force=False)
    other = [order(11, "01/02/2026"), order(12, "01/03/2026"), order(13, "01/17/2026")]
    write(tmp_path, {"o_2.csv": lines(*other).encode()})
    with staged(tmp_path) as con:
        assert [key for _, key in used(con)] == ["O1", "O2", "O3", "O4"]
        assert quarantine(con) == [("o_2.csv", n, "ordered_at", NO_TIME) for n in (2, 3, 4)]
        assert rows(con, "select file, meta ->> '$.otherwise' from raw.loads order by 1") == [
            ("o_1.csv", None), ("o_2.csv", "ordered_at")
        ]  # fmt: skip


def test_spreadsheet_serial_dates(tmp_path, staged):
    written = ["46032", "46033.5", "46034,25"]
    write(tmp_path, {"o.csv": lines(*(order(n, f'"{at}"') for n, at in enumerate(written, 1))).encode()})
    with staged(tmp_path) as con:
        assert [at for _, at, _ in ordered(con)] == ["2026-01-10 00:00", "2026-01-11 12:00", "2026-01-12 06:00"]


def test_a_time_that_cannot_be_read_is_never_a_guess(tmp_path, staged):
    bad = {3: "someday", 5: " ", 7: "2026-02-30T10:00:00Z", 9: "0000-00-00"}
    write(tmp_path, {"o.csv": lines(*(order(n, bad.get(n, "")) for n in range(1, 32))).encode()})
    with staged(tmp_path) as con:
        assert quarantine(con) == [("o.csv", n + 1, "ordered_at", NO_TIME) for n in bad]
        assert len(used(con)) == 31 - 4


def test_ids_that_a_spreadsheet_spoilt_are_no_keys(tmp_path, staged):
    spoilt = {2: "1.5E+18", 4: "1,5E+18", 5: "1.5e+18"}
    data = lines(*(order(n, id=f'"{spoilt.get(n, f"O{n}")}"') for n in range(1, 7)))
    write(tmp_path, {"o.csv": data.encode()})
    with staged(tmp_path) as con:
        assert used(con) == [(2, "O1"), (4, "O3"), (7, "O6")]
        assert quarantine(con) == [("o.csv", n + 1, "id", SPOILT) for n in spoilt]


def test_ids_are_text_and_keep_their_zeros(tmp_path, staged):
    ids = ["007", "7", "07", "1876543210987654321", "1876543210987654322"]
    write(tmp_path, {"o.csv": lines(*(order(n, id=key, account=key) for n, key in enumerate(ids, 1))).encode()})
    with staged(tmp_path) as con:
        assert [key for _, key in used(con)] == ids
        assert [found for (found,) in rows(con, "select account_id from staging.orders")] != []
        assert sorted(found for (found,) in rows(con, "select account_id from staging.orders")) == sorted(ids)


def test_local_times_in_the_hour_that_comes_twice_and_in_the_one_that_never_comes(tmp_path, staged):
    times = ["2026-10-25 01:30:00", "2026-10-25 02:30:00", "2026-10-25 03:30:00",
             "2026-03-29 01:30:00", "2026-03-29 02:30:00", "2026-03-29 03:30:00",
             "2026-10-25 02:30:00+02:00"]  # fmt: skip
    write(tmp_path, {"o.csv": lines(*(order(n, at) for n, at in enumerate(times, 1))).encode()})
    init(tmp_path, {}, force=False)
    settle(tmp_path, 'files = ["o.csv"]\ntime_zone = "UTC"', 'files = ["o.csv"]\ntime_zone = "Europe/Oslo"')
    with staged(tmp_path, as_of=LATE) as con:
        # The later of the two, and told; an hour that no clock showed is no time.
        assert [at for _, at, _ in ordered(con)] == [
            "2026-10-24 23:30", "2026-10-25 01:30", "2026-10-25 02:30", "2026-03-29 00:30", "2026-03-29 01:30",
            "2026-10-25 00:30"]  # fmt: skip
        assert quarantine(con) == [("o.csv", 3, "ordered_at", TWICE), ("o.csv", 6, "ordered_at", NO_TIME)]


# --------------------------------------------------------------------------- JSON


def test_one_broken_line_among_lines_of_json_is_set_aside_alone(tmp_path, staged):
    page = [tweets(tweet(n, f"text {n}")) for n in range(1, 5)]
    write(tmp_path, {"t.jsonl": page[0] + page[1][:100] + b"\n" + page[2] + b"not json\n" + b"\n" + page[3]})
    with staged(tmp_path) as con:
        assert [line for line, _ in used(con)] == [1, 3, 6]
        assert quarantine(con) == [("t.jsonl", 2, None, NO_JSON), ("t.jsonl", 4, None, NO_JSON)]


def test_a_broken_item_in_a_page_costs_itself_only(tmp_path, staged):
    page = tickets(*(ticket(n) for n in range(1, 6))).replace(b'"id": 3,', b'"id": 3 "x",', 1)
    write(tmp_path, {"z.json": page})
    with staged(tmp_path) as con:
        assert [key for _, key in used(con)] == ["1", "2", "4", "5"]
        assert quarantine(con) == [("z.json", 1, None, NO_JSON)]


def test_an_item_that_is_no_object_is_told(tmp_path, staged):
    page = json.loads(tickets(ticket(1), ticket(2)))
    page["tickets"][1:1] = [None, 7, [], "x", {}]
    write(tmp_path, {"z.json": json.dumps(page).encode()})
    with staged(tmp_path) as con:
        assert [key for _, key in used(con)] == ["1", "2"]
        assert len(quarantine(con)) == 5


@pytest.mark.parametrize("share", [0.2, 0.35, 0.5, 0.65, 0.8, 0.95, 0.999])
def test_a_page_cut_anywhere_keeps_every_whole_item(tmp_path, staged, share):
    page = tickets(*(ticket(n) for n in range(1, 8)))
    cut = page[: int(len(page) * share)]
    whole = sum(cut.count(f'"reopens": 0}}}}, {{"id": {n + 1},'.encode()) for n in range(1, 7))
    whole += b'"reopens": 0}}]' in cut
    write(tmp_path, {"z.json": page, "z_2.json": cut})
    init(tmp_path, {}, force=False)
    (tmp_path / "z.json").unlink()
    settle(tmp_path, '"z.json"', '"none.json"')
    with staged(tmp_path) as con:
        assert [key for _, key in used(con)] == [str(n) for n in range(1, whole + 1)]
        told = quarantine(con)
        assert [(file, column, reason) for file, _, column, reason in told] == [("z_2.json", None, NO_JSON)]


def test_a_byte_that_is_no_text_in_the_name_of_a_member_stops_nothing(tmp_path, staged):
    base = {"ticket_id": 1, "author_id": 9, "public": True, "created_at": "2026-01-05T08:00:00Z"}
    comments = [{"id": n, **base, "body": f"no {n}"} for n in range(1, 4)]
    lines_ = [json.dumps(comment).encode() for comment in comments]
    write(tmp_path, {"c.jsonl": b"\n".join([lines_[0], lines_[1].replace(b'"body"', b'"bod\xc0"'), lines_[2], b""])})
    with staged(tmp_path) as con:
        found = "select record_key from staging.records order by 1"  # set aside, since their ticket is not held
        assert rows(con, found) == [("1",), ("3",)]
        assert {line for _, line, *_ in quarantine(con)} == {1, 2, 3}


def test_repeated_names_never_hide_a_column(tmp_path, staged):
    head = f"{ORDERS},note,note,note_2"
    write(tmp_path, {"o.csv": lines(*(order(n) + ",one,two,three" for n in range(1, 4)), head=head).encode()})
    with staged(tmp_path) as con:
        assert len(used(con)) == 3
        body = json.loads(rows(con, "select body from raw.records limit 1")[0][0])
        assert [*body.values()][-3:] == ["one", "two", "three"]
