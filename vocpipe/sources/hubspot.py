"""HubSpot exports of contacts: one row a contact, with all of its addresses and the ids that were merged into it."""

from __future__ import annotations

from collections.abc import Iterator

from vocpipe.contracts import Recognition
from vocpipe.exports import Export
from vocpipe.sources import crm
from vocpipe.sources.crm import NO_DATE, NO_YES, SPOILT_ID, SPOILT_PHONE, birth_of, is_segment, is_yes, plain, whole
from vocpipe.tabular import Piece, mapped_columns, records_of, sample_of, signature_of

NAME = "hubspot_csv"
TITLE = "HubSpot contacts"
NEEDS = ()
PRECEDENCE = -7

# The labels of an export, and the internal names where those were chosen.
COLUMNS = {
    "id": ("record id( contact)?", "contact id", "hs object id", "vid"),
    "email": ("e ?mail", "email address"),
    "other_emails": ("additional e ?mail addresses", "hs additional emails"),
    "merged": ("merged (contact|record) ids?", "merged vids", "hs merged object ids", "hs calculated merged vids",
               "calculated merged vids"),
    "phone": ("phone number", "phone"),
    "mobile": ("mobile ?phone( number)?",),
    "handle": ("twitter (username|handle)", "twitterhandle"),
    "given_name": ("first ?name",),
    "family_name": ("last ?name",),
    "town": ("city",),
    "postcode": ("postal code", "zip"),
    "street": ("street address", "address"),
    "birth_on": ("date of birth", "birth ?date"),
    "signed_up_on": ("create ?date",),
    "updated_at": ("last ?modified ?date",),
    "refusal": ("unsubscribed from all e ?mail", "opted out of all e ?mail", "hs email optout"),
}  # fmt: skip
# One of these beside the id tells a list of HubSpot's contacts from any other list with a `Record ID`.
OWN = {"lifecycle stage", "lifecyclestage", "lead status", "hs_lead_status", "contact owner", "hubspot_owner_id",
       "marketing contact status", "unsubscribed from all email", "hs_email_optout", "additional email addresses",
       "merged contact ids", "merged record ids", "merged vids", "hs_object_id", "original source",
       "associated company", "associated company ids", "membership notes"}  # fmt: skip

EXAMPLE = {
    "hubspot-crm-exports-all-contacts.csv": b'"Record ID","First Name","Last Name","Email","Phone Number","Lifecycle '
    b'Stage","Create Date","Last Modified Date","Additional email addresses","Merged Contact IDs",'
    b'"Unsubscribed from all email"\n'
    b'"1501","Ada","Okafor","ada.okafor@example.com","+47 55 00 00 01","Customer","2024-03-01 10:22",'
    b'"2024-05-02 09:00","a.okafor@example.org;ada@example.net","1377;1402",""\n'
    b'"1502","Jonas","Lind","jonas.lind@example.org","4.67055E+11","Lead","2024-03-02 11:05","2024-05-02 09:05","","",'
    b'"true"\n'
    b'"1.503E+11","Tuva","Berg","tuva.berg@example.net","","Customer","2024-03-03 12:30","2024-05-02 09:10","","",'
    b'"false"\n'
}


def recognise(export: Export) -> Recognition | None:
    """An id, an address or a name, and a property that is HubSpot's own."""
    header, values = sample_of(export)
    columns = mapped_columns(header, COLUMNS)
    if "id" not in columns or not OWN & {name.strip().lower() for name in header}:
        return None
    if "email" not in columns and not {"given_name", "family_name"} <= columns.keys():
        return None  # deals and companies have a `Record ID` too
    ids = values[columns["id"]]
    if len(set(ids)) < 0.9 * len(ids) or sum(is_number(value) for value in ids) < 0.9 * len(ids):
        return None
    found = Recognition(NAME, signature_of(header), header, columns=columns)
    crm.settle_dates(found, ("birth_on", "signed_up_on", "updated_at"), values)
    found.segments = [name for name in header if name not in columns.values() and is_segment(values[name])]
    return found


def is_number(value: str) -> bool:
    """Whether an id is a whole number, or was one before a spreadsheet spoilt it."""
    return value.isdigit() or crm.SPOILT.fullmatch(value) is not None


def read(export: Export) -> Iterator[Piece]:
    """One row a contact."""
    return records_of(export, "customer")


# `1377;1402`, or with the time of the merger behind it: `1377:1709288520000;1402:1709288531000`.
PARSED = {
    "customers": f"""
select
    row_id,
    {whole("cells.id")} as record_id,
    false as is_removed,
    case
        when cells.id is null then 'the contact has no id'
        when record_id is null then '{SPOILT_ID}'
    end as problem,
    case when record_id is null then 'id' end as problem_column,
    cells.given_name as given_name, cells.family_name as family_name,
    {birth_of("cells.birth_on")},
    cells.town as town, {plain("cells.postcode")} as postcode, cells.street as street,
    time_as(cells.signed_up_on, 'signed_up_on', zone) as signed_up_at, signed_up_at as created_at,
    coalesce(time_as(cells.updated_at, 'updated_at', zone), created_at) as updated_at,
    {is_yes("cells.refusal")} as says_refusal,
    -- Not to have refused is not to have agreed.
    case when says_refusal then false end as has_consent,
    body as attributes,
    list_transform(string_split(coalesce(cells.merged, ''), ';'), lambda part: trim(split_part(part, ':', 1))) as parts,
    list_concat([record_id], list_filter(parts, lambda part: regexp_full_match(part, '[0-9]+'))) as account_ids,
    list_concat([cells.email], list_filter(
        list_transform(string_split(coalesce(cells.other_emails, ''), ';'), lambda part: trim(part)),
        lambda part: part <> ''
    )) as emails,
    [{whole("cells.phone")}, {whole("cells.mobile")}] as phones,
    [cells.handle] as handles,
    {
        crm.cells_unread(
            (
                "merged",
                "len(list_filter(parts, lambda part: not regexp_full_match(part, '[0-9]*'))) > 0",
                "some of the merged ids are no whole numbers",
            ),
            ("birth_on", "cells.birth_on is not null and birth_on is null", NO_DATE),
            ("signed_up_on", "cells.signed_up_on is not null and signed_up_at is null", NO_DATE),
            (
                "updated_at",
                "cells.updated_at is not null and time_as(cells.updated_at, 'updated_at', zone) is null",
                NO_DATE,
            ),
            ("refusal", "cells.refusal is not null and says_refusal is null", NO_YES),
            ("phone", "is_spoilt(cells.phone)", SPOILT_PHONE),
            ("mobile", "is_spoilt(cells.mobile)", SPOILT_PHONE),
        )
    } as unread,
from landed
where kind = 'customer'
"""
}

SELECT = crm.SELECT

KEPT = crm.KEPT
