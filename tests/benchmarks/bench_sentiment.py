"""How fast each engine of sentiment is beside NLTK's VADER class: one run, one core, the same texts.

    OMP_NUM_THREADS=1 python tests/benchmarks/bench_sentiment.py [--texts 1000] [FILE]

FILE holds one text a line; without it the texts are those of the project's sample. Speed is texts a second of processor
time (of all threads, so that no engine gains by taking a second core); the best of three rounds, in turns, so that what
else the machine does falls on all alike.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ["TOKENIZERS_PARALLELISM"] = "false"

from nltk.sentiment.vader import SentimentIntensityAnalyzer, VaderConstants

from vocpipe import sample
from vocpipe.enrichment import accurate
from vocpipe.enrichment.accurate import AccurateSentiment
from vocpipe.enrichment.fast import FastSentiment
from vocpipe.enrichment.vader_sentiment import VaderSentiment
from vocpipe.enrichment.vader_words import read_lexicon

ROUNDS = 3


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("file", type=Path, nargs="?")
    options.add_argument("--texts", type=int, default=1000)
    chosen = options.parse_args()
    texts = lines(chosen.file)[: chosen.texts] if chosen.file else sampled(chosen.texts)
    nltk = SentimentIntensityAnalyzer.__new__(SentimentIntensityAnalyzer)  # without its download
    nltk.lexicon, nltk.constants = read_lexicon(), VaderConstants()
    engines: dict[str, Callable[[Sequence[str]], object]] = {
        "NLTK VADER": lambda texts: [nltk.polarity_scores(text) for text in texts],
        "vader": VaderSentiment().predict_proba,
        "fast": FastSentiment().predict_proba,
        "accurate": AccurateSentiment().predict_proba,
    }
    seconds = dict.fromkeys(engines, float("inf"))
    for engine in engines.values():
        engine(texts[:5])  # reads the model
    for _ in range(ROUNDS):
        for name, engine in engines.items():
            started = time.process_time()
            engine(texts)
            seconds[name] = min(seconds[name], time.process_time() - started)
    words = sum(len(text.split()) for text in texts) / len(texts)
    print(f"{len(texts):,} texts of {words:.0f} words on average")
    for name, taken in seconds.items():
        times = seconds["NLTK VADER"] / taken
        told = f"{times:.2f} times" if times >= 1 else f"1/{1 / times:.1f}"
        print(f"  {name:<12} {len(texts) / taken:>9,.0f} texts/s   {told} NLTK's speed")
    for path in sorted(accurate.TRAINED.iterdir()):
        print(f"  {path.name:<28} {path.stat().st_size / 1e6:>6.2f} MB")
    print(f"  peak memory of the process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10:,.0f} MB")


def lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def sampled(count: int) -> list[str]:
    """Texts of the sample's tickets, over again until they are enough."""
    with tempfile.TemporaryDirectory() as folder:
        sample.write(Path(folder))
        pages = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(Path(folder).rglob("tickets*.json"))]
    found = [ticket["description"] for page in pages for ticket in page["tickets"]]
    return (found * (1 + count // len(found)))[:count]


if __name__ == "__main__":
    main()
