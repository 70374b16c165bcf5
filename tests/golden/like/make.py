# SPDX-License-Identifier: MIT
"""Makes keras.json and torch.json: short seeded trainings of PyTorch 2.15 and Keras 3.15 (TensorFlow, CPU) in what the
other golden files leave out: dropout behind a flattened image, frozen batch norm, clipping, accumulation, averaged
weights, rates between epochs, means of epochs whose last batch is smaller.

    python make.py keras    (where tensorflow-cpu and keras are)
    python make.py torch
"""
import json
import os
import sys

import numpy as np

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
N, VAL = 20, 8
SEED = 5


def samples():
    i, j = np.arange(N + VAL)[:, None], np.arange(16)[None, :]
    x = (((i * 37 + j * 11) % 17) / np.float32(17)).astype("float32").reshape(-1, 4, 4, 1)
    return x, (np.arange(N + VAL) * 7 // 2) % 3


IMAGE = "conv:3,3 relu flatten dropout:0.5 dense:3"
NORM = "flatten dense:6 bn relu dense:3"
PLAIN = "flatten dense:6 relu dense:3"
KERAS = [
    {"model": IMAGE, "options": {}},
    {"model": NORM, "options": {"freeze": "bn1"}},
    {"model": PLAIN, "options": {"clip-norm": "0.05"}},
    {"model": PLAIN, "options": {"clip-norm": "0.05,each=no"}},
    {"model": PLAIN, "options": {"accumulate": "2"}},
    {"model": PLAIN, "options": {"accumulate": "2"}, "l2": 0.01},
    {"model": PLAIN, "options": {"ema": "0.9"}},
    {"model": PLAIN, "options": {"ema": "0.9", "accumulate": "2"}},
    {"model": PLAIN, "options": {"schedule": "exponential,factor=0.5,every=2"}},
    {"model": PLAIN, "options": {"schedule": "cosine"}},
    {"model": PLAIN, "options": {"schedule": "polynomial"}},
    {"model": PLAIN, "options": {"optimizer": "sgd,momentum=0.9,weight-decay=0.1"}},
]
TORCH = [
    {"model": NORM, "options": {"freeze": "bn1"}},
    {"model": PLAIN, "options": {"clip-norm": "0.05"}},
    {"model": PLAIN, "options": {"schedule": "exponential,factor=0.5"}},
    {"model": PLAIN, "options": {"schedule": "cosine,epochs=2"}},
    {"model": PLAIN, "options": {"optimizer": "sgd,momentum=0.9,weight-decay=0.1"}},
]
BATCH, EPOCHS, RATE = 8, 4, 0.1


def keras_run(case):
    import keras
    from keras import layers as L, optimizers as O
    keras.utils.set_random_seed(SEED)
    x, y = samples()
    o, per_epoch = case["options"], -(-N // BATCH)
    epochs = case.get("epochs", EPOCHS)
    decay = keras.regularizers.L2(case["l2"]) if "l2" in case else None
    dense = lambda n: L.Dense(n, kernel_regularizer=decay)
    net = {IMAGE: lambda: [L.Conv2D(3, 3), L.ReLU(), L.Flatten(), L.Dropout(0.5), dense(3)],
           NORM: lambda: [L.Flatten(), dense(6), L.BatchNormalization(), L.ReLU(), dense(3)],
           PLAIN: lambda: [L.Flatten(), dense(6), L.ReLU(), dense(3)]}[case["model"]]()
    if "freeze" in o:
        net[2].trainable = False
    args = {}
    if "clip-norm" in o:
        args["global_clipnorm" if "each=no" in o["clip-norm"] else "clipnorm"] = 0.05
    if "accumulate" in o:
        args["gradient_accumulation_steps"] = int(o["accumulate"])
    if "ema" in o:
        args |= {"use_ema": True, "ema_momentum": 0.9}
    if "optimizer" in o:
        args |= {"momentum": 0.9, "weight_decay": 0.1}
    rate = RATE
    if "schedule" in o:
        S = O.schedules
        rate = {"e": lambda: S.ExponentialDecay(RATE, 2 * per_epoch, 0.5), "c": lambda: S.CosineDecay(RATE, epochs * per_epoch),
                "p": lambda: S.PolynomialDecay(RATE, epochs * per_epoch)}[o["schedule"][0]]()
    model = keras.Sequential(net)
    model.compile(O.SGD(rate, **args), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    h = model.fit(x[:N], y[:N], batch_size=BATCH, epochs=epochs, verbose=0, validation_data=(x[N:], y[N:]), validation_batch_size=VAL)
    after = model.evaluate(x[N:], y[N:], batch_size=VAL, verbose=0)
    return {"loss": h.history["loss"], "val_loss": h.history["val_loss"], "after": float(after)}


def torch_run(case):
    import torch
    from torch import nn
    x, y = samples()
    data = torch.utils.data.TensorDataset(torch.tensor(x).permute(0, 3, 1, 2), torch.tensor(y))
    torch.manual_seed(SEED)
    o = case["options"]
    net = {NORM: lambda: nn.Sequential(nn.Flatten(), nn.Linear(16, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 3)),
           PLAIN: lambda: nn.Sequential(nn.Flatten(), nn.Linear(16, 6), nn.ReLU(), nn.Linear(6, 3))}[case["model"]]()
    if "freeze" in o:
        for p in net[2].parameters():
            p.requires_grad = False
    args = {"momentum": 0.9, "weight_decay": 0.1} if "optimizer" in o else {}
    optimizer = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], RATE, **args)
    S, schedule = torch.optim.lr_scheduler, None
    if "schedule" in o:
        schedule = S.ExponentialLR(optimizer, 0.5) if o["schedule"][0] == "e" else S.CosineAnnealingLR(optimizer, 2)
    train = torch.utils.data.DataLoader(torch.utils.data.Subset(data, range(N)), BATCH, shuffle=True)
    val = torch.utils.data.DataLoader(torch.utils.data.Subset(data, range(N, N + VAL)), VAL)
    measure, result = nn.CrossEntropyLoss(), {"loss": [], "val_loss": []}
    for _ in range(EPOCHS):
        net.train()
        losses = []
        for a, b in train:
            optimizer.zero_grad()
            loss = measure(net(a), b)
            loss.backward()
            if "clip-norm" in o:
                nn.utils.clip_grad_norm_(net.parameters(), 0.05)
            optimizer.step()
            losses.append(loss.item())
        if schedule:
            schedule.step()
        net.eval()
        with torch.no_grad():
            result["val_loss"] += [measure(net(a), b).item() for a, b in val]
        result["loss"].append(sum(losses) / len(losses))
    return result | {"after": result["val_loss"][-1]}


def main():
    which = sys.argv[1]
    cases = KERAS if which == "keras" else TORCH
    run = keras_run if which == "keras" else torch_run
    rows = [{"epochs": EPOCHS} | case | run(case) for case in cases]
    with open(f"{which}.json", "w") as out:
        out.write("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")


main()
