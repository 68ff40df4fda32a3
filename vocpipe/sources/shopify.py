"""Shopify's export of orders: one row a line item; what is said of the whole order stands in its first row only.

The amount is what was paid and kept, as revenue wants it: the total without what went back in part or is still open.
An order that went back as a whole, or was cancelled, keeps its total and says so in its status. Who bought is known by
the e-mail address of the order (else the phone number) and is a customer, whether another record knows him or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from vocpipe.contracts import Recognition, Rows
from vocpipe.exports import Export
from vocpipe.sources import orders
from vocpipe.sources.crm import (
    NO_DATE,
    NO_YES,
    SPOILT_PHONE,
    cells_unread,
    first_of,
    is_segment,
    is_yes,
    last_of,
    plain,
    settle_dates,
    whole,
)  # fmt: skip
from vocpipe.sources.orders import amount_of, bare, buyer_of, settle_decimals
from vocpipe.tabular import Piece, records_of, sample_of, signature_of

NAME = "shopify_csv"
TITLE = "Shopify orders"
NEEDS = (("Name",), ("Created at",), ("Total",))
PRECEDENCE = -9

# Ours → the column, whose names Shopify does not translate.
FIELDS = {
    "id": "Name", "email": "Email", "financial_status": "Financial Status", "paid_at": "Paid at",
    "fulfilled_at": "Fulfilled at", "consent": "Accepts Marketing", "currency": "Currency", "total": "Total",
    "ordered_at": "Created at", "billing_name": "Billing Name", "billing_city": "Billing City",
    "billing_zip": "Billing Zip", "billing_street": "Billing Street", "billing_phone": "Billing Phone",
    "shipping_name": "Shipping Name", "shipping_city": "Shipping City", "shipping_zip": "Shipping Zip",
    "shipping_street": "Shipping Street", "shipping_phone": "Shipping Phone",
    "cancelled_at": "Cancelled at", "refunded": "Refunded Amount", "open": "Outstanding Balance", "phone": "Phone",
    "subtotal": "Subtotal", "position": "Lineitem position",
}  # fmt: skip
POSITION = FIELDS["position"]  # not the vendor's column: the place of a row within its order
TIMES = ("ordered_at", "paid_at", "fulfilled_at", "cancelled_at")
AMOUNTS = ("total", "refunded", "open")
MARKS = {"Name", "Financial Status", "Total", "Created at", "Lineitem quantity", "Lineitem name"}
SEGMENTS = ("Billing Country", "Source", "Payment Method")
# The columns that an export has had in most years; the last ones came and went.
HEADER = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,"
    "Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,"
    "Lineitem fulfillment status,Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,"
    "Billing City,Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,"
    "Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,Shipping Province,"
    "Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,Payment Method,Payment Reference,"
    "Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,Tags,Risk Level,Source,"
    "Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,"
    "Tax 5 Name,Tax 5 Value,Phone,Receipt Number,Duties,Billing Province Name,Shipping Province Name,Payment ID,"
    "Payment Terms Name,Next Payment Due At,Payment References"
).split(",")


def line(**cells: str) -> str:
    """One row of the example: cells by column, `_` for a space."""
    return ",".join(cells.get(name.replace(" ", "_"), "") for name in HEADER) + "\n"


ADA = {
    "Email": "ada.okafor@example.com", "Currency": "EUR", "Billing_Name": "Ada Okafor", "Billing_City": "Bergen",
    "Billing_Zip": "'5003", "Billing_Country": "NO", "Billing_Phone": "+47 55 00 00 01", "Source": "web",
    "Accepts_Marketing": "yes", "Lineitem_quantity": "1", "Vendor": "Fernwing",
}  # fmt: skip
EXAMPLE = {
    "orders_export_1.csv": (
        ",".join(HEADER)
        + "\n"
        + line(**ADA, Name="#1001", Financial_Status="partially_refunded", Paid_at="2024-03-02 10:11:20 -0500",
               Subtotal="90.00", Shipping="10.00", Total="100.00", Created_at="2024-03-02 10:11:12 -0500",
               Lineitem_name="Travel pillow", Lineitem_price="40.00", Refunded_Amount="40.00",
               Outstanding_Balance="0.00", Id="5550001001")
        + line(Name="#1001", Email="ada.okafor@example.com", Created_at="2024-03-02 10:11:12 -0500",
               Lineitem_quantity="1", Lineitem_name="Cabin bag", Lineitem_price="50.00", Vendor="Fernwing")
        + line(Name="#1002", Email="jonas.lind@example.org", Financial_Status="refunded", Currency="EUR",
               Subtotal="25.00", Total="25.00", Created_at="2024-03-03 09:00:00 -0500", Lineitem_quantity="1",
               Lineitem_name="Travel pillow", Lineitem_price="25.00", Billing_Name="Jonas Lind",
               Billing_Phone="4.67055E+11", Cancelled_at="2024-03-04 09:00:00 -0500", Refunded_Amount="25.00",
               Accepts_Marketing="no", Id="5550001002")
        + line(Name="#1003", Email="tuva.berg@example.net", Financial_Status="paid", Currency="EUR", Total="15.00",
               Created_at="yesterday", Lineitem_quantity="1", Lineitem_name="Luggage tag", Id="5550001003")
    ).encode()
}  # fmt: skip


def recognise(export: Export) -> Recognition | None:
    """The columns of an order and of its line items in one table, as only Shopify names them."""
    header, values = sample_of(export)
    if not set(header) >= MARKS:
        return None
    found = Recognition(NAME, signature_of(header), header)
    found.columns = {ours: theirs for ours, theirs in FIELDS.items() if theirs in header}
    settle_dates(found, TIMES, values)
    settle_decimals(found, AMOUNTS, values)
    # Where all is written as Shopify writes it, there is nothing to map.
    found.columns = {ours: said for ours, said in found.columns.items() if ours not in FIELDS}
    found.segments = [name for name in SEGMENTS if name in header and is_segment(values[name])]
    return found


def read(export: Export) -> Iterator[Piece]:
    """One row a line item, with its place within the order: an order's rows stand together."""
    last = ("", 0)
    for piece in records_of(export, "order"):
        if isinstance(piece, Rows):
            names = piece.cells.column("Name").to_pylist()
            places = positions(names, *last)
            last = (names[-1], places[-1])
            piece = replace(piece, cells=piece.cells.append_column(POSITION, [list(map(str, places))]))
        yield piece


def positions(names: Sequence[str], last: str, count: int) -> list[int]:
    """The place of each row within its order, from 1; the order ``last`` had ``count`` rows before these."""
    places = []
    for name in names:
        count = count + 1 if name == last else 1
        last = name
        places.append(count)
    return places


def time_of(ours: str) -> str:
    """SQL: a time; the space before its offset (`10:11:12 -0500`) is taken out."""
    return f"time_as(regexp_replace(cells.{ours}, ' ([+-][0-9]{{2}}:?[0-9]{{2}})$', '\\1'), '{ours}', zone)"


PARSED = {
    "orders": f"""
select
    row_id,
    {whole("cells.id")} as order_id,
    -- The order's own cells stand in the first of its rows.
    cells.position <> '1' and coalesce(cells.financial_status, cells.total, cells.subtotal, cells.currency) is null
        as is_item,
    case when is_item then concat(order_id, ':', cells.position) else order_id end as record_key,
    cells.email as email,
    coalesce({whole("cells.phone")}, {whole("cells.billing_phone")}, {whole("cells.shipping_phone")}) as phone,
    case when not is_item then {buyer_of("email", "regexp_replace(phone, '[^0-9+]', '', 'g')")} end as buyer_id,
    buyer_id as account_id,
    coalesce(cells.billing_name, cells.shipping_name) as full_name,
    {first_of("full_name")} as given_name,
    {last_of("full_name")} as family_name,
    coalesce(cells.billing_city, {plain("cells.billing_zip")}) is not null as is_billed_home,
    case when is_billed_home then cells.billing_city else cells.shipping_city end as town,
    case when is_billed_home then {plain("cells.billing_zip")} else {plain("cells.shipping_zip")} end as postcode,
    case when is_billed_home then cells.billing_street else cells.shipping_street end as street,
    {is_yes("cells.consent")} as has_consent,
    body as attributes,
    {time_of("ordered_at")} as ordered_at,
    {time_of("paid_at")} as paid_at,
    {time_of("fulfilled_at")} as fulfilled_at,
    {time_of("cancelled_at")} as cancelled_at,
    -- A refund has no time of its own: of equal versions the one that was loaded last counts.
    greatest(ordered_at, paid_at, fulfilled_at, cancelled_at) as changed_at,
    {amount_of(bare("cells.total"), "total")} as total,
    {amount_of(bare("cells.refunded"), "refunded")} as refunded,
    {amount_of(bare("cells.open"), "open")} as still_open,
    case
        when cells.cancelled_at is not null then 'cancelled'
        when cells.financial_status is null and (cells.paid_at is not null or total = 0) then 'paid'
        when cells.financial_status is null then 'pending'
        when lower(cells.financial_status) = 'authorized' then 'pending'
        when lower(cells.financial_status) = 'expired' then 'voided'
        else lower(cells.financial_status)
    end as status,
    case
        when status = 'partially_refunded' then total - refunded
        when status = 'partially_paid' then total - still_open
        else total
    end as amount,
    coalesce(upper(cells.currency), '(none)') as currency,
    case
        when cells.id is null then 'the order has no name'
        when order_id is null then 'the name of the order is spoilt by a spreadsheet'
        when not is_item and ordered_at is null then 'the order holds no time that can be read'
        when not is_item and amount is null then 'the amount is no number'
    end as problem,
    case
        when order_id is null then 'id'
        when not is_item and ordered_at is null then 'ordered_at'
        when not is_item and amount is null then 'amount'
    end as problem_column,
    {
        cells_unread(
            ("paid_at", "cells.paid_at is not null and paid_at is null", NO_DATE),
            ("fulfilled_at", "cells.fulfilled_at is not null and fulfilled_at is null", NO_DATE),
            ("cancelled_at", "cells.cancelled_at is not null and cancelled_at is null", NO_DATE),
            ("refunded", "cells.refunded is not null and refunded is null", "no number that can be read"),
            ("consent", "cells.consent is not null and has_consent is null", NO_YES),
            ("phone", "is_spoilt(cells.phone)", SPOILT_PHONE),
            ("billing_phone", "is_spoilt(cells.billing_phone)", SPOILT_PHONE),
            ("shipping_phone", "is_spoilt(cells.shipping_phone)", SPOILT_PHONE),
        )
    } as unread,
    case when is_item then 'line_item' else 'order' end as kind,
from landed
where kind = 'order'
"""
}

SELECT = orders.SELECT

KEPT = orders.KEPT
