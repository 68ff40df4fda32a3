"""Invented texts for tests of themes: a new thing that several customers say in words of their own, and the rest."""

from __future__ import annotations

import random

OPENINGS = ("Hello,", "Since Tuesday", "Again", "With my four cousins", "From my tent", "At home", "Honestly,",
            "As a grandmother", "Before dawn", "Last night")  # fmt: skip
SUBJECTS = ("the reading lamp", "your reading lamp", "that reading lamp", "the tiny reading lamp")
FAULTS = ("hums like a bee", "flickers whatever I press", "never dims", "hums in a high tone", "hums like a fridge",
          "does not dim at all")  # fmt: skip
ENDINGS = ("so I could not sleep.", "which is odd.", "please look into it.", "three times in a row.",
           "which hurt my eyes.")  # fmt: skip
JUNK = ("fasdfasdf", "n/a", "asdf asdf", "aaaaaaaa", "qwertyuiop", "https://example.com/a https://example.com/b",
        "none", "sdfsdf sdf", ".", "ok", "lkjhlkjh lkj", "No comment", "nothing to add", "test test")  # fmt: skip
SYLLABLES = ("ba", "de", "ki", "lo", "mu", "ra", "se", "ti", "vo", "nu")


def lamp(number: int) -> str:
    """One way to say that the reading lamp is faulty; the first 1,200 numbers give different texts."""
    parts = []
    for choices in (OPENINGS, SUBJECTS, FAULTS, ENDINGS):
        number, place = divmod(number, len(choices))
        parts.append(choices[place])
    return " ".join(parts)


def other(number: int) -> str:
    """A text about things that next to no other text is about."""
    draw = random.Random(number)
    return f"About the {word(draw)} and the {word(draw)}, then the {word(draw)}"


def word(draw: random.Random) -> str:
    """One of a thousand invented words."""
    return "".join(draw.choice(SYLLABLES) for _ in range(3))
