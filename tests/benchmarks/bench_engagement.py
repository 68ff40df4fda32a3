"""How often the interval of metrics.engagement_effect holds the effect that a generated scenario has planted in its
ticket ratings, and how often an effect is found where engagement is dealt out anew among the employees.

    VOCPIPE_SHARED=…/shared python tests/benchmarks/bench_engagement.py [--seeds 60] [--first 7000] [--customers 2000]

Reads only the tickets and employees of each scenario and puts them through the statistic, not through a whole run.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from vocpipe.statistics import engagement_effect


def employees_of(folder: Path) -> pd.DataFrame:
    """What the statistic reads: each employee's engagement, rated tickets and those rated good."""
    tickets = [
        ticket
        for path in sorted((folder / "zendesk").glob("tickets_*.json"))
        for ticket in json.loads(path.read_text(encoding="utf-8"))["tickets"]
    ]
    latest = {t["id"]: t for t in sorted(tickets, key=lambda t: t["updated_at"])}.values()
    rated = pd.DataFrame(
        [(t["assignee_id"], t["satisfaction_rating"]["score"]) for t in latest], columns=["agent_id", "rating"]
    )
    rated = rated[rated["rating"].isin(["good", "bad"])]
    sums = rated.assign(good=rated["rating"] == "good").groupby("agent_id")["good"].agg(["size", "sum"])
    staff = pd.read_csv(folder / "hr" / "employees.csv").set_index("agent_id")
    items = [name for name in staff.columns if "satisfaction" in name]
    found = sums.join(staff[items].mean(axis=1).rename("engagement"), how="inner").reset_index(drop=True)
    return found.rename(columns={"size": "n", "sum": "good"}).assign(recommend=np.nan)


def effect(employees: pd.DataFrame) -> pd.Series:
    """The row of engagement in the table."""
    return engagement_effect.make({"employees": employees}, {"conf": 0.95}).iloc[0]


def main() -> None:
    """Print coverage, bias and false alarms over the seeds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=60)
    parser.add_argument("--first", type=int, default=7000)
    parser.add_argument("--customers", type=int, default=2000)
    parser.add_argument("--rho", type=float, default=0.5)
    given = parser.parse_args()
    script = Path(os.environ["VOCPIPE_SHARED"]) / "tools" / "build_scenario.py"
    chance = np.random.default_rng(1)
    rows, alarms = [], []
    for seed in range(given.first, given.first + given.seeds):
        with tempfile.TemporaryDirectory() as folder:
            options = {"--out": folder, "--seed": seed, "--customers": given.customers, "--rho": given.rho}
            command = [sys.executable, str(script), *(str(x) for pair in options.items() for x in pair)]
            subprocess.run(command, check=True, capture_output=True)
            truth = json.loads((Path(folder) / "truth.json").read_text(encoding="utf-8"))
            employees = employees_of(Path(folder))
        planted = truth["planted"]["ticket_rating_per_engagement_point"]
        found = effect(employees)
        rows.append((planted, found["effect"], found["se"], found["ci_low"] <= planted <= found["ci_high"]))
        for _ in range(20):
            dealt = employees.assign(engagement=chance.permutation(employees["engagement"].to_numpy()))
            alarms.append(effect(dealt)["p_value"] < 0.05)
    table = pd.DataFrame(rows, columns=["planted", "effect", "se", "covered"])
    print(f"covered {table.covered.mean():.3f} of {len(table)} seeds")
    print(
        f"planted {table.planted.mean():.3f}, mean effect {table.effect.mean():.3f}, mean error {table.se.mean():.3f}"
    )
    print(f"found at p < .05 where engagement is dealt out anew: {np.mean(alarms):.3f} of {len(alarms)}")


if __name__ == "__main__":
    main()
