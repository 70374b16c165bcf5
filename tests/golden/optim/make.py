#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Records the weights after each step of the frameworks' optimizers, in float64 and float32.

    make.py torch > torch.json                                needs torch
    KERAS_BACKEND=tensorflow make.py keras > keras.json       needs keras and tensorflow

Recorded with torch 2.15.0; keras 3.15.1 on tensorflow 2.21.0; x86-64.
Five weights: an ordinary one, a large and a small one, one whose gradient is tiny, one whose gradient is always 0.
Gradients are float32 numbers; the fifth step has a large one. Under "lr" a rate for each step.
"""
import json
import os
import sys

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = ""

STEPS = 8
START = [0.75, -40.0, 0.0009765625, 1.5, -0.5]
GRADIENTS = np.array([[0.3 * np.cos(1.7 * t), 2.0 - 0.5 * t, (-1) ** t * 0.0625 * t, 1e-6 * (t + 1), 0.0] for t in range(STEPS)], np.float32)
GRADIENTS[4, 0] = 100.0
FALLING = [1e-2, 1e-2, 1e-2, 1e-3, 1e-3, 1e-4, 1e-4, 1e-4]

TORCH = [
    ("SGD", {"lr": 0.01}), ("SGD", {"lr": 0.1, "weight_decay": 0.01}), ("SGD", {"lr": 0.01, "momentum": 0.9}),
    ("SGD", {"lr": 0.01, "momentum": 0.9}, FALLING), ("SGD", {"lr": 0.01, "momentum": 0.9, "dampening": 0.1}),
    ("SGD", {"lr": 0.01, "momentum": 0.8, "nesterov": True, "weight_decay": 5e-4}), ("SGD", {"lr": 0.01, "momentum": 0.9, "nesterov": True}, FALLING),
    ("Adam", {}), ("Adam", {}, FALLING), ("Adam", {"amsgrad": True}), ("Adam", {"weight_decay": 0.01}),
    ("Adam", {"lr": 0.1, "betas": [0.8, 0.99], "eps": 1e-6, "weight_decay": 0.01, "amsgrad": True}),
    ("AdamW", {}), ("AdamW", {"weight_decay": 0.1, "amsgrad": True}), ("AdamW", {"betas": [0.5, 0.9], "eps": 1e-4}, FALLING),
    ("RMSprop", {}), ("RMSprop", {"centered": True}), ("RMSprop", {"momentum": 0.9}, FALLING), ("RMSprop", {"alpha": 0.9, "eps": 1e-4, "weight_decay": 1e-3}),
    ("RMSprop", {"momentum": 0.9, "centered": True, "alpha": 0.9, "weight_decay": 1e-3}),
    ("Adagrad", {}), ("Adagrad", {"eps": 1e-5}, FALLING), ("Adagrad", {"lr_decay": 0.1, "weight_decay": 0.01, "initial_accumulator_value": 0.1}),
    ("NAdam", {}), ("NAdam", {"weight_decay": 0.01}), ("NAdam", {"weight_decay": 0.01, "decoupled_weight_decay": True}),
    ("NAdam", {"betas": [0.8, 0.99], "eps": 1e-6, "momentum_decay": 0.1}, FALLING),
]

KERAS = [
    ("SGD", {}), ("SGD", {"learning_rate": 0.1, "weight_decay": 0.01}), ("SGD", {"momentum": 0.9}), ("SGD", {"momentum": 0.9}, FALLING),
    ("SGD", {"momentum": 0.8, "nesterov": True, "weight_decay": 5e-4}), ("SGD", {"momentum": 0.9, "nesterov": True}, FALLING),
    ("Adam", {}), ("Adam", {}, FALLING), ("Adam", {"amsgrad": True}), ("Adam", {"weight_decay": 0.01}),
    ("Adam", {"learning_rate": 0.1, "beta_1": 0.8, "beta_2": 0.99, "epsilon": 1e-6, "weight_decay": 0.01, "amsgrad": True}),
    ("AdamW", {}), ("AdamW", {"weight_decay": 0.1, "amsgrad": True}), ("AdamW", {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-4}, FALLING),
    ("RMSprop", {}), ("RMSprop", {"centered": True}), ("RMSprop", {"momentum": 0.9}, FALLING), ("RMSprop", {"rho": 0.8, "epsilon": 1e-4, "weight_decay": 1e-3}),
    ("RMSprop", {"momentum": 0.9, "centered": True, "rho": 0.8}),
    ("Adagrad", {}), ("Adagrad", {"epsilon": 1e-5}, FALLING), ("Adagrad", {"initial_accumulator_value": 0.0, "weight_decay": 0.01}),
    ("Nadam", {}), ("Nadam", {"weight_decay": 0.01}), ("Nadam", {"beta_1": 0.8, "beta_2": 0.99, "epsilon": 1e-6}, FALLING),
]


def torch_steps(name, args, rates, dtype):
    import torch

    w = torch.nn.Parameter(torch.tensor(START, dtype=getattr(torch, dtype)))
    optimizer = getattr(torch.optim, name)([w], **{k: tuple(v) if k == "betas" else v for k, v in args.items()})
    after = []
    for t in range(STEPS):
        if rates:
            optimizer.param_groups[0]["lr"] = rates[t]
        w.grad = torch.tensor(GRADIENTS[t]).to(w.dtype)
        optimizer.step()
        after.append(w.detach().numpy().copy())
    return after


def keras_steps(name, args, rates, dtype):
    import keras

    keras.config.set_floatx(dtype)
    w = keras.Variable(np.array(START, dtype), dtype=dtype)
    optimizer = getattr(keras.optimizers, name)(**args)
    optimizer.build([w])
    after = []
    for t in range(STEPS):
        if rates:
            optimizer.learning_rate = rates[t]
        optimizer.apply([keras.ops.convert_to_tensor(GRADIENTS[t].astype(dtype))], [w])
        after.append(np.array(keras.ops.convert_to_numpy(w)))
    return after


def versions(framework):
    if framework == "torch":
        import torch
        return {"torch": str(torch.__version__)}
    import keras
    import tensorflow
    return {"keras": keras.__version__, "tensorflow": tensorflow.__version__}


framework = sys.argv[1]
steps, rows = (torch_steps, TORCH) if framework == "torch" else (keras_steps, KERAS)
print('{"made_by": "tests/golden/optim/make.py", "versions": %s,' % json.dumps(versions(framework)))
print(' "start": %s,\n "gradients": [%s],\n "optimizers": [' % (json.dumps(START), ",\n  ".join(json.dumps([float(str(g)) for g in row]) for row in GRADIENTS)))
texts = []
for name, args, *rates in rows:
    rates = rates[0] if rates else None
    double = [[float(x) for x in row] for row in steps(name, args, rates, "float64")]
    single = [[float(str(x)) for x in row] for row in steps(name, args, rates, "float32")]
    head = json.dumps({"optimizer": name, "args": args, **({"lr": rates} if rates else {})})[:-1]
    texts.append("  %s,\n   \"float64\": [%s],\n   \"float32\": [%s]}" % (head, ",\n    ".join(map(json.dumps, double)), ",\n    ".join(map(json.dumps, single))))
print(",\n".join(texts) + "\n ]\n}")
