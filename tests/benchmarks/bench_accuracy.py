"""How right each engine of sentiment is on labelled sets that it was not fitted on, with intervals by author.

    python tests/benchmarks/bench_accuracy.py tweets.csv:text:label:author reviews.csv:text:rating:author

A set is a CSV file with the columns of its text, its label (negative, neutral, positive; or a rating of 1 to 10, read
as negative to 4 and positive from 7) and its author. ``--card`` prints the JSON that stands beside a model.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import Any

from vocpipe.analysis import classification
from vocpipe.contracts import TextChoices
from vocpipe.enrichment import sentiment
from vocpipe.enrichment.fit_sets import LABELS, read_set


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("sets", nargs="+", metavar="PATH:TEXT:LABEL:AUTHOR")
    options.add_argument("--engine", action="append", choices=("accurate", "fast", "vader"))
    options.add_argument("--card", action="store_true")
    chosen = options.parse_args()
    sets = [read_set(spec) for spec in chosen.sets]
    for name in chosen.engine or ("accurate", "fast", "vader"):
        engine = sentiment.build(None, TextChoices(sentiment=name))
        figures = []
        for one in sets:
            truth = [LABELS[label] for label in one.labels]
            p = engine.predict_proba(one.texts)
            said = [LABELS[i] for i in p.argmax(axis=1)]
            found = classification.of_labels(truth, said, one.authors)
            found += classification.of_probabilities(truth, p, LABELS, one.authors)
            figures += [{"evaluated_on": one.name, **told(figure)} for figure in found]
        if chosen.card:
            print(json.dumps({"figures": figures}, indent=1))
            continue
        print(f"{name} ({engine.version})")
        for f in figures:
            interval = f"{f['ci_low']:.3f} to {f['ci_high']:.3f}"
            print(f"  {f['evaluated_on']:30} {f['metric']:20} {f['value']:7.3f}  {interval}  n {f['n']}")


def told(figure: classification.Figure) -> dict[str, Any]:
    return {name: round(x, 4) if isinstance(x, float) else x for name, x in asdict(figure).items()}


if __name__ == "__main__":
    main()
