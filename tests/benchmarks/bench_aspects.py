"""Polarity per category on restaurant sentences: `python tests/benchmarks/bench_aspects.py [engine]`.

Reads SemEval-2014 restaurants and MAMS from the folder in VOCPIPE_SHARED. The categories are given; where in the
sentence a category is spoken of is found by a few seed words, no label of these sets is used. The blend is chosen on
one half of SemEval's sentences (by a hash of the id), the other half and MAMS are reported.
"""

from __future__ import annotations

import os
import sys
import xml.etree.ElementTree as ElementTree
import zlib
from pathlib import Path

import numpy as np

from vocpipe.contracts import TextChoices
from vocpipe.enrichment import sentiment
from vocpipe.enrichment.clauses import clause
from vocpipe.enrichment.keywords import Keyword, KeywordSearch

SIGNS = {"negative": -1, "neutral": 0, "positive": 1}
SEEDS = {
    "food": "food dish* meal* menu dinner lunch breakfast brunch pizza pasta sushi fish chicken beef steak soup salad"
    " dessert* wine* drink* sauce rice burger* sandwich* tast* delicious portion* cook* chef cuisine appetizer* roll*"
    " bread cheese fresh flavor* fries noodle* curry meat lamb shrimp seafood dim bagel* cake* coffee tea beer"
    " cocktail* eat* ate spicy ingredient* cooked egg* potato* rib* sashimi tuna lobster",
    "service": "service staff waiter* waitress* server* manager* owner* hostess host bartender* attentive rude wait"
    " waited waiting friendly reservation* delivery busboy* maitre serve* served slow seated",
    "price": "price* priced pricey cheap expensive bill cost* value money overpriced inexpensive worth $ dollars bucks"
    " affordable reasonable reasonably paid pay tab deal bargain budget",
    "ambience": "ambience ambiance atmosphere decor music place room romantic cozy noise noisy loud crowded interior"
    " seating tables space vibe* scene setting garden lighting view dark decorated atmoshere* cramped patio",
    "staff": "staff waiter* waitress* server* manager* owner* hostess host bartender* attentive rude friendly maitre",
    "menu": "menu* list selection* options choice*",
    "place": "place restaurant room tables seating spot bar location area table decor interior space",
}
SEEDS |= {"ambience": SEEDS["ambience"]}


def sentences(path: Path) -> list[tuple[str, str, dict[str, int]]]:
    """(id, text, category -> sign) of every sentence; categories of mixed polarity are left out."""
    found = []
    for number, node in enumerate(ElementTree.parse(path).getroot()):
        kinds = {c.get("category", ""): c.get("polarity", "") for c in node.iter("aspectCategory")}
        known = {kind: SIGNS[sign] for kind, sign in kinds.items() if sign in SIGNS}
        found.append((node.get("id", str(number)), node.findtext("text") or "", known))
    return found


def places(rows):
    """One entry per sentence and category: text, clauses that speak of it, gold sign, whether the category has words
    of its own (a rest such as "anecdotes" has none), whether the sentence is mixed."""
    keywords = [Keyword(n, 1.0, (word,)) for n, seeds in enumerate(SEEDS.values()) for word in seeds.split()]
    kinds, hits = list(SEEDS), KeywordSearch(keywords).find([text for _, text, _ in rows])
    spans: dict[tuple[int, str], list[tuple[int, int]]] = {}
    for i, keyword, start, end in zip(
        *(c.tolist() for c in (hits.text, hits.keyword, hits.start, hits.end)), strict=True
    ):
        spans.setdefault((i, kinds[keywords[keyword].topic]), []).append((start, end))
    out = []
    for i, (_, text, known) in enumerate(rows):
        for kind, gold in known.items():
            others = [s for other in known if other != kind for s in spans.get((i, other), [])]
            own = [s for s in spans.get((i, kind), []) if s not in others]
            clauses = list(dict.fromkeys(clause(text, span, others) for span in own)) or [(0, len(text))]
            out.append((i, text, [text[a:b] for a, b in clauses], gold, kind in SEEDS, len(set(known.values())) > 1))
    return out


def main() -> None:
    """Prints accuracy and macro-recall per share of the clause and least score."""
    shared = Path(os.environ["VOCPIPE_SHARED"]) / "data"
    engine = sentiment.build(None, TextChoices(sentiment=sys.argv[1] if len(sys.argv) > 1 else "accurate"))
    rows = sentences(shared / "semeval2014_absa" / "Restaurants_Train.xml")
    halves = [[r for r in rows if zlib.crc32(r[0].encode()) % 2 == half] for half in (0, 1)]
    mams = sentences(shared / "mams" / "MAMS-ACSA_val.xml")
    for name, chosen in (
        ("SemEval, chosen on", halves[0]),
        ("SemEval, reported", halves[1]),
        ("MAMS, validation", mams),
    ):
        report(name, places(chosen), engine)


def report(name, found, engine) -> None:
    """One line per blend."""
    texts = list(dict.fromkeys([t for _, t, *_ in found] + [c for _, _, clauses, *_ in found for c in clauses]))
    number = {text: n for n, text in enumerate(texts)}
    p = np.asarray(engine.predict_proba(texts))
    whole = p[[number[t] for _, t, *_ in found]]
    part = np.array([p[[number[c] for c in clauses]].mean(axis=0) for _, _, clauses, *_ in found])
    gold, named, mixed = (np.array(column) for column in list(zip(*found, strict=True))[3:])
    print(f"{name}: {len(gold)} categories, {named.sum()} with words, {mixed.sum()} in mixed sentences")
    for share in (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0):
        blend = (1 - share) * whole + share * part
        score, line = blend[:, 2] - blend[:, 0], []
        for least in (None, 0.0, 0.1, 0.2, 0.3):
            said = blend.argmax(axis=1) - 1 if least is None else np.sign(score) * (np.abs(score) >= least)
            line.append(f"{np.mean(said == gold):.3f}/{np.mean((said == gold)[mixed]) if mixed.any() else 0:.3f}")
        right = blend.argmax(axis=1) - 1 == gold
        print(
            f"  clause {share:.1f}  with words {right[named].mean():.3f} without {right[~named].mean():.3f}"
            f"  argmax {line[0]}  least score 0 {line[1]}  .1 {line[2]}  .2 {line[3]}  .3 {line[4]}"
        )


if __name__ == "__main__":
    main()
