#!/usr/bin/env python3
"""Runs heapglass, a plain inflate and whatever peers are installed on the same files, in turns, and prints ratios.

    cargo build --release --example inflate && cargo build --release
    benches/compare.py heap.pb.gz ...

Every round runs each command once, so that what else the machine does meets all of them alike; figures are medians over
the rounds. It needs Python 3 alone. A peer that is not installed is said and left out.
"""

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time

TARGET = os.environ.get("CARGO_TARGET_DIR", os.path.join(os.path.dirname(__file__), "..", "target"))
RELEASE = os.path.join(TARGET, "release")


def commands(file):
    """The commands for a file: a name and its words. The first is the yardstick."""
    found = [
        ("inflate", [os.path.join(RELEASE, "examples", "inflate"), file]),
        ("heapglass report top", [os.path.join(RELEASE, "heapglass"), "report", "top", "--limit", "1", file]),
        ("heapglass check", [os.path.join(RELEASE, "heapglass"), "check", "--max-total", "1000GiB", file]),
    ]
    in_use = [*found[1][1][:-1], "--sample-type", "inuse_space", file]
    # Other profilers name their types otherwise.
    if subprocess.run(in_use, capture_output=True, check=False).returncode == 0:
        found.append(("heapglass report top, in use", in_use))
    go, pprof = shutil.which("go"), shutil.which("pprof")
    top = ["-top", "-nodecount=1", "-symbolize=none", file]
    if pprof:
        found.append(("pprof -top", [pprof, *top]))
    elif go:
        found.append(("go tool pprof -top", [go, "tool", "pprof", *top]))
    else:
        print("pprof is not installed", file=sys.stderr)
    return found


def run(words):
    """Wall and CPU seconds and peak MiB of one run."""
    start = time.perf_counter()
    child = os.fork()
    if child == 0:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        try:
            os.execv(words[0], words)
        finally:
            os._exit(127)
    _, status, used = os.wait4(child, 0)
    wall = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"compare: `{' '.join(words)}` ended with {os.waitstatus_to_exitcode(status)}")
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("files", nargs="+")
    asked = parser.parse_args()
    print(f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, {platform.machine()}, medians of {asked.rounds} rounds\n")
    print("| file | command | wall | of inflate | CPU | of inflate | peak |")
    print("|---|---|---|---|---|---|---|")
    for file in asked.files:
        listed = commands(file)
        runs = {name: [] for name, _ in listed}
        for _ in range(asked.rounds):
            for name, words in listed:
                runs[name].append(run(words))
        middle = {name: [statistics.median(column) for column in zip(*rounds)] for name, rounds in runs.items()}
        wall_of, cpu_of, _ = middle["inflate"]
        for name, (wall, cpu, peak) in middle.items():
            ratios = f"{wall * 1000:.0f} ms | {wall / wall_of:.2f} | {cpu * 1000:.0f} ms | {cpu / max(cpu_of, 1e-3):.2f}"
            print(f"| {os.path.basename(file)} | {name} | {ratios} | {peak:.0f} MiB |")


if __name__ == "__main__":
    main()
