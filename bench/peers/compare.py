#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Run rival commands side by side, in turns, so that noise of the machine hits all alike.

    compare.py [--rounds 7] [--lock FILE] "COMMAND" "COMMAND" ...

Each command is one of the *_bench.py here, or any program that obeys --interactive in the same way: it warms up,
prints `ready`, then answers each line of its standard input (`repeat`, `epoch`, `quit`) and ends with its result line.
Standard output: the result lines, then one table of ratios to the fastest. With --lock, each turn holds that lock.
"""
import argparse
import contextlib
import fcntl
import shlex
import statistics
import subprocess
import sys

import common

p = argparse.ArgumentParser()
p.add_argument("--rounds", type=int, default=7)
p.add_argument("--lock")
p.add_argument("--no-epoch", action="store_true")
p.add_argument("commands", nargs="+")
args = p.parse_args()


@contextlib.contextmanager
def turn():
    if not args.lock:
        yield
        return
    with open(args.lock, "w") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        yield


class Rival:
    def __init__(self, command):
        self.p = subprocess.Popen(shlex.split(command) + ["--interactive"], text=True, bufsize=1,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.command, self.alive = command, self.read("ready") is not None

    def read(self, word):
        for line in self.p.stdout:
            if line.startswith(word):
                return line.rstrip("\n")

    def ask(self, word, answer=None):
        with turn():
            self.p.stdin.write(word + "\n")
            return self.read(answer or word)


rivals = []
for command in args.commands:
    with turn():
        rival = Rival(command)
    if rival.alive:
        rivals.append(rival)
    else:
        print("failed:", command, file=sys.stderr)
times = {r: [] for r in rivals}
for _ in range(args.rounds):
    for r in rivals:
        times[r].append(float(r.ask("repeat").split("\t")[1]))
if not args.no_epoch:
    for r in rivals:
        r.ask("epoch")
print(*common.COLUMNS, sep="\t")
names = {}
for r in rivals:
    r.p.stdin.write("quit\n")
    line = r.p.stdout.readline().rstrip("\n")
    names[r] = " ".join(line.split("\t")[i] for i in (0, 2))
    print(line, flush=True)
best = min(rivals, key=lambda r: statistics.median(times[r]))
print(f"# times the fastest ({names[best]}): median of the rounds' ratios (smallest - largest)")
for r in rivals:
    ratios = sorted(a / b for a, b in zip(times[r], times[best]))
    print(f"# {names[r]:28} {statistics.median(ratios):7.2f} ({ratios[0]:.2f} - {ratios[-1]:.2f})")
