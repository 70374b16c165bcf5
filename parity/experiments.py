# SPDX-License-Identifier: MIT
"""The experiments that both sides run, as nn-train is told of them; train_torch.py and train_keras.py have them in the
frameworks' own words. A network that users write otherwise in each framework has a text for each."""
import json
import os


def everywhere(text):
    return {"pytorch": text, "keras": text}


# he_normal of Keras is a truncated normal, kaiming_normal_ of PyTorch a plain one. Keras users write an L2 penalty of the
# kernels, which is part of the loss; PyTorch users the optimizer's weight_decay, which is not.
PERCEPTRON = "flatten dense:512,init={0}{1} relu dropout:0.5 dense:128,init={0}{1} relu dropout:0.5 dense:10{1}"

EXPERIMENTS = {
    "s0-fashioncnn": {"data": "fashion-normalized", "batch": 64, "model": everywhere("fashion-cnn")},
    "s1-lenet5": {"data": "fashion", "batch": 128, "model": everywhere("lenet5")},
    "s2-sigmoid-adam": {"data": "mnist", "batch": 128, "model": everywhere("mlp-sigmoid")},
    "s2-sigmoid-rmsprop": {"data": "mnist", "batch": 128, "model": everywhere("mlp-sigmoid"),
                           "options": everywhere(["--optimizer", "rmsprop", "--lr", "1e-3"])},
    "s2-he-dropout": {"data": "mnist", "batch": 128,
                      "model": {"pytorch": PERCEPTRON.format("kaiming_normal", ""), "keras": "mlp-he-dropout"}},
    "s2-he-dropout-l2": {"data": "mnist", "batch": 128,
                         "model": {"pytorch": PERCEPTRON.format("kaiming_normal", ""), "keras": PERCEPTRON.format("he_normal", ",l2=1e-4")},
                         "options": {"pytorch": ["--optimizer", "adam,weight-decay=1e-4"], "keras": []}},
    "s4-tutorial": {"data": "mnist-val", "batch": 128, "model": everywhere("mlp-tutorial")},
}

# A result is one line of JSON in a file SIDE.NETWORK.EPOCHS.jsonl; a seed that is there already is not run again. Sides:
# pytorch, keras, ours-pytorch, ours-keras, and as X-double and X-other-kernels the checks of how far rounding alone goes.


def result_file(folder, side, network, epochs, variant=None):
    if variant and variant.double:
        side += "-double"
    if variant and variant.other_kernels:
        side += "-other-kernels"
    return os.path.join(folder, f"{side}.{network}.{epochs}.jsonl")


def read_results(path):
    """{seed: result}"""
    if not os.path.exists(path):
        return {}
    with open(path) as lines:
        return {r["seed"]: r for r in map(json.loads, lines)}


def missing(path, seeds):
    done = read_results(path)
    return [s for s in seeds if s not in done]


def add_result(path, **result):
    with open(path, "a") as f:
        f.write(json.dumps(result) + "\n")


def seed_list(text):
    """1:30 or 1,5,7"""
    if ":" in text:
        first, last = map(int, text.split(":"))
        return list(range(first, last + 1))
    return [int(s) for s in text.split(",")]


def command_line(description):
    import argparse
    p = argparse.ArgumentParser(description=description)
    p.add_argument("--network", required=True, choices=EXPERIMENTS)
    p.add_argument("--data", required=True, help="folder of the prepared files")
    p.add_argument("--epochs", type=int, default=1)
    p.add_argument("--seeds", type=seed_list, default=[1], help="1:30 or 1,5,7")
    p.add_argument("--out", required=True, help="folder of the results")
    p.add_argument("--double", action="store_true", help="compute in float64, from the same float32 weights")
    p.add_argument("--other-kernels", action="store_true", help="compute in float32 with other kernels, hence in another order")
    return p


def arrays(path):
    """{split: (pixels N,1,28,28 as integers, labels)} of a prepared file; the scaling is each script's own."""
    import h5py
    with h5py.File(path) as f:
        return {s: (f[s]["images"][:], f[s]["labels"][:]) for s in ("train", "val", "test") if s in f}
