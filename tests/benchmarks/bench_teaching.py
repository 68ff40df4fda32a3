"""What labels bring: airline tweets, authors held out, a head on the engine named, by number of labels.

    VOCPIPE_SHARED=… python tests/benchmarks/bench_teaching.py [ENGINE] [--splits 3] [--counts 50 200 1000 0]

Prints accuracy, macro-F1, calibration error and net sentiment less the true one on held-out authors (three in ten, by
a hash of the name with another salt per split); 0 labels at the end of the list means all. The engine is asked once.
"""

from __future__ import annotations

import argparse
import csv
import os
import time
from pathlib import Path

import numpy as np

from vocpipe.analysis import classification
from vocpipe.contracts import TextChoices
from vocpipe.enrichment import fit_head, head, sentiment


def told(truth: list[str], p: np.ndarray, authors: list[str]) -> str:
    said = [head.LABELS[i] for i in p.argmax(axis=1)]
    figures = classification.of_labels(truth, said, authors)
    figures += classification.of_probabilities(truth, p, head.LABELS, authors)
    kept = ("accuracy", "macro_f1", "calibration_error", "net_sentiment_gap")
    return "  ".join(f"{f.metric} {f.value:.3f} ({f.ci_low:.3f}-{f.ci_high:.3f})" for f in figures if f.metric in kept)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("engine", nargs="?", default="accurate")
    asked.add_argument("--splits", type=int, default=3)
    asked.add_argument("--counts", type=int, nargs="+", default=[50, 200, 1000, 0])
    options = asked.parse_args()
    folder = Path(os.environ["VOCPIPE_SHARED"])
    with (folder / "data" / "airline_tweets" / "Tweets_dev.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    texts, labels, authors = ([row[name] for row in rows] for name in ("text", "airline_sentiment", "name"))
    engine = sentiment.build(None, TextChoices(options.engine))
    started = time.monotonic()
    seen = fit_head.look(engine, texts, labels)
    print(f"{engine.version}: {len(texts)} texts in {time.monotonic() - started:.0f} s")
    for split in range(options.splits):
        out = classification.held_out(authors, texts, 0.3, salt=str(split))
        inside, outside = np.flatnonzero(~out), np.flatnonzero(out)
        held = seen.part(outside)
        truth, who = [labels[i] for i in outside], [authors[i] for i in outside]
        print(f"split {split}, {len(outside)} held out; shipped: {told(truth, np.exp(held.said), who)}")
        for count in options.counts:
            some = np.random.default_rng(split).permutation(inside)[: count or None]
            started = time.monotonic()
            freedom, _ = fit_head.choose(seen.part(some), [authors[i] for i in some])
            made = fit_head.fit(seen.part(some), freedom, engine.version)
            p = made.probabilities(np.exp(held.said), held.dense, head.weighed(held.counts, made.rarity))
            took = time.monotonic() - started
            print(f"  {len(some):5} labels, {freedom.told()}, {took:.0f} s: {told(truth, p, who)}", flush=True)


if __name__ == "__main__":
    main()
