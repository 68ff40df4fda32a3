"""Invented texts for tests of themes: a new thing that several customers say in words of their own, and the rest."""

from __future__ import annotations

import random

OPENINGS = ("Hello,", "Since Tuesday", "Again", "For my family of four", "On the website", "At home", "Honestly,",
            "As a loyal client", "Before the trip", "Last night")  # fmt: skip
SUBJECTS = ("the seat map", "your seat map", "that seat map", "the new seat map")
FAULTS = ("shows a blank page", "stays blank whatever I click", "never loads on my tablet", "is blank in every browser",
          "freezes with a blank page", "does not load at all")  # fmt: skip
ENDINGS = ("so I could not choose.", "and nobody could help.", "please mend it.", "three times in a row.",
           "which cost me an hour.")  # fmt: skip
JUNK = ("fasdfasdf", "n/a", "asdf asdf", "aaaaaaaa", "qwertyuiop", "https://example.com/a https://example.com/b", "none",
        "sdfsdf sdf", ".", "ok", "lkjhlkjh lkj", "No comment", "nothing to add", "test test")  # fmt: skip
SYLLABLES = ("ba", "de", "ki", "lo", "mu", "ra", "se", "ti", "vo", "nu")


def blank_map(number: int) -> str:
    """One way to say that the seat map is blank; the first 1,200 numbers give different texts."""
    parts = []
    for choices in (OPENINGS, SUBJECTS, FAULTS, ENDINGS):
        number, place = divmod(number, len(choices))
        parts.append(choices[place])
    return " ".join(parts)


def other(number: int) -> str:
    """A text about things that next to no other text is about."""
    draw = random.Random(number)
    return f"About the {word(draw)} and the {word(draw)}, then the {word(draw)}, number {number}"


def word(draw: random.Random) -> str:
    """One of a thousand invented words."""
    return "".join(draw.choice(SYLLABLES) for _ in range(3))
