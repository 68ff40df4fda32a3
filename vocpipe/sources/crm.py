"""A customer record by mapping: one row a customer, with an id and at least one way to recognise the person.

What customer records of all vendors share is here too: a format parses its rows into a table `customers` (row_id,
record_id, problem, problem_column, is_removed, given_name, family_name, birth_on, town, postcode, street, signed_up_at,
created_at, updated_at, has_consent, attributes; account_ids, emails, phones, handles: lists; unread: a list of
column_name and reason) and takes ``SELECT`` from here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from vocpipe.contracts import Recognition
from vocpipe.exports import Export
from vocpipe.tabular import Piece, mapped_columns, records_of, sample_of, signature_of
from vocpipe.times import format_of

NAME = "crm_csv"
TITLE = "Customer record"
NEEDS = ()

# Ours → what the vendors' columns are called (in lower case, `_` and `-` read as a space).
COLUMNS = {
    "id": ("customer id", "client id", "contact id", "account id", "record id", "customer number", "customerid",
           "member id", "crm id", "id"),
    "email": ("e ?mail( address)?", "primary e ?mail", "customer e ?mail"),
    "phone": ("phone( number)?", "mobile( phone| number)?", "telephone", "tel"),
    "handle": ("(twitter|x)( handle| username)?", "twitter handle"),
    "given_name": ("first ?name", "given ?name", "forename"),
    "family_name": ("last ?name", "family ?name", "surname"),
    "full_name": ("(full |customer )?name",),
    "town": ("(suburb )?(city|town)( suburb)?", "home (city|town)", "suburb", "locality", "place"),
    "postcode": ("post ?code", "postal ?code", "zip( ?(postal )?code)?", "plz"),
    "house": ("(street|house) ?(number|no)",),
    "street": ("street( ?(address|name|line))?( ?1)?", "(home |postal |mailing )?address( ?line)?( ?1)?"),
    "birth_on": ("date of birth", "birth ?date", "dob", "birthday"),
    "signed_up_on": ("sign ?up (date|on)", "signup", "created (at|on|date)", "create date", "customer since",
                     "member since", "joined( on| at)?", "registration date"),
    "updated_at": ("updated (at|on)", "last ?modified( date| at)?", "modified (at|on)"),
    "consent": ("marketing opt ?in", "opt ?in", "(marketing )?consent", "newsletter", "accepts marketing"),
    "refusal": ("(marketing |e ?mail )*(opt(ed)? ?out|unsubscribed)( of e ?mail| from all e ?mails?)?",
                "do not (e ?mail|contact)"),
    "other_email": ("(secondary|second|alternate|alternative|other|work|private) e ?mail( address)?", "e ?mail 2"),
    "other_phone": ("mobile( phone| number)?", "cell( ?phone)?( number)?", "(home|work|other|second) phone( number)?"),
    "deleted": ("(is )?deleted", "isdeleted"),
    "deleted_at": ("deleted (at|on)", "deletion date"),
}  # fmt: skip
DATES = ("birth_on", "signed_up_on", "updated_at", "deleted_at")
# What lists of other things than customers have beside names and addresses.
OTHER_LIST = re.compile(
    "order|invoice|amount|price|total|ticket|subject|employee|salary|department|hire|agent|product|score|rating|response"
)
SPOILT = re.compile(r"\d([.,]\d+)?[Ee]\+\d+")
SERIAL = re.compile(r"\d{4,5}([.,]0+)?")
TRUE = "true,yes,y,1,t,x,on,ja,j,oui,sí,si,sim,wahr,vrai,verdadero,vero,opted in,opt-in,subscribed"
FALSE = "false,no,n,0,f,off,nein,nej,nei,nee,non,não,falsch,faux,falso,opted out,opt-out,unsubscribed"

EXAMPLE = {
    "customers.csv": b"customer_id,first_name,last_name,email,phone,twitter_handle,date_of_birth,city,loyalty_tier,"
    b"signup_date,marketing_opt_in\r\n"
    b"K-1,Ada,Okafor,ada.okafor@example.com,+4670555001,@adaokafor,1988-02-11,Bergen,Gold,2023-04-01,true\r\n"
    b"K-2,Jonas,Lind,jonas.lind@example.org,,,1975-09-30,Oslo,Blue,2024-08-15,false\r\n"
    b"K-3,Tuva,Berg,tuva.berg@example.net,,,unknown,Oslo,Blue,2024-09-01,true\r\n"
    b"4.5E+17,Ivar,Moe,ivar.moe@example.net,,,1990-01-15,Oslo,Blue,2024-09-02,true\r\n"
}


def recognise(export: Export) -> Recognition | None:
    """An id column, and a contact (e-mail, phone or handle) or a whole name with birth date or home: customers."""
    header, values = sample_of(export)
    columns = mapped_columns(header, COLUMNS)
    if "id" not in columns or not (columns.keys() & {"email", "phone", "handle"} or is_register(header, columns)):
        return None
    if not columns.keys() & {"given_name", "family_name", "full_name", "birth_on", "signed_up_on"}:
        return None
    ids = [value for value in values[columns["id"]] if not SPOILT.fullmatch(value)]
    if len(set(ids)) < len(ids) * 0.9:
        return None  # the id repeats: a list of events about customers, not of customers
    found = Recognition(NAME, signature_of(header), header, columns=columns)
    settle_dates(found, DATES, values)
    found.segments = [name for name in header if name not in columns.values() and is_segment(values[name])]
    return found


def is_register(header: Sequence[str], columns: Mapping[str, str]) -> bool:
    """Whether a list without contacts is one of customers all the same: names, and a birth date or a home.

    A list of orders, tickets or employees may name persons and addresses too: one column of theirs tells it.
    """
    is_person = {"given_name", "family_name"} <= columns.keys()
    is_told_apart = "birth_on" in columns or {"street", "postcode"} <= columns.keys()
    return is_person and is_told_apart and not any(OTHER_LIST.search(name.lower()) for name in header)


def settle_dates(found: Recognition, dates: Sequence[str], values: Mapping[str, list[str]]) -> None:
    """Write the layouts of the date columns into the mapping."""
    for ours in dates:
        written = values[found.columns[ours]] if ours in found.columns else []
        if ours == "birth_on" and is_serial(written):
            found.columns["birth_on_format"] = "excel"
        elif written:
            format_of(found, ours, written)


def is_serial(births: Sequence[str]) -> bool:
    """Whether birth dates are a spreadsheet's day counts; those before May 1927 have four digits, as years have."""
    counts = [value for value in births if SERIAL.fullmatch(value)]
    return 0 < len(counts) >= 0.9 * len(births) and sum(value[4:5].isdigit() for value in counts) > len(births) / 2


def is_segment(values: list[str]) -> bool:
    """Whether a column divides customers into a few groups."""
    groups = set(values)
    return 2 <= len(groups) <= 12 and len(values) >= 5 * len(groups) and all(len(group) <= 40 for group in groups)


def read(export: Export) -> Iterator[Piece]:
    """One row a customer."""
    return records_of(export, "customer")


# --------------------------------------------------------------------------- SQL that customer records share


def plain(cell: str) -> str:
    """SQL: a cell without the apostrophe by which a spreadsheet marks it as text (`'75008`)."""
    return f"nullif(ltrim({cell}, ''''), '')"


def whole(cell: str) -> str:
    """SQL: an id or a number; null where a spreadsheet has spoilt it (`4,67055E+11`)."""
    return f"case when not is_spoilt({cell}) then {plain(cell)} end"


def is_yes(cell: str) -> str:
    """SQL: whether a cell says yes; null where it says neither yes nor no."""
    yes, no = ("'" + words.replace(",", "', '") + "'" for words in (TRUE, FALSE))
    return f"case when lower({cell}) in ({yes}) then true when lower({cell}) in ({no}) then false end"


def first_of(cell: str) -> str:
    """SQL: the given name in a whole one, written `Ada Okafor` or `Okafor, Ada`."""
    parts = f"trim(split_part({cell}, ',', 2))", f"split_part({cell}, ' ', 1)"
    return f"nullif(case when contains({cell}, ',') then {parts[0]} else {parts[1]} end, '')"


def last_of(cell: str) -> str:
    """SQL: the family name in a whole one; null where it is a single word."""
    parts = f"trim(split_part({cell}, ',', 1))", f"regexp_extract({cell}, ' ([^ ]+)$', 1)"
    return f"nullif(case when contains({cell}, ',') then {parts[0]} else {parts[1]} end, '')"


def birth_of(cell: str) -> str:
    """SQL: the column birth_on; two-digit years lie in the past, a birth in the future is none."""
    return f"""
    cast(time_as({cell}, 'birth_on', 'UTC') as date) as born_on,
    cast(coalesce(getvariable('as_of'), now()) as date) as today,
    case
        when born_on <= today then born_on
        when contains(json_extract_string(getvariable('columns'), '$.birth_on_format'), '%y')
            and born_on - interval 100 year <= today
            then cast(born_on - interval 100 year as date)
    end as birth_on"""


def cells_unread(*checks: tuple[str, str, str]) -> str:
    """SQL: a list of cells that could not be used; each check is column, the condition under which, the reason."""
    found = ", ".join(
        f"case when {condition} then struct_pack(column_name := '{column}', reason := '{reason}') end"
        for column, condition, reason in checks
    )
    return f"list_filter([{found}], lambda cell: cell is not null)"


NO_DATE = "no date that can be read"
NO_YES = "neither yes nor no"
SPOILT_PHONE = "the number is spoilt by a spreadsheet"
SPOILT_ID = "the id is no whole number: a spreadsheet has spoilt it"

PARSED = {
    "customers": f"""
select
    row_id,
    {whole("cells.id")} as record_id,
    {is_yes("cells.deleted")} as says_deleted,
    time_as(cells.deleted_at, 'deleted_at', zone) as deleted_at,
    coalesce(says_deleted, false) or deleted_at is not null as is_removed,
    case
        when cells.id is null then 'the customer has no id'
        when record_id is null then '{SPOILT_ID}'
        when is_removed then 'deleted by the vendor'
    end as problem,
    case
        when record_id is null then 'id'
        when coalesce(says_deleted, false) then 'deleted'
        when is_removed then 'deleted_at'
    end as problem_column,
    coalesce(cells.given_name, {first_of("cells.full_name")}) as given_name,
    coalesce(cells.family_name, {last_of("cells.full_name")}) as family_name,
    {birth_of("cells.birth_on")},
    cells.town as town,
    {plain("cells.postcode")} as postcode,
    nullif(concat_ws(' ', cells.house, cells.street), '') as street,
    time_as(cells.signed_up_on, 'signed_up_on', zone) as signed_up_at, signed_up_at as created_at,
    greatest(time_as(cells.updated_at, 'updated_at', zone), deleted_at) as updated_at,
    {is_yes("cells.consent")} as says_consent,
    {is_yes("cells.refusal")} as says_refusal,
    -- Not to have refused is not to have agreed.
    case when says_refusal then false else says_consent end as has_consent,
    body as attributes,
    [record_id] as account_ids,
    [cells.email, cells.other_email] as emails,
    [{whole("cells.phone")}, {whole("cells.other_phone")}] as phones,
    [cells.handle] as handles,
    {
        cells_unread(
            ("birth_on", "cells.birth_on is not null and birth_on is null", NO_DATE),
            ("signed_up_on", "cells.signed_up_on is not null and signed_up_at is null", NO_DATE),
            (
                "updated_at",
                "cells.updated_at is not null and time_as(cells.updated_at, 'updated_at', zone) is null",
                NO_DATE,
            ),
            ("deleted", "cells.deleted is not null and says_deleted is null", NO_YES),
            ("deleted_at", "cells.deleted_at is not null and deleted_at is null", NO_DATE),
            ("consent", "cells.consent is not null and says_consent is null", NO_YES),
            ("refusal", "cells.refusal is not null and says_refusal is null", NO_YES),
            ("phone", "is_spoilt(cells.phone)", SPOILT_PHONE),
            ("other_phone", "is_spoilt(cells.other_phone)", SPOILT_PHONE),
        )
    } as unread,
from landed
where kind = 'customer'
"""
}

SELECT = {
    "records": """
select
    row_id, 'customer' as kind, record_id as record_key, null::timestamp as occurred_at,
    coalesce(updated_at, created_at) as recorded_at, created_at as first_recorded_at, is_removed as is_removal,
    problem as set_aside, problem_column as set_aside_column
from customers
""",
    "persons": """
select
    row_id, record_id, 'customer_record' as person_kind, given_name, family_name, birth_on, town, postcode,
    street, cast(signed_up_at as date) as signed_up_on, has_consent as has_marketing_consent, attributes
from customers
""",
    "identifiers": """
with held as (
    select row_id, record_id, 'account_id' as identifier_type, unnest(account_ids) as identifier from customers
    union all
    select row_id, record_id, 'email', unnest(emails) from customers
    union all
    select row_id, record_id, 'phone', unnest(phones) from customers
    union all
    select row_id, record_id, 'handle', unnest(handles) from customers
)
select distinct row_id, record_id, identifier_type, identifier from held where identifier is not null
""",
    # A cell that cannot be read is no reason to lose the customer: the cell is set aside, the row is used.
    "cells": """
with found as (
    select row_id, unnest(unread) as cell from customers
)
select row_id, cell.column_name as column_name, cell.reason as reason from found
""",
}

KEPT = "select row_id from customers where born_on is null or born_on <= today"
