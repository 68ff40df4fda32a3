"""What Zendesk's documents hold: pages, single objects, recorded exchanges, and comments inside other objects."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import orjson

from vocpipe.contracts import RawRow, Reject
from vocpipe.documents import dumped
from vocpipe.replies import voice_of

# Which list of a page holds which kind; a page may hold one object by the name of its kind too.
KINDS = {"tickets": "ticket", "requests": "ticket", "users": "user", "comments": "comment",
         "organizations": "organization", "ticket_metrics": "metrics", "metric_sets": "metrics",
         "satisfaction_ratings": "rating", "ticket_events": "event", "audits": "event", "groups": "team"}  # fmt: skip
SINGLE = {"ticket": "ticket", "request": "ticket", "user": "user", "comment": "comment", "audit": "event",
          "organization": "organization", "ticket_metric": "metrics", "satisfaction_rating": "rating",
          "group": "team"}  # fmt: skip
# What tells an object: all of the first names, and one of the second.
MARKS = (
    ("event", {"ticket_id"}, {"child_events", "events"}),
    ("comment", {"id", "author_id", "public"}, {"body", "html_body", "plain_body"}),
    ("rating", {"id", "ticket_id", "score"}, {"score"}),
    ("metrics", {"ticket_id"}, {"reply_time_in_minutes", "full_resolution_time_in_minutes"}),
    ("ticket", {"id"}, {"requester_id", "requester"}),
    ("user", {"id", "name", "role"}, {"role"}),
    ("organization", {"id", "name"}, {"domain_names", "organization_fields", "shared_tickets"}),
    ("team", {"id", "name", "default", "deleted"}, {"is_public", "description", "url"}),
)
# What stands around the objects of a page and is none itself.
ENVELOPE = frozenset(
    "count next_page previous_page end_of_stream end_time after_url after_cursor before_url before_cursor meta links "
    "facets start_time".split()
)
EXCHANGE = {"method", "path", "status", "response"}  # a recorded exchange with the API
UNPACKED = 1 << 28  # bytes at most
# The API's comments do not say which ticket they belong to: the address that they were asked for does.
ASKED = re.compile(r"/tickets/(\d+)/comments\b")
ADDRESSES = ("next_page", "previous_page", "after_url", "before_url")


def is_ours(found: Any) -> bool:
    """Whether a document's first objects are Zendesk's."""
    if isinstance(found, list):
        return any(isinstance(item, dict) and not KINDS.keys() & item.keys() and is_ours(item) for item in found[:1])
    if not isinstance(found, dict):
        return False
    if found.keys() >= EXCHANGE:
        return is_ours(unwrapped(found["response"]))
    if isinstance(found.get("results"), list):  # of a search
        return is_ours(found["results"])
    for key, kind in KINDS.items():
        items = found.get(key)
        if isinstance(items, list) and key not in ("comments", "requests", "audits") and not items:
            return found.keys() <= ENVELOPE | {key}
        if isinstance(items, list) and items and all(kind_of(item) == kind for item in items[:5]):
            return True
    singles = [kind_of(found[key]) == kind for key, kind in SINGLE.items() if key in found]
    return any(singles) or kind_of(found) is not None


def kind_of(item: Any) -> str | None:
    """What one object is; Freshdesk's tickets, which write their status as a number, are none."""
    if not isinstance(item, dict) or isinstance(item.get("status"), int):
        return None
    return kind_by(tuple(item))


@lru_cache(maxsize=10_000)  # a million tickets have a handful of layouts
def kind_by(names: tuple[str, ...]) -> str | None:
    """What an object with these members is."""
    keys = set(names)
    kind = next((kind for kind, every, one in MARKS if every <= keys and one & keys), None)
    if kind == "ticket" and not keys & {"status", "subject", "description", "via"}:
        return None
    return kind


def words_of(text: str) -> str | None:
    """What was said in a plain text; None where that is nothing."""
    return voice_of({"text": text}, ("text",))


def unwrapped(response: Any) -> Any:
    """The page of a recorded response, which is JSON, or a gzip body as strings of hexadecimal digits."""
    if not isinstance(response, list) or not response or not all(isinstance(part, str) for part in response):
        return response
    try:
        packed = bytes.fromhex("".join(response))
        return orjson.loads(zlib.decompressobj(47).decompress(packed, UNPACKED))
    except (ValueError, zlib.error):
        return None


def rows_of(
    line_no: int, first: int, content: Any, inner: Iterator[int], address: object = None
) -> Iterator[RawRow | Reject]:  # fmt: skip
    """The rows of one document: a page (of an address), a list of objects or of recorded exchanges, or one object."""
    if kind := kind_of(content):
        yield from rows_of_item(line_no, first, kind, content, inner)
    elif isinstance(content, list):
        for item_no, item in enumerate(content, start=first):
            yield from rows_of(line_no, item_no, item, inner)
    elif isinstance(content, dict) and content.keys() >= EXCHANGE:
        page = unwrapped(content["response"])
        if not isinstance(page, dict | list):
            yield Reject(line_no, "response", "the recorded answer holds no JSON", dumped(content))
        else:
            yield from rows_of(line_no, next(inner) << 12, page, inner, content["path"])
    elif isinstance(content, dict):
        yield from rows_of_page(line_no, first, content, inner, ticket_of(content, address))
    else:
        yield Reject(line_no, None, "this is no page of tickets or users", dumped(content))


def ticket_of(page: dict[str, Any], address: object) -> int | None:
    """The ticket whose comments a page holds, by its own address or by that of the page before or after it."""
    links = page.get("links")
    written = [address, *map(page.get, ADDRESSES), *(links.values() if isinstance(links, dict) else ())]
    found = (ASKED.search(one) for one in written if isinstance(one, str))
    return next((int(match[1]) for match in found if match), None)


def rows_of_page(
    line_no: int, first: int, page: dict[str, Any], inner: Iterator[int], ticket: int | None
) -> Iterator[RawRow | Reject]:  # fmt: skip
    """The rows of all lists of a page, and a reject for each object of another kind."""
    for key, items in page.items():
        if key in ENVELOPE or (KINDS.keys() & page.keys() and not isinstance(items, dict | list)):
            continue  # what stands around the objects
        if isinstance(items, dict) and key in SINGLE:
            yield from rows_of_item(line_no, first, SINGLE[key], items, inner)
            continue
        if key == "results" and isinstance(items, list):
            yield from rows_of(line_no, first, items, inner)
            continue
        for item_no, item in enumerate(items if isinstance(items, list) else [items], start=first):
            if key in KINDS and isinstance(item, dict):
                if key == "comments" and ticket is not None:
                    item = {"ticket_id": ticket, **item}
                yield from rows_of_item(line_no, item_no, KINDS[key], item, inner)
            else:
                yield Reject(line_no, key, "no ticket, user or comment: this kind is not used", dumped(item))


def rows_of_item(
    line_no: int, item_no: int, kind: str, item: dict[str, Any], inner: Iterator[int]
) -> Iterator[RawRow]:  # fmt: skip
    """The row of one object and those of the comments inside it; its words without quotes are put beside it."""
    inside: list[Any] = []
    if kind == "ticket":
        if isinstance(item.get("comments"), list):
            inside = [comment for comment in item["comments"] if isinstance(comment, dict)]
            item = {**item, "comments": [x for x in item["comments"] if not isinstance(x, dict)]}
            inside = [{"ticket_id": item.get("id"), **comment} for comment in inside]
        item = with_text(item, ("description",))
    elif kind == "comment":
        item = with_text(item, ("body", "plain_body"), ("html_body",))
    elif kind == "event":
        item, inside = parted(item)
    yield RawRow(line_no, item_no, kind, dumped(item))
    for comment in inside:
        said = with_text(comment, ("body", "plain_body"), ("html_body",))
        yield RawRow(line_no, next(inner), "comment", dumped(said))


def with_text(item: dict[str, Any], texts: tuple[str, ...], pages: tuple[str, ...] = ()) -> dict[str, Any]:
    """The object with its words as `_text`, where they differ from what the vendor wrote."""
    text = voice_of(item, texts, pages)
    return item if text is None or text == item.get(texts[0]) else {**item, "_text": text}


def parted(event: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A change of a ticket without its comments, and those comments."""
    key = "child_events" if "child_events" in event else "events"
    changes = event.get(key)
    changes = changes if isinstance(changes, list) else []
    said = [x for x in changes if isinstance(x, dict) and "Comment" in (x.get("type"), x.get("event_type"))]
    said = [x for x in said if any(isinstance(x.get(part), str) for part in ("body", "html_body", "plain_body"))]
    around = {"ticket_id": event.get("ticket_id"), "created_at": event.get("created_at"),
              "author_id": event.get("author_id", event.get("updater_id"))}  # fmt: skip
    comments = [around | {name: value for name, value in x.items() if value is not None} for x in said]
    return {**event, key: [x for x in changes if x not in said]} if said else event, comments
