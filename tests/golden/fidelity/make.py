#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the small recordings that the tests of fidelity read, out of the project's full fixtures and real data sets.

    python3 make.py FIXTURES DATASETS

FIXTURES holds what the frameworks computed (run/, trace/, sched/, optim/: PyTorch 2.15, Keras 3.15 on TensorFlow, JAX and
torch); DATASETS holds mnist/ and fashion-mnist/ as published (Y. LeCun, C. Cortes, C. Burges; Zalando Research, MIT).
Kept are the first 1280 training samples of each, all that the recordings use, and of the recordings what the tests compare.
"""
import gzip
import json
import struct
import sys
from pathlib import Path

fixtures, datasets, here = Path(sys.argv[1]), Path(sys.argv[2]), Path(__file__).parent
SAMPLES = 1280
SETTINGS = ("layers", "data", "scale", "seed", "batch", "epochs", "steps", "train", "val", "optimizer", "l2", "init", "initial_weights")


def cut(source, name):
    data = gzip.decompress(source.read_bytes())
    rank = data[3]
    extents = struct.unpack(f">{rank}I", data[4:4 + 4 * rank])
    row = len(data[4 + 4 * rank:]) // extents[0]
    body = data[:4] + struct.pack(f">{rank}I", SAMPLES, *extents[1:]) + data[4 + 4 * rank:][:SAMPLES * row]
    (here / name).write_bytes(gzip.compress(body, 9, mtime=0))


def write(name, entries):
    (here / name).write_text("[\n" + ",\n".join(json.dumps(e) for e in entries) + "\n]\n")


def framework(path, run):
    backend = run["versions"].get("backend")
    if path.name.endswith(".torch.json"):
        return "pytorch"
    return "keras" if backend in (None, "tensorflow") else "keras-" + backend


def entry(path, **values):
    run = json.loads(path.read_text())
    kept = {"name": path.name.removesuffix(".json"), "like": framework(path, run), "versions": run["versions"]}
    kept.update({key: run[key] for key in SETTINGS if key in run})
    kept.update({key: value(run) for key, value in values.items()})
    return kept


def val_loss(run):
    history = run["epochs_history"]
    return history["val_loss"] if isinstance(history, dict) else [epoch["val_loss"] for epoch in history]


for name in ("mnist", "fashion-mnist"):
    for kind in ("images-idx3", "labels-idx1"):
        cut(datasets / name / f"train-{kind}-ubyte.gz", f"{name}-{kind}-ubyte.gz")
write("runs.json", [entry(p, step_loss=lambda r: r["step_loss"], val_loss=val_loss) for p in sorted((fixtures / "run").glob("*.json"))])
# The trace with dropout draws its masks without a loader between, which no training of ours does.
write("traces.json", [entry(p, loss=lambda r: r["float64"]["loss"]) for p in sorted((fixtures / "trace").glob("*.json")) if "dropout" not in p.name])
for name in ("torch", "keras"):
    recorded = json.loads((fixtures / "sched" / f"{name}.json").read_text())
    write(f"schedules-{name}.json", recorded["schedules"])
clipped = json.loads((fixtures / "optim" / "torch.json").read_text())
write("clipping.json", [{"start": clipped["start"], "gradients": clipped["gradients"], **{k: v for k, v in e.items() if k != "bits32"}}
                        for e in clipped["optimizers"] if "clip_norm" in e or "clip_value" in e])
