# SPDX-License-Identifier: MIT
"""tensorboard_reader.py DUMPED LOGS HISTOGRAMS [again | BEFORE RATE]: what TensorBoard's own reader makes of LOGS/train and LOGS/validation,
held against history/ and weights/ of the model (raw numbers in DUMPED). HISTOGRAMS: every so many epochs, 0 for none.
again: LOGS has an earlier run, too, which TensorBoard hides and scripts with the simple reader see.
BEFORE RATE: DUMPED is BEFORE (dumped likewise) after one more step of plain gradient descent at that rate; so the last
histograms of gradients are those of the difference of their weights."""
import os
import sys

import numpy as np
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator as SimpleReader
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator
from tensorboard.plugins.histogram import summary_v2
from tensorboard.util import tensor_util

dumped, logs, every = sys.argv[1], sys.argv[2], int(sys.argv[3])
history = {name: np.fromfile(os.path.join(dumped, "history", name), "<f8") for name in os.listdir(dumped + "/history")}
epochs = history["epoch"].astype(int).tolist()
wrong = []


def check(what, truth):
    if not truth:
        wrong.append(what)


def load(run):
    reader = EventAccumulator(os.path.join(logs, run), {"tensors": 0})
    return reader.Reload()


def check_simple(run, tag):
    if sys.argv[4:] != ["again"]:
        reader = SimpleReader(os.path.join(logs, run), {"tensors": 0}).Reload()
        steps = [e.step for e in reader.Tensors(tag)]
        check(f"{run}/{tag}, simple reader: steps {steps} for epochs {epochs}", steps == epochs)


def arrays(reader, tag):
    return {e.step: tensor_util.make_ndarray(e.tensor_proto) for e in reader.Tensors(tag)}


def check_scalars(reader, run, columns):
    tags = reader.PluginTagToContent("scalars")
    check(f"{run}: scalars {sorted(tags)} for {sorted(columns)}", set(tags) == set(columns))
    for tag in set(tags) & set(columns):
        found = [(e.step, tensor_util.make_ndarray(e.tensor_proto).item()) for e in reader.Tensors(tag)]
        check(f"{run}/{tag}: steps {[s for s, _ in found]} for epochs {epochs}", [s for s, _ in found] == epochs)
        expected = columns[tag].astype(np.float32)
        check_simple(run, tag)
        check(f"{run}/{tag}: values", np.array_equal([v for _, v in found], expected, equal_nan=True))


def check_gradient(reader, path, tag, tags):
    check(f"no gradient of {path}", tag in tags)
    size = np.fromfile(os.path.join(dumped, "weights", path), "<f4").size
    for step, table in (arrays(reader, tag) if tag in tags else {}).items():
        check(f"{tag} of epoch {step}: {table[:, 2].sum()} values for {size}", table[:, 2].sum() == size)
        # A bias in front of a batch norm has no gradient but rounding; a weight has one.
        check(f"{tag} of epoch {step}: all zero", not path.endswith("weight") or np.abs(table[:, :2]).max() > 1e-6)
    if sys.argv[4:] in ([], ["again"]) or tag not in tags or not path.endswith("weight"):
        return
    before, rate = sys.argv[4], float(sys.argv[5])
    w0, w1 = (np.fromfile(os.path.join(folder, "weights", path), "<f4").astype(float) for folder in (before, dumped))
    gradient, found = (w0 - w1) / rate, arrays(reader, tag)[epochs[-1]]
    near = 1e-3 * np.abs(gradient).max()  # weights are float32, so their difference is rounded
    check(f"{tag}: from {found[0, 0]} to {found[-1, 1]}, not {gradient.min()} to {gradient.max()}",
          abs(found[0, 0] - gradient.min()) < near and abs(found[-1, 1] - gradient.max()) < near)
    below = [np.count_nonzero(gradient < right) for right in found[:-1, 1]]
    check(f"{tag}: other counts than those of the weights' difference", np.abs(np.cumsum(found[:-1, 2]) - below).max() <= 1 + size // 50)


def check_histograms(reader):
    tags = reader.PluginTagToContent("histograms")
    expected_steps = [e for e in epochs if (e - 1) % every == 0]
    paths = [os.path.relpath(os.path.join(folder, name), dumped + "/weights")
             for folder, _, names in os.walk(dumped + "/weights") for name in names
             if name in ("weight", "bias", "running_mean", "running_var")]  # the others are scales of axes
    check(f"histograms {sorted(tags)}", {p + "/histogram" for p in paths} <= set(tags))
    for path in paths:
        if "running" not in path:
            check_gradient(reader, path, path + "/gradient/histogram", tags)
    for tag in tags:
        check(f"{tag}: steps", [e.step for e in reader.Tensors(tag)] == expected_steps)
        check(f"{tag}: form", all(a.shape == (30, 3) for a in arrays(reader, tag).values()))
    if expected_steps[-1] != epochs[-1]:
        return
    for path in paths:  # the last ones are those of the weights in the model, made by TensorBoard itself
        weights = np.fromfile(os.path.join(dumped, "weights", path), "<f4")
        own = tensor_util.make_ndarray(summary_v2.histogram_pb("x", weights).value[0].tensor)
        check(f"{path}: buckets", np.allclose(arrays(reader, path + "/histogram")[epochs[-1]], own, rtol=1e-14, atol=0))


train = load("train")
check_scalars(train, "train", {"epoch_" + name: values for name, values in history.items()
                               if not name.startswith("val_") and name not in ("epoch", "seconds")})
validated = {"epoch_" + name[4:]: values for name, values in history.items() if name.startswith("val_")}
if validated:
    check_scalars(load("validation"), "validation", validated)
if every:
    check_histograms(train)
table = arrays(train, "options")
check("options at step 0", list(table) == [0])
cells = {name.decode(): text.decode() for name, text in table[0]}
check(f"options {cells}", cells["batch"] in ("`32`", "`2000`") and "dense:16" in cells["layers"])
nodes = {node.name: list(node.input) for node in train.Graph().node}
check(f"graph {nodes}", any(name.startswith("conv1") for name in nodes)
      and all(i in nodes for inputs in nodes.values() for i in inputs) and {name for name, inputs in nodes.items() if not inputs} == {"input", "labels"}
      and nodes["loss"][1:] == ["labels"])
for line in wrong:
    print(line)
sys.exit(bool(wrong))
