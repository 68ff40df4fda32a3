"""Discovery of themes: agreement with labels, recall of a planted theme, junk, and how long a night takes.

    python tests/benchmarks/bench_themes.py banking77/train.csv --agreement              text,category
    python tests/benchmarks/bench_themes.py Tweets.csv --text text --plant train.csv     30 texts of one category of the
                                                         second file among the first's: how many are in a pure theme
    python tests/benchmarks/bench_themes.py Tweets.csv --text text --seconds 100000      a night with so many texts

``--encoder`` takes sentence vectors in place of TF-IDF; ``--shown`` prints the largest themes.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent.parent))
from themes import JUNK

from vocpipe.analysis import theme_groups
from vocpipe.analysis.theme_words import words_of
from vocpipe.analysis.themes import find

TODAY = date(2026, 6, 30)
PLANTED = 30


def frame(texts: list[str], prefix: str, writers: int, days: int = 70) -> pd.DataFrame:
    """Texts of as many writers, spread evenly over the days before today; no topic knows them."""
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "interaction_id": [f"{prefix}:{n}" for n in range(len(texts))],
            "text": texts,
            "customer": [f"{prefix}:{n}" for n in rng.integers(writers, size=len(texts))],
            "occurred_on": [TODAY - timedelta(int(d)) for d in rng.integers(days, size=len(texts))],
            "topic": "unknown",
            "topics": [["unknown"]] * len(texts),
        }
    )


def agreement(texts: list[str], labels: list[str], vectorise: Callable | None) -> None:
    """Normalised mutual information and purity of the groups; texts that share no word are left out."""
    from sklearn.metrics import normalized_mutual_info_score

    vectors = vectorise(texts) if vectorise else theme_groups.word_vectors([words_of(text) for text in texts])
    vectors = theme_groups.reduced(vectors)
    says = vectors.any(axis=1)
    found = pd.DataFrame({"label": np.array(labels)[says], "group": theme_groups.groups(vectors[says])})
    largest = found.groupby("group")["label"].agg(lambda x: x.value_counts().iloc[0]).sum()
    nmi = normalized_mutual_info_score(found["label"], found["group"])
    print(f"{len(found)} texts, {found['group'].nunique()} groups: NMI {nmi:.3f}, purity {largest / len(found):.3f}")


def planted(texts: list[str], path: Path, vectorise: Callable | None, count: int) -> None:
    """For some categories: how many of 30 planted texts lie in themes of which they are at least half."""
    other = pd.read_csv(path)
    recalls, junk = [], 0
    for category in sorted(other["category"].unique())[:: max(1, other["category"].nunique() // count)][:count]:
        new = other[other["category"] == category]["text"].head(PLANTED).tolist()
        night = pd.concat([
            frame(texts, "rest", len(texts)), frame(new, "new", 10**6, 14),
            frame([JUNK[n % len(JUNK)] for n in range(400)], "junk", 10**6, 14),
        ])  # fmt: skip
        members = find(night, TODAY, vectorise=vectorise).members
        kind = members["interaction_id"].str.split(":").str[0]
        is_pure = (kind == "new").groupby(members["theme_id"]).transform("mean") >= 0.5
        recalls.append(((kind == "new") & is_pure).sum() / len(new))
        junk += int((kind == "junk").sum())
        print(f"{category}: {recalls[-1]:.2f}", flush=True)
    print(f"recall of {PLANTED} planted texts among {len(texts)}: {np.mean(recalls):.2f}; junk texts in themes: {junk}")


def sentence_vectors() -> Callable:
    """The package's sentence encoder."""
    from vocpipe.enrichment.encoder import Encoder

    return Encoder().encode


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--text", default="text")
    parser.add_argument("--label", default="category")
    parser.add_argument("--agreement", action="store_true")
    parser.add_argument("--plant", type=Path)
    parser.add_argument("--categories", type=int, default=6)
    parser.add_argument("--seconds", type=int)
    parser.add_argument("--limit", type=int, default=5000)
    parser.add_argument("--encoder", action="store_true")
    parser.add_argument("--shown", type=int, default=0)
    asked = parser.parse_args()
    table = pd.read_csv(asked.file).sample(frac=1, random_state=0)
    texts = table[asked.text].astype(str).tolist()
    vectorise = sentence_vectors() if asked.encoder else None
    if asked.agreement:
        agreement(texts[: asked.limit], table[asked.label].tolist()[: asked.limit], vectorise)
    if asked.plant:
        planted(texts[: asked.limit], asked.plant, vectorise, asked.categories)
    if asked.seconds:
        many = [f"{texts[n % len(texts)]} {texts[n * 7 % len(texts)]}"[:280] for n in range(asked.seconds)]
        started = time.process_time()
        found = find(frame(many, "rest", asked.seconds), TODAY, vectorise=vectorise)
        print(f"{asked.seconds} texts: {time.process_time() - started:.0f} s of one core, {len(found.themes)} themes")
    if asked.shown:
        themes = find(frame(texts[: asked.limit], "rest", asked.limit), TODAY, vectorise=vectorise).themes
        print(themes.nlargest(asked.shown, "count_customers")[["label", "count_customers", "coherence"]].to_string())


if __name__ == "__main__":
    main()
