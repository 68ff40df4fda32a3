"""What the customer records hold is found in a text however it is written; other words, numbers and dates stay."""

from __future__ import annotations

import unicodedata

import duckdb
import pytest

from vocpipe.contracts import CONFORMED
from vocpipe.enrichment import Redactor, may_tell_many
from vocpipe.warehouse import marks

MARKS = [
    *(("name", name) for name in ("Jürgen Müller-Lüdescheid", "Mira Holt", "José García", "Zoe Strauß")),
    *(("handle", handle) for handle in ("williamradi1482", "mira_h", "georgiamcahon")),
    *(("phone", digits) for digits in ("345550000", "151234567")),
    *(("birth", day) for day in ("1945-08-14", "2001-10-20")),
]


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor((), ["@FernwingAir"], MARKS)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("I am juergen mueller-luedescheid", "I am [name]"), ("JURGEN MULLER LUDESCHEID!", "[name]!"),
        (unicodedata.normalize("NFD", "Müller-Lüdescheid, Jürgen"), "[name]"), ("JOSE GARCIA", "[name]"),
        ("zoe strauss", "[name]"), ("mira\nholt", "[name]"), ("**Mira** **Holt**", "**[name]**"),
        ("mira+holt and Mira/Holt", "[name] and [name]"), ("Mira is not Holter", "Mira is not Holter"),
        ("my twitter: WilliamRadi1482.", "my twitter: [handle]."), ("dm mira_h", "dm [handle]"),
        ("#georgiamcahon", "#[handle]"), ("mira_hx and xmira_h", "mira_hx and xmira_h"),
        ("(834) 555.0000", "[phone]"), ("order number 8345550000", "order number [phone]"),
        ("order number 1/834/555/0000", "order number 1/[phone]"), ("８３４ ５５５ ００００", "[phone]"),
        ("0049 (0)15 123 45 67", "[phone]"),
        ("order number 8345550001", "order number 8345550001"), ("booking 83455500001", "booking 83455500001"),
        ("14 August 1945 and August 14th, 1945", "[birthdate] and [birthdate]"), ("14.08.1945", "[birthdate]"),
        ("10/20/2001, 20-10-2001", "[birthdate], [birthdate]"), ("19450814", "[birthdate]"),
        ("14 de agosto de 1945, 14 août 1945", "[birthdate], [birthdate]"), ("on 2001-10-21", "on 2001-10-21"),
        ("my DOB is 3/4/77 ok", "my DOB is [birthdate] ok"),
        ("Geburtsdatum: 3. März 1980", "Geburtsdatum: [birthdate]"),
        ("born on the 1st of May 1990", "born on the [birthdate]"), ("flight of 12/03/25", "flight of 12/03/25"),
        ("born free on 31/31/2001", "born free on 31/31/2001"),
    ],
)  # fmt: skip
def test_a_mark_is_found_however_it_is_written(redactor, text, wanted):
    assert redactor.redact([text]) == [wanted]
    assert redactor.redact([wanted]) == [wanted]
    if wanted != text and "DOB" not in text and "born" not in text and "Geburt" not in text:
        assert may_tell_many(MARKS, [unicodedata.normalize("NFC", text), "the crew was rude"]) == [True, False]


def test_a_handle_of_the_brand_stays():
    assert Redactor((), ["@fernwing_air"], [("handle", "fernwing_air")]).redact(["fernwing_air"]) == ["fernwing_air"]


def test_what_any_version_of_a_record_held_is_looked_for():
    persons = [("K1", "customer_record", "Mira", "Holt", "1980-02-03"), ("K1", "customer_record", "Mira", "Aas", None),
               ("Z1", "ticket_user", "Jon", "Lie", None), ("T1", "social_user", "Una", None, None)]  # fmt: skip
    held = [("K1", "handle", "@Mira_H"), ("K1", "phone", "+1 (303) 555-0101 ext. 12"), ("K1", "phone", "555-0101"),
            ("Z1", "handle", "jonlietravels"), ("Z1", "handle", "somebody"), ("T1", "handle", "una_r77")]  # fmt: skip
    with duckdb.connect() as con:
        con.execute("create schema staging; attach ':memory:' as conformed")
        for table in ("persons", "identifiers"):
            columns = ", ".join(f"{name} {kind}" for name, kind in CONFORMED[table].items())
            con.execute(f"create table conformed.{table} ({columns})")
        for number, row in enumerate(persons):
            con.execute("insert into conformed.persons (row_id, record_id, person_kind, given_name, family_name, "
                        "birth_on) values (?, ?, ?, ?, ?, ?)", [number, *row])  # fmt: skip
        for record, kind, value in held:
            number = [row[0] for row in persons].index(record)
            con.execute("insert into conformed.identifiers values (?, ?, ?, ?)", [number, record, kind, value])
        marks.keep(con)
        assert marks.known(con) == [
            ("birth", "1980-02-03"), ("handle", "jonlietravels"), ("handle", "mira_h"), ("name", "Mira Aas"),
            ("name", "Mira Holt"), ("phone", "035550101"),
        ]  # fmt: skip
