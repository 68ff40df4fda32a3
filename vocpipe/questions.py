"""Tells what a survey question measures, by wording, scale and values: NPS, CSAT, CES or an open answer."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from vocpipe.contracts import Question

NPS = re.compile(
    r"(?i)(how )?likely\b.{0,80}\brecommend|likelihood\b.{0,40}\brecommend|net.?promoter|"
    r"wahrscheinlich\b.{0,120}\b(weiter)?empfehl|recommander(iez)?\b|recomendar"
)
CES = re.compile(
    r"(?i)made it easy|easy (it was |was it )?(for (me|you) )?to\b|how easy|\beffort\b|wie (leicht|einfach)|\baufwand\b"
)
EFFORT = re.compile(r"(?i)\beffort\b|\baufwand\b")
CSAT = re.compile(r"(?i)satisf(ied|action|y)|zufrieden|satisfait|satisfecho")
# "1 = very dissatisfied, 5 = very satisfied", "on a scale of 0-10", "(1 to 7)"
SCALES = (
    re.compile(r"\b(\d{1,2})\s*=[^=]*?\b(\d{1,2})\s*="),
    re.compile(r"(?i)\b(\d{1,2})\s*(?:-|–|to|bis|through)\s*(\d{1,2})\b"),
    re.compile(r"(?<![\d.,])(0)\b\D{3,80}\b(10)\b"),
)
KNOWN_TOPS = (5, 7, 10)


def judged(question_id: str, text: str, values: Sequence[str], is_nps: bool = False) -> Question | None:
    """What a column measures; None where it is neither a score nor an open answer.

    ``values`` are its non-empty answers; ``is_nps`` says that the vendor itself marks it as an NPS question.
    """
    plain = plain_text(text)
    numbers = [int(v) for v in (number_of(x) for x in values) if v is not None]
    if len(numbers) >= 0.8 * len(values) and (numbers or is_nps):
        return score_question(question_id, plain, numbers, is_nps)
    return Question(question_id, plain, None) if is_open(values) else None


def score_question(question_id: str, text: str, numbers: Sequence[int], is_nps: bool) -> Question | None:
    """The metric and scale of a column of numbers, or None."""
    scale = scale_of(text, numbers)
    if is_nps or (NPS.search(text) and scale == (0, 10)):
        return Question(question_id, text, "nps", 0, 10)
    if scale is None:
        return None
    if CES.search(text) and scale[0] == 1:
        version = "ces_v1" if EFFORT.search(text) and scale[1] == 5 else "ces"
        return Question(question_id, text, version, *scale)
    if CSAT.search(text) and scale[0] == 1:
        return Question(question_id, text, "csat", *scale)
    return None


def scale_of(text: str, numbers: Sequence[int]) -> tuple[int, int] | None:
    """The scale as the wording gives it, else as most answers (99 %) show it."""
    for pattern in SCALES:
        for low, high in pattern.findall(text):
            if int(low) in (0, 1) and int(high) in KNOWN_TOPS:
                return int(low), int(high)
    if not numbers:
        return None
    ordered = sorted(numbers)
    low, high = ordered[len(ordered) // 100], ordered[-1 - len(ordered) // 100]
    if low == 0:
        return (0, 10) if 7 < high <= 10 else None
    return next(((1, top) for top in KNOWN_TOPS if low >= 1 and high <= top), None)


def is_open(values: Sequence[str]) -> bool:
    """Whether the answers are written by people: many different ones, mostly of several words."""
    words = [len(value.split()) for value in values]
    return bool(values) and sum(words) / len(words) >= 3 and len(set(values)) > min(20, 0.5 * len(values))


def number_of(written: str) -> int | None:
    """The whole number of an answer such as `7`, `7.0` or `5 - Very satisfied`; None for all else."""
    found = re.fullmatch(r"\s*(\d{1,2})(?:[.,]0+)?\s*(?:[-–:=].*)?", written, flags=re.DOTALL)
    return int(found[1]) if found else None


def plain_text(text: str) -> str:
    """A question's wording on one line, without its HTML."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())
