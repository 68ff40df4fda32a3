"""How long the stages of a run take on DuckDB and on Spark, over the same files, and whether they publish the same.

    python tests/benchmarks/bench_spark.py --customers 20000 --interactions 100000

Makes the sample's files in a temporary folder, runs them once with DuckDB and once with each --master, and prints the
seconds of each stage. The first run of a session pays for starting Java and for compiling what it does.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import vocpipe
from vocpipe import sample

sys.path.insert(0, str(Path(__file__).parents[1]))
from engines import differences

TEXT = '\n[text]\nsentiment = "fast"\n'  # no clock plays a part
ENGINE = '\n[engine]\nkind = "spark"\nmaster = "{}"\n'


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--customers", type=int, default=2_000)
    options.add_argument("--interactions", type=int, default=10_000)
    options.add_argument("--master", nargs="+", default=["local-cluster[1,1,2048]", "local-cluster[2,1,2048]"])
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "files"
        sample.write(base, customers=chosen.customers, interactions=chosen.interactions)
        vocpipe_command("init", base)
        first = measure(base, Path(folder) / "duckdb", TEXT, "duckdb")
        for master in chosen.master:
            project = measure(base, Path(folder) / "spark", TEXT + ENGINE.format(master), master)
            print("differences:", differences(first, project) or "none", flush=True)
            shutil.rmtree(Path(folder) / "spark")


def measure(base: Path, project: Path, settings: str, told: str) -> Path:
    """Run a copy of the files with some settings; prints the seconds, gives back what is published."""
    shutil.copytree(base, project)
    (project / "work").mkdir(mode=0o700, exist_ok=True)
    (project / "work" / "pseudonym.key").write_text("0" * 64)  # one key, so that customer ids can be compared
    with (project / "vocpipe.toml").open("a", encoding="utf-8") as file:
        file.write(settings)
    started = time.monotonic()
    vocpipe_command("run", project, "--as-of", f"{sample.AS_OF:%Y-%m-%dT%H:%M:%SZ}")
    seconds = time.monotonic() - started
    with vocpipe.connect(project) as con:
        timings = con.execute("select timings from quality.runs order by started_at desc limit 1").fetchall()[0][0]
        count = con.execute("select count(*) from marts.interactions").fetchall()[0][0]
    stages = {name: round(spent, 1) for name, spent in json.loads(timings).items()}
    print(f"{told}: {count:,} interactions in {seconds:.0f} s: {stages}", flush=True)
    return project / "published" / "voc.duckdb"


def vocpipe_command(*words: object) -> None:
    command = [Path(sys.executable).with_name("vocpipe"), *map(str, words)]
    subprocess.run(command, check=True, capture_output=True)


if __name__ == "__main__":
    main()
