"""Packed files, workbooks and Parquet: recognised, read, told where they are damaged, and unchanged in the next run."""

from __future__ import annotations

import gzip
import io
import json
import random
from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet
import pytest
from outcomes import quarantine, unaccounted, used
from packed import parquet, workbook, zipped, zst
from project import tweet, tweets, write

from vocpipe.proposing import init
from vocpipe.warehouse import rows

ORDERS = "order_id,customer_id,ordered_at,amount,currency,status"
HEAD = ORDERS.split(",")
SPOILT = "the id is no whole number: a spreadsheet has spoilt it"
LATE = datetime(2099, 1, 1)  # an as-of time after every load: what a later file brings is known then
CUT = "the rest of the file is lost: the packed file is damaged"


def orders(count, first=1):
    """A CSV of orders whose bytes do not pack too well."""
    told = random.Random(7)
    lines = (
        f"O{n},K{told.randrange(10**9)},2026-01-{1 + n % 28:02d}T10:00:00Z,{told.randrange(10**6)}.50,EUR,paid"
        for n in range(first, first + count)
    )
    return ("\n".join([ORDERS, *lines]) + "\n").encode()


PACKED = {
    "o.csv.gz": gzip.compress, "o.csv.zst": zst, "o.csv.zstd": zst,
    "o.zip": lambda data: zipped(**{"o.csv": data}), "o.csv": gzip.compress,
}  # fmt: skip


def loads(con):
    """File, rows in, rows unchanged and problem of each load."""
    return rows(con, "select file, rows_in, rows_unchanged, problem from raw.loads order by load_id")


# --------------------------------------------------------------------------- packed


@pytest.mark.parametrize("name", PACKED)
def test_a_packed_file_is_read_as_the_file_in_it(tmp_path, staged, name):
    write(tmp_path, {name: PACKED[name](orders(20))})
    file = f"{name}/o.csv" if name == "o.zip" else name
    with staged(tmp_path) as con:
        assert used(con) == [(n + 1, f"O{n}") for n in range(1, 21)]
        assert quarantine(con) == []
    with staged(tmp_path) as con:  # the same bytes are not read again
        assert loads(con) == [(file, 20, 0, None)]
    (tmp_path / name).write_bytes(PACKED[name](orders(22)))
    with staged(tmp_path, as_of=LATE) as con:
        assert loads(con) == [(file, 20, 0, None), (file, 22, 20, None)]
        assert len(used(con)) == 22


@pytest.mark.parametrize("pack", [gzip.compress, zst])
@pytest.mark.parametrize("share", [0.5, 0.98])
def test_of_a_packed_table_that_is_cut_all_that_came_before_is_used(tmp_path, staged, pack, share):
    write(tmp_path, {"o_1.csv.gz": pack(orders(1, first=40_000))})
    init(tmp_path, {}, force=False)
    data = pack(orders(30_000))
    write(tmp_path, {"o_2.csv.gz": data[: int(len(data) * share)]})
    with staged(tmp_path, as_of=LATE) as con:
        found = used(con)[1:]
        assert 0.75 * share * 30_000 < len(found) < 30_000
        # In their order, none missing, none changed.
        assert found == [(n + 1, f"O{n}") for n in range(1, len(found) + 1)]
        told = quarantine(con)
        assert {line for _, line, *_ in told} <= {len(found) + 2, len(found) + 3}
        assert any(reason.startswith(CUT) for *_, reason in told)
        assert not unaccounted(con)


@pytest.mark.parametrize("pack", [gzip.compress, zst])
def test_init_knows_a_packed_table_that_is_cut(tmp_path, staged, pack):
    data = pack(orders(30_000))
    write(tmp_path, {"o.csv.gz": data[: len(data) // 2]})
    with staged(tmp_path) as con:
        assert len(used(con)) > 10_000


@pytest.mark.parametrize("pack", [gzip.compress, zst])
@pytest.mark.parametrize("share", [0.5, 0.98])
def test_of_packed_json_that_is_cut_all_that_came_before_is_used(tmp_path, staged, pack, share):
    told = random.Random(7)
    texts = [" ".join(str(told.randrange(10**6)) for _ in range(20)) for _ in range(5000)]
    data = pack(b"".join(tweets(tweet(n, text)) for n, text in enumerate(texts)))
    write(tmp_path, {"t.jsonl.gz": data[: int(len(data) * share)]})
    with staged(tmp_path) as con:
        found = [line for line, _ in used(con)]
        assert 0.75 * share * 5000 < len(found) < 5000
        assert found == list(range(1, len(found) + 1))
        said = quarantine(con)
        assert {line for _, line, *_ in said} <= {len(found) + 1, len(found) + 2}
        assert any(reason.startswith(CUT) for *_, reason in said)
        assert not unaccounted(con)


def test_a_packed_file_of_which_nothing_can_be_read_is_told_and_stops_no_other(tmp_path, staged):
    write(tmp_path, {"o_1.csv": orders(3)})
    init(tmp_path, {}, force=False)
    data = gzip.compress(orders(50))
    write(
        tmp_path,
        {"o_2.csv": data[:12], "o_3.csv": zipped(**{"a.csv": orders(9)})[:-30], "o_4.csv": b"\x28\xb5\x2f\xfd"},
    )
    with staged(tmp_path) as con:
        assert len(used(con)) == 3
        told = quarantine(con)
        assert [(file, line) for file, line, *_ in told] == [(f"o_{n}.csv", None) for n in (2, 3, 4)]
        assert all("the file " in reason for *_, reason in told)


def test_a_damaged_member_of_an_archive_costs_itself_only(tmp_path, staged):
    data = bytearray(zipped(**{"a.csv": orders(3000), "b.csv": orders(5, first=5000)}))
    at = data.index(b"a.csv") + 20_000
    data[at : at + 50] = b"\0" * 50
    write(tmp_path, {"o.zip": bytes(data)})
    with staged(tmp_path) as con:
        keys = {key for _, key in used(con)}
        assert {f"O{n}" for n in range(5000, 5005)} <= keys
        assert len(keys) < 3005
        assert {file for file, *_ in quarantine(con)} == {"o.zip/a.csv"}
        assert not unaccounted(con)


def test_an_archive_is_as_a_folder_of_its_members(tmp_path, staged):
    members = {
        "export/orders.csv": orders(4), "export/more/orders.csv": orders(4, first=11),
        "export/tweets.jsonl": tweets(tweet(1, "the gate was closed"), tweet(2, "lovely crew")),
        "__MACOSX/export/._orders.csv": b"\0\5\x16\7 junk", "export/.DS_Store": b"junk", "export/read.me": b"hello",
        "export/empty/": b"",
    }  # fmt: skip
    write(tmp_path, {"all.zip": zipped(**members)})
    with staged(tmp_path) as con:
        found = rows(
            con, "select source, file, count(*) from staging.records where reason is null group by all order by 2"
        )
        assert found == [
            ("orders", "all.zip/export/more/orders.csv", 4),
            ("orders", "all.zip/export/orders.csv", 4),
            ("x_api", "all.zip/export/tweets.jsonl", 2),
        ]
        assert not [file for file, *_ in quarantine(con) if "MACOSX" in file or "DS_Store" in file]
        assert not unaccounted(con)


def test_members_of_one_name_in_two_archives_are_two_files(tmp_path, staged):
    write(tmp_path, {"o_1.zip": zipped(**{"o.csv": orders(4)}), "o_2.zip": zipped(**{"o.csv": orders(4, first=11)})})
    with staged(tmp_path) as con:
        assert len(used(con)) == 8
        assert [file for file, *_ in loads(con)] == ["o_1.zip/o.csv", "o_2.zip/o.csv"]


def test_json_in_an_archive_and_packed(tmp_path, staged):
    page = tweets(tweet(1, "one"), tweet(2, "two"))
    write(tmp_path, {"t_1.jsonl.gz": gzip.compress(page), "t_2.zip": zipped(**{"t.jsonl": tweets(tweet(3, "three"))})})
    with staged(tmp_path) as con:
        assert len(used(con)) == 3
        assert quarantine(con) == []


def test_an_archive_with_a_member_without_a_name_stops_nothing(tmp_path, staged):
    data = bytearray(zipped(x=orders(3)))
    at = data.index(b"PK\1\2")  # the directory says: a name of no bytes, one byte beyond it
    data[at + 28], data[at + 30] = 0, 1
    write(tmp_path, {"o_1.csv": orders(3), "o_2.zip": bytes(data)})
    with staged(tmp_path) as con:
        assert len(used(con)) == 3


# --------------------------------------------------------------------------- workbooks

BOOK = [
    HEAD,
    ["O1", "K1", datetime(2026, 1, 5, 9, 30), 129.5, "EUR", "paid"],
    ["O2", "007", datetime(2026, 1, 6), 100, "EUR", None],
    [None] * 6,
    ["O3", 1234567, datetime(2026, 1, 7, 23, 59, 30), "12,5 & more", "EUR", "paid"],
    [1876543210987654321, "K4", datetime(2026, 1, 8), 1, "EUR", "paid"],
    [1001, "K5", datetime(2026, 1, 9), 0.1, "EUR", "paid"],
]


def test_a_workbook(tmp_path, staged):
    write(tmp_path, {"o.xlsx": workbook(Orders=BOOK, Notes=[["made by hand"], ["and of no use"]])})
    with staged(tmp_path) as con:
        assert used(con) == [(2, "O1"), (3, "O2"), (7, "1001")]
        assert quarantine(con) == [
            ("o.xlsx", 1, None, "sheet 2 of the workbook is not read: only the first that holds rows is"),
            ("o.xlsx", 5, "amount", "the amount is no number"),
            ("o.xlsx", 6, "id", SPOILT),
        ]
        found = "select order_id, account_id, ordered_at, amount from staging.orders order by ordered_at"
        assert rows(con, found) == [
            ("O1", "K1", datetime(2026, 1, 5, 9, 30), 129.5),
            ("O2", "007", datetime(2026, 1, 6), 100.0),
            ("1001", "K5", datetime(2026, 1, 9), 0.1),
        ]
    with staged(tmp_path) as con:
        assert len(loads(con)) == 1
    (tmp_path / "o.xlsx").write_bytes(workbook(Orders=[*BOOK, ["O9", "K9", datetime(2026, 1, 10), 5, "EUR", "paid"]]))
    with staged(tmp_path, as_of=LATE) as con:
        assert loads(con)[1][1:] == (6, 4, None)  # a row without a usable id is never known again
        assert len(used(con)) == 4


def test_a_workbook_in_an_archive_and_one_whose_first_sheet_is_empty(tmp_path, staged):
    write(tmp_path, {"o.zip": zipped(**{"o.xlsx": workbook(Empty=[], Orders=BOOK[:3])})})
    with staged(tmp_path) as con:
        assert used(con) == [(2, "O1"), (3, "O2")]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_workbook_that_is_cut_is_told(tmp_path, staged, share):
    write(tmp_path, {"o_1.xlsx": workbook(Orders=BOOK)})
    init(tmp_path, {}, force=False)
    data = workbook(Orders=[*BOOK, ["O7", "K7", datetime(2026, 1, 7), 1, "EUR", "paid"]])
    write(tmp_path, {"o_2.xlsx": data[: int(len(data) * share)]})
    with staged(tmp_path) as con:
        assert len(used(con)) == 3
        told = [row for row in quarantine(con) if row[0] == "o_2.xlsx"]
        assert len(told) == 1
        assert told[0][1] is None


# --------------------------------------------------------------------------- Parquet


def parquet_orders(count):
    """Orders with the types that a warehouse gives them; the third has no amount."""
    return pa.table({
        "order_id": pa.array([10**18 + n for n in range(count)], pa.int64()),
        "customer_id": pa.array([f"K{n}" for n in range(count)]),
        "ordered_at": pa.array([datetime(2026, 1, 1 + n, 8, 0, 0, 250_000) for n in range(count)],
                               pa.timestamp("us", "UTC")),
        "amount": pa.array([None if n == 2 else Decimal(n) / 4 for n in range(count)], pa.decimal128(10, 2)),
        "currency": pa.array(["EUR"] * count).dictionary_encode(),
        "status": pa.array(["paid", None] * (count // 2)),
        "shipped_on": pa.array([date(2026, 2, 1)] * count),
        "gift": pa.array([True, None] * (count // 2)),
        "tags": pa.array([["a", "b"]] * count),
    })  # fmt: skip


def test_parquet(tmp_path, staged):
    write(tmp_path, {"o.parquet": parquet(parquet_orders(6))})
    with staged(tmp_path) as con:
        assert used(con) == [
            (n + 2, str(10**18 + n)) for n in (0, 1, 3, 4, 5)
        ]  # a whole number of 19 digits stays whole
        assert quarantine(con) == [("o.parquet", 4, "amount", "the amount is no number")]
        assert rows(con, "select ordered_at, amount from staging.orders order by 1 limit 2") == [
            (datetime(2026, 1, 1, 8, 0, 0, 250_000), 0.0), (datetime(2026, 1, 2, 8, 0, 0, 250_000), 0.25)
        ]  # fmt: skip
        body = json.loads(rows(con, "select body from raw.records order by line_no limit 1")[0][0])
        assert body["shipped_on"] == "2026-02-01"
        assert body["gift"] == "true"
    (tmp_path / "o.parquet").write_bytes(parquet(parquet_orders(8)))
    with staged(tmp_path) as con:
        assert loads(con)[1][1:3] == (8, 6)


def test_a_parquet_file_that_is_cut_is_told(tmp_path, staged):
    write(tmp_path, {"o_1.parquet": parquet(parquet_orders(6))})
    init(tmp_path, {}, force=False)
    data = parquet(parquet_orders(8))
    write(tmp_path, {"o_2.parquet": data[: len(data) // 2], "o_3.parquet": b"PAR1", "o_4.parquet": orders(3)})
    with staged(tmp_path) as con:
        assert len(used(con)) == 5
        told = [(file, line) for file, line, *_ in quarantine(con) if file != "o_1.parquet"]
        assert told == [(f"o_{n}.parquet", None) for n in (2, 3, 4)]


def test_a_parquet_file_with_a_name_that_is_no_text_stops_nothing(tmp_path, staged):
    out = io.BytesIO()
    pa.parquet.write_table(parquet_orders(6), out, store_schema=False)
    write(tmp_path, {"o_1.csv": orders(3), "o_2.parquet": out.getvalue().replace(b"status", b"st\xebtus")})
    with staged(tmp_path) as con:
        assert len(used(con)) >= 3
