# SPDX-License-Identifier: MIT
"""What the benchmark scripts share: the experiments, the data, the clock, the output line.

A framework script builds an object with three members and calls main():
    version            text
    steps(n)           train n steps, return (seconds, loss of the last step)
    epoch()            train one epoch, data handling included, return seconds
"""
import argparse
import gzip
import os
import resource
import statistics
import sys
import time
from pathlib import Path

import numpy as np

# dataset, batch, steps timed in one repetition
NETS = {
    "s0": ("fashion-mnist", 64, 50),
    "s1": ("fashion-mnist", 128, 200),
    "s2": ("mnist", 128, 200),
    "s3": ("random", 128, 170),
    "s4": ("mnist", 128, 469),
    "resnet20": ("10000x3x32x32:10", 128, 10),
    "mobilenetv2": ("10000x3x32x32:10", 64, 10),
    "resnet18": ("256x3x224x224:1000", 32, 2),
}
BRANCHING = ("resnet20", "mobilenetv2", "resnet18")  # what branches.py defines
THREADS = 2
COLUMNS = ("framework version mode net batch threads ms_min ms_median ms_max "
           "samples_per_s epoch_s start_s rss_mb train_loss").split()


def seconds_since_start():
    """Seconds since the kernel started this process: interpreter and imports included."""
    ticks = int(Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()[19])
    uptime = float(Path("/proc/uptime").read_text().split()[0])
    return uptime - ticks / os.sysconf("SC_CLK_TCK")


def peak_rss_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def read_idx(path):
    raw = gzip.open(path).read()
    ndim = raw[3]
    shape = [int.from_bytes(raw[4 + 4 * i:8 + 4 * i], "big") for i in range(ndim)]
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * ndim).reshape(shape)


def load(net, data_dir, split="train"):
    """(N, 28, 28) or (N, 3, H, W) uint8 images or (N, 768) float32 features, and int labels."""
    name = NETS[net][0]
    if ":" in name:  # random bytes of that shape: only the speed counts
        rng = np.random.default_rng(0)
        shape, classes = name.split(":")
        shape = [int(n) for n in shape.split("x")]
        return rng.integers(0, 256, shape, dtype=np.uint8), rng.integers(0, int(classes), shape[0])
    if name == "random":
        rng = np.random.default_rng(0)
        y = rng.integers(0, 5, 2225)
        x = rng.standard_normal((2225, 768), dtype=np.float32)
        x[np.arange(2225), y] += 3
        return x, y.astype(np.int64)
    prefix = {"train": "train", "test": "t10k"}[split]
    folder = Path(data_dir) / name
    return (read_idx(folder / f"{prefix}-images-idx3-ubyte.gz"),
            read_idx(folder / f"{prefix}-labels-idx1-ubyte.gz").astype(np.int64))


def scaled(net, x):
    """What every network sees: features as they are, pixels in [0,1], or [-1,1] for s0."""
    if net == "s3":
        return x
    x = x.astype(np.float32) / 255
    return (x - 0.5) / 0.5 if net == "s0" else x


def arguments(modes, **extra):
    p = argparse.ArgumentParser()
    p.add_argument("--net", choices=NETS, required=True)
    p.add_argument("--mode", choices=modes, default="best")
    p.add_argument("--data", default=os.environ.get("NN_DATA", "."), help="folder of mnist/ and fashion-mnist/")
    p.add_argument("--steps", type=int, help="steps in one repetition")
    p.add_argument("--repeat", type=int, default=7)
    p.add_argument("--no-epoch", action="store_true", help="do not time a whole epoch")
    p.add_argument("--interactive", action="store_true", help="obey compare.py")
    for name, options in extra.items():
        p.add_argument("--" + name, **options)
    a = p.parse_args()
    a.dataset, a.batch, steps = NETS[a.net]
    a.steps = a.steps or steps
    return a


def main(framework, args, bench):
    """Warm up, repeat, time one epoch, print one line. Under compare.py each part waits for its turn."""
    say = lambda *words: print(*words, sep="\t", flush=True)
    _, loss = bench.steps(1)
    start = seconds_since_start()
    bench.steps(args.steps)
    ms, epoch = [], float("nan")
    if args.interactive:
        say("ready")
    for word in (map(str.strip, sys.stdin) if args.interactive
                 else ["repeat"] * args.repeat + ["epoch"] * (not args.no_epoch)):
        if word == "repeat":
            seconds, loss = bench.steps(args.steps)
            ms.append(seconds / args.steps * 1e3)
        elif word == "epoch":
            epoch = bench.epoch()
        elif word == "quit":
            break
        if args.interactive:
            say(word, ms[-1] if word == "repeat" else epoch)
    median = statistics.median(ms)
    say(framework, bench.version, args.mode, args.net, args.batch, THREADS,
        *(f"{v:.4f}" for v in (min(ms), median, max(ms))), f"{args.batch / median * 1e3:.0f}",
        f"{epoch:.3f}", f"{start:.2f}", f"{peak_rss_mb():.0f}", f"{loss:.4f}")
