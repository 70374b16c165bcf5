# SPDX-License-Identifier: MIT
"""Writes statistics.json: groups of values, and what SciPy and statsmodels say of them.

The bootstrap is drawn here with a Philox 4x32-10 of Python's own integers, after Salmon et al. (SC 2011) and the key that
lib/base/rng.h describes, and its percentiles are numpy's. Run by make.sh with SciPy 1.17 and statsmodels 0.15.
"""
import json
import pathlib
import warnings

import numpy as np
from scipy import special, stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestIndPower, TTestPower

warnings.simplefilter("ignore")
MASK = (1 << 64) - 1


class Philox:
    """The stream of words, and numbers 0..n-1 drawn from two words each."""

    def __init__(self, seed, use):
        h = 0xCBF29CE484222325
        for byte in use.encode():
            h = (h ^ byte) * 0x100000001B3 & MASK
        self.key, self.index, self.block = self.mixed(seed + self.mixed(h) & MASK), 0, None

    @staticmethod
    def mixed(x):
        x = x + 0x9E3779B97F4A7C15 & MASK
        x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & MASK
        x = (x ^ x >> 27) * 0x94D049BB133111EB & MASK
        return x ^ x >> 31

    def word(self):
        if self.index % 4 == 0:
            i = self.index // 4
            c, k = [i & 0xFFFFFFFF, i >> 32, 0, 0], [self.key & 0xFFFFFFFF, self.key >> 32]
            for _ in range(10):
                a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
                c = [b >> 32 ^ c[1] ^ k[0], b & 0xFFFFFFFF, a >> 32 ^ c[3] ^ k[1], a & 0xFFFFFFFF]
                k = [k[0] + 0x9E3779B9 & 0xFFFFFFFF, k[1] + 0xBB67AE85 & 0xFFFFFFFF]
            self.block = c
        self.index += 1
        return self.block[(self.index - 1) % 4]

    def below(self, n):
        while True:
            value = self.word() << 32 | self.word()
            if value >= (1 << 64) % n:
                return value % n


def drawn(stream, strata):
    """The mean of as many values of each stratum, drawn with replacement."""
    values = [group[stream.below(len(group))] for group in strata for _ in group]
    return float(np.mean(values))


def percentiles(draw, seed, resamples, level):
    stream = Philox(seed, "bootstrap")
    means = [draw(stream) for _ in range(resamples)]
    return [float(q) for q in np.quantile(means, [(1 - level) / 2, (1 + level) / 2])]


def number(x):
    x = float(x)
    return x if np.isfinite(x) else None


def group(values, level):
    x = np.array(values)
    low, high = stats.t.interval(level, len(x) - 1, loc=x.mean(), scale=stats.sem(x)) if len(x) > 1 else (None, None)
    return {
        "values": values, "mean": number(x.mean()), "sd": number(x.std(ddof=1)) if len(x) > 1 else None,
        "median": number(np.median(x)), "iqm": number(stats.trim_mean(x, 0.25)),
        "quantiles": [number(q) for q in np.quantile(x, [0, 0.1, 0.25, 0.6, 1])],
        "interval": [low, high],
    }


def hedges(d, freedom):
    return d * special.gamma(freedom / 2) / (np.sqrt(freedom / 2) * special.gamma((freedom - 1) / 2))


def pair(a, b, level):
    x, y = np.array(a), np.array(b)
    n, m = len(x), len(y)
    welch = stats.ttest_ind(x, y, equal_var=False)
    rank = stats.mannwhitneyu(x, y)
    pooled = np.sqrt(((n - 1) * x.var(ddof=1) + (m - 1) * y.var(ddof=1)) / (n + m - 2))
    d = (x.mean() - y.mean()) / pooled
    out = {
        "x": a, "y": b,
        "welch": {"t": number(welch.statistic), "p": number(welch.pvalue), "freedom": number(welch.df),
                  "interval": [number(v) for v in welch.confidence_interval(level)]},
        "mann_whitney": {"statistic": number(rank.statistic), "p": number(rank.pvalue)},
        # rliable.metrics.probability_of_improvement of one task
        "larger": number(stats.mannwhitneyu(x, y, alternative="greater").statistic / (n * m)),
        "cohen": number(d), "hedges": number(hedges(d, n + m - 2)) if n + m < 300 else None,
    }
    if n == m:
        t, w, e = stats.ttest_rel(x, y), stats.wilcoxon(x, y), x - y
        dz = e.mean() / e.std(ddof=1)
        out["paired"] = {"t": number(t.statistic), "p": number(t.pvalue),
                         "interval": [number(v) for v in t.confidence_interval(level)]}
        out["wilcoxon"] = {"statistic": number(w.statistic), "p": number(w.pvalue)}
        out["cohen_z"], out["hedges_z"] = number(dz), number(hedges(dz, n - 1)) if 2 < n < 300 else None
    return out


def main():
    rng = np.random.default_rng(20261130)
    level = 0.95
    x5 = [0.9123, 0.9087, 0.9151, 0.9102, 0.9066]
    y5 = [0.9094, 0.9071, 0.9089, 0.9103, 0.9032]
    shares = lambda n, p: [round(float(v), 4) for v in rng.binomial(10000, p, n) / 10000]
    groups = [[0.5], [0.25, 0.75], x5, y5, [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0],
              [float(v) for v in rng.normal(size=40)], [1e9 + v for v in x5], [-3.0, 1e-9, 2.5e7, 4.0]]
    pairs = [
        (x5, y5), (x5[:2], y5[:2]), (x5, y5[:3]), (x5[:3], [0.5, 0.6, 0.4]),
        ([1.0, 2.0, 3.0, 4.0], [1.5, 2.0, 2.5, 6.0]),  # a zero difference
        ([0.25, 0.5, 0.75, 0.5], [0.5, 0.75, 0.5, 0.25]),  # ties
        ([float(v) for v in rng.normal(0.3, 1, 13)], [float(v) for v in rng.normal(0, 1, 13)]),
        (shares(12, 0.91), shares(12, 0.908)),
        (shares(20, 0.91), shares(20, 0.905)),
        ([float(v) for v in rng.normal(0.1, 1, 50)], [float(v) for v in rng.normal(0, 2, 50)]),
        ([float(v) for v in rng.normal(0.1, 1, 51)], [float(v) for v in rng.normal(0, 2, 51)]),
        ([float(v) for v in rng.normal(0.1, 1, 8)], [float(v) for v in rng.normal(0, 2, 30)]),
        ([float(v) for v in rng.normal(0.1, 1, 200)], [float(v) for v in rng.normal(0, 2, 200)]),
        ([10.0, 10.1, 10.2, 9.9, 10.05], [0.1, 0.0, -0.1, 0.2, 0.05]),  # far apart: small p
        ([float(v) for v in rng.integers(0, 4, 30)], [float(v) for v in rng.integers(1, 5, 30)]),  # many ties and zeros
    ]
    families = [[0.01, 0.04, 0.03, 0.005], [0.2], [0.5, 0.6, 0.001, 0.001, 0.9], [0.04, 0.05, 0.049]]
    tables = [(0, 0), (1, 0), (3, 10), (5, 5), (0, 12), (121, 159), (812, 700)]
    effects = [(0.5, False), (0.5, True), (1.2, False), (1.2, True), (-2.3, False), (-2.3, True), (0.05, False)]
    strata = [[0.9123, 0.9087, 0.9151, 0.9102, 0.9066], [0.5, 0.75, 0.625]]
    other = [[0.9, 0.91, 0.905], [0.5, 0.51]]
    out = {
        "versions": {"scipy": __import__("scipy").__version__, "statsmodels": __import__("statsmodels").__version__},
        "level": level,
        "student": [{"t": t, "freedom": f, "two_tails": number(2 * stats.t.sf(t, f))}
                    for f in (1, 2, 4, 7.3, 30, 1000) for t in (0.0, 0.01, 0.5, 1.96, 5.0, 40.0)],
        "quantile": [{"p": p, "freedom": f, "t": number(stats.t.isf(p / 2, f))}
                     for f in (1, 2, 3.7, 9, 500) for p in (0.9, 0.05, 0.01, 1e-6)],
        "noncentral": [{"t": t, "freedom": f, "shift": s, "tail": number(stats.nct.sf(t, f, s))}
                       for f in (1, 4, 38) for t in (0.5, 2.1, 12.7) for s in (-2.0, 0.5, 3.0, 12.0)],
        "normal": [{"z": z, "tail": number(stats.norm.sf(z))} for z in (-3.0, 0.0, 0.5, 1.96, 8.0, 20.0)],
        "groups": [group(g, level) for g in groups],
        "pairs": [pair(a, b, level) for a, b in pairs],
        "holm": [{"p": p, "corrected": [number(v) for v in multipletests(p, method="holm")[1]]} for p in families],
        "mcnemar": [{"only_x": b, "only_y": c, "p": number(mcnemar([[100, b], [c, 100]], exact=True).pvalue)}
                    for b, c in tables],
        "power": [],
        "bootstrap": {
            "seed": 7, "resamples": 400, "strata": strata, "other": other,
            "mean": percentiles(lambda s: drawn(s, strata), 7, 400, level),
            "difference": percentiles(lambda s: drawn(s, strata) - drawn(s, other), 7, 400, level),
        },
    }
    for d, paired in effects:
        test = TTestPower() if paired else TTestIndPower()
        known = lambda n: float(test.power(d, n, 0.05))
        assert all(np.isfinite(known(n)) for n in (2, 5, 20))
        wanted = 2
        while known(wanted) < 0.8:
            wanted += 1
        out["power"].append({"d": d, "paired": paired, "n": [2, 5, 20], "power": [known(n) for n in (2, 5, 20)],
                             "runs": wanted})
    path = pathlib.Path(__file__).with_name("statistics.json")
    path.write_text(json.dumps(out, indent=1, allow_nan=False) + "\n")


if __name__ == "__main__":
    main()
