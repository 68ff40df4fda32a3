"""Tells what a survey question measures, by wording, scale and values: NPS, CSAT, CES or an open answer."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

from vocpipe.contracts import Question, Recognition
from vocpipe.scales import Scale, plain_label, scale_of_labels

NPS = re.compile(
    r"(?i)(how )?likely\b.{0,80}\brecommend|likelihood\b.{0,40}\brecommend|net.?promoter|"
    r"wahrscheinlich\b.{0,120}\b(weiter)?empfehl|recommand(er|iez|eri(ez|ons))\b|recomi?end|raccomand|consiglier|"
    r"aanbevel|anbefal|rekommendera|suosittel|poleci"
)
CES = re.compile(
    r"(?i)made it easy|easy (it was |was it )?(for (me|you) )?to\b|how easy|\beffort\b|wie (leicht|einfach)|\baufwand\b"
)
EFFORT = re.compile(r"(?i)\beffort\b|\baufwand\b")
CSAT = re.compile(r"(?i)satisf(ied|action|y|ait|echo|eito)|zufrieden|soddisf|tevreden")
# "1 = very dissatisfied, 5 = very satisfied", "on a scale of 0-10", "(1 to 7)"
SCALES = (
    re.compile(r"\b(\d{1,2})\s*=[^=]*?\b(\d{1,2})\s*="),
    re.compile(r"(?i)\b(\d{1,2})\s*(?:-|–|to|bis|through)\s*(\d{1,2})\b"),
    re.compile(r"(?<![\d.,])(0)\b\D{3,80}\b(10)\b"),
)
ENDS = re.compile(r"\d\s*=|(?i:strongly agree|very satisfied|sehr zufrieden|stimme voll)")
GRADES = re.compile(r"(?i)schulnoten?|school grade")  # 1 is best
KNOWN_TOPS = (5, 7, 10)
# What says that a question was not answered, or not applicable; it is no answer on any scale.
NOTHING = re.compile(
    r"(?i)-+|n\.?\s?/?\s?a\.?|not applicable|no (answer|opinion)|prefer not to (say|answer)|(i )?do(n.t| not) know|"
    r"keine (angabe|antwort|meinung)|wei(ß|ss) (ich )?nicht|nicht zutreffend|trifft auf mich nicht zu"
)
# Questions about the person, whose short answers are names and addresses.
PERSONAL = re.compile(
    r"(?i)\b(your|first|last|full|family|company|contact)( \w+)? names?\b|(^|- )(names?|address|phone|city)\W*$|"
    r"\b(e-?mail|street|postal|mailing|home|your) address|phone number|(zip|postal|post) ?code|date of birth|"
    r"vorname|nachname|telefonnummer|adresse|postleitzahl|wohnort|geburtsdatum"
)
NPS_GROUPS = {"promoter", "passive", "detractor", "neutral", "promotor", "kritiker", "passiv", "détracteur", "passif"}
# An answer that holds one number: "7", "7.0", "(5) Very satisfied", "5 stars"; "Very likely - 10"; "4/5"; "★★★★".
LEADING = re.compile(r"\(?(\d{1,2})\)?(?:[.,]0+)?(?:\s*[-–—:=.)(](?!\s*\d).*|\s+[^\W\d][^\d]*)?", flags=re.DOTALL)
TRAILING = re.compile(r"[^\d]*[^\W\d][^\d]*[-–—:=(]\s*(\d{1,2})\)?", flags=re.DOTALL)
OF_TOP = re.compile(r"(?i)(\d{1,2})\s*(?:/|out of|of|von|sur|de)\s*(\d{1,2})")
HOLDS_NUMBER = re.compile(r"\d|★")
STARS = re.compile(r"(★{1,10})☆*")


def judged(
    question_id: str, text: str, values: Sequence[str], is_nps: bool = False, is_text: bool = False
) -> Question | None:
    """What a column measures; None where it is neither a score nor an open answer.

    ``values`` are its non-empty answers; ``is_nps`` says that the vendor itself marks it as an NPS question,
    ``is_text`` that it marks it as an open one.
    """
    plain = plain_text(text)
    nothing = {value for value in set(values) if NOTHING.fullmatch(value.strip())}
    said = [value for value in values if value not in nothing]
    numbers = numbers_of(said)
    if ends := nps_ends(plain, said, is_nps):
        return question_of(question_id, plain, "nps", (0, 10), ends)
    if len(numbers) >= 0.8 * len(said) and (numbers or is_nps):
        return None if is_reversed(plain, said) else score_question(question_id, plain, numbers, is_nps)
    if scale := scale_of_labels(said):
        return labelled_question(question_id, plain, scale)
    return Question(question_id, plain, None) if is_open(said, plain, is_text) else None


def score_question(question_id: str, text: str, numbers: Sequence[int], is_nps: bool) -> Question | None:
    """The metric and scale of a column of numbers, or None."""
    scale = scale_of(text, numbers)
    if is_nps or (NPS.search(text) and scale == (0, 10)):
        return Question(question_id, text, "nps", 0, 10)
    if scale is None:
        return None
    if CES.search(text) and scale[0] == 1:
        is_effort = EFFORT.search(text) and not EASE.search(text)
        if is_effort and scale[1] != 5:
            return None  # effort is bad where it is high, ease is good: on another scale nobody says which is asked
        return Question(question_id, text, "ces_v1" if is_effort else "ces", *scale)
    if CSAT.search(text) and scale[0] == 1:
        return Question(question_id, text, "csat", *scale)
    return None


def scale_of(text: str, numbers: Sequence[int]) -> tuple[int, int] | None:
    """The scale as the wording gives it, else as most answers (99 %) show it; None where it is no known one."""
    named = [(int(low), int(high)) for pattern in SCALES for low, high in pattern.findall(text)]
    if known := [scale for scale in named if scale[0] in (0, 1) and scale[1] in KNOWN_TOPS]:
        return known[0]
    if not numbers or GRADES.search(text) or any(low in (0, 1) and 3 <= high < 10 for low, high in named):
        return None
    ordered = sorted(numbers)
    low, high = ordered[len(ordered) // 100], ordered[-1 - len(ordered) // 100]
    if low == 0:
        return (0, 10) if 7 < high <= 10 else None
    return (1, high) if low >= 1 and high in KNOWN_TOPS else None


LONGEST = 300  # what is longer is a text, and slow to match


def number_of(written: str) -> int | None:
    """The whole number of an answer such as `7`, `7.0`, `5 - Very satisfied`, `Likely - 9`, `4/5`; else None."""
    text = written.strip()
    if len(text) > LONGEST or not HOLDS_NUMBER.search(text):
        return None
    for pattern in (OF_TOP, LEADING, TRAILING):
        if found := pattern.fullmatch(text):
            return int(found[1])
    stars = STARS.fullmatch(text)
    return len(stars[1]) if stars else None


def numbers_of(values: Sequence[str]) -> list[int]:
    """The whole numbers among some answers; each way of writing is read once."""
    known = {value: number_of(value) for value in set(values)}
    return [number for value in values if (number := known[value]) is not None]


def plain_text(text: str) -> str:
    """A question's wording on one line, without its HTML."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


# --------------------------------------------------------------------------- open answers


def is_open(values: Sequence[str], text: str = "", is_text: bool = False) -> bool:
    """Whether the answers are written by people: many different ones, mostly of several words.

    Where the vendor marks the question as an open one, answers of two words are enough.
    """
    if not values or len(set(values)) <= min(20, 0.5 * len(values)) or are_choices(values):
        return False
    some = values[:: max(1, len(values) // 200)]
    words = sum(map(words_in, some)) / len(some)
    return words >= (6 if PERSONAL.search(text) else 1.5 if is_text else 3)


def words_in(text: str) -> int:
    """How many words an answer has; two signs are a word where words are not parted by spaces."""
    return max(len(re.findall(r"[^\W\d_]{2,}", text)), len(re.findall("[\u3040-\u9fff\uac00-\ud7af]", text)) // 2)


def are_choices(values: Sequence[str]) -> bool:
    """Whether the answers are put together from a few choices, as in `Price, Service` or `Price / Service`."""
    for mark in (" / ", ";", ","):
        if sum(mark in value for value in values) >= 0.2 * len(values):
            parts = [part.strip() for value in values for part in value.split(mark) if part.strip()]
            counts = Counter(parts)
            if len(counts) <= min(40, 0.3 * len(parts)):
                return True
    return False


# --------------------------------------------------------------------------- scores in words

# What the wording must say for labels to be a score; those of satisfaction say it themselves.
WORDED = {"satisfaction": CSAT, "agreement": CES, "ease": CES, "effort": EFFORT}
METRICS = {"satisfaction": "csat", "agreement": "ces", "ease": "ces", "effort": "ces_v1"}
EASE = re.compile(r"(?i)\beas|einfach|leicht")
# How an NPS question writes its two ends where the other answers are plain numbers.
NPS_ENDS = (
    re.compile(r"not( at)? all likely|not likely( at all)?|(extremely|very) unlikely|"
               r"(sehr |äußerst )?unwahrscheinlich|(überhaupt |gar )nicht wahrscheinlich"),
    re.compile(r"(extremely|very) likely|(sehr|äußerst) wahrscheinlich"),
)  # fmt: skip
BAD = re.compile(
    r"(?i)dissat|unsat|unzufrieden|disagree|nicht zu\b|difficult|hard\b|schw(er|ierig)|poor|bad\b|schlecht|\bnot\b"
)


def labelled_question(question_id: str, text: str, scale: Scale) -> Question | None:
    """The question that is answered by the labels of a scale; None where the wording asks something else."""
    wording = f"{text} {scale.labels[-1]}" if scale.about == "satisfaction" else text
    if scale.about not in METRICS or not WORDED[scale.about].search(wording):
        return None
    if METRICS[scale.about] == "ces" and EFFORT.search(text) and not EASE.search(text):
        return None  # to agree that it took much effort is the opposite of ease
    return question_of(question_id, text, METRICS[scale.about], (1, len(scale.labels)), scale.labels)


def nps_ends(text: str, values: Sequence[str], is_nps: bool) -> list[str]:
    """The labels 0 to 10 of an NPS question that writes its two ends in words; empty where it is none.

    Without the vendor's mark the neighbours of the ends must be seen: the words may stand for 1 and 10, or for 5.
    """
    answers = set(values) if is_nps or NPS.search(text) else set()
    words = {value for value in answers if number_of(value) is None} if 3 <= len(answers) <= 11 else set()
    lows = [word.strip() for word in words if NPS_ENDS[0].fullmatch(plain_label(word))]
    highs = [word.strip() for word in words if NPS_ENDS[1].fullmatch(plain_label(word))]
    if not words or max(len(lows), len(highs)) > 1 or len(lows) + len(highs) < len(words):
        return []
    numbers = {number_of(value) for value in answers - words}
    needed = ({1} if lows else {0}) | ({9} if highs else set())
    taken = ({0} if lows else set()) | ({10} if highs else set())
    if numbers & taken or not numbers <= set(range(11)) or not (is_nps or needed <= numbers):
        return []
    return [*(lows or ["0"]), *map(str, range(1, 10)), *(highs or ["10"])]


def question_of(
    question_id: str, text: str, metric: str, scale: tuple[int, int], labels: Sequence[str]
) -> Question | None:
    """A question whose answers are words; None as long as a question cannot carry its labels."""
    if "labels" not in {field.name for field in fields(Question)}:
        return None
    parts: dict[str, Any] = {"labels": tuple(labels)}
    return Question(question_id, text, metric, *scale, **parts)


def is_reversed(text: str, values: Sequence[str]) -> bool:
    """Whether the scale runs from good to bad, as in `1 = very satisfied, 5 = very dissatisfied`: no score of ours."""
    ends = {int(number): label for number, label in re.findall(r"\b(\d{1,2})\s*=\s*([^=,;()\d]+)", text)}
    ends |= {number_of(value) or 0: value for value in set(values) if re.search(r"[^\W\d]{3}", value)}
    if len(ends) < 2 or EFFORT.search(text):
        return False
    return bool(BAD.search(ends[max(ends)])) and not BAD.search(ends[min(ends)])


# --------------------------------------------------------------------------- a whole survey


def describe(
    found: Recognition, name: str, wording: str, values: Sequence[str], is_nps: bool = False, is_text: bool = False
) -> Question | None:
    """Add a column to what was found if it is a question that counts; a doubt is noted for the reader."""
    question = judged(name, wording, values, is_nps, is_text)
    if question is None:
        for doubt in doubts(plain_text(wording), values):
            note(found, name, doubt)
        return None
    if question.metric in ("csat", "ces") and not ENDS.search(wording) and all(map(str.isdigit, values)):
        note(found, name, f"guessed that {question.scale_high} is the best answer")
    found.questions.append(question)
    found.questions.sort(key=lambda one: one.metric is not None)  # the first verbatim of a response leads
    return question


def note(found: Recognition, name: str, doubt: str) -> None:
    """Note a doubt about a column; of one that hundreds of columns share the first three are told."""
    if sum(line.endswith(doubt) for line in found.notes) < 3:
        found.notes.append(f"{name}: {doubt}")


def is_segment(values: Sequence[str]) -> bool:
    """Whether a column that is no question may cut the figures: a few values, each of several people."""
    return 2 <= len(set(values)) <= 12 < len(values)


def doubts(text: str, values: Sequence[str]) -> Iterator[str]:
    """Why a column that is worded like a score was not taken for one."""
    numbers = numbers_of(values)
    if values and all(plain_label(value) in NPS_GROUPS for value in values):
        yield "holds NPS groups, no scores"
    elif numbers and is_reversed(text, values):
        yield "the scale runs from good to bad: not taken for a score"
    elif numbers and NPS.search(text):
        yield "asks for a recommendation, but shows no scale from 0 to 10: not taken for NPS"
    elif len(numbers) > 0.8 * len(values) and (CSAT.search(text) or CES.search(text)):
        yield "is worded like a score, but neither wording nor answers show a known scale: left out"
    elif not numbers and 2 <= len(set(values)) <= 7 and (NPS.search(text) or CSAT.search(text) or CES.search(text)):
        yield "is worded like a score, but its answers are no known scale: left out"
