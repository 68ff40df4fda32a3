"""How well the list of customers to leave alone meets the truth of generated scenarios, pooled over folders.

    python tests/benchmarks/bench_suppression.py DIR [DIR ...]

Each folder is a scenario after `vocpipe init` and `vocpipe run DIR --as-of 2025-07-01T00:00:00Z`. The truth lists the
customers in distress with their evidence; recall counts those whose evidence can be linked: by a score, or by texts
alone. Precision counts everybody on the list. Intervals are Wilson's, at 95 %.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd
from scipy.stats import binomtest

import vocpipe

LISTED = """
    select distinct r.record_id
    from actions.suppressions as s
    inner join marts.customer_records as r on s.customer_id = r.customer_id
    where r.person_kind = 'customer_record' and r.unlinked_at is null
"""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folders", metavar="DIR", type=Path, nargs="+")
    pooled = pd.concat([counted(folder) for folder in options.parse_args().folders])
    for folder, part in (*pooled.groupby("folder"), ("pooled", pooled)):
        print(folder)
        linkable = part[part.is_true & (part.linkable != "")]
        scored = linkable.linkable.str.contains("survey")
        tell("recall, a score tells", linkable[scored].is_listed)
        tell("recall, only text tells", linkable[~scored].is_listed)
        tell("precision", part[part.is_listed].is_true)


def counted(folder: Path) -> pd.DataFrame:
    """One row per person listed or in distress: is_listed, is_true, linkable evidence."""
    person = pd.read_csv(folder / "truth_crm.csv").set_index("customer_id").person
    with vocpipe.connect(folder) as con:
        listed = {int(person[record]) for (record,) in con.execute(LISTED).fetchall()}
    truth = pd.read_csv(folder / "truth_distress.csv", keep_default_na=False).set_index("person")
    persons = sorted(listed | set(truth.index))
    return pd.DataFrame({
        "folder": folder.name,
        "is_listed": [p in listed for p in persons],
        "is_true": [p in truth.index for p in persons],
        "linkable": [truth.linkable_evidence.get(p, "") for p in persons],
    })  # fmt: skip


def tell(name: str, hits: pd.Series) -> None:
    """One figure with its counts and interval."""
    if not len(hits):
        print(f"  {name:<24} no case")
        return
    low, high = binomtest(int(hits.sum()), len(hits)).proportion_ci(method="wilson")
    print(f"  {name:<24} {hits.sum():>4} of {len(hits):>4} = {hits.mean():.3f} [{low:.3f}, {high:.3f}]")


if __name__ == "__main__":
    main()
