"""Campaigns by mapping: whom marketing contacted, when and with what; one row a message to one customer."""

from __future__ import annotations

from collections.abc import Iterator

from vocpipe.contracts import Recognition
from vocpipe.exports import Export
from vocpipe.questions import judged
from vocpipe.sources.crm import FALSE, SPOILT_ID, SPOILT_PHONE, cells_unread, settle_dates, whole
from vocpipe.tabular import Piece, mapped_columns, records_of, sample_of, signature_of

NAME = "sends_csv"
TITLE = "Campaign sends"
NEEDS = ()
PRECEDENCE = -6

COLUMNS = {
    "id": ("(send|message|delivery|email|mailing) id", "sendid", "messageid"),
    "campaign": ("campaign( name| title)?", "(mailing|newsletter|broadcast|journey|flow|email)( name)", "campaign id",
                 "mailing", "newsletter", "(email )?subject line"),
    "account": ("customer id", "customerid", "client id", "contact id", "account id", "member id", "subscriber id",
                "customer number", "contact key", "subscriber ?key", "user id", "profile id"),
    "email": ("(recipient |customer |to )?e ?mail( address)?", "recipient", "to"),
    "phone": ("phone( number)?", "mobile( phone| number)?", "recipient phone", "msisdn"),
    "sent_at": ("sent( at| on| date| time)?", "sent (date|time) .*", "send ?(date|time|at|timestamp)( .*)?",
                "date sent", "time sent", "delivery (date|time)", "sent timestamp", "contacted (at|on)"),
    "medium": ("channel", "medium", "message type", "send type"),
    "status": ("status", "(send|delivery|message|email) status", "result", "outcome", "state", "last event"),
    "delivered": ("(is )?delivered( at)?", "delivery confirmed"),
    "opened": ("(is )?open(ed|s)?( at| count)?", "(first )?open (date|time)", "unique opens", "count opens"),
    "clicked": ("(is )?click(ed|s)?( at| count)?", "(first )?click (date|time)", "unique clicks", "count clicks"),
    "bounced": ("(is )?bounced?( at| type| reason)?", "(hard|soft) bounce"),
    "unsubscribed": ("(is )?(unsubscribed?|opted out)( at)?",),
    "complained": ("(is )?(spam )?(complaint|complained|abuse)( at)?", "marked as spam"),
}  # fmt: skip
# What vendors call it → one word for it; any other word stays as it is.
STATES = {
    "sent": "sent,send,success,successful,ok,accepted,processed,versendet,gesendet,envoyé,enviado",
    "delivered": "delivered,delivery,zugestellt,livré,entregado",
    "opened": "opened,open,read,viewed,geöffnet,ouvert",
    "clicked": "clicked,click,geklickt,cliqué",
    "bounced": "bounced,bounce,hard bounce,soft bounce,hardbounce,softbounce,hard bounced,soft bounced,undelivered,"
               "undeliverable,unzustellbar",
    "unsubscribed": "unsubscribed,unsubscribe,opted out,opt out,abgemeldet",
    "complained": "complained,complaint,spam,spam complaint,spamreport,spam report,abuse",
    "planned": "queued,scheduled,pending,draft,deferred,geplant",
    "failed": "failed,failure,error,dropped,rejected,not sent,skipped,suppressed,blocked,cancelled,canceled",
}  # fmt: skip
# What happened counts from the last to the first: who clicked has opened too.
EVENTS = ("bounced", "complained", "unsubscribed", "clicked", "opened", "delivered")

EXAMPLE = {
    "sends.csv": b"send_id,campaign,customer_id,email,channel,sent_at,status,opened_at\n"
    b"S-1,Spring fares,K-1,,Email,2026-01-10T08:00:00Z,delivered,2026-01-10T09:12:00Z\n"
    b"S-2,Spring fares,,jonas.lind@example.org,Email,2026-01-10T08:00:00Z,Hard bounce,\n"
    b"S-3,Spring fares,,,Email,2026-01-10T08:00:00Z,delivered,\n"
    b"S-4,Spring fares,4.5E+17,tuva.berg@example.net,SMS,2026-01-10T08:00:00Z,sent,\n"
}


def recognise(export: Export) -> Recognition | None:
    """A campaign, a customer to whom it went, and a time of sending."""
    header, values = sample_of(export)
    columns = mapped_columns(header, COLUMNS)
    if not {"campaign", "sent_at"} <= columns.keys() or not columns.keys() & {"account", "email", "phone"}:
        return None
    if not values[columns["sent_at"]] and any(values.values()):
        return None
    rest = [name for name in header if name not in columns.values()]
    if any(question.metric for name in rest if (question := judged(name, name, values[name]))):
        return None  # invitations to a survey with what was answered: the answers count for more
    ids = values.get(columns.get("id", ""), [])
    if len(set(ids)) < 0.9 * len(ids):
        del columns["id"]  # the id of what was sent to many, not of the message to one
    found = Recognition(NAME, signature_of(header), header, columns=columns)
    settle_dates(found, ("sent_at",), values)
    return found


def read(export: Export) -> Iterator[Piece]:
    """One row a message."""
    return records_of(export, "send")


def said(words: str) -> str:
    """SQL: words as a list of texts."""
    return "'" + words.replace(",", "', '") + "'"


def happened(ours: str) -> str:
    """SQL: whether something happened: a time, a count or a yes; nothing, a zero or a no says that it did not."""
    return f"coalesce(lower(cells.{ours}) not in ({said(FALSE)}, '0.0', '-', 'none', 'null', 'nan', 'never'), false)"


def status() -> str:
    """SQL: the last that is known of a message: what happened to it, else the vendor's word, else that it was sent."""
    word = "trim(regexp_replace(lower(cells.status), '[_-]+', ' ', 'g'))"
    known = " ".join(f"when {word} in ({said(words)}) then '{state}'" for state, words in STATES.items())
    events = " ".join(f"when {happened(event)} or said_status = '{event}' then '{event}'" for event in EVENTS)
    return f"""case {known} else {word} end as said_status,
    case
        when said_status in ('failed', 'planned') then said_status {events} else coalesce(said_status, 'sent')
    end as status"""


# Without an id of its own a message is known by its campaign, its receiver and its time.
PARSED = {
    "sends": f"""
select
    row_id,
    {whole("cells.account")} as account_id,
    case when contains(cells.email, '@') then lower(cells.email) end as email,
    {whole("cells.phone")} as phone,
    coalesce(account_id, email, phone) as receiver,
    cells.campaign as campaign,
    lower(cells.medium) as channel,
    time_as(cells.sent_at, 'sent_at', zone) as sent_at,
    greatest(sent_at, utc(cells.delivered, zone), utc(cells.opened, zone), utc(cells.clicked, zone)) as changed_at,
    {status()},
    json_exists(getvariable('columns'), '$.id') and {whole("cells.id")} is null as lacks_id,
    coalesce({whole("cells.id")}, md5(concat_ws('|', campaign, receiver, sent_at))) as send_id,
    case
        when is_spoilt(cells.id) then '{SPOILT_ID}'
        when lacks_id then 'the message has no id'
        when campaign is null then 'the message names no campaign'
        when receiver is null then 'the message names nobody to whom it was sent'
        when sent_at is null then 'the message holds no time that can be read'
        when said_status = 'failed' then 'the message was never sent'
        when said_status = 'planned' then 'the message was not yet sent'
    end as problem,
    case
        when lacks_id then 'id'
        when campaign is null then 'campaign'
        when receiver is null
            then case when json_exists(getvariable('columns'), '$.account') then 'account' else 'email' end
        when sent_at is null then 'sent_at'
        when said_status in ('failed', 'planned') then 'status'
    end as problem_column,
    {
        cells_unread(
            ("account", "is_spoilt(cells.account)", SPOILT_ID),
            ("email", "cells.email is not null and email is null", "no e-mail address"),
            ("phone", "is_spoilt(cells.phone)", SPOILT_PHONE),
        )
    } as unread,
from landed
where kind = 'send'
"""
}

SELECT = {
    "records": """
select
    row_id, 'send' as kind, send_id as record_key, sent_at as occurred_at, changed_at as recorded_at,
    sent_at as first_recorded_at, false as is_removal, problem as set_aside, problem_column as set_aside_column
from sends
""",
    "sends": """
select row_id, send_id, campaign, channel, account_id, email, phone, sent_at, status from sends
""",
    "cells": """
with found as (
    select row_id, unnest(unread) as cell from sends
)
select row_id, cell.column_name as column_name, cell.reason as reason from found
""",
}

KEPT = "select row_id from sends"
