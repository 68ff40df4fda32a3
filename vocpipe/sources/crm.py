"""A customer record as CSV: one row a customer, with an id and at least one way to recognise the person."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from vocpipe.contracts import RawRow, Recognition, Reject
from vocpipe.delimited import mapped_columns, records_of, sample_of, signature_of
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
    "town": ("city", "town", "home town", "place", "postcode", "postal code", "zip( code)?"),
    "birth_on": ("date of birth", "birth ?date", "dob", "birthday"),
    "signed_up_on": ("sign ?up (date|on)", "signup", "created (at|on|date)", "create date", "customer since",
                     "member since", "joined( on| at)?", "registration date"),
    "updated_at": ("updated (at|on)", "last ?modified( date| at)?", "modified (at|on)"),
    "consent": ("marketing opt ?in", "opt ?in", "(marketing )?consent", "newsletter", "accepts marketing"),
}  # fmt: skip
DATES = ("birth_on", "signed_up_on", "updated_at")

EXAMPLE = {
    "customers.csv": b"customer_id,first_name,last_name,email,phone,twitter_handle,date_of_birth,city,loyalty_tier,"
    b"signup_date,marketing_opt_in\r\n"
    b"K-1,Ada,Okafor,ada.okafor@example.com,+4670555001,@adaokafor,1988-02-11,Bergen,Gold,2023-04-01,true\r\n"
    b"K-2,Jonas,Lind,jonas.lind@example.org,,,1975-09-30,Oslo,Blue,2024-08-15,false\r\n"
    b"K-3,Tuva,Berg,tuva.berg@example.net,,,unknown,Oslo,Blue,2024-09-01,true\r\n"
}


def recognise(path: Path) -> Recognition | None:
    """An id column and a contact (e-mail, phone or handle): a list of customers."""
    if path.suffix.lower() not in (".csv", ".tsv", ".txt"):
        return None
    header, values = sample_of(path)
    columns = mapped_columns(header, COLUMNS)
    if "id" not in columns or not columns.keys() & {"email", "phone", "handle"}:
        return None
    if not columns.keys() & {"given_name", "family_name", "full_name", "birth_on", "signed_up_on"}:
        return None
    if len(set(values[columns["id"]])) < len(values[columns["id"]]) * 0.9:
        return None  # the id repeats: a list of events about customers, not of customers
    found = Recognition(NAME, signature_of(header), header, columns=columns)
    for ours in DATES:
        if ours in columns:
            format_of(found, ours, values[columns[ours]])
    found.segments = [name for name in header if name not in columns.values() and is_segment(values[name])]
    return found


def is_segment(values: list[str]) -> bool:
    """Whether a column divides customers into a few groups."""
    groups = set(values)
    return 2 <= len(groups) <= 12 and len(values) >= 5 * len(groups) and all(len(group) <= 40 for group in groups)


def read(path: Path) -> Iterator[RawRow | Reject]:
    """One row a customer."""
    return records_of(path, "customer")


PARSED = {
    "customers": """
select
    row_id, body,
    mapped(body, columns, 'id') as record_id,
    coalesce(mapped(body, columns, 'given_name'), split_part(mapped(body, columns, 'full_name'), ' ', 1))
        as given_name,
    coalesce(mapped(body, columns, 'family_name'),
        nullif(regexp_extract(mapped(body, columns, 'full_name'), ' ([^ ]+)$', 1), '')) as family_name,
    mapped(body, columns, 'email') as email,
    mapped(body, columns, 'phone') as phone,
    mapped(body, columns, 'handle') as handle,
    mapped(body, columns, 'town') as town,
    mapped(body, columns, 'birth_on') as written_birth_on,
    cast(time_as(written_birth_on, 'birth_on', 'UTC') as date) as birth_on,
    mapped(body, columns, 'signed_up_on') as written_signed_up_on,
    time_as(written_signed_up_on, 'signed_up_on', zone) as signed_up_at,
    time_as(mapped(body, columns, 'updated_at'), 'updated_at', zone)
        as updated_at,
    lower(mapped(body, columns, 'consent')) as consent,
from landed
where kind = 'customer'
"""
}

SELECT = {
    "records": """
select
    row_id, 'customer' as kind, record_id as record_key, null::timestamp as occurred_at,
    coalesce(updated_at, signed_up_at) as recorded_at, signed_up_at as first_recorded_at, false as is_removal,
    case when record_id is null then 'the customer has no id' end as set_aside,
    case when record_id is null then 'id' end as set_aside_column
from customers
""",
    "persons": """
select
    row_id, record_id, 'customer_record' as person_kind, given_name, family_name, birth_on, town,
    cast(signed_up_at as date) as signed_up_on,
    case
        when consent in ('true', 'yes', 'y', '1', 't', 'ja', 'oui', 'subscribed', 'opted in') then true
        when consent in ('false', 'no', 'n', '0', 'f', 'nein', 'non', 'unsubscribed', 'opted out') then false
    end as has_marketing_consent,
    body as attributes
from customers
""",
    "identifiers": """
select row_id, record_id, 'account_id' as identifier_type, record_id as identifier from customers
union all
select row_id, record_id, 'email', email from customers where email is not null
union all
select row_id, record_id, 'phone', phone from customers where phone is not null
union all
select row_id, record_id, 'handle', handle from customers where handle is not null
""",
    # A date that cannot be read is no reason to lose the customer: the cell is set aside, the row is used.
    "cells": """
select row_id, 'birth_on' as column_name, 'no date that can be read' as reason
from customers where written_birth_on is not null and birth_on is null
union all
select row_id, 'signed_up_on', 'no date that can be read'
from customers where written_signed_up_on is not null and signed_up_at is null
""",
}
