"""Redacted texts with the words that decided marked, for people to read the figures by."""

from __future__ import annotations

from markupsafe import Markup, escape

from vocpipe.report.asking import Asked, Row

LONGEST = 320  # signs of a text that are shown, around the words that decided

QUOTES = """
select i.interaction_id, i.verbatim, i.channel, i.occurred_at, a.sentiment, a.span_start, a.span_end
from marts.aspects as a
inner join marts.interactions as i on a.interaction_id = i.interaction_id
where a.topic = ? and i.verbatim is not null and length(i.verbatim) between 20 and 600
order by (i.topic = a.topic) desc, abs(a.sentiment_score) desc, i.occurred_at desc, i.interaction_id
limit ?
"""


def quotes(asked: Asked, topic: str, most: int) -> list[Row]:
    """Some texts that speak of a topic, those that say most clearly how they feel about it first, different ones."""
    found: dict[str, Row] = {}
    for row in asked.rows(QUOTES, [topic, 4 * most]):
        found.setdefault(row["verbatim"].casefold(), row | {"text": marked(row)})
    return list(found.values())[:most]


def marked(row: Row) -> Markup:
    """The text with its span marked, cut to what fits around it; every sign escaped."""
    text, start, end = row["verbatim"], row["span_start"], row["span_end"]
    if start is None:
        start = end = 0
    first = max(0, min(start - LONGEST // 3, len(text) - LONGEST))
    last = min(len(text), max(first + LONGEST, end))
    before, inside, after = text[first:start], text[start:end], text[end:last]
    body = escape(before) + (Markup("<mark>{}</mark>").format(inside) if inside else "") + escape(after)
    return Markup("{}{}{}").format("… " if first else "", body, " …" if last < len(text) else "")
