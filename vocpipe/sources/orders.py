"""Orders as CSV: one row an order, with its customer, time and amount."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from vocpipe.contracts import RawRow, Recognition, Reject
from vocpipe.delimited import mapped_columns, records_of, sample_of, signature_of
from vocpipe.times import format_of

NAME = "orders_csv"
TITLE = "Orders"
NEEDS = ()
PRECEDENCE = -5

COLUMNS = {
    "id": ("order id", "order number", "orderid", "order no", "transaction id", "invoice( no| id| number)?"),
    "account": ("customer id", "customerid", "client id", "contact id", "account id", "member id",
                "customer number"),
    "ordered_at": ("order(ed)? (at|on|date|time)", "created (at|on)", "date", "transaction date", "purchased (at|on)"),
    "amount": ("amount", "total( amount| price)?", "order total", "revenue", "price", "paid( amount)?", "grand total"),
    "currency": ("currency( code)?",),
    "status": ("status", "order status", "payment status", "financial status", "state"),
}  # fmt: skip

EXAMPLE = {
    "orders.csv": b"order_id,customer_id,ordered_at,amount,currency,status\n"
    b"B-1,K-1,2026-01-02T09:00:00Z,129.00,NOK,paid\n"
    b"B-2,K-2,2026-01-03T10:30:00Z,abc,NOK,paid\n"
    b"B-3,K-2,2026-01-04T10:30:00Z,89.50,NOK,refunded\n"
}


def recognise(path: Path) -> Recognition | None:
    """An order id, a customer, a time and an amount."""
    if path.suffix.lower() not in (".csv", ".tsv", ".txt"):
        return None
    header, values = sample_of(path)
    columns = mapped_columns(header, COLUMNS)
    if not {"id", "account", "ordered_at", "amount"} <= columns.keys():
        return None
    found = Recognition(NAME, signature_of(header), header, columns=columns)
    format_of(found, "ordered_at", values[columns["ordered_at"]])
    return found


def read(path: Path) -> Iterator[RawRow | Reject]:
    """One row an order."""
    return records_of(path, "order")


PARSED = {
    "orders": """
select
    row_id,
    mapped(body, columns, 'id') as order_id,
    mapped(body, columns, 'account') as account_id,
    time_as(mapped(body, columns, 'ordered_at'), 'ordered_at', zone)
        as ordered_at,
    mapped(body, columns, 'amount') as written_amount,
    try_cast(written_amount as double) as amount,
    coalesce(upper(mapped(body, columns, 'currency')), '(none)') as currency,
    coalesce(lower(mapped(body, columns, 'status')), 'paid') as status,
from landed
where kind = 'order'
"""
}

SELECT = {
    "records": """
select
    row_id, 'order' as kind, order_id as record_key, ordered_at as occurred_at, ordered_at as recorded_at,
    null::timestamp as first_recorded_at, false as is_removal,
    case
        when order_id is null then 'the order has no id'
        when ordered_at is null then 'the order holds no time that can be read'
        when amount is null then 'the amount is no number'
    end as set_aside,
    case
        when order_id is null then 'id'
        when ordered_at is null then 'ordered_at'
        when amount is null then 'amount'
    end as set_aside_column
from orders
""",
    "orders": """
select row_id, order_id, account_id, ordered_at, amount, currency, status from orders
""",
}
