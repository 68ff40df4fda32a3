"""How much faster the batched VADER is than NLTK's class, in one run, on one core.

    python tests/benchmarks/bench_vader.py [texts]

Texts are made of the lexicon's words. Cold: tokens are met for the first time; warm: they are known.
"""

from __future__ import annotations

import random
import string
import sys
import time

from nltk.sentiment.vader import SentimentIntensityAnalyzer, VaderConstants

from vocpipe.enrichment.vader import Vader
from vocpipe.enrichment.vader_words import read_lexicon


def main(count: int) -> None:
    """Prints the ratios of processor time."""
    nltk = SentimentIntensityAnalyzer.__new__(SentimentIntensityAnalyzer)  # without its download
    nltk.lexicon, nltk.constants = read_lexicon(), VaderConstants()
    chance = random.Random(11)
    words = sorted(read_lexicon())[::9] + ["the", "flight", "was", "to", "and", "we", "not", "very"] * 200
    texts = [" ".join(chance.choices(words, k=18)) + chance.choice(string.punctuation) for _ in range(count)]
    start = time.process_time()
    for text in texts:
        nltk.polarity_scores(text)
    theirs, start = time.process_time() - start, time.process_time()
    vader = Vader()
    vader.scores(texts)
    cold, start = time.process_time() - start, time.process_time()
    vader.scores(texts)
    warm = time.process_time() - start
    print(f"NLTK {theirs:.2f} s; batched: cold {theirs / cold:.1f} times faster, warm {theirs / warm:.1f} times")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4000)
