# SPDX-License-Identifier: MIT
"""The frameworks' side of parity/interop.sh: what they compute from files of the tools, beside what the tools compute.
Printed are largest differences as parts of the largest probability."""
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
import numpy as np


def shape_of(text):
    return tuple(int(d) for d in text.split("x"))


def difference(found, expected):
    return f"{np.abs(found - expected).max() / np.abs(expected).max():.1e}"


def data(text, classes):
    rng = np.random.default_rng(0)
    arrays = {}
    for split, n in (("train", 16), ("test", 8)):
        arrays["x_" + split] = rng.random((n,) + shape_of(text), dtype=np.float32)
        arrays["y_" + split] = np.arange(n) % 4
    np.savez(text + ".npz", layout="NCHW", class_names=np.array([f"c{i}" for i in range(int(classes))]), **arrays)


def probabilities(net):
    import h5py

    with h5py.File(net + ".predictions.h5") as file:
        np.save(net + ".npy", file["probability"][()])


def torch_side(net, text):
    import importlib.util

    import torch

    spec = importlib.util.spec_from_file_location("module", net + ".py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    network = module.Network()
    network.load_state_dict(torch.load(net + ".pth", weights_only=True))
    network.eval()
    with torch.no_grad():
        found = torch.softmax(network(torch.from_numpy(np.load(text + ".npz")["x_test"])), 1).numpy()
    print(difference(found, np.load(net + ".npy")))


def keras_side(net, text):
    import keras

    if not os.path.exists(net + ".keras"):
        print("refused | refused | refused")
        return
    x, expected = np.load(text + ".npz")["x_test"].transpose(0, 2, 3, 1), np.load(net + ".npy")
    cells = []
    for suffix in (".keras", ".old.h5"):
        model = keras.saving.load_model(net + suffix, compile=False)
        cells.append(difference(model.predict(x, verbose=0), expected))
    model.set_weights([np.zeros_like(w) for w in model.get_weights()])
    model.load_weights(net + ".weights.h5")
    cells.append(difference(model.predict(x, verbose=0), expected))
    print(" | ".join(cells))


def write(text):
    import torch
    from torch import nn

    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 6, 5), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(864, 10))
    x = torch.from_numpy(np.load(text + ".npz")["x_test"])
    net(x)  # moves the running statistics
    net.eval()
    with torch.no_grad():
        np.save("torch.npy", torch.softmax(net(x), 1).numpy())
    torch.save(net.state_dict(), "torch.pth")


def migrated(text):
    import keras

    x = np.load(text + ".npz")["x_test"].transpose(0, 2, 3, 1)
    found = keras.saving.load_model("torch.keras", compile=False).predict(x, verbose=0)
    print("from torch through nn-convert into Keras:", difference(found, np.load("torch.npy")))


if __name__ == "__main__":
    tasks = {"data": data, "probabilities": probabilities, "torch": torch_side, "keras": keras_side, "write": write, "migrated": migrated}
    tasks[sys.argv[1]](*sys.argv[2:])
