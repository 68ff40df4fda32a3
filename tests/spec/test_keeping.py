"""Nights that read only what is new, against reading everything anew: the staging tables are the same."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from project import AS_OF, qualtrics, response, ticket, tickets, tweet, tweets, user, write

from vocpipe.proposing import init
from vocpipe.settings import load
from vocpipe.warehouse import conforming, keeping, rooms, rows

TOMORROW = datetime.now(UTC).replace(tzinfo=None) + timedelta(2)
CUSTOMERS = "customer_id,first_name,last_name,email,date_of_birth,signup_date,loyalty_tier,updated_at\n"
ORDERS = "order_id,customer_id,order_date,total,currency,status\n"
MANY = [response(n, n % 11, RecipientEmail=f"p{n}@mail.example") for n in range(30)]


def customers(*numbers: int, tier: str = "Gold", born: str = "1980-02-03") -> bytes:
    lines = (
        f"C{n},Ada,Okafor{n},p{n}@mail.example,{born},2024-01-0{1 + n % 9},{tier},2026-0{1 + n % 5}-01\n"
        for n in numbers
    )
    return (CUSTOMERS + "".join(lines)).encode()


def orders(*numbers: int, status: str = "paid") -> bytes:
    lines = (f"O{n},C{n % 7},2026-03-{1 + n % 28:02d},{20 + n}.50,EUR,{status}\n" for n in numbers)
    return (ORDERS + "".join(lines)).encode()


# The first night's files, from which the settings are made, and what comes later in any order.
FIRST = {
    "q/a.csv": qualtrics(MANY),
    "desk/a.json": tickets(*(ticket(n) for n in range(8))),
    "x/a.jsonl": tweets(*(tweet(n, f"late again {n}") for n in range(8)), handles={"77": "ana"}),
    "crm/a.csv": customers(*range(12)),
    "shop/a.csv": orders(*range(20)),
}
LATER = {
    # Answers that were corrected or come late, a row once more, a preview.
    "q/b.csv": qualtrics([response(n, 1, RecordedDate="2026-05-01 10:00:00") for n in range(5)]),
    "q/c.csv": qualtrics([MANY[9], response(40, 3), response(41, 9, Status="1")]),
    "q/d.csv": qualtrics([response(2, 7, RecordedDate="2026-06-01 10:00:00")], zone="Europe/Berlin"),
    # A ticket that is answered, one that is deleted, their users, an agent's own ticket.
    "desk/b.json": tickets(ticket(3, status="closed", updated_at="2026-03-05T08:00:00Z")),
    "desk/c.json": tickets(ticket(4, status="deleted", updated_at="2026-03-06T08:00:00Z"), ticket(20)),
    "desk/users.json": b'{"users": ' + str([user(9005), user(9003, role="agent")]).replace("'", '"').replace(
        "None", "null"
    ).encode() + b"}",
    # A tweet that was edited, another page with the author's new name.
    "x/b.jsonl": tweets(
        tweet(90, "late again, edited", edit_history_tweet_ids=[tweet(2, "")["id"], tweet(90, "")["id"]]),
        handles={"77": "ana_b"},
    ),
    "crm/b.csv": customers(1, 2, 13, tier="Silver"),
    "crm/c.csv": customers(14, born="2026-05-20"),  # born before one as-of time and after another
    "shop/b.csv": orders(3, 4, 25, status="refunded"),
}  # fmt: skip


def project(folder: Path) -> Path:
    """A folder with the first files and settings that take all later ones too."""
    init(write(folder, FIRST), {}, force=False)
    settings = folder / "vocpipe.toml"
    settings.write_text(re.sub(r'"(\w+)/a\.\w+"', r'"\1/*"', settings.read_text()))
    return folder


def held(con) -> dict[str, list]:
    """Every row of every staging table."""
    names = rows(con, "select table_name from duckdb_tables() where schema_name = 'staging' order by 1")
    return {name: rows(con, f"select * from staging.{name} order by all") for (name,) in names}


def read_anew(con, settings) -> dict[str, list]:
    """The same when everything is read anew."""
    keeping.forget(con)
    conforming.conform(con, settings)
    rooms.build_room(con, "staging")
    return held(con)


@pytest.mark.parametrize("seed", range(2))
def test_nights_in_any_order_give_what_reading_everything_anew_gives(seed, tmp_path, staged):
    rng = random.Random(seed)
    later = list(LATER.items())
    rng.shuffle(later)
    with staged(project(tmp_path), AS_OF - timedelta(60)) as con:
        assert rows(con, "select count(*) from kept.records") == [(62,)]
    settings = (tmp_path / "vocpipe.toml").read_text()
    for as_of in rng.sample([AS_OF, TOMORROW, TOMORROW + timedelta(400)], 3):  # a run may look back
        write(tmp_path, dict(later[:4]))
        later = later[4:]
        if not later:  # the times of one source are read otherwise
            (tmp_path / "vocpipe.toml").write_text(settings.replace("Denver", "Lima"))
        with staged(tmp_path, as_of) as con:
            found = held(con)
            assert read_anew(con, load(tmp_path)) == found
    assert len(found["records"]) == 99


def test_rows_that_change_or_go_are_read_anew(tmp_path, staged):
    with staged(project(tmp_path)) as con:
        con.execute(
            "delete from raw.records where row_id in (select row_id from staging.records where record_key = 'R_3')"
        )
        con.execute(
            "update raw.records set body = replace(body, 'Okafor5', 'Masked'), body_hash = hash('masked') "
            "where body like '%Okafor5%'"
        )
    with staged(tmp_path) as con:
        assert rows(con, "select 1 from staging.turns where source_id = 'R_3'") == []
        assert rows(con, "select family_name from staging.persons where record_id = 'C5'") == [("Masked",)]
        found = held(con)
        assert read_anew(con, load(tmp_path)) == found


def test_a_night_reads_no_row_of_the_first_one_again(tmp_path, staged):
    with staged(project(tmp_path)) as con:
        con.execute("update raw.records set body = '{}' where kind in ('response', 'order', 'customer')")
    with staged(write(tmp_path, {"q/c.csv": LATER["q/c.csv"]}), TOMORROW) as con:
        assert rows(con, "select count(*) from staging.answers where metric = 'nps' and score is not null") == [(31,)]
        assert rows(con, "select count(*) from staging.orders where amount is not null") == [(20,)]


def test_another_reading_of_the_settings_is_a_reading_of_all_rows(tmp_path, staged):
    with staged(project(tmp_path)):
        pass
    settings = (tmp_path / "vocpipe.toml").read_text()
    (tmp_path / "vocpipe.toml").write_text(settings.replace('"total"', '"currency"'))
    with staged(tmp_path) as con:
        assert rows(con, "select count(*) from staging.orders") == [(0,)]
        assert rows(con, "select count(*) from staging.answers where metric = 'nps'") == [(30,)]
