# SPDX-License-Identifier: MIT
"""The same experiments by nn-train, under the rules and from the random numbers of the framework that --like names."""
import os
import subprocess
import tempfile
import time

import h5py

from experiments import EXPERIMENTS, add_result, command_line, missing, result_file


def train(network, like, data, epochs, seed, a):
    e = EXPERIMENTS[network]
    environment = {**os.environ, "NN_ISA": "avx2"} if a.other_kernels else None
    with tempfile.TemporaryDirectory() as folder:
        model = f"{folder}/model.h5"
        subprocess.run(["nn-train", "-q", "--like", like, "--seed", str(seed), "--model", e["model"][like], "--batch", str(e["batch"]),
                        "--epochs", str(epochs), *e.get("options", {}).get(like, []), "--history-every", "1", "--test",
                        "--device", "ref" if a.double else "cpu", "--threads", str(a.threads), "-o", model, f"{data}/{e['data']}.h5"],
                       check=True, env=environment)
        with h5py.File(model) as f:
            return f["steps/loss"][:].tolist(), float(f["metrics/test/loss"][()]), float(f["metrics/test/accuracy"][()])


def main():
    parser = command_line(__doc__)
    parser.add_argument("--like", required=True, choices=["pytorch", "keras"])
    parser.add_argument("--threads", type=int, default=1)
    a = parser.parse_args()
    version = subprocess.run(["nn-train", "--version"], check=True, capture_output=True, text=True).stdout.splitlines()[0]
    path = result_file(a.out, f"ours-{a.like}", a.network, a.epochs, a)
    for seed in missing(path, a.seeds):
        began = time.time()
        steps, loss, accuracy = train(a.network, a.like, a.data, a.epochs, seed, a)
        add_result(path, seed=seed, loss=loss, accuracy=accuracy, seconds=round(time.time() - began, 1), steps=steps,
                   versions={"nn-tools": version.split()[-1]})


main()
