"""HTML as text: what a message quotes has "> " before each line."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

HTML = re.compile(
    r"</?(?:p|br|div|span|table|td|tr|blockquote|html|body|ul|ol|li|a|b|i|u|em|strong|font|img|h\d)\b[^<>]*>", re.I
)
TOKEN = re.compile(r"<!--|-->|<(/?)([a-zA-Z][\w:-]*)([^<>]*)>|<![^<>]*>")
BREAKS = frozenset(
    "br p div tr li ul ol table blockquote h1 h2 h3 h4 h5 h6 hr pre section article header footer".split()
)
HIDDEN = frozenset("script style head title".split())
# These have no end, so they open nothing.
VOID = frozenset("br hr img input meta link col area base wbr source".split())
# What mail programs mark as not said here: an earlier mail, a signature.
FOREIGN = re.compile(
    r"gmail_quote|gmail_signature|yahoo_quoted|moz-signature|moz-cite|signature|divRplyFwdMsg", re.IGNORECASE
)
SPACES = re.compile(r"[ \t\u00a0\u200b]+")
BLANKS = re.compile(r"\n{3,}")


def plain(page: str) -> str:
    """The text of a piece of HTML, a line a block; what it quotes has "> " before each line."""
    parts = list(pieces(page))
    text = BLANKS.sub("\n\n", "\n".join(line.strip() for line in "".join(parts).split("\n")))
    return text.strip() or html.unescape(TOKEN.sub(" ", page)).strip()


def pieces(page: str) -> Iterator[str]:
    """The text between the tags, unescaped, with line breaks where blocks begin and end."""
    inside: list[str] = []  # the open elements whose text is hidden, in their order
    quotes: list[int] = []  # depth at which each quote opened
    depth, at = 0, 0
    for token in TOKEN.finditer(page):
        if not inside:
            yield marked(page[at : token.start()], len(quotes))
        at = token.end()
        name = (token[2] or token[0]).lower()
        if name == "<!--":
            inside.append(name)
        elif name == "-->":
            inside = inside[:-1] if inside[-1:] == ["<!--"] else inside
        elif name in HIDDEN:
            inside = [x for x in inside if x != name] if token[1] else [*inside, name]
        elif token[2] and not inside:
            depth, quotes = moved(name, bool(token[1]), token[3], depth, quotes)
            if name in BREAKS:
                yield "\n" + "> " * min(1, len(quotes))
    if not inside:
        yield marked(page[at:], len(quotes))


def moved(name: str, is_end: bool, rest: str, depth: int, quotes: list[int]) -> tuple[int, list[int]]:
    """The depth behind a tag, and the quotes that are open there."""
    if name in VOID or rest.endswith("/"):
        return depth, quotes
    if is_end:
        return max(0, depth - 1), [x for x in quotes if x < depth]
    is_foreign = name == "blockquote" or (name in ("div", "span") and FOREIGN.search(rest) is not None)
    return depth + 1, [*quotes, depth + 1] if is_foreign else quotes


def marked(text: str, quotes: int) -> str:
    """Text between two tags as it is read: spaces are one space, entities are characters."""
    said = html.unescape(SPACES.sub(" ", text.replace("\r", " ").replace("\n", " ")))
    return said.replace("\u00a0", " ").replace("\n", "\n> " if quotes else "\n")
