"""Orders by mapping: one row an order, with its customer (an id or an e-mail address), time and amount.

What orders of all vendors share is here too: a format parses its rows into a table `orders` (row_id, kind,
record_key, order_id, account_id, ordered_at, changed_at, amount, currency, status, problem, problem_column; of a buyer
without an account buyer_id, email, phone, given_name, family_name, town, postcode, street, has_consent, attributes;
unread: a list of column_name and reason) and takes ``SELECT`` from here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from vocpipe.contracts import Recognition
from vocpipe.exports import Export
from vocpipe.numbers import decimal_of, is_ambiguous
from vocpipe.sources.crm import NO_DATE, SPOILT_ID, cells_unread, settle_dates, whole
from vocpipe.tabular import Piece, first_rows, mapped_columns, records_of, sample_of, signature_of

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
    "email": ("(customer |contact |billing )?e ?mail( address)?",),
    "refunded": ("refund(ed)? amount", "amount refunded", "total refunded", "refund total", "refunds"),
    "updated_at": ("updated (at|on)", "last ?modified( date| at)?", "modified (at|on)"),
    "given_name": ("(customer |billing )?first ?name", "given ?name"),
    "family_name": ("(customer |billing )?last ?name", "family ?name", "surname"),
}  # fmt: skip
AMOUNTS = ("amount", "refunded")
# What shops call a state → what facts.orders knows; any other word stays as it is.
STATES = {
    "cancelled": "canceled,cancellation,cancel,storniert,stornierung,annulliert,annulé,annulée,annullato,cancelado,"
                 "cancelada,geannuleerd,peruttu,avbrutt",
    "refunded": "refund,fully refunded,full refund,chargeback,charged back,"
                "erstattet,remboursé,remboursée,rimborsato,reembolsado,terugbetaald",
    "voided": "void,expired",
    "pending": "authorized,authorised,awaiting payment,payment pending,on hold",
    "unpaid": "not paid,overdue,unbezahlt,impayé",
    "failed": "declined,payment failed",
}  # fmt: skip

EXAMPLE = {
    "orders.csv": b"order_id,customer_id,email,ordered_at,amount,currency,status\n"
    b"B-1,K-1,,2026-01-02T09:00:00Z,129.00,NOK,paid\n"
    b"B-2,K-2,,2026-01-03T10:30:00Z,abc,NOK,paid\n"
    b"B-3,K-2,,2026-01-04T10:30:00Z,89.50,NOK,refunded\n"
    b"B-4,,tuva.berg@example.net,2026-01-05T08:15:00Z,45.00,NOK,paid\n"
    b"B-5,4.5E+17,,2026-01-06T08:15:00Z,60.00,NOK,paid\n"
}


def recognise(export: Export) -> Recognition | None:
    """An order id, a customer, a time and an amount."""
    header, values = sample_of(export)
    columns = mapped_columns(header, COLUMNS)
    if not {"id", "ordered_at", "amount"} <= columns.keys() or not columns.keys() & {"account", "email"}:
        return None
    if has_line_items(export, header.index(columns["id"]), header.index(columns["amount"])):
        return None
    found = Recognition(NAME, signature_of(header), header, columns=columns)
    settle_dates(found, ("ordered_at", "updated_at"), values)
    settle_decimals(found, AMOUNTS, values)
    return found


def has_line_items(export: Export, order: int, amount: int) -> bool:
    """Whether many orders stand on several rows with other amounts: items, whose amounts are none of an order's."""
    amounts: dict[str, set[str]] = defaultdict(set)
    for row in first_rows(export)[1:]:
        if max(order, amount) < len(row):
            amounts[row[order]].add(row[amount])
    several = sum(len(written) > 1 for written in amounts.values())
    return several >= 10 and several > 0.2 * len(amounts)


def settle_decimals(found: Recognition, amounts: tuple[str, ...], values: Mapping[str, list[str]]) -> None:
    """Write into the mapping how the amounts write decimals: all of one file alike.

    Where nothing shows whether `1,234` is a thousand or one, the mark reads ``ambiguous``, and a run sets such amounts
    aside until the settings say which it is.
    """
    held = [ours for ours in amounts if ours in found.columns]
    written = [value for ours in held for value in values[found.columns[ours]]]
    mark = decimal_of(written)
    if not mark and any(map(is_ambiguous, written)):
        mark = "ambiguous"
    if mark in ("", "."):
        return
    for ours in held:
        found.columns[f"{ours}_decimal"] = mark
        if mark == "ambiguous":
            found.notes.append(f'{found.columns[ours]}: write {ours}_decimal = "." or "," below')


def read(export: Export) -> Iterator[Piece]:
    """One row an order."""
    return records_of(export, "order")


# --------------------------------------------------------------------------- SQL that orders share


def bare(cell: str) -> str:
    """SQL: an amount without the sign or code of its currency; most amounts carry none."""
    sign = "(?i)[€$£¥]|^[a-z]{3}\\b|\\b[a-z]{3}$|\\bkr\\b[.]?"
    unsigned = f"trim(regexp_replace({cell}, '{sign}', '', 'g'))"
    return f"case when try_cast({cell} as double) is null then {unsigned} else {cell} end"


def amount_of(written: str, ours: str) -> str:
    """SQL: a bare amount as a number; null where it may be read in two ways."""
    return f"""case
        when getvariable('decimal_{ours}') is distinct from 'ambiguous'
            or not regexp_full_match({written}, '[+-]?[1-9][0-9]{{0,2}}[.,][0-9]{{3}}')
            then number_as({written}, '{ours}')
    end"""


def state_of(word: str) -> str:
    """SQL: the state of an order in the words that facts.orders knows, else in the shop's own."""
    known = " ".join(
        f"when {word} in ({', '.join(repr(word) for word in words.split(','))}) then '{state}'"
        for state, words in STATES.items()
    )
    return f"case {known} else replace({word}, ' ', '_') end"


# A buyer without an account is known by the address, folded so that one buyer is one record.
def buyer_of(*cells: str) -> str:
    """SQL: an id for a buyer without an account, made of the first contact that is given."""
    return f"md5(lower(coalesce({', '.join(cells)})))"


PARSED = {
    # What several columns are made of is worked out once, step by step.
    "orders": f"""
with orders_written as (
    select
        row_id, cells,
        {whole("cells.id")} as order_id,
        {whole("cells.account")} as written_account,
        time_as(cells.ordered_at, 'ordered_at', zone) as ordered_at,
        time_as(cells.updated_at, 'updated_at', zone) as updated_at,
        {bare("cells.amount")} as written_amount,
        {bare("cells.refunded")} as written_refund,
        trim(replace(lower(cells.status), '_', ' ')) as word,
    from landed
    where kind = 'order'
),
orders_read as (
    select
        *,
        {amount_of("written_amount", "amount")} as total,
        abs({amount_of("written_refund", "refunded")}) as refunded,
        coalesce({state_of("word")}, 'paid') as said_status,
    from orders_written
)
select
    row_id, 'order' as kind, order_id, order_id as record_key,
    case when written_account is null then {buyer_of("cells.email")} end as buyer_id,
    coalesce(written_account, buyer_id) as account_id,
    cells.email as email, null as phone, cells.given_name as given_name, cells.family_name as family_name,
    null as town, null as postcode, null as street, null::boolean as has_consent, null as attributes,
    ordered_at, greatest(ordered_at, updated_at) as changed_at,
    -- The money that went back in part is taken off; what went back as a whole is a state, the amount is as ordered.
    case when refunded >= total and total > 0 and said_status not in ('cancelled', 'voided') then 'refunded'
        else said_status end as status,
    case when refunded < total and status not in ('refunded', 'cancelled', 'voided') then total - refunded
        else total end as amount,
    coalesce(upper(cells.currency), '(none)') as currency,
    case
        when cells.id is null then 'the order has no id'
        when order_id is null then '{SPOILT_ID}'
        when ordered_at is null then 'the order holds no time that can be read'
        when amount is null and number_as(written_amount, 'amount') is not null
            then 'the amount may be read in two ways: amount_decimal must say which'
        when amount is null then 'the amount is no number'
    end as problem,
    case
        when order_id is null then 'id'
        when ordered_at is null then 'ordered_at'
        when amount is null then 'amount'
    end as problem_column,
    {
        cells_unread(
            ("account", "is_spoilt(cells.account)", SPOILT_ID),
            ("refunded", "cells.refunded is not null and refunded is null", "no number that can be read"),
            ("updated_at", "cells.updated_at is not null and updated_at is null", NO_DATE),
        )
    } as unread,
from orders_read
""",
}

SELECT = {
    "records": """
select
    row_id, kind, record_key, ordered_at as occurred_at, changed_at as recorded_at,
    ordered_at as first_recorded_at, false as is_removal, problem as set_aside, problem_column as set_aside_column
from orders
""",
    "orders": """
select row_id, order_id, account_id, ordered_at, amount, currency, status from orders where kind = 'order'
""",
    # Who bought without an account is a customer too, known by the address that the order carries.
    "persons": """
select
    row_id, buyer_id as record_id, 'customer_record' as person_kind, given_name, family_name, null::date as birth_on,
    town, postcode, street, null::date as signed_up_on, has_consent as has_marketing_consent, attributes
from orders
where buyer_id is not null
""",
    "identifiers": """
select row_id, buyer_id as record_id, 'account_id' as identifier_type, buyer_id as identifier
from orders where buyer_id is not null
union all
select row_id, buyer_id, 'email', email from orders where buyer_id is not null and email is not null
union all
select row_id, buyer_id, 'phone', phone from orders where buyer_id is not null and phone is not null
""",
    "cells": """
with found as (
    select row_id, unnest(unread) as cell from orders
)
select row_id, cell.column_name as column_name, cell.reason as reason from found
""",
}

KEPT = "select row_id from orders"
