"""What a customer wrote himself in a message: HTML becomes text, quoted replies and signatures are cut.

The rules go line by line and cut only where a line says plainly what it is. Where they would leave nothing the whole
message is kept: a quote too much in a text is a smaller harm than a customer who was not heard. Own rules, since the
libraries for this take a list item for a signature and "Thanks, but …" for its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vocpipe.replies.markup import HTML, plain
from vocpipe.replies.words import (
    CLOCK,
    CLOSING,
    CONFIDENTIAL,
    CONTACT,
    DASHES,
    DATE_LINE,
    DAY,
    DEVICE,
    DIVIDER,
    FIRST,
    FROM_LINE,
    LONGEST,
    MARKED,
    NAMED,
    NOTICE,
    OPENERS,
    PARTICLES,
    POSTSCRIPT,
    SENT_LINE,
    SIGNED,
    SIGNS,
    SUBJECT_LINE,
    THANKING,
    WHO,
)

# What is longer, in lines or in characters, is a message and no signature.
SIGNATURE, SIGNATURE_CHARACTERS = 10, 600


def spoken(text: str) -> str:
    """The message without quoted replies and signature, trimmed; the whole where that would leave nothing."""
    whole = text.strip()
    if "\n" not in whole:
        return whole
    framed = f"\n{whole}\n"
    if "\r" in framed:
        framed = framed.replace("\r\n", "\n").replace("\r", "\n")
    if not SIGNS.search(framed) and MARKED.isdisjoint(FIRST.findall(framed.lower())):
        return whole
    lines = [line.rstrip() for line in framed.strip().split("\n")]
    said = "\n".join(unsigned(unquoted(lines))).strip()
    return said if any(sign.isalnum() for sign in said) else whole


def voice_of(item: dict[str, Any], texts: Sequence[str], pages: Sequence[str] = ()) -> str | None:
    """What was said in the first key of ``texts`` (plain) or ``pages`` (HTML) that holds any; None where none does."""
    for key in (*texts, *pages):
        value = item.get(key)
        if isinstance(value, str) and value.strip():
            return spoken(plain(value) if key in pages or ("<" in value and HTML.search(value)) else value)
    return None


# --------------------------------------------------------------------------- quoted replies


def unquoted(lines: Sequence[str]) -> list[str]:
    """The lines that are no quote. A header with marked lines below it goes alone; without such, all that follows."""
    kept: list[str] = []
    at = 0
    while at < len(lines) and not is_divider(lines[at]) and not is_header(lines, at):
        if size := attribution(lines, at):
            if not next_line(lines, at + size).startswith(">"):
                break
            at += size
        elif is_quoted(lines, at):
            at += 1
        else:
            kept.append(lines[at])
            at += 1
    while kept and not kept[-1].strip(" _-=*"):  # the rule drawn above a header
        kept.pop()
    return kept


def is_divider(line: str) -> bool:
    """Whether a line says that an earlier mail follows."""
    text = line.strip()
    return text[:1] in "-_=*#bB" and DIVIDER.fullmatch(text) is not None


def next_line(lines: Sequence[str], at: int) -> str:
    """The next line that is not blank; empty at the end."""
    return next((line.strip() for line in lines[at:] if line.strip()), "")


def is_quoted(lines: Sequence[str], at: int) -> bool:
    """Whether a line is marked as a quote; a single "> 3 hours" is a comparison."""
    line = lines[at].lstrip()
    if not line.startswith(">"):
        return False
    around = [lines[i].lstrip() for i in (at - 1, at + 1) if 0 <= i < len(lines)]
    return not line[1:].lstrip()[:1].isdigit() or any(other.startswith(">") for other in around)


def is_header(lines: Sequence[str], at: int) -> bool:
    """Whether a mail's head begins here: who, and within the next lines when it was sent, or its date and subject."""
    if ":" not in lines[at][:16] or not FROM_LINE.fullmatch(lines[at]):
        return False
    below = [line for line in lines[at + 1 : at + 7] if line.strip()][:4]
    if any(SENT_LINE.fullmatch(line) for line in below):
        return True
    return any(map(DATE_LINE.fullmatch, below)) and any(map(SUBJECT_LINE.fullmatch, below))


def attribution(lines: Sequence[str], at: int) -> int:
    """How many lines from here say when somebody wrote what follows; 0 where they do not."""
    if not (DAY.match(lines[at]) or "@" in lines[at]):
        return 0
    for size in range(1, 1 + min(3, len(lines) - at)):
        said = " ".join(line.strip() for line in lines[at : at + size])
        if len(said) > LONGEST:
            return 0
        if said.endswith((":", "：", ":*")):
            is_dated = DAY.match(said) and CLOCK.search(said)
            return size if (is_dated and WHO.search(said)) or NAMED.match(said) else 0
    return 0


# --------------------------------------------------------------------------- signatures


def unsigned(lines: list[str]) -> list[str]:
    """The lines without what stands below the message: legal notice, device, name and address."""
    for _ in range(4):
        lines = list(lines[: len(lines) - blank_end(lines)])
        shorter = lines[: signature_start(lines)]
        if not any(sign.isalnum() for sign in "".join(shorter)):
            return lines
        if len(shorter) == len(lines):
            return lines
        lines = shorter
    return lines


def blank_end(lines: Sequence[str]) -> int:
    """How many blank lines stand at the end."""
    return next((count for count, line in enumerate(reversed(lines)) if line.strip()), len(lines))


def signature_start(lines: Sequence[str]) -> int:
    """Where the signature begins; the number of lines where there is none."""
    legal = paragraph_start(lines)
    if legal and NOTICE.match(lines[legal]) and CONFIDENTIAL.search(" ".join(lines[legal:])):
        return legal
    for at in range(max(1, len(lines) - SIGNATURE - 2), len(lines)):
        line = lines[at].strip()
        if not (DASHES.fullmatch(line) or OPENERS.intersection(FIRST.findall(f"\n{line.lower()}"))):
            continue
        below = [other.strip() for other in lines[at + 1 :] if other.strip()]
        if any(POSTSCRIPT.match(other) for other in below):
            continue
        if any(rule(line, below) for rule in (is_dashes, is_device, is_closing)):
            return at
        if THANKING.fullmatch(line) and is_address(below, is_strict=True):
            return at + 1
    return len(lines)


def paragraph_start(lines: Sequence[str]) -> int:
    """Where the last paragraph begins."""
    return next((at + 1 for at in range(len(lines) - 1, -1, -1) if not lines[at].strip()), 0)


def is_dashes(line: str, below: Sequence[str]) -> bool:
    """The classic mark, two dashes alone on a line, with a few lines below it."""
    size = sum(map(len, below))
    return DASHES.fullmatch(line) is not None and len(below) <= SIGNATURE and size <= SIGNATURE_CHARACTERS


def is_device(line: str, below: Sequence[str]) -> bool:
    """What a telephone or a mail program adds by itself."""
    return DEVICE.fullmatch(line) is not None and len(below) <= 2 and all(map(is_short, below))


def is_closing(line: str, below: Sequence[str]) -> bool:
    """A closing phrase, alone or with a name behind it, and then nothing but a name and an address."""
    if (signed := SIGNED.fullmatch(line)) and is_name(signed["name"]):
        return is_address(below, is_strict=False)
    return CLOSING.fullmatch(line) is not None and (not below or is_address(below, is_strict=False))


def is_address(below: Sequence[str], is_strict: bool) -> bool:
    """Whether some lines are a name and where to find the person: all short, the first one a name."""
    if not below:
        return not is_strict
    is_first = is_name(below[0]) or CONTACT.search(below[0]) or (not is_strict and len(below[0].split()) == 1)
    return bool(is_first) and len(below) <= SIGNATURE and all(map(is_short, below))


def is_name(text: str) -> bool:
    """Whether a text looks like the name of a person or a firm: a few words, each with a capital."""
    words = text.strip(" ,.-!").replace(",", " ").split()
    return 0 < len(words) <= 5 and all(word[0].isupper() or word.lower() in PARTICLES for word in words)


def is_short(line: str) -> bool:
    """Whether a line may stand in a signature: it is no sentence."""
    words = line.split()
    is_sentence = line[-1:] in ".!?" and len(words) > 4
    return CONTACT.search(line) is not None or (len(line) <= 60 and len(words) <= 8 and not is_sentence)
