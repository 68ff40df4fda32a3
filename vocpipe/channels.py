"""Tells by the names of its columns where a table of feedback comes from, and which column holds a customer's words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from vocpipe.tabular import column_like

# Patterns of column names by channel, the most telling channel first.
CHANNELS = {
    "tweet": ("tweet .*", "tweetid", "retweet(ed)?( count|s)?", "(user )?screen ?name", "in reply to .*",
              "public metrics .*", "referenced tweets .*"),
    "survey": ("(response|respondent|submission|survey|answer) ?id", "submitted( at| on)?", "submit date( utc)?",
               "response date", "completed( at| on)?"),
    "complaint": ("complaint ?(id|number|narrative|text)", "consumer complaint narrative", "complaint what happened"),
    "review": ("review ?(id|date|body|text|title|header|content|rating|score)?", "reviews", "(overall|star)? ?ratings?",
               "stars", "recommended", "verified ?(review|purchase)", "bewertung(en)?", "sterne",
               "rezension(en)?", "avis", "estrellas"),
}  # fmt: skip
TEXTS = ("(consumer )?complaint narrative", "complaint what happened", "narrative",
         "(review|tweet|post|complaint|comment|full|feedback) ?(text|body|content)", "text", "body", "content",
         "reviews?", "comments?", "message", "feedback", "description", "verbatims?", "free ?text",
         "bewertungstext", "rezension(stext)?", "kommentare?", "commentaires?", "avis", "comentarios?")  # fmt: skip
TITLES = ("(review )?(title|header|headline|summary)", "subject")
FREE = (
    "free ?text",
    "verbatims?",
    "(additional |further |other )?(comments?|remarks?|feedback)",
    "open ?text",
    "kommentare?",
    "commentaires?",
    "comentarios?",
    "anmerkungen?",
)
# Tables of a help desk or of a warehouse's loader, which hold texts and times too but nobody's feedback.
FOREIGN = (
    "ticket ?id",
    "chat ?id",
    "assignee( id)?",
    "actor( id)?",
    "requester( id)?",
    "fivetran .*",
    "change description",
)
RATING = re.compile(r"(?i)rating|score|stars|recommend|likelihood|bewertung|sterne|empfehl")
NOTHING = re.compile(r"(?i)n/?a|nan|null|none|-+")
SENTENCE = re.compile("\\w[,.!?]* \\w|[\u3040-\u9fff\uac00-\ud7af]{4}")
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")


def channel_of(header: Sequence[str]) -> str:
    """tweet, review, complaint or survey; a survey where nothing tells."""
    if not column_like(header, *TEXTS):
        return "survey"
    return next((channel for channel, patterns in CHANNELS.items() if column_like(header, *patterns)), "survey")


def text_column(names: Sequence[str]) -> str | None:
    """The column of a post, review or complaint that holds its text."""
    return column_like(names, *TEXTS)


def title_column(names: Sequence[str]) -> str | None:
    """The column that holds the headline of a text."""
    return column_like(names, *TITLES)


def is_foreign(header: Sequence[str]) -> bool:
    """Whether the columns tell of another kind of table."""
    return column_like(header, *FOREIGN) is not None


def are_sentences(values: Sequence[str]) -> bool:
    """Whether most values are words with spaces between: no addresses of pages, no keys."""
    return sum(SENTENCE.search(value) is not None for value in values) >= 0.5 * len(values)


def is_free(name: str, values: Sequence[str]) -> bool:
    """Whether a column is called a free text and nothing in it speaks against it, however few have written."""
    said = [value for value in values if not NOTHING.fullmatch(value)]
    return column_like([name], *FREE) is not None and sum(" " in value for value in said) >= 0.5 * len(said)


def are_numbers(values: Sequence[str]) -> bool:
    """Whether nearly all values are plain numbers."""
    return sum(NUMBER.fullmatch(value) is not None for value in values) >= 0.9 * len(values)


def note_of_ratings(names: Sequence[str], values: Mapping[str, Sequence[str]]) -> list[str]:
    """What is said of ratings that are left out: stars or a 1–10 are no NPS, and nobody was asked how satisfied."""
    ranges = []
    for name in names:
        numbers = [float(value.replace(",", ".")) for value in values[name] if NUMBER.fullmatch(value)]
        if RATING.search(name) and numbers and are_numbers(values[name]) and 1 < max(numbers) <= 100:
            ranges.append(f"{name} ({min(numbers):g} to {max(numbers):g})")
    return [
        f"left out: {', '.join(ranges)}; a rating is NPS only where it asks on 0 to 10 how likely people are to "
        'recommend you; if it asks how satisfied they are, add it as a question with metric = "csat" and its scale'
    ] * bool(ranges)


def segments_of(names: Sequence[str], values: Mapping[str, Sequence[str]]) -> list[str]:
    """Columns of a few short values, by which figures are cut; ratings and counts are none."""
    return [
        name
        for name in names
        if 2 <= len(different := set(values[name])) <= 12 < len(values[name])
        and max(map(len, different)) <= 60
        and (len(different) == 2 or not are_numbers(values[name]))
    ]
