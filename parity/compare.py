# SPDX-License-Identifier: MIT
"""Step losses of one whole epoch side by side: at which step two runs first differ by more than 1e-6, 1e-5 and 1e-4
(relative), and by how much at most; their accuracies on the test samples.

usage: compare.py FOLDER [SEED]"""
import sys

from experiments import EXPERIMENTS, read_results, result_file

LIMITS = (1e-6, 1e-5, 1e-4)
HEADING = ["network", "framework", "steps", *(f"> {limit:.0e}".replace("e-0", "e-") for limit in LIMITS), "largest"]


def differences(ours, theirs):
    assert len(ours) == len(theirs), f"{len(ours)} steps beside {len(theirs)}"
    return [abs(a - b) / abs(b) for a, b in zip(ours, theirs)]


def row(network, framework, a, b):
    d = differences(a["steps"], b["steps"])
    first = [next((str(i) for i, x in enumerate(d, 1) if x > limit), "never") for limit in LIMITS]
    return [network, framework, str(len(d)), *first, f"{max(d):.1e}"]


def table(heading, rows):
    widths = [max(map(len, column)) for column in zip(heading, *rows)]
    for cells in (heading, ["-" * w for w in widths], *rows):
        print("| " + " | ".join(c.ljust(w) for c, w in zip(cells, widths)) + " |")
    print()


def main():
    folder, seed = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1

    def result(side, network):
        return read_results(result_file(folder, side, network, 1)).get(seed)

    def pairs(one, other):
        """Of all networks and frameworks of which both runs exist; F in a side's name stands for the framework's."""
        for network in EXPERIMENTS:
            for framework in ("pytorch", "keras"):
                a, b = (result(side.replace("F", framework), network) for side in (one, other))
                if a and b:
                    yield network, framework, a, b

    def compared(one, other):
        table(HEADING, [row(*pair) for pair in pairs(one, other)])

    print(f"Ours against the framework, seed {seed}, float32:\n")
    table([*HEADING, "accuracy theirs", "ours"],
          [row(n, f, a, b) + [f"{100 * b['accuracy']:.2f} %", f"{100 * a['accuracy']:.2f} %"] for n, f, a, b in pairs("ours-F", "F")])
    print("The framework against itself with other kernels (the same numbers added in another order), float32:\n")
    compared("F-other-kernels", "F")
    print("Ours against the framework, both in float64:\n")
    compared("ours-F-double", "F-double")
    versions = {}
    for _, _, a, b in pairs("ours-F", "F"):
        versions |= a["versions"] | b["versions"]
    print("Versions: " + ", ".join(f"{name} {version}" for name, version in versions.items()))


if __name__ == "__main__":
    main()
