#!/usr/bin/env python3
"""Runs heapglass, a plain inflate and the peers that are installed on the same files, in turns, and prints ratios.

    cargo build --release --example inflate && cargo build --release
    benches/compare.py heap.pb.gz ...

Every round runs each command once, so that other load of the machine meets all of them alike; figures are medians over
the rounds. Programs with a screen (heapglass, flamelens, flameshow) run in a terminal of 160x45 up to their first frame,
which is painted when nothing was written for a fifth of a second; flamelens reads folded stacks, which heapglass writes
before. It needs Python 3 alone. A peer that is not installed is named and left out.
"""

import argparse
import fcntl
import os
import platform
import pty
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time

TARGET = os.environ.get("CARGO_TARGET_DIR", os.path.join(os.path.dirname(__file__), "..", "target"))
RELEASE = os.path.join(TARGET, "release")


# Time without output after which a frame is painted, and the longest wait for one, in seconds.
QUIET, LONGEST = 0.2, 120
# Bytes of a first frame; programs that ask the terminal first write fewer.
LEAST_FRAME = 500


def commands(file, folder):
    """The commands for a file: a name, its words, and how to run it. The first is the yardstick."""
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
    found = [(name, words, run) for name, words in found]
    found.append(("heapglass, first frame", [os.path.join(RELEASE, "heapglass"), file], first_frame))
    folded = os.path.join(folder, "stacks.folded")
    subprocess.run([found[1][1][0], "report", "folded", "-o", folded, "--force", file], check=True)
    for peer, source in [("flamelens", folded), ("flameshow", file)]:
        program = shutil.which(peer)
        if program:
            found.append((f"{peer}, first frame", [program, source], first_frame))
        else:
            print(f"{peer} is not installed", file=sys.stderr)
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


def first_frame(words):
    """Wall seconds to the first frame in a terminal, CPU seconds and peak MiB up to the end right after it."""
    start = time.perf_counter()
    child, terminal = pty.fork()
    if child == 0:
        os.environ["TERM"] = "xterm-256color"
        try:
            os.execv(words[0], words)
        finally:
            os._exit(127)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 45, 160, 0, 0))
    written, last = 0, start
    while time.perf_counter() - start < LONGEST:
        ready, _, _ = select.select([terminal], [], [], QUIET)
        if ready:
            try:
                written += len(os.read(terminal, 1 << 16))
            except OSError:
                break
            last = time.perf_counter()
        elif written >= LEAST_FRAME:
            break
    os.kill(child, signal.SIGKILL)
    _, _, used = os.wait4(child, 0)
    os.close(terminal)
    if written < LEAST_FRAME:
        sys.exit(f"compare: `{' '.join(words)}` painted nothing")
    return last - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("files", nargs="+")
    asked = parser.parse_args()
    print(f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, {platform.machine()}, medians of {asked.rounds} rounds\n")
    print("| file | command | wall | of inflate | CPU | of inflate | peak |")
    print("|---|---|---|---|---|---|---|")
    for file in asked.files:
        with tempfile.TemporaryDirectory() as folder:
            listed = commands(file, folder)
            runs = {name: [] for name, _, _ in listed}
            for _ in range(asked.rounds):
                for name, words, measure in listed:
                    runs[name].append(measure(words))
        middle = {name: [statistics.median(column) for column in zip(*rounds)] for name, rounds in runs.items()}
        wall_of, cpu_of, _ = middle["inflate"]
        for name, (wall, cpu, peak) in middle.items():
            ratios = f"{wall * 1000:.0f} ms | {wall / wall_of:.2f} | {cpu * 1000:.0f} ms | {cpu / max(cpu_of, 1e-3):.2f}"
            print(f"| {os.path.basename(file)} | {name} | {ratios} | {peak:.0f} MiB |")


if __name__ == "__main__":
    main()
