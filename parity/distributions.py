# SPDX-License-Identifier: MIT
"""Accuracy and loss on the test samples over many seeds, ours beside the framework's: two-sample Kolmogorov-Smirnov test
with Holm's correction over all comparisons, difference of means with its standard error, difference paired by seed.
Raw values go to FOLDER/distributions.tsv.

usage: distributions.py FOLDER"""
import math
import sys
from statistics import mean, stdev

from compare import table
from experiments import read_results, result_file

NETWORKS, FRAMEWORKS, METRICS, EPOCHS = ("s4-tutorial", "s1-lenet5"), ("pytorch", "keras"), ("accuracy", "loss"), 3


def kolmogorov_smirnov(a, b):
    """Largest distance of the two empirical distributions, and how likely one at least as large is when both samples
    come from one continuous distribution: the share of all paths from (0,0) to (n,m), a step right for a value of a and
    a step up for one of b, that get as far from the diagonal. Where values are equal the true probability is smaller."""
    n, m = len(a), len(b)
    values = sorted(set(a) | set(b))
    # |i/n - j/m| as the integer |i m - j n|
    d = max(abs(sum(x <= v for x in a) * m - sum(x <= v for x in b) * n) for v in values)
    paths = [[0] * (m + 1) for _ in range(n + 1)]  # that stay nearer than d
    for i in range(n + 1):
        for j in range(m + 1):
            if abs(i * m - j * n) < d:
                paths[i][j] = 1 if i == j == 0 else (paths[i - 1][j] if i else 0) + (paths[i][j - 1] if j else 0)
    return d / (n * m), 1 - paths[n][m] / math.comb(n + m, n)


def holm(p):
    """Adjusted values: the k-th smallest of c times c - k + 1, never less than the one before, at most 1."""
    adjusted, largest = [0.0] * len(p), 0.0
    for k, i in enumerate(sorted(range(len(p)), key=p.__getitem__)):
        largest = adjusted[i] = min(1.0, max(largest, (len(p) - k) * p[i]))
    return adjusted


def compared(ours, theirs):
    """Difference of means in standard errors, then mean, standard deviation and t of the differences by seed."""
    difference = mean(ours) - mean(theirs)
    error = math.sqrt(stdev(ours) ** 2 / len(ours) + stdev(theirs) ** 2 / len(theirs))
    by_seed = [a - b for a, b in zip(ours, theirs)]
    spread = stdev(by_seed)
    t = mean(by_seed) / (spread / math.sqrt(len(by_seed))) if spread else 0.0
    return difference, error, spread, t


def main():
    folder = sys.argv[1]
    rows, p_values, raw = [], [], []
    for network in NETWORKS:
        for framework in FRAMEWORKS:
            ours, theirs = (read_results(result_file(folder, side, network, EPOCHS)) for side in ("ours-" + framework, framework))
            seeds = sorted(ours)
            assert seeds == sorted(theirs) and len(seeds) > 1, f"{network}, {framework}: not the same seeds on both sides"
            raw += [(network, framework, s, *(f"{side[s][m]:.6g}" for m in METRICS for side in (ours, theirs))) for s in seeds]
            for metric in METRICS:
                unit, form = (100, ".3f") if metric == "accuracy" else (1, ".5f")
                a, b = ([unit * side[s][metric] for s in seeds] for side in (ours, theirs))
                difference, error, spread, t = compared(a, b)
                distance, p = kolmogorov_smirnov(a, b)
                p_values.append(p)
                rows.append([network, framework, metric + (", %" if unit == 100 else ""), str(len(seeds)),
                             *(f"{mean(x):{form}} ± {stdev(x):{form}}" for x in (a, b)), f"{difference:+{form}} ± {error:{form}}",
                             f"{abs(difference) / error:.2f}", f"± {spread:{form}}", f"{t:+.2f}", f"{distance:.3f}", f"{p:.3f}"])
    for row, p in zip(rows, holm(p_values)):
        row.append(f"{p:.3f}")
    table(["network", "framework", "test", "seeds", "ours", "theirs", "ours - theirs", "in s.e.", "by seed", "t", "KS D", "p", "p (Holm)"], rows)
    with open(f"{folder}/distributions.tsv", "w") as f:
        print("network", "framework", "seed", *(f"{m}_{side}" for m in METRICS for side in ("ours", "theirs")), sep="\t", file=f)
        for row in raw:
            print(*row, sep="\t", file=f)


if __name__ == "__main__":
    main()
