#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Records small trainings in float64: loss of each epoch and the weights at the end, for the options around an optimizer.

    make.py torch > torch.json                               needs torch
    KERAS_BACKEND=tensorflow make.py keras > keras.json      needs keras and tensorflow

Recorded with torch 2.15.0; keras 3.15.1 on tensorflow 2.21.0; x86-64.
Weights start as the seed gives them in float32; samples come in order, in batches of 4, for 3 epochs. "options" are those
of nn-train; clip_norm is of all gradients together in torch (clip_grad_norm_), of each variable in Keras (clipnorm). torch:
penalties are not in the loss that is reported, which is the mean over batches.
Weights are in PyTorch's axis order.
"""
import json
import os
import sys

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = ""
SEED, BATCH, EPOCHS, WIDTH = 3, 4, 3, 3
X = np.array([[((7 * i + 5 * j * j + 3) % 13 - 6) / 4 for j in range(WIDTH)] for i in range(14)], np.float32)
Y = np.array([(5 * i + i * i) % 3 for i in range(14)])
NET, NORM, ONE = "dense:4 tanh dense:3", "dense:4 bn tanh dense:3", "dense:3,bias=false"
CASES = [
    (NET, 12, {"optimizer": "sgd", "rate": 0.1}), (NET, 14, {"optimizer": "adam", "rate": 0.01}),
    (NET, 12, {"optimizer": "sgd", "rate": 0.5, "clip_value": 0.05}), (ONE, 12, {"optimizer": "sgd", "rate": 0.5, "clip_norm": 0.2}),
    (ONE, 12, {"optimizer": "adam", "rate": 0.1, "clip_norm": 0.2}),
    (NET, 12, {"optimizer": "sgd", "rate": 0.1, "class_weight": "1,2,0.5"}), (NET, 12, {"optimizer": "sgd", "rate": 0.1, "label_smoothing": 0.1}),
    (NET, 12, {"optimizer": "sgd", "rate": 0.1, "ema": 0.75}), (NET, 12, {"optimizer": "adam", "rate": 0.05, "accumulate": 3}),
    ("dense:4,l2=0.05 tanh dense:3,l1=0.02", 12, {"optimizer": "sgd", "rate": 0.1}), ("dense:4,l2=0.05 tanh dense:3,l1=0.02", 12, {"optimizer": "adam", "rate": 0.05}),
    ("dense:4 prelu dense:3", 12, {"optimizer": "sgd", "rate": 0.1}), ("dense:4 prelu dense:3", 14, {"optimizer": "adam", "rate": 0.05}),
    (NORM, 14, {"optimizer": "sgd", "rate": 0.1}), (NET, 14, {"optimizer": "sgd", "rate": 0.5, "clip_norm": 0.2}),
]
BRANCHES = "dense:4 tanh 2*( res( dense:4 tanh dense:4 | ) tanh ) cat( dense:2 tanh | dense:3 | ) gate( dense:9 sigmoid ) res( dense:3,bias=false bn | dense:3 )"
CASES += [(BRANCHES, 12, {"optimizer": "sgd", "rate": 0.1}), (BRANCHES, 14, {"optimizer": "adam", "rate": 0.05, "ema": 0.75})]
TORCH_ONLY = [(NET, 12, {"optimizer": "sgd", "rate": 0.1, "class_weight": "1,2,0.5", "label_smoothing": 0.2})]
# In torch a script decides about batches left at the end of an epoch.
KERAS_ONLY = [(NET, 14, {"optimizer": "adam", "rate": 0.05, "accumulate": 3}), (NET, 14, {"optimizer": "sgd", "rate": 0.1, "accumulate": 3, "ema": 0.75})]


def tree(net):
    """[(kind, number, options)] of layers, [(kind, [branch, ...], {})] of brackets; a repeat is written out."""
    def sequence():
        items = []
        while tokens and tokens[0] not in ("|", ")"):
            word = tokens.pop(0)
            if word.endswith("*("):
                before = list(tokens)
                for _ in range(int(word[:-2])):
                    tokens[:] = before
                    items += sequence()
                    tokens.pop(0)
            elif word.endswith("("):
                branches = [sequence()]
                while tokens.pop(0) == "|":
                    branches.append(sequence())
                items.append((word[:-1], branches, {}))
            else:
                kind, _, rest = word.partition(":")
                parts = rest.split(",") if rest else []
                items.append((kind, int(parts[0]) if parts else 0, dict(p.split("=") for p in parts[1:])))
        return items

    tokens = net.split()
    return sequence()


def numbers(array):
    return [float(v) for v in np.asarray(array).ravel()]


def torch_run(net, n, o):
    import torch
    from torch import nn

    torch.manual_seed(SEED)
    penalties = []

    class Bracket(nn.Module):
        def __init__(self, kind, branches):
            super().__init__()
            self.kind, self.branches = kind, nn.ModuleList(branches)

        def forward(self, x):
            y = [branch(x) for branch in self.branches]
            return {"res": lambda: sum(y[1:], y[0]) + (x if len(y) == 1 else 0), "cat": lambda: torch.cat(y, 1), "gate": lambda: x * y[0]}[self.kind]()

    def sequence(items, width):
        stack = []
        for kind, units, options in items:
            if kind in ("res", "cat", "gate"):
                made = [sequence(branch, width) for branch in units]
                stack.append(Bracket(kind, [branch for branch, _ in made]))
                width = {"res": made[0][1], "cat": sum(w for _, w in made), "gate": width}[kind]
            elif kind == "dense":
                stack.append(nn.Linear(width, units, bias=options.get("bias") != "false"))
                penalties.extend((stack[-1].weight, power, float(options[key])) for key, power in (("l1", 1), ("l2", 2)) if key in options)
                width = units
            else:
                stack.append({"bn": lambda: nn.BatchNorm1d(width), "prelu": nn.PReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}[kind]())
        return nn.Sequential(*stack), width

    m = sequence(tree(net), WIDTH)[0].double()
    optimizer = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[o["optimizer"]](m.parameters(), lr=o["rate"])
    weight = torch.tensor([float(v) for v in o["class_weight"].split(",")], dtype=torch.float64) if "class_weight" in o else None
    loss_of = nn.CrossEntropyLoss(weight=weight, label_smoothing=o.get("label_smoothing", 0.0))
    if "ema" in o:
        from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
        average = AveragedModel(m, multi_avg_fn=get_ema_multi_avg_fn(o["ema"]))
    k = o.get("accumulate", 1)
    x, y, epochs = torch.tensor(X[:n]).double(), torch.tensor(Y[:n]), []
    for _ in range(EPOCHS):
        losses = []
        for i, begin in enumerate(range(0, n, BATCH)):
            loss = loss_of(m(x[begin:begin + BATCH]), y[begin:begin + BATCH])
            losses.append(loss.item())
            ((loss + sum(c * (w.abs() ** power).sum() for w, power, c in penalties)) / k).backward()
            if (i + 1) % k:
                continue
            if "clip_norm" in o:
                nn.utils.clip_grad_norm_(m.parameters(), o["clip_norm"])
            if "clip_value" in o:
                nn.utils.clip_grad_value_(m.parameters(), o["clip_value"])
            optimizer.step()
            optimizer.zero_grad()
            if "ema" in o:
                average.update_parameters(m)
        epochs.append(sum(losses) / len(losses))
    end = average.module if "ema" in o else m
    return epochs, [numbers(v.detach()) for key, v in end.state_dict().items() if "num_batches" not in key]


def keras_run(net, n, o):
    import keras
    from keras import layers, regularizers

    def build(dtype):
        keras.config.set_floatx(dtype)
        keras.config.set_dtype_policy(dtype)
        keras.utils.set_random_seed(SEED)
        made = []  # in the order of the text, in which the seed is used

        def sequence(items, x):
            for kind, units, options in items:
                if kind in ("res", "cat", "gate"):
                    y = [sequence(branch, x) for branch in units]
                    joint = {"res": layers.Add, "cat": layers.Concatenate, "gate": layers.Multiply}[kind]()
                    x = joint(y + [x] if kind == "res" and len(y) == 1 else [x] + y if kind == "gate" else y)
                    continue
                if kind == "dense":
                    l1, l2 = float(options.get("l1", 0)), float(options.get("l2", 0))
                    made.append(layers.Dense(units, use_bias=options.get("bias") != "false", kernel_regularizer=regularizers.L1L2(l1, l2) if l1 or l2 else None))
                else:
                    made.append({"bn": layers.BatchNormalization, "prelu": layers.PReLU}.get(kind, lambda: layers.Activation(kind))())
                x = made[-1](x)
            return x

        x = layers.Input((WIDTH,))
        return keras.Model(x, sequence(tree(net), x)), made

    start = [layer.get_weights() for layer in build("float32")[1]]
    m, made = build("float64")
    for layer, weights in zip(made, start):
        layer.set_weights([w.astype("float64") for w in weights])
    names = {"clip_norm": "clipnorm", "clip_value": "clipvalue", "accumulate": "gradient_accumulation_steps"}
    more = {names[key]: o[key] for key in names if key in o} | ({"use_ema": True, "ema_momentum": o["ema"]} if "ema" in o else {})
    optimizer = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}[o["optimizer"]](learning_rate=o["rate"], **more)
    y = Y[:n]
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    if "label_smoothing" in o:
        loss, y = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=o["label_smoothing"]), np.eye(3)[y]
    m.compile(optimizer, loss)
    weights = {"class_weight": dict(enumerate(map(float, o["class_weight"].split(","))))} if "class_weight" in o else {}
    history = m.fit(X[:n].astype("float64"), y, batch_size=BATCH, epochs=EPOCHS, shuffle=False, verbose=0, **weights)
    end = [w.T if w.ndim == 2 else w for layer in made for w in layer.get_weights()]
    return history.history["loss"], [numbers(w) for w in end]


def versions(framework):
    if framework == "torch":
        import torch
        return {"torch": str(torch.__version__)}
    import keras
    import tensorflow
    return {"keras": keras.__version__, "tensorflow": tensorflow.__version__}


framework = sys.argv[1]
run, cases = (torch_run, CASES + TORCH_ONLY) if framework == "torch" else (keras_run, CASES + KERAS_ONLY)
print('{"made_by": "tests/golden/training/make.py", "versions": %s,\n "seed": %d, "batch": %d, "epochs": %d,' % (json.dumps(versions(framework)), SEED, BATCH, EPOCHS))
print(' "x": %s,\n "y": %s,\n "trainings": [' % (json.dumps(X.tolist()), json.dumps(Y.tolist())))
texts = []
for net, n, options in cases:
    loss, weights = run(net, n, options)
    texts.append('  {"model": "%s", "rows": %d, "options": %s,\n   "loss": %s,\n   "weights": [%s]}' % (net, n, json.dumps(options), json.dumps(loss), ",\n    ".join(map(json.dumps, weights))))
print(",\n".join(texts) + "\n ]\n}")
