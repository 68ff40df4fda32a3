"""Topics on the shared development sets: keywords alone, and learnt with 5, 10, 50 and all labels a topic.

    VOCPIPE_SHARED=FOLDER python tests/benchmarks/bench_topics.py airline|banking|unknown|clinc|starters [--seeds 3]

airline: negative reasons, two authors in five held out, texts as they are and without the label strings that an export
pasted into them. banking: Banking77's training file, one text in ten held out (a seed deals anew). unknown: a quarter
of its intents held out. clinc: CLINC's 150 intents known, its out-of-scope texts unknown. starters: retail and software
against the hand labels of support tweets.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import f1_score, roc_auc_score

from vocpipe.enrichment import Taxonomy, Topic, load_taxonomy, taxonomy_folder
from vocpipe.enrichment.encoder import Encoder
from vocpipe.enrichment.topic import TopicClassifier
from vocpipe.enrichment.topic_model import TopicModel

SHARED = Path(os.environ.get("VOCPIPE_SHARED", ".")) / "data"
REASONS = {
    "Customer Service Issue": "customer_service", "Late Flight": "delay", "Cancelled Flight": "cancellation",
    "Lost Luggage": "baggage_lost", "Bad Flight": "seat_comfort", "Flight Booking Problems": "booking",
    "Flight Attendant Complaints": "crew_attitude", "longlines": "check_in_queues",
    "Damaged Luggage": "baggage_damaged",
}  # fmt: skip
# Finer topics of the taxonomy that the set counts as one of its reasons.
FOLDED = dict.fromkeys(("food_drink", "wifi_entertainment", "cabin_condition"), "seat_comfort") | {
    "refund": "customer_service"
}
PASTED = re.compile(r"(Cancelled Flight|Late Flight|Lost Luggage|Damaged Luggage|Bad Flight|Flight Booking Problems|"
                    r"Flight Attendant Complaints)\w*")  # fmt: skip
SUPPORT = {
    "retail": ("AmazonHelp", {
        "delivery": ["Delivery"], "subscription": ["Prime"], "devices": ["Kindle", "Echo"], "returns": ["Return"],
        "customer_service": ["Bad Support"], "refund": ["Refund"], "account": ["Account"], "packaging": ["Packaging"]}),
    "software": ("AppleSupport", {
        "devices": ["iPhone", "iPad", "Mac", "Battery"], "updates": ["Update"],
        "bugs": ["Unresponsive/Freezing Device"], "billing": ["Refund"]}),
}  # fmt: skip


def say(*parts: object) -> None:
    sys.stdout.write(" ".join(map(str, parts)) + "\n")
    sys.stdout.flush()


def drawn(labels: np.ndarray, rows: np.ndarray, count: int | None, seed: int) -> np.ndarray:
    """At most ``count`` rows of each label, at random."""
    order = np.random.RandomState(seed).permutation(rows)
    return order if count is None else np.concatenate([order[labels[order] == c][:count] for c in np.unique(labels)])


def airline(seeds: int, pasted_too: bool) -> None:
    rows = pd.read_csv(SHARED / "airline_tweets/Tweets_dev.csv", dtype=str, keep_default_na=False)
    rows = rows[rows.negativereason.isin(REASONS)].reset_index(drop=True)
    texts = [text if pasted_too else PASTED.sub(" ", text) for text in rows.text]
    labels = rows.negativereason.map(REASONS).to_numpy()
    number = [int(hashlib.sha1(name.lower().encode()).hexdigest()[:8], 16) % 100 for name in rows["name"]]
    held = np.array(number) < 25
    taxonomy, vectors = load_taxonomy(taxonomy_folder() / "airline.toml"), Encoder().encode(texts)
    test = [texts[i] for i in np.flatnonzero(held)]

    def figures(told: list[str]) -> str:
        found = np.array([FOLDED.get(slug, slug) for slug in told])
        macro = f1_score(labels[held], found, average="macro", labels=np.unique(labels))
        return f"accuracy {(found == labels[held]).mean():.3f} macro-F1 {macro:.3f}"

    say("texts", "as they are" if pasted_too else "without pasted labels", "held out", int(held.sum()))
    say("0 labels", figures(TopicClassifier(taxonomy).predict(test)))
    for count in (5, 10, 50, None):
        for seed in range(seeds if count else 1):
            used = drawn(labels, np.flatnonzero(~held), count, seed)
            model = TopicModel.fit([texts[i] for i in used], [[labels[i]] for i in used], taxonomy, None, vectors[used])
            for meaning in (True, False):
                p = model.blends[meaning].probabilities(model.scores(test, meaning, vectors[held]))
                told = figures([model.topics[n] for n in p.argmax(axis=1)])
                say(count or "all", "labels, seed", seed, "with encoder" if meaning else "without", told)


def intents() -> tuple[list[str], np.ndarray]:
    rows = pd.read_csv(SHARED / "banking77/train.csv")
    return list(rows.text), rows.category.to_numpy()


def as_taxonomy(names: np.ndarray) -> Taxonomy:
    """One topic per intent, which knows no more than the intent's name."""
    return Taxonomy("intents", tuple(Topic(n, n.replace("_", " ").strip("?"), "-", "-", "product") for n in names))


def banking(seeds: int) -> None:
    texts, labels = intents()
    vectors = Encoder().encode(texts)
    for seed in range(seeds):
        order = np.random.RandomState(seed).permutation(len(texts))
        test, rest = order[: len(texts) // 10], order[len(texts) // 10 :]
        for count in (5, 10, 50, None):
            used = drawn(labels, rest, count, seed)
            model = TopicModel.fit([texts[i] for i in used], [[labels[i]] for i in used],
                                   as_taxonomy(np.unique(labels)), None, vectors[used])  # fmt: skip
            p = model.blends[True].probabilities(model.scores([texts[i] for i in test], True, vectors[test]))
            right = np.array(model.topics)[p.argmax(axis=1)] == labels[test]
            each = np.mean([right[labels[test] == c].mean() for c in np.unique(labels[test])])
            say(
                "Banking77",
                count or "all",
                "labels, seed",
                seed,
                f"accuracy {right.mean():.3f} intents alike {each:.3f}",
            )


def unknown(seeds: int) -> None:
    texts, labels = intents()
    vectors = Encoder().encode(texts)
    for seed in range(seeds):
        order = np.random.RandomState(seed).permutation(len(texts))
        names = np.random.RandomState(seed).permutation(np.unique(labels))[:58]
        test, used = order[:2000], order[2000:][np.isin(labels[order[2000:]], names)]
        model = TopicModel.fit([texts[i] for i in used], [[labels[i]] for i in used],
                               as_taxonomy(names), None, vectors[used])  # fmt: skip
        say(
            "Banking77, seed",
            seed,
            told_apart(model, [texts[i] for i in test], np.isin(labels[test], names), vectors[test]),
        )


def told_apart(model: TopicModel, texts: list[str], known: np.ndarray, vectors: np.ndarray | None = None) -> str:
    blend = model.blends[True]
    close = blend.closeness(model.scores(texts, True, vectors))
    kept, refused = (close[known] >= blend.known_from).mean(), (close[~known] < blend.known_from).mean()
    return f"AUROC {roc_auc_score(known, close):.3f} kept {kept:.3f} refused {refused:.3f}"


def clinc(seeds: int) -> None:
    sets = json.loads((SHARED / "clinc_oos/data_dev.json").read_text())
    out = [text for part in ("oos_train", "oos_val") for text, _ in sets[part]]
    labels = np.array([intent for _, intent in sets["train"]])
    for seed in range(seeds):
        used = drawn(labels, np.arange(len(labels)), 25, seed)
        known = [sets["val"][i][0] for i in np.random.RandomState(seed).permutation(len(sets["val"]))[:1000]]
        model = TopicModel.fit([sets["train"][i][0] for i in used], [[labels[i]] for i in used],
                               as_taxonomy(np.unique(labels)))  # fmt: skip
        say(
            "CLINC, 25 labels, seed",
            seed,
            told_apart(model, [*known, *out], np.arange(len(known) + len(out)) < len(known)),
        )


def starters() -> None:
    for name, (company, topics) in SUPPORT.items():
        rows = pd.read_excel(SHARED / f"twcs_slices/twcs-{company}-200-inbound.xlsx", engine="calamine")
        found = TopicClassifier(load_taxonomy(taxonomy_folder() / f"{name}.toml")).annotate(list(rows.text))
        for slug, columns in topics.items():
            truth = rows[columns].notna().any(axis=1).to_numpy()
            told = np.array([slug in {a.label for a in one} for one in found])
            both = (truth & told).sum()
            say(name, slug, int(truth.sum()), f"recall {both / truth.sum():.2f} precision {both / told.sum():.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["airline", "banking", "unknown", "clinc", "starters"])
    parser.add_argument("--seeds", type=int, default=3)
    chosen = parser.parse_args()
    if chosen.what == "airline":
        airline(chosen.seeds, pasted_too=True)
        airline(chosen.seeds, pasted_too=False)
    elif chosen.what == "starters":
        starters()
    else:
        {"banking": banking, "unknown": unknown, "clinc": clinc}[chosen.what](chosen.seeds)


if __name__ == "__main__":
    main()
