"""How long the whole first run takes and how much memory it needs, on a sample of any size.

    python tests/benchmarks/bench_run.py --customers 200000 --interactions 1000000

Makes the sample's files in a temporary folder (or in --folder), then runs `vocpipe init` and `vocpipe run` on them as a
user would, and prints the seconds of each stage and the peak memory of the run and of its largest worker process.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import vocpipe
from vocpipe import sample


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--customers", type=int, default=2_000)
    options.add_argument("--interactions", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=7)
    options.add_argument("--folder", type=Path, help="where to put the files; kept afterwards")
    chosen = options.parse_args()
    if chosen.folder:
        measure(chosen.folder, chosen)
        return
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), chosen)


def measure(folder: Path, chosen: argparse.Namespace) -> None:
    started = time.monotonic()
    sample.write(folder, seed=chosen.seed, customers=chosen.customers, interactions=chosen.interactions)
    print(f"files made in {time.monotonic() - started:.0f} s", flush=True)
    command = Path(sys.executable).with_name("vocpipe")
    subprocess.run([command, "init", folder, "--force"], check=True, capture_output=True)
    started = time.monotonic()
    subprocess.run([command, "run", folder, "--as-of", f"{sample.AS_OF:%Y-%m-%dT%H:%M:%SZ}"], check=True)
    seconds = time.monotonic() - started
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    with vocpipe.connect(folder) as con:
        timings = con.execute("select timings from quality.runs order by started_at desc limit 1").fetchall()[0][0]
        count = con.execute("select count(*) from marts.interactions").fetchall()[0][0]
    print(f"{count:,} interactions in {seconds:.0f} s; peak memory of the largest process {peak:.1f} GB")
    print(json.dumps(json.loads(timings), indent=1))


if __name__ == "__main__":
    main()
