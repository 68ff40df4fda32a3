"""Customer records, orders, sends and employees as vendors export them: files in, conformed and staged tables out."""

from __future__ import annotations

import string
from datetime import date, datetime
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from project import write

from vocpipe import identity
from vocpipe.contracts import Rows
from vocpipe.exports import Export
from vocpipe.numbers import decimal_of, is_ambiguous
from vocpipe.selects import PACKAGE, read_select
from vocpipe.sources import crm, employees, formats, recognise, salesforce, sends, shopify
from vocpipe.warehouse import rows

CRM = "customer_id;first_name;last_name;email;phone;postcode;birthdate;customer_since;newsletter"


def table(head: str, *lines: str, encoding: str = "utf-8") -> bytes:
    return ("\n".join((head, *lines)) + "\n").encode(encoding)


def spec(folder: Path, name: str, content: bytes) -> str | None:
    (folder / name).write_bytes(content)
    found = recognise(Export(folder / name))
    return found.format if found else None


def cells(con):
    return rows(con, 'select line_no, "column_name", reason from staging.cells order by 1, 2')


def set_aside(con):
    return rows(
        con, "select line_no, set_aside_column, reason from staging.records where reason is not null order by 1"
    )


def persons(con, columns):
    return rows(con, f"select {columns} from staging.persons order by record_id")


def customer_of(con) -> dict[str, str]:
    """Record id → customer, after the identity room has run."""
    identity.resolve(con, b"a secret of this test", "NO", datetime(2026, 7, 1))
    return dict(rows(con, "select record_id, customer_id from identity.links"))


def orders_fact(con):
    sql = read_select(PACKAGE / "facts" / "orders.sql").sql
    return rows(con, f"select order_id, customer_id, status, paid_amount from ({sql}) order by order_id")


# ------------------------------------------------------------------------------------------------ numbers


@pytest.mark.parametrize(
    ("values", "mark"),
    [
        (["129,00", "1.250,50"], ","),
        (["129.00", "1,250.50"], "."),
        (["1.250", "99,9"], ","),
        (["1.250.000"], ","),
        (["1,250,000"], "."),
        (["0,500"], ","),
        (["€ 12,50", "13 kr", "1 250,00 EUR"], ","),
        (["1.250", "300"], ""),
        (["1,5", "2.5"], ""),
        (["abc", ""], ""),
    ],
)
def test_a_column_shows_as_a_whole_how_it_writes_decimals(values, mark):
    assert decimal_of(values) == mark


def test_only_a_lone_mark_before_three_digits_may_be_read_in_two_ways():
    assert [value for value in ("1,250", "12.500", "0,500", "1250,500", "1.250,00", "1250") if is_ambiguous(value)] == [
        "1,250",
        "12.500",
    ]


def english(cents: int, is_grouped: bool) -> str:
    return f"{cents / 100:,.2f}" if is_grouped else f"{cents / 100:.2f}"


@given(st.lists(st.tuples(st.integers(0, 10**9), st.booleans()), min_size=1), st.booleans())
def test_amounts_with_cents_are_read_as_they_were_written(amounts, is_comma):
    written = [english(*amount) for amount in amounts]
    swap = str.maketrans(".,", ",.")
    assert decimal_of(text.translate(swap) if is_comma else text for text in written) == (",", ".")[not is_comma]


@given(st.lists(st.tuples(st.integers(0, 10**9), st.booleans())))
def test_whole_amounts_never_show_a_mark_that_would_misread_them(amounts):
    mark = decimal_of(f"{amount:,}" if is_grouped else str(amount) for amount, is_grouped in amounts)
    assert mark in ("", ".")


# ------------------------------------------------------------------------------------------------ customers by mapping


def test_a_spreadsheets_customers_lose_cells_but_no_row_and_no_zero_is_invented(tmp_path, staged):
    content = table(
        CRM,
        "00123;Ada;Okafor;ada@example.com;'+4755000001;'75008;13/02/1988;01/04/2023;ja",
        "124;Jonas;Lind;jonas@example.org;4,67055E+11;0150;02/11/1975;15/08/2024;nein",
        "125;Tuva;Berg;tuva@example.net;;151;unknown;16/08/2024;vielleicht",
        "1,26E+17;Ivar;Moe;ivar@example.net;;152;01/02/1990;17/08/2024;ja",
        *(f"{n};Liv{n};Nes;liv{n}@example.net;;153;24/12/{n};17/08/2024;" for n in range(1960, 1970)),
        encoding="utf-16",
    )
    with staged(write(tmp_path, {"kunden.csv": content})) as con:
        assert persons(con, "record_id, postcode, birth_on, signed_up_on, has_marketing_consent")[:3] == [
            ("00123", "75008", date(1988, 2, 13), date(2023, 4, 1), True),
            ("124", "0150", date(1975, 11, 2), date(2024, 8, 15), False),
            ("125", "151", None, date(2024, 8, 16), None),
        ]
        assert set_aside(con) == [(5, "id", "the id is no whole number: a spreadsheet has spoilt it")]
        assert cells(con) == [
            (3, "phone", "the number is spoilt by a spreadsheet"),
            (4, "birth_on", "no date that can be read"),
            (4, "consent", "neither yes nor no"),
        ]
        found = "select identifier from staging.identifiers where identifier_type = 'phone'"
        assert rows(con, found) == [("+4755000001",)]


REGISTER = "customer_id,first_name,last_name,street_number,address_1,suburb,postcode,state,date_of_birth"


def test_a_register_of_names_homes_and_birth_dates_is_a_list_of_customers_without_any_address_to_write_to(
    tmp_path, staged
):
    lines = ["K-1,Ada,Okafor,6,Fjord Lane,Bergen,05003,north,1988-02-11", "K-2,Jonas,Lind,,Hill Road,,0150,south,"]
    with staged(write(tmp_path, {"persons.csv": table(REGISTER, *lines)})) as con:
        assert persons(con, "record_id, given_name, family_name, street, town, postcode, birth_on") == [
            ("K-1", "Ada", "Okafor", "6 Fjord Lane", "Bergen", "05003", date(1988, 2, 11)),
            ("K-2", "Jonas", "Lind", "Hill Road", None, "0150", None),
        ]


@pytest.mark.parametrize(
    "head",
    [
        "id,first_name,last_name,department,date_of_birth",
        "id,first_name,last_name,street,postcode,order_total",
        "id,first_name,last_name,city",
        "customer_id,name,date_of_birth",
    ],
)
def test_other_lists_of_persons_are_no_customers(tmp_path, head):
    lines = [",".join(["7" * n, "Ada", "Okafor", "x", "1988-02-11", "y"][: head.count(",") + 1]) for n in range(1, 9)]
    path = tmp_path / "persons.csv"
    path.write_bytes(table(head, *lines))
    assert crm.recognise(Export(path)) is None


def test_births_of_two_digit_years_lie_in_the_past_and_none_in_the_future(tmp_path, staged):
    head = "customer_id,name,email,dob"
    short = table(head, "1,Ada Okafor,a@example.com,13/02/45", "2,Jonas Lind,b@example.com,24/12/01")
    long = table(head.replace("dob", "birthday"), "3,'Moe, Ivar',c@example.com,2045-02-13".replace("'", '"'))
    with staged(write(tmp_path / "x", {"short.csv": short})) as con:
        assert persons(con, "birth_on") == [(date(1945, 2, 13),), (date(2001, 12, 24),)]
    with staged(write(tmp_path / "y", {"long.csv": long})) as con:
        assert persons(con, "given_name, family_name, birth_on") == [("Ivar", "Moe", None)]
        assert cells(con) == [(2, "birth_on", "no date that can be read")]


def test_births_as_a_spreadsheets_day_counts_are_read_those_before_1954_too(tmp_path, staged):
    lines = [f"{n},Ada{n},a{n}@example.com,{serial}" for n, serial in enumerate((16230, 18000, 19000, 32185, 9500))]
    with staged(write(tmp_path, {"c.csv": table("id,first_name,email,date_of_birth", *lines)})) as con:
        assert persons(con, "birth_on") == [
            (date(1944, 6, 7),), (date(1949, 4, 12),), (date(1952, 1, 7),), (date(1988, 2, 12),), (date(1926, 1, 3),),
        ]  # fmt: skip


def test_years_alone_are_no_day_counts(tmp_path, staged):
    lines = [f"{n},Ada{n},a{n}@example.com,{1950 + n}" for n in range(20)]
    with staged(write(tmp_path, {"c.csv": table("id,first_name,email,birthdate", *lines)})) as con:
        assert rows(con, "select count(*), count(birth_on) from staging.persons") == [(20, 0)]
        assert len(cells(con)) == 20


def test_days_and_months_that_cannot_be_told_apart_are_not_guessed(tmp_path, staged):
    content = table(
        "id,first_name,email,created_at", "1,Ada,a@example.com,03/04/2024", "2,Jonas,b@example.com,05/06/2024"
    )
    with staged(write(tmp_path, {"c.csv": content})) as con:
        assert persons(con, "record_id, signed_up_on") == [("1", None), ("2", None)]
        assert [column for _, column, _ in cells(con)] == ["signed_up_on", "signed_up_on"]


def test_a_deleted_customer_is_gone_and_who_refuses_has_not_agreed(tmp_path, staged):
    content = table(
        "id,first_name,email,is_deleted,opted_out,updated_at",
        "1,Ada,a@example.com,false,yes,2024-01-01",
        "2,Jonas,b@example.com,false,no,2024-01-01",
        "2,Jonas,b@example.com,true,no,2024-02-01",
        *(f"{n},Ivar{n},c{n}@example.com,false,,2024-01-01" for n in range(3, 30)),
    )
    with staged(write(tmp_path, {"c.csv": content})) as con:
        assert persons(con, "record_id, has_marketing_consent")[:2] == [("1", False), ("10", None)]
        assert rows(con, "select count(*) from staging.persons where record_id = '2'") == [(0,)]
        assert set_aside(con) == [(3, None, "removed by the vendor later"), (4, "deleted", "deleted by the vendor")]


# ------------------------------------------------------------------------------------------------ Salesforce

SF_HEAD = "Id,IsDeleted,MasterRecordId,AccountId,FirstName,LastName,Email,Phone,CreatedDate,SystemModstamp"


def python_check(short: str) -> str:
    """The check letters by the book: the five characters reversed are a binary number."""
    code = string.ascii_uppercase + "012345"
    parts = (short[start : start + 5] for start in (0, 5, 10))
    return "".join(code[int("".join("01"[c in string.ascii_uppercase] for c in reversed(part)), 2)] for part in parts)


def long_of(short: str) -> str:
    return short + python_check(short)


def contact(short: str, *, deleted: str = "false", master: str = "", name: str = "Ada,Okafor", mail: str = "") -> str:
    return f"{short},{deleted},{master},,{name},{mail},,2024-01-01T08:00:00.000Z,2024-05-01T08:00:00.000Z"


def test_check_letters_agree_with_a_published_pair_and_with_another_way_to_make_them():
    random = np.random.default_rng(7)
    ids = ["".join(random.choice(list(string.ascii_letters + string.digits), 15)) for _ in range(300)]
    with duckdb.connect() as con:
        con.execute("create table ids as select unnest($1) as id", [["001D000000IRFma", *ids]])
        found = dict(con.execute(f"select id, {salesforce.long_id('id')} from ids").fetchall())
        assert found["001D000000IRFma"] == "001D000000IRFmaIAH"
        assert all(found[short] == long_of(short) for short in ids)
        query = f"select count(long) from (select {salesforce.long_id('x')} as long from (select lower($1) as x))"
        assert con.execute(query, ["001D000000IRFmaIAH"]).fetchall() == [(0,)]


def test_records_hold_both_forms_of_their_id_and_a_destroyed_one_is_no_key(tmp_path, staged):
    short, lost = "003Hu00001AbCdE", long_of("003Hu00001QrStU").lower()
    content = table(
        SF_HEAD,
        contact(short, mail="ada@example.com"),
        contact(lost, name="Jonas,Lind"),
        contact("3.5E+17", name="Ivar,Moe"),
        contact("003Hu00001", name="Tuva,Berg"),
        contact(long_of("003Hu00001VwXyZ"), deleted="1", name="Liv,Nes"),
    )
    with staged(write(tmp_path, {"Contact.csv": content})) as con:
        assert persons(con, "record_id, given_name") == [(long_of(short), "Ada")]
        assert [(line, reason) for line, _, reason in set_aside(con)] == [
            (3, "the id does not fit its check letters: upper and lower case were lost"),
            (4, "the id is no whole number: a spreadsheet has spoilt it"),
            (5, "the id is no Salesforce id of 15 or 18 characters"),
            (6, "deleted by the vendor"),
        ]
        found = rows(con, "select identifier from staging.identifiers where identifier_type = 'account_id' order by 1")
        assert found == [(short,), (long_of(short),)]


def test_who_was_merged_leads_to_the_master_over_a_chain_and_whatever_id_an_order_names(tmp_path, staged):
    a, b, c, other = (f"003Hu00001{tail}" for tail in ("AbCdE", "FgHiJ", "KlMnO", "PqRsT"))
    people = table(
        SF_HEAD,
        contact(long_of(a), deleted="true", master=long_of(b), name="Ingrid,Solberg", mail="old@example.com"),
        contact(long_of(b), deleted="true", master=long_of(c), name="A.,Okafor"),
        contact(long_of(c), name="Ada,Okafor", mail="ada@example.com"),
        contact(long_of(other), name="Jonas,Lind", mail="jonas@example.org"),
    )
    bought = table(
        "order_id,customer_id,ordered_at,amount,currency,status",
        f"B-1,{a},2025-01-02T09:00:00Z,10,NOK,paid",
        f"B-2,{long_of(b)},2025-01-03T09:00:00Z,20,NOK,paid",
        f"B-3,{long_of(c)},2025-01-04T09:00:00Z,30,NOK,paid",
        f"B-4,{other},2025-01-05T09:00:00Z,40,NOK,paid",
    )
    with staged(write(tmp_path, {"Contact.csv": people, "orders.csv": bought})) as con:
        assert persons(con, "given_name, family_name") == [
            (None, None), (None, None), ("Ada", "Okafor"), ("Jonas", "Lind"),
        ]  # fmt: skip
        who = customer_of(con)
        assert len({who[long_of(x)] for x in (a, b, c)}) == 1
        assert who[long_of(other)] != who[long_of(c)]
        assert [customer for _, customer, _, _ in orders_fact(con)] == [who[long_of(x)] for x in (c, c, c, other)]
        # The master speaks for the person, though the merged record is as old.
        assert rows(con, "select record_id from identity.customers order by count_records desc limit 1") == [
            (long_of(c),)
        ]


def test_who_was_deleted_takes_along_what_was_merged_into_it(tmp_path, staged):
    a, b, c = (f"003Hu00001{tail}" for tail in ("AbCdE", "FgHiJ", "KlMnO"))
    before = table(SF_HEAD, contact(a, mail="old@example.com"), contact(b), contact(c, name="Jonas,Lind"))
    after = table(SF_HEAD, contact(a, deleted="true", master=b), contact(b, deleted="true"))
    folder = write(tmp_path, {"Contact_1.csv": before})
    with staged(folder):
        pass
    write(folder, {"Contact_2.csv": after})
    with staged(folder, datetime(2027, 7, 1)) as con:
        assert persons(con, "record_id") == [(long_of(c),)]
        assert {reason for _, _, reason in set_aside(con)} == {
            "deleted by the vendor",
            "merged into a record that was deleted by the vendor",
            "removed by the vendor later",
        }


def test_an_account_is_a_company_known_by_its_id_alone_and_a_converted_lead_is_its_contact(tmp_path, staged):
    company, man, made = "001Hu00002XyZab", "001Hu00002XyZac", "003Hu00001AbCdE"
    accounts = table(
        "Id,IsDeleted,Name,FirstName,LastName,PersonEmail,Phone,PersonContactId,IsPersonAccount,SystemModstamp",
        f"{company},false,Fernwing Ltd,,,hello@example.com,+4755000009,,false,2024-01-01T08:00:00Z",
        f"{man},false,Ada Okafor,Ada,Okafor,ada@example.com,+4755000001,{made},true,2024-01-01T08:00:00Z",
    )
    lead = "00QHu00003AbCdE"
    leads = table(
        "Id,IsDeleted,FirstName,LastName,Company,City,Email,IsConverted,ConvertedContactId,SystemModstamp",
        f"{lead},false,Ada,Okafor,Fernwing Ltd,Bergen,a@example.org,true,{made},2024-01-01T08:00:00Z",
    )
    with staged(write(tmp_path, {"Account.csv": accounts, "Lead.csv": leads})) as con:
        found = rows(
            con,
            "select record_id, identifier_type, identifier from staging.identifiers "
            "where identifier_type <> 'account_id' order by all",
        )
        assert found == [
            (long_of(man), "email", "ada@example.com"),
            (long_of(man), "phone", "+4755000001"),
            (long_of(lead), "email", "a@example.org"),
        ]
        who = customer_of(con)
        assert who[long_of(man)] == who[long_of(lead)] != who[long_of(company)]
        assert rows(con, "select count(distinct source) from staging.persons") == [(2,)]


# ------------------------------------------------------------------------------------------------ HubSpot


def test_all_addresses_of_a_hubspot_contact_and_all_that_was_merged_into_it_are_its_own(tmp_path, staged):
    content = table(
        "Record ID,First Name,Last Name,Email,Lifecycle Stage,Create Date,Additional email addresses,Merged vids,"
        "Unsubscribed from all email",
        "151,Ada,Okafor,ada@example.com,Customer,2024-03-01 10:22,a@example.org; ada@example.net,"
        "137:1709288520000;138:1709288531000,true",
        "152,Jonas,Lind,,Lead,2024-03-02 10:22,,1.4E+11,",
    )
    with staged(write(tmp_path, {"contacts.csv": content})) as con:
        found = rows(con, "select record_id, identifier_type, identifier from staging.identifiers order by 1, 2, 3")
        assert found == [
            ("151", "account_id", "137"), ("151", "account_id", "138"), ("151", "account_id", "151"),
            ("151", "email", "a@example.org"), ("151", "email", "ada@example.com"), ("151", "email", "ada@example.net"),
            ("152", "account_id", "152"),
        ]  # fmt: skip
        assert persons(con, "has_marketing_consent, signed_up_on") == [
            (False, date(2024, 3, 1)),
            (None, date(2024, 3, 2)),
        ]
        assert cells(con) == [(3, "merged", "some of the merged ids are no whole numbers")]


def test_hubspots_deals_and_companies_are_no_contacts(tmp_path):
    deals = table("Record ID,Deal Name,Deal Stage,Amount,Contact owner", "1,Fleet,Won,100,Liv Nes")
    companies = table("Record ID,Company name,Lifecycle Stage,Create Date", "1,Fernwing,Lead,2024-03-01 10:22")
    assert spec(tmp_path, "deals.csv", deals) is None
    assert spec(tmp_path, "companies.csv", companies) is None


# ------------------------------------------------------------------------------------------------ orders

ORDERS = "order_id;customer_id;email;ordered_at;amount;refund_amount;currency;status"


def test_amounts_with_decimal_commas_refunds_and_states_in_other_words(tmp_path, staged):
    content = table(
        ORDERS,
        "1;K-1;;2026-01-02 09:00;1.129,50 €;;eur;bezahlt",
        "2;K-1;;2026-01-02 09:00;100,00;40,00;EUR;paid",
        "3;K-1;;2026-01-02 09:00;100,00;100,00;EUR;paid",
        "4;K-1;;2026-01-02 09:00;80,00;;EUR;Storniert",
        "5;K-1;;2026-01-02 09:00;60,00;;EUR;Partially_Refunded",
        "6;K-1;;2026-01-02 09:00;sixty;;EUR;paid",
        "7;K-1;;soon;60,00;;EUR;paid",
        "8E+17;K-1;;2026-01-02 09:00;60,00;;EUR;paid",
        encoding="cp1252",
    )
    with staged(write(tmp_path, {"o.csv": content})) as con:
        assert rows(con, "select order_id, amount, currency, status from staging.orders order by order_id") == [
            ("1", 1129.5, "EUR", "bezahlt"),
            ("2", 60.0, "EUR", "paid"),
            ("3", 100.0, "EUR", "refunded"),
            ("4", 80.0, "EUR", "cancelled"),
            ("5", 60.0, "EUR", "partially_refunded"),
        ]
        assert [reason for _, _, reason in set_aside(con)] == [
            "the amount is no number",
            "the order holds no time that can be read",
            "the id is no whole number: a spreadsheet has spoilt it",
        ]


def test_amounts_that_may_be_read_in_two_ways_wait_for_the_settings(tmp_path, staged):
    content = table(
        ORDERS.replace(";refund_amount", ""), "1;K-1;;2026-01-02;1.250;EUR;paid", "2;K-1;;2026-01-02;300;EUR;paid"
    )
    folder = write(tmp_path, {"o.csv": content})
    with staged(folder) as con:
        assert rows(con, "select order_id, amount from staging.orders") == [("2", 300.0)]
        assert set_aside(con) == [(2, "amount", "the amount may be read in two ways: amount_decimal must say which")]
    settings = (folder / "vocpipe.toml").read_text(encoding="utf-8")
    assert 'amount_decimal = "ambiguous"' in settings
    (folder / "vocpipe.toml").write_text(
        settings.replace('amount_decimal = "ambiguous"', 'amount_decimal = ","'), encoding="utf-8"
    )
    with staged(folder) as con:
        assert rows(con, "select order_id, amount from staging.orders order by 1") == [("1", 1250.0), ("2", 300.0)]


def test_an_order_that_names_only_an_address_belongs_to_the_customer_with_that_address(tmp_path, staged):
    customers = table("id,first_name,last_name,email,created_at", "K-1,Ada,Okafor,ada@example.com,2023-01-01")
    content = table(
        ORDERS.replace(";refund_amount", ""),
        "1;K-1;;2026-01-02 09:00;10;EUR;paid",
        "2;;Ada@Example.com;2026-01-03 09:00;20;EUR;paid",
        "3;4,5E+17;new@example.org;2026-01-04 09:00;30;EUR;paid",
        "4;;;2026-01-05 09:00;40;EUR;paid",
        "5;;ADA@example.com;2026-01-05 09:00;50;EUR;paid",
    )
    with staged(write(tmp_path, {"c.csv": customers, "o.csv": content})) as con:
        who = customer_of(con)
        found = [customer for _, customer, _, _ in orders_fact(con)]
        assert found[:2] == [who["K-1"], who["K-1"]]
        assert found[2] not in (None, who["K-1"])
        assert found[3] is None
        assert rows(con, "select count(*) from staging.persons where source = 'orders'") == [(2,)]
        assert cells(con) == [(4, "account", "the id is no whole number: a spreadsheet has spoilt it")]


def test_a_list_of_what_was_in_the_orders_is_no_list_of_orders(tmp_path):
    lines = [f"{n // 2};K-{n};;2026-01-02 09:00;{10 + n},00;;EUR;paid" for n in range(40)]
    assert spec(tmp_path, "items.csv", table(ORDERS, *lines)) is None
    versions = [line.replace(f"{10 + n},00", "10,00") for n, line in enumerate(lines)]
    assert spec(tmp_path, "orders.csv", table(ORDERS, *versions)) == "orders_csv"


# ------------------------------------------------------------------------------------------------ Shopify


def shop(*lines: dict[str, str]) -> bytes:
    return (",".join(shopify.HEADER) + "\n" + "".join(shopify.line(**cells) for cells in lines)).encode()


def order(name: str, total: str, **cells: str) -> dict[str, str]:
    return {
        "Name": name, "Financial_Status": "paid", "Currency": "EUR", "Total": total, "Email": "ada@example.com",
        "Created_at": "2024-03-02 10:11:12 -0500", "Lineitem_quantity": "1", "Lineitem_name": "Travel pillow",
    } | cells  # fmt: skip


def item(name: str, **cells: str) -> dict[str, str]:
    return {"Name": name, "Email": "ada@example.com", "Lineitem_quantity": "1", "Lineitem_name": "Cabin bag"} | cells


def test_shopifys_own_columns_are_all_known():
    assert len(shopify.HEADER) == 79
    assert set(shopify.FIELDS.values()) - set(shopify.HEADER) == {shopify.POSITION}


def test_one_order_a_name_and_its_further_rows_are_line_items(tmp_path, staged):
    content = shop(order("#1", "30.00"), item("#1"), item("#1"), order("#2", "5.00"))
    with staged(write(tmp_path, {"orders.csv": content})) as con:
        assert rows(con, "select kind, record_key, reason from staging.records order by line_no") == [
            ("order", "#1", None), ("line_item", "#1:2", None), ("line_item", "#1:3", None), ("order", "#2", None),
        ]  # fmt: skip
        assert rows(con, "select order_id, amount, ordered_at from staging.orders order by 1") == [
            ("#1", 30.0, datetime(2024, 3, 2, 15, 11, 12)),
            ("#2", 5.0, datetime(2024, 3, 2, 15, 11, 12)),
        ]


def test_revenue_is_what_was_paid_and_kept(tmp_path, staged):
    content = shop(
        order("#1", "100.00", Financial_Status="partially_refunded", Refunded_Amount="40.00"),
        order("#2", "100.00", Financial_Status="refunded", Refunded_Amount="100.00"),
        order("#3", "100.00", Cancelled_at="2024-03-03 10:11:12 -0500"),
        order("#4", "100.00", Financial_Status="partially_paid", Outstanding_Balance="70.00"),
        order("#5", "100.00", Financial_Status="authorized"),
        order("#6", "100.00", Financial_Status="expired"),
        order("#7", "0.00", Financial_Status=""),
        order("#8", "x"),
    )
    with staged(write(tmp_path, {"orders.csv": content})) as con:
        customer_of(con)
        assert [(name, state, paid) for name, _, state, paid in orders_fact(con)] == [
            ("#1", "partially_refunded", 60.0), ("#2", "refunded", 0.0), ("#3", "cancelled", 0.0),
            ("#4", "partially_paid", 30.0), ("#5", "pending", 0.0), ("#6", "voided", 0.0), ("#7", "paid", 0.0),
        ]  # fmt: skip
        assert set_aside(con) == [(9, "amount", "the amount is no number")]


def test_an_export_of_the_next_day_changes_an_order_and_doubles_nothing(tmp_path, staged):
    first = [order("#1", "30.00"), item("#1"), item("#1", Lineitem_fulfillment_status="pending")]
    again = [order("#1", "30.00", Financial_Status="refunded", Refunded_Amount="30.00"), item("#1"),
             item("#1", Lineitem_fulfillment_status="fulfilled"), order("#2", "7.00")]  # fmt: skip
    folder = write(tmp_path, {"orders_1.csv": shop(*first)})
    with staged(folder):
        pass
    write(folder, {"orders_2.csv": shop(*again)})
    with staged(folder, datetime(2027, 7, 1)) as con:
        assert rows(con, "select order_id, status from staging.orders order by 1") == [
            ("#1", "refunded"),
            ("#2", "paid"),
        ]
        used = "select record_key from staging.records where reason is null order by 1"
        assert rows(con, used) == [("#1",), ("#1:2",), ("#1:3",), ("#2",)]


def test_the_place_within_an_order_is_counted_on_over_the_pieces_of_a_file():
    first = shopify.positions(["#1", "#1", "#2"], "", 0)
    then = shopify.positions(["#2", "#2", "#3"], "#2", first[-1])
    last = shopify.positions(["#3", "#3"], "#3", then[-1])
    assert [*first, *then, *last] == [1, 2, 1, 2, 3, 1, 2, 3]


def test_a_shops_buyer_is_the_customer_of_the_record_or_a_new_one(tmp_path, staged):
    customers = table("id,first_name,last_name,email,created_at", "K-1,Ada,Okafor,ada@example.com,2023-01-01")
    content = shop(
        order("#1", "10", Billing_Name="Ada Okafor", Billing_Zip="'75008", Accepts_Marketing="no"),
        order("#2", "20", Email="", Phone="'+47 55 00 00 02", Billing_Name="Jonas Lind", Billing_Zip="'75008"),
        order("#3", "30", Email="", Billing_Phone="4.67055E+11"),
    )
    with staged(write(tmp_path, {"c.csv": customers, "orders.csv": content})) as con:
        who = customer_of(con)
        (_, one, *_), (_, two, *_), (_, three, *_) = orders_fact(con)
        assert one == who["K-1"]
        assert two not in (None, one)
        assert three is None
        columns = "given_name, postcode, has_marketing_consent"
        found = f"select {columns} from staging.persons where source = 'shopify' order by 1"
        assert rows(con, found) == [("Ada", "75008", False), ("Jonas", "75008", None)]
        assert cells(con) == [(4, "billing_phone", "the number is spoilt by a spreadsheet")]


# ------------------------------------------------------------------------------------------------ sends

SENDS = "campaign,contact_id,email,sent_at,status,opened,bounced"


def test_a_message_is_known_by_the_last_that_happened_to_it(tmp_path, staged):
    content = table(
        SENDS,
        "Spring,K-1,,2026-01-10T08:00:00Z,sent,2026-01-10T09:00:00Z,",
        "Spring,K-2,,2026-01-10T08:00:00Z,delivered,0,false",
        "Spring,K-3,,2026-01-10T08:00:00Z,delivered,,true",
        "Spring,K-4,,2026-01-10T08:00:00Z,Dropped,,",
        "Spring,K-5,,2026-01-10T08:00:00Z,scheduled,,",
        "Spring,,,2026-01-10T08:00:00Z,sent,,",
        "Spring,,Ada@example.com,soon,sent,,",
        ",,ada@example.com,2026-01-10T08:00:00Z,sent,,",
        "Spring,,Ada@example.com,2026-01-10T08:00:00Z,,,",
    )
    with staged(write(tmp_path, {"s.csv": content})) as con:
        found = "select coalesce(account_id, email), status, is_delivered from staging.sends order by 1"
        assert rows(con, found) == [
            ("K-1", "opened", True), ("K-2", "delivered", True), ("K-3", "bounced", False),
            ("ada@example.com", "sent", True),
        ]  # fmt: skip
        assert [(line, reason) for line, _, reason in set_aside(con)] == [
            (5, "the message was never sent"),
            (6, "the message was not yet sent"),
            (7, "the message names nobody to whom it was sent"),
            (8, "the message holds no time that can be read"),
            (9, "the message names no campaign"),
        ]


def test_the_id_of_a_mailing_to_many_is_no_key_of_a_message(tmp_path, staged):
    lines = [f"M-1,Spring,K-{n},2026-01-10T08:00:00Z,delivered" for n in range(5)]
    twice = "M-1,Spring,K-1,2026-01-10T08:00:00Z,delivered"
    content = table("mailing_id,campaign,customer_id,sent_at,status", *lines, twice)
    with staged(write(tmp_path, {"s.csv": content})) as con:
        assert rows(con, "select count(*), count(distinct send_id) from staging.sends") == [(5, 5)]
        assert [reason for _, _, reason in set_aside(con)] == ["the same row was exported more than once"]


def test_invitations_that_carry_the_answers_are_a_survey(tmp_path):
    head = "campaign,email,sent at,submitted at,How likely are you to recommend us? (0-10),Why?"
    at = "2026-01-10 08:00:00,2026-01-11 08:00:00"
    lines = [f"Spring,a{n}@example.com,{at},{n % 11},The seat was fine and we left on time {n}" for n in range(30)]
    (tmp_path / "x.csv").write_bytes(table(head, *lines))
    assert sends.recognise(Export(tmp_path / "x.csv")) is None


# ------------------------------------------------------------------------------------------------ employees


def test_items_with_decimal_commas_are_numbers(tmp_path, staged):
    content = table("employee_id;job_satisfaction;morale", "1;3,5;4", "2;often;2,25", "3E+17;1;1")
    with staged(write(tmp_path, {"e.csv": content})) as con:
        assert rows(con, "select employee_id, item, score from staging.employees order by all") == [
            ("1", "job_satisfaction", 3.5), ("1", "morale", 4.0), ("2", "morale", 2.25),
        ]  # fmt: skip
        assert cells(con) == [(3, "job_satisfaction", "no number")]
        assert [reason for _, _, reason in set_aside(con)] == ["the id is no whole number: a spreadsheet has spoilt it"]


def test_a_real_employee_survey_is_read_whole(tmp_path, staged, shared):
    file = shared / "data" / "hr_attrition" / "HR-Employee-Attrition.csv"
    found = employees.recognise(Export(file))
    assert found is not None
    assert found.segments == ["EnvironmentSatisfaction", "JobSatisfaction", "RelationshipSatisfaction"]
    with staged(write(tmp_path, {"hr.csv": file.read_bytes()})) as con:
        assert rows(con, "select count(*), count(distinct employee_id) from staging.employees") == [(4410, 1470)]
        assert set_aside(con) == cells(con) == []


# ------------------------------------------------------------------------------------------------ recognition

OURS = ("crm_csv", "salesforce_csv", "hubspot_csv", "orders_csv", "shopify_csv", "sends_csv", "employees_csv")
JUNK = {
    "empty.csv": b"", "nul.csv": b"\0\0\0\0", "header.csv": b"Id", "quote.csv": b'Id,"Name\n1,2',
    "list.json": b"[1, null, []]", "ids.csv": b"Id,IsDeleted,Email\n,,\n", "name.csv": b"Name,Email\n#1001,\n",
    "record.csv": b"Record ID,Email,Lead Status\nx,y,z\n",
}  # fmt: skip


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("file", JUNK)
def test_junk_is_nobodys_and_raises_nothing(name, file, tmp_path):
    (tmp_path / file).write_bytes(JUNK[file])
    assert formats()[name].recognise(Export(tmp_path / file)) is None


WORDS = st.sampled_from(
    ["Id", "Record ID", "Email", "Name", "Total", "Created at", "IsDeleted", "Lifecycle Stage", "order_id", "amount",
     "ordered_at", "campaign", "sent_at", "employee_id", "morale", "birthdate", "first_name", "Financial Status",
     "Lineitem name", "Lineitem quantity", "", "Id"]
)  # fmt: skip
VALUES = st.sampled_from(
    ["", "1", "a", "003Hu00001AbCdE", "4,5E+17", "1,250", "12,5", "2024-01-01", "32185", "#1", "é"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=9), st.lists(st.lists(VALUES, max_size=10), max_size=5))
def test_whatever_a_table_holds_recognition_and_reading_raise_nothing(tmp_path, header, lines):
    (tmp_path / "t.csv").write_bytes(table(";".join(header), *(";".join(line) for line in lines)))
    for name in OURS:
        export = Export(tmp_path / "t.csv")
        if formats()[name].recognise(export):
            pieces = list(formats()[name].read(export))
            filled = [line for line in lines if len(line) > 1 or "".join(line)]
            assert sum(len(piece.line_no) if isinstance(piece, Rows) else 1 for piece in pieces) == len(filled)


@pytest.mark.parametrize("name", OURS)
def test_an_export_without_rows_is_still_known(name, tmp_path):
    for file, content in formats()[name].EXAMPLE.items():
        if name != "employees_csv":  # what its items are shows in their values only
            assert spec(tmp_path, file, content.split(b"\n")[0] + b"\n") == name
