"""How long each DAG file takes to parse, beyond `airflow.sdk`, and what it imports.

The promise: under 0.3 s of processor time per file, in a fresh interpreter, without any of the
libraries in HEAVY. Run: `python bench/parse_dags.py [--quick]`.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
HEAVY = ["torch", "diffusers", "transformers", "great_expectations", "pandas", "duckdb", "pyarrow"]
PARSE = """
import importlib.util, json, sys, time
import airflow.sdk
from airflow.sdk import DAG, Asset, BaseNotifier, CronPartitionTimetable, Param
from airflow.sdk import PartitionedAssetTimetable, RetryPolicy, task, task_group
began = time.process_time()
spec = importlib.util.spec_from_file_location("parsed", sys.argv[1])
spec.loader.exec_module(importlib.util.module_from_spec(spec))
seconds = time.process_time() - began
print(json.dumps({"seconds": seconds, "heavy": [m for m in sys.argv[2:] if m in sys.modules]}))
"""


def parse(file: Path, home: str) -> dict[str, object]:
    """One parse in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", PARSE, str(file), *HEAVY],
        env={"AIRFLOW_HOME": home, "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    told: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return told


def main() -> None:
    """Print a table, then one JSON line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="one repeat instead of three")
    repeats = 1 if options.parse_args().quick else 3
    medians, heavy = {}, set()
    with tempfile.TemporaryDirectory() as home:
        for file in sorted((ROOT / "dags").glob("*.py")):
            told = [parse(file, home) for _ in range(repeats)]
            medians[file.stem] = statistics.median(t["seconds"] for t in told)
            heavy |= {name for t in told for name in t["heavy"]}
            print(f"{file.stem:<22} {medians[file.stem]:.3f} s")
    print(json.dumps({"max_s": round(max(medians.values()), 3), "heavy": sorted(heavy)}))


if __name__ == "__main__":
    main()
