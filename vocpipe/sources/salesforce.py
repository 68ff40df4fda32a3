"""Salesforce exports of contacts, accounts or leads (Data Export, Data Loader, reports with ids): one row a record.

An id has 15 characters, of which upper and lower case differ, and a longer form of 18: three check letters behind it
say which of the 15 are upper case. Records are known by the longer form and carry both as identifiers, so that orders,
tickets and answers link whichever they hold.

A record that was merged into another one (MasterRecordId) stays, without a name of its own: it holds its own id and
the master's, so that all that names the old id leads to the master, over chains of merges too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from vocpipe.contracts import Recognition
from vocpipe.exports import Export
from vocpipe.sources import crm
from vocpipe.sources.crm import (
    NO_DATE,
    NO_YES,
    SPOILT_ID,
    SPOILT_PHONE,
    birth_of,
    first_of,
    is_segment,
    is_yes,
    last_of,
    plain,
    whole,
)  # fmt: skip
from vocpipe.tabular import Piece, mapped_columns, records_of, sample_of, signature_of

NAME = "salesforce_csv"
TITLE = "Salesforce contacts, accounts or leads"
NEEDS = ()
PRECEDENCE = -8

# Field names (`MailingCity`) and the labels of reports (`Mailing City`); those of person accounts too.
COLUMNS = {
    "id": ("id", "contact id", "lead id", "account id"),
    "deleted": ("is ?deleted", "deleted"),
    "master": ("master ?record ?id",),
    "company": ("account ?id",),
    "is_person": ("is ?person ?account",),
    "contact": ("converted ?contact ?id", "person ?contact ?id"),
    "given_name": ("first ?name",),
    "family_name": ("last ?name",),
    "full_name": ("name", "full name", "contact name", "lead name"),
    "email": ("(person ?)?e ?mail( address)?",),
    "phone": ("phone",),
    "mobile": ("(person ?)?mobile ?phone", "mobile"),
    "home_phone": ("(person ?)?home ?phone",),
    "birth_on": ("(person ?)?birth ?date",),
    "town": ("(person ?)?mailing ?city", "billing ?city", "city"),
    "postcode": ("(person ?)?mailing ?(postal ?code|zip.*)", "billing ?(postal ?code|zip.*)", "postal ?code", "zip.*"),
    "street": ("(person ?)?mailing ?street", "billing ?street", "street"),
    "refusal": ("(person ?)?has ?opted ?out ?of ?email", "email opt out"),
    "signed_up_on": ("created ?date",),
    "updated_at": ("system ?modstamp", "last ?modified ?date"),
}  # fmt: skip
OBJECTS = {"003": "Contact", "001": "Account", "00Q": "Lead"}
OWN = {"isdeleted", "masterrecordid", "systemmodstamp", "lastmodifieddate", "createddate", "ownerid", "createdbyid",
       "last modified date", "created date", "account owner", "contact owner",
       "lead owner"}  # fmt: skip
RECORD_ID = re.compile(r"(?i)(003|001|00Q)[A-Z0-9]{12}([A-Z0-5]{3})?")
CODE = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"

EXAMPLE = {
    "Contact.csv": b"Id,IsDeleted,MasterRecordId,AccountId,LastName,FirstName,Name,MailingCity,MailingPostalCode,Phone,"
    b"MobilePhone,Email,Birthdate,HasOptedOutOfEmail,CreatedDate,LastModifiedDate,SystemModstamp,Loyalty_Tier__c\n"
    b"003Hu00001AbCdEIAV,false,,001Hu00002XyZabIAF,Okafor,Ada,Ada Okafor,Bergen,5003,+47 55 00 00 01,,"
    b"ada.okafor@example.com,1988-02-11,false,2023-04-01T08:00:00.000Z,2024-01-02T08:00:00.000Z,"
    b"2024-01-02T08:00:01.000Z,Gold\n"
    b"003Hu00001aBcDfIAK,true,003Hu00001AbCdEIAV,001Hu00002XyZabIAF,Okafor,A.,A. Okafor,Bergen,5003,,,"
    b"a.okafor@example.org,,false,2022-03-01T08:00:00.000Z,2024-02-02T08:00:00.000Z,2024-02-02T08:00:00.000Z,Blue\n"
    b"003Hu00001ghIJkIAM,true,,,Lind,Jonas,Jonas Lind,Oslo,0150,,,jonas.lind@example.org,1975-09-30,true,"
    b"2022-05-01T08:00:00.000Z,2024-03-02T08:00:00.000Z,2024-03-02T08:00:00.000Z,Blue\n"
    b"003Hu00001LmNoP,false,,,Berg,Tuva,Tuva Berg,Oslo,0151,4.67055E+11,,tuva.berg@example.net,unknown,true,"
    b"2023-05-01T08:00:00.000Z,2024-03-03T08:00:00.000Z,2024-03-03T08:00:00.000Z,Gold\n"
}


def recognise(export: Export) -> Recognition | None:
    """A column of Salesforce ids, a name or an address, and a field that is Salesforce's own."""
    header, values = sample_of(export)
    columns = mapped_columns(header, COLUMNS)
    count = len(OWN & {name.lower() for name in header})
    if "id" not in columns or not count or not columns.keys() & {"family_name", "full_name", "email", "phone"}:
        return None
    kind = kind_of(columns, values, count)
    if not kind:
        return None
    found = Recognition(NAME, signature_of(f"{kind}: {name}" for name in header), header, columns=columns)
    if "SystemModstamp" in header:
        found.time_zone = "UTC"  # a report is written in its reader's zone, an export of data in UTC
    crm.settle_dates(found, ("birth_on", "signed_up_on", "updated_at"), values)
    found.segments = [name for name in header if name.lower().endswith("__c") and is_segment(values[name])]
    return found


def kind_of(columns: Mapping[str, str], values: Mapping[str, list[str]], count: int) -> str:
    """Contact, Account or Lead, by the first three characters of the ids; by the columns in a file without rows."""
    ids = values[columns["id"]]
    known = [match[1].upper() for value in ids if (match := RECORD_ID.fullmatch(value))]
    if not ids and count >= 3:
        town = columns.get("town", "").lower()
        return "Account" if town.startswith("billing") else "Lead" if town == "city" else "Contact"
    if not known or len(known) < 0.5 * len(ids) or len(set(ids)) < 0.9 * len(ids):
        return ""
    return OBJECTS[Counter(known).most_common(1)[0][0]]


def read(export: Export) -> Iterator[Piece]:
    """One row a record."""
    return records_of(export, "customer")


# --------------------------------------------------------------------------- SQL


def check_letters(text: str) -> str:
    """SQL: the three check letters of an id: each tells in five bits which of five characters are upper case."""
    letters = []
    for start in (1, 6, 11):
        bits = (
            f"({2**place} * (substr({text}, {start + place}, 1) between 'A' and 'Z')::integer)" for place in range(5)
        )
        letters.append(f"substr('{CODE}', 1 + {' + '.join(bits)}, 1)")
    return f"concat({', '.join(letters)})"


def long_id(cell: str) -> str:
    """SQL: the id of 18 characters; null where it is no id, or where its check letters say that its case was lost."""
    return f"""case
        when regexp_full_match({cell}, '[A-Za-z0-9]{{15}}') then concat({cell}, {check_letters(cell)})
        when regexp_full_match({cell}, '[A-Za-z0-9]{{15}}[A-Za-z0-5]{{3}}')
            and upper(right({cell}, 3)) = {check_letters(cell)} then concat(left({cell}, 15), upper(right({cell}, 3)))
    end"""


NO_ID = "the id is no Salesforce id of 15 or 18 characters"
LOST_CASE = "the id does not fit its check letters: upper and lower case were lost"

PARSED = {
    "salesforce_ids": f"""
select
    row_id,
    {is_yes("cells.deleted")} as says_deleted,
    {long_id("cells.id")} as record_id,
    {long_id("cells.master")} as master_id,
    {long_id("cells.company")} as company_id,
    {long_id("cells.contact")} as contact_id,
from landed
where kind = 'customer'
""",
    # Who was deleted takes along all that had been merged into it.
    "salesforce_gone": """
with recursive gone as (
    select record_id from salesforce_ids where says_deleted and master_id is null and record_id is not null
    union
    select i.record_id from salesforce_ids as i inner join gone on i.master_id = gone.record_id
)
select record_id from gone where record_id is not null
""",
    "customers": f"""
select
    i.row_id, i.record_id, i.says_deleted,
    {is_yes("cells.is_person")} as says_person,
    i.master_id is not null as is_merged,
    coalesce(says_deleted, false) and not is_merged as is_deleted,
    is_deleted or (is_merged and gone.record_id is not null) as is_removed,
    case
        when cells.id is null then 'the record has no id'
        when is_spoilt(cells.id) then '{SPOILT_ID}'
        when i.record_id is null and length(cells.id) = 18 then '{LOST_CASE}'
        when i.record_id is null then '{NO_ID}'
        when is_deleted then 'deleted by the vendor'
        when is_removed then 'merged into a record that was deleted by the vendor'
    end as problem,
    case when i.record_id is null then 'id' when is_deleted then 'deleted' when is_removed then 'master' end
        as problem_column,
    -- An account is a company, unless it says that it is a person: whoever writes from there has a contact of his own.
    left(i.record_id, 3) = '001'
        and not coalesce(says_person, coalesce(cells.given_name, cells.family_name) is not null) as is_company,
    -- The vendor's staff said that both are one person: an old spelling of the name must not speak against it.
    case when not is_merged and not is_company then coalesce(cells.given_name, {first_of("cells.full_name")}) end
        as given_name,
    case when not is_merged and not is_company then coalesce(cells.family_name, {last_of("cells.full_name")}) end
        as family_name,
    {birth_of("cells.birth_on").replace("as birth_on", "as said_birth_on")},
    case when not is_merged then said_birth_on end as birth_on,
    cells.town as town, {plain("cells.postcode")} as postcode, cells.street as street,
    time_as(cells.signed_up_on, 'signed_up_on', zone) as created_at,
    case when not is_merged then created_at end as signed_up_at,
    coalesce(time_as(cells.updated_at, 'updated_at', zone), created_at) as updated_at,
    {is_yes("cells.refusal")} as says_refusal,
    -- Not to have refused is not to have agreed.
    case when says_refusal and not is_merged then false end as has_consent,
    case when not is_merged then body end as attributes,
    [
        i.record_id, left(i.record_id, 15), i.master_id, left(i.master_id, 15), i.contact_id, left(i.contact_id, 15),
        case when says_person then i.company_id end, case when says_person then left(i.company_id, 15) end,
    ] as account_ids,
    case when not is_company then [cells.email] end as emails,
    case when not is_company
        then [{whole("cells.phone")}, {whole("cells.mobile")}, {whole("cells.home_phone")}] end as phones,
    []::varchar[] as handles,
    {
        crm.cells_unread(
            ("master", "cells.master is not null and i.master_id is null", LOST_CASE),
            ("contact", "cells.contact is not null and i.contact_id is null", LOST_CASE),
            ("birth_on", "cells.birth_on is not null and said_birth_on is null", NO_DATE),
            ("signed_up_on", "cells.signed_up_on is not null and created_at is null", NO_DATE),
            (
                "updated_at",
                "cells.updated_at is not null and time_as(cells.updated_at, 'updated_at', zone) is null",
                NO_DATE,
            ),
            ("deleted", "cells.deleted is not null and i.says_deleted is null", NO_YES),
            ("refusal", "cells.refusal is not null and says_refusal is null", NO_YES),
            ("phone", "is_spoilt(cells.phone)", SPOILT_PHONE),
            ("mobile", "is_spoilt(cells.mobile)", SPOILT_PHONE),
            ("home_phone", "is_spoilt(cells.home_phone)", SPOILT_PHONE),
        )
    } as unread,
from landed
inner join salesforce_ids as i on landed.row_id = i.row_id
left join salesforce_gone as gone on i.record_id = gone.record_id
""",
}

SELECT = crm.SELECT
