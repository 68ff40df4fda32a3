"""How much faster the fast engine of sentiment is than NLTK's VADER class, in one run, on one core.

    python tests/benchmarks/bench_fast.py [FILE.csv COLUMN] [texts]

Without a file the texts are made of the lexicon's words. Cold: tokens are met for the first time; warm: known.
"""

from __future__ import annotations

import csv
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

from nltk.sentiment.vader import SentimentIntensityAnalyzer, VaderConstants

from vocpipe.enrichment.fast import FastSentiment
from vocpipe.enrichment.vader_words import read_lexicon


def made(count: int) -> list[str]:
    """Texts of 18 words each."""
    chance = random.Random(11)
    words = sorted(read_lexicon())[::9] + ["the", "flight", "was", "to", "and", "we", "not", "very"] * 200
    return [" ".join(chance.choices(words, k=18)) + chance.choice("!?.,") for _ in range(count)]


def read(path: str, column: str, count: int) -> list[str]:
    """The first texts of a CSV file."""
    with Path(path).open(encoding="utf-8", newline="") as lines:
        return [row[column] for row in csv.DictReader(lines)][:count]


def rate(texts: list[str], work: Callable[[], object]) -> float:
    """Texts per second of processor time."""
    start = time.process_time()
    work()
    return len(texts) / (time.process_time() - start)


def main(texts: list[str]) -> None:
    """Prints rates and ratios."""
    nltk = SentimentIntensityAnalyzer.__new__(SentimentIntensityAnalyzer)  # without its download
    nltk.lexicon, nltk.constants = read_lexicon(), VaderConstants()
    few = texts[:3000]
    theirs = rate(few, lambda: [nltk.polarity_scores(text) for text in few])
    fast = FastSentiment()
    fast.predict_proba(["hello"])
    cold, warm = rate(texts, lambda: fast.predict_proba(texts)), rate(texts, lambda: fast.predict_proba(texts))
    print(f"NLTK {theirs:,.0f} texts a second; fast: cold {cold:,.0f} ({cold / theirs:.1f} times),", end=" ")
    print(f"warm {warm:,.0f} ({warm / theirs:.1f} times); {len(texts):,} texts")


if __name__ == "__main__":
    rest = sys.argv[1:]
    count = int(rest.pop()) if rest and rest[-1].isdigit() else 20_000
    main(read(rest[0], rest[1], count) if rest else made(count))
