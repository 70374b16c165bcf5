#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Records the learning rates of the frameworks' schedules, and what their callbacks decide for given metrics.

usage: make.py rates.json|callbacks.json torch|keras
The entries of that framework in the file are replaced. Recorded with torch 2.15.0 and keras 3.15.1 (tensorflow 2.21.0).

rates.json: the rate of each moment, from 0.1 in torch (one more at the end), as OneCycleLR's momentum.
callbacks.json: `metric` is val_loss by epoch. ReduceLROnPlateau: the rate in force in each epoch, from 0.1, one more at the
end; EarlyStopping: the last epoch and of which epoch the weights at the end are, from 0; ModelCheckpoint: epochs, from 1,
after which it saved.
"""
import json
import os
import sys
import tempfile

import numpy as np

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = ""

TORCH_RATES = [
    ("StepLR", {"step_size": 3, "gamma": 0.5}, 12), ("StepLR", {"step_size": 2}, 7),
    ("MultiStepLR", {"milestones": [2, 5, 5, 9]}, 12), ("MultiStepLR", {"milestones": [1, 3], "gamma": 0.5}, 5),
    ("ExponentialLR", {"gamma": 0.9}, 12),
    ("CosineAnnealingLR", {"T_max": 10, "eta_min": 0.001}, 25), ("CosineAnnealingLR", {"T_max": 7}, 7),
    ("CosineAnnealingWarmRestarts", {"T_0": 4, "T_mult": 2}, 16), ("CosineAnnealingWarmRestarts", {"T_0": 3, "eta_min": 0.01}, 10),
    ("LinearLR", {}, 8), ("LinearLR", {"start_factor": 0.1, "end_factor": 0.5, "total_iters": 7}, 10),
    ("ConstantLR", {}, 8), ("ConstantLR", {"factor": 0.5, "total_iters": 3}, 6),
    ("PolynomialLR", {"total_iters": 6, "power": 2.0}, 8), ("PolynomialLR", {}, 7),
    ("OneCycleLR", {"max_lr": 0.1, "total_steps": 20}, 19),
    ("OneCycleLR", {"max_lr": 0.05, "epochs": 3, "steps_per_epoch": 5, "pct_start": 0.25, "anneal_strategy": "linear"}, 14, "Adam"),
    ("OneCycleLR", {"max_lr": 0.1, "total_steps": 20, "three_phase": True, "final_div_factor": 100.0}, 19),
    ("OneCycleLR", {"max_lr": 0.2, "total_steps": 11, "div_factor": 10.0, "base_momentum": 0.5, "max_momentum": 0.9}, 10),
    ("OneCycleLR", {"max_lr": 0.2, "total_steps": 11, "cycle_momentum": False}, 10),
]
KERAS_RATES = [
    ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 10, "alpha": 0.05}, 14), ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 7}, 9),
    ("CosineDecay", {"initial_learning_rate": 0.01, "decay_steps": 10, "warmup_target": 0.1, "warmup_steps": 4}, 18),
    ("CosineDecay", {"initial_learning_rate": 0.0, "decay_steps": 6, "alpha": 0.1, "warmup_target": 0.1, "warmup_steps": 3}, 12),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 4, "m_mul": 0.8}, 16),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 5, "t_mul": 1.0, "alpha": 0.2}, 12),
    ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 3, "decay_rate": 0.5}, 10),
    ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 3, "decay_rate": 0.5, "staircase": True}, 10),
    ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 3, "decay_rate": 0.5}, 10),
    ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 3, "decay_rate": 0.5, "staircase": True}, 10),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 5, "power": 2.0}, 8),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 5, "cycle": True}, 14),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 4, "end_learning_rate": 0.01, "power": 0.5}, 7),
    ("PiecewiseConstantDecay", {"boundaries": [3, 6], "values": [0.1, 0.05, 0.01]}, 9),
]
FLAT, NAN, INF = [1] * 12, "nan", "inf"
PLATEAU = [
    ({"patience": 2}, [1.0, 0.9, 0.9, 0.9, 0.9, 0.9, 0.8, 0.9, 0.9, 0.9, 0.9]), ({"patience": 0, "factor": 0.5}, [1.0, 1.0, 0.99995, 0.9998, 0.9998, 0.9]),
    ({"patience": 1, "factor": 0.5, "cooldown": 2}, FLAT), ({"patience": 0, "factor": 0.5, "cooldown": 1}, FLAT), ({"patience": 2, "factor": 0.5, "min_lr": 0.03}, FLAT),
    ({"patience": 1, "mode": "max"}, [0.5, 0.6, NAN, NAN, 0.6, 0.60005, 0.61, 0.61, 0.61]), ({"patience": 1}, [NAN, 1.0, 0.9, 0.8, 0.7]),
    ({"patience": 1, "cooldown": 3, "factor": 0.5}, [1.0, 1.0, 1.0, 0.5, 0.6, 0.6, 0.6, 0.6, 0.4, 0.5, 0.5, 0.5, 0.5, 0.5]),
]
TORCH_CALLBACKS = [("ReduceLROnPlateau", *case) for case in PLATEAU] + [
    ("ReduceLROnPlateau", {"patience": 1, "threshold_mode": "abs", "threshold": 0.05}, [NAN, 1.0, 0.96, 0.94, 0.9, 0.88, 0.5, INF, 0.5, 0.5]),
    ("ReduceLROnPlateau", {"patience": 0, "mode": "max", "threshold_mode": "abs", "threshold": 0.1}, [0.5, 0.6, 0.65, 0.71, 0.9, 0.95]),
    ("ReduceLROnPlateau", {"patience": 0}, [-1.0, -1.0, -1.00005, -1.2, -1.2]),
    ("ReduceLROnPlateau", {"patience": 0, "mode": "max", "threshold": 0.01}, [0.5, 0.504, 0.506, 0.4, 0.52]),
]
KERAS_CALLBACKS = [("ReduceLROnPlateau", *case) for case in PLATEAU] + [
    ("ReduceLROnPlateau", {"patience": 1, "min_delta": 0.05}, [1.0, 0.96, 0.94, 0.93, 0.92, 0.5, 0.46]),
    ("ReduceLROnPlateau", {"patience": 1, "mode": "max", "min_delta": 0.1}, [0.5, 0.58, 0.7, INF, 0.9, 0.95]),
    ("EarlyStopping", {"patience": 2, "restore_best_weights": True}, [1.0, 0.9, 0.9, 0.95, 0.8, 0.8]),
    ("EarlyStopping", {"patience": 0}, [1.0, 0.9, 0.9, 0.8]), ("EarlyStopping", {"patience": 1}, [1.0, 0.9, 0.9, 0.8]),
    ("EarlyStopping", {"patience": 0}, [1.0, 1.0, 0.5]), ("EarlyStopping", {"patience": 5, "restore_best_weights": True}, [1.0, 0.5, 0.9, 0.8, 0.7, 0.6]),
    ("EarlyStopping", {"patience": 2, "min_delta": 0.05}, [1.0, 0.96, 0.94, 0.93, 0.92, 0.5]),
    ("EarlyStopping", {"patience": 2, "min_delta": 0.05, "mode": "max", "restore_best_weights": True}, [0.1, 0.14, 0.16, 0.2, 0.21, 0.3, 0.2]),
    ("EarlyStopping", {"patience": 2, "baseline": 0.5, "restore_best_weights": True}, [1.0, 0.9, 0.8, 0.7, 0.4, 0.45, 0.46, 0.47]),
    ("EarlyStopping", {"patience": 2, "baseline": 0.5, "restore_best_weights": True}, [1.0, 0.4, 0.45, 0.39, 0.46, 0.47, 0.1]),
    ("EarlyStopping", {"patience": 3, "baseline": 0.5}, [1.0, 0.9, 0.95, 0.95, 0.95, 0.95]),
    ("EarlyStopping", {"patience": 1, "start_from_epoch": 3, "restore_best_weights": True}, [0.1, 0.2, 0.3, 0.4, 0.35, 0.36, 0.2]),
    ("EarlyStopping", {"patience": 1, "start_from_epoch": 9, "restore_best_weights": True}, [0.1, 0.2, 0.3]),
    ("EarlyStopping", {"patience": 2, "mode": "max", "restore_best_weights": True}, [0.5, NAN, 0.6, NAN, NAN, 0.7]),
    ("EarlyStopping", {"patience": 2}, [NAN, 1.0, 0.9, 0.8]),
    ("EarlyStopping", {"patience": 1, "restore_best_weights": True}, [INF, INF, 0.5]),
    ("ModelCheckpoint", {"save_best_only": True}, [1.0, 0.9, 0.9, NAN, 0.95, 0.8]), ("ModelCheckpoint", {"save_best_only": True}, [NAN, 1.0, 0.5]),
    ("ModelCheckpoint", {"save_best_only": True, "mode": "max"}, [0.1, 0.1, 0.3, 0.2, 0.30001]),
    ("ModelCheckpoint", {"save_best_only": True, "initial_value_threshold": 0.85}, [1.0, 0.9, 0.8, 0.8, 0.7]),
    ("ModelCheckpoint", {"save_best_only": True, "mode": "max", "initial_value_threshold": 0.5}, [0.4, 0.5, 0.6]),
]


def torch_start(name="SGD"):
    import torch

    w = torch.nn.Parameter(torch.zeros(1))
    w.grad = torch.zeros(1)
    return torch.optim.SGD([w], lr=0.1, momentum=0.9) if name == "SGD" else torch.optim.Adam([w], lr=0.1)


def torch_rates(name, args, steps, optimizer="SGD"):
    import torch

    o = torch_start(optimizer)
    s = getattr(torch.optim.lr_scheduler, name)(o, **args)
    group, rates, momenta = o.param_groups[0], [], []
    for t in range(steps + 1):
        rates.append(group["lr"])
        momenta.append(group["betas"][0] if "betas" in group else group["momentum"])
        o.step()
        if t < steps:
            s.step()
    moves = name == "OneCycleLR" and args.get("cycle_momentum", True)
    return {"scheduler": name, "args": args, "lr": rates, **({"momentum": momenta} if moves else {})}


def keras_rates(name, args, steps):
    import keras

    s = getattr(keras.optimizers.schedules, name)(**args)
    at = lambda i: float(keras.ops.convert_to_numpy(s(keras.ops.convert_to_tensor(i, "int64"))))
    return {"schedule": name, "args": args, "lr": [at(i) for i in range(steps)]}


def torch_callback(name, args, metrics):
    import torch

    o = torch_start()
    s = torch.optim.lr_scheduler.ReduceLROnPlateau(o, **args)
    rates = []
    for v in metrics:
        rates.append(o.param_groups[0]["lr"])
        s.step(float(v))
    return {"rate": rates + [o.param_groups[0]["lr"]]}


def keras_callback(name, args, metrics):
    """Drives the callback by hand; the only weight of the model is the number of the epoch."""
    import keras

    zeros = np.zeros((1, 1))
    m = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    m.compile(keras.optimizers.SGD(0.1), "mse")
    m.fit(zeros, zeros, validation_data=(zeros, zeros), verbose=0)
    rate = lambda: float(keras.ops.convert_to_numpy(m.optimizer.learning_rate))
    with tempfile.TemporaryDirectory() as folder:
        path = {"filepath": folder + "/{epoch}.keras"} if name == "ModelCheckpoint" else {}
        callback = getattr(keras.callbacks, name)(**args, **path)
        callback.set_model(m)
        m.optimizer.learning_rate = 0.1
        m.stop_training = False
        callback.on_train_begin()
        rates, last = [], None
        for epoch, value in enumerate(metrics):
            rates.append(rate())
            m.layers[0].set_weights([np.array([[float(epoch)]])])
            callback.on_epoch_begin(epoch)
            callback.on_epoch_end(epoch, {"val_loss": float(value)})
            last = epoch
            if m.stop_training:
                break
        callback.on_train_end()
        if name == "EarlyStopping":
            return {"last_epoch": last, "weights_at_end_are_of_epoch": int(m.layers[0].get_weights()[0][0, 0])}
        if name == "ModelCheckpoint":
            return {"saved_after_epoch_1_based": sorted(int(f.split(".")[0]) for f in os.listdir(folder))}
        return {"rate": rates + [rate()]}


def version(framework):
    import importlib
    return str(importlib.import_module(framework).__version__)


def main(path, framework):
    with open(path, encoding="utf-8") as file:
        old = json.load(file)
    if path.endswith("rates.json"):
        rows, one, key = (TORCH_RATES, torch_rates, "scheduler") if framework == "torch" else (KERAS_RATES, keras_rates, "schedule")
        made = [one(*row) for row in rows]
        kept = [e for e in old["schedules"] if key not in e]
        versions = {k: v for k, v in old["versions"].items() if k in ("torch", "keras")} | {framework: version(framework)}
        entries = made + kept if framework == "torch" else kept + made
        head, foot = '{\n "made_by": "tests/golden/sched/make.py", "versions": %s,\n "schedules": [\n' % json.dumps(versions), "\n ]\n}\n"
    else:
        rows, one = (TORCH_CALLBACKS, torch_callback) if framework == "torch" else (KERAS_CALLBACKS, keras_callback)
        made = [{"framework": framework, "version": version(framework), "callback": name, "args": args, "metric": metrics, **one(name, args, metrics)}
                for name, args, metrics in rows]
        kept = [e for e in old if e["framework"] != framework]
        entries = made + kept if framework == "torch" else kept + made
        head, foot = "[\n", "\n]\n"
    with open(path, "w", encoding="utf-8") as file:
        file.write(head + ",\n".join("  " + json.dumps(e) for e in entries) + foot)


main(*sys.argv[1:])
