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


def onnx_side(net, text):
    import onnx

    onnx.checker.check_model(onnx.load(net + ".onnx"), full_check=True)
    logits = run_onnx(net + ".onnx", np.load(text + ".npz")["x_test"])
    print(difference(softmax(logits), np.load(net + ".npy")))


def run_onnx(path, x):
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})[0]


def softmax(z):
    z = np.exp(z - z.max(1, keepdims=True))
    return z / z.sum(1, keepdims=True)


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


def resnet18(turn):
    """The weights of torchvision's constructor, and whether they have come back."""
    import torch
    import torchvision

    if turn == "1":
        torch.manual_seed(1)
        net = torchvision.models.resnet18()
        net.train()
        net(torch.randn(4, 3, 64, 64))  # moves the running statistics
        torch.save(net.state_dict(), "real.pth")
        return
    real, back = torch.load("real.pth", weights_only=True), torch.load("step.pth", weights_only=True)
    # Keras' graph does not tell that it is a resnet18: behind it the tensors have other names, and another order.
    lost = [k for k, v in real.items() if not k.endswith("num_batches_tracked") and not any(torch.equal(v, w) for w in back.values())]
    print(f"{len(back)} tensors came back, {len(lost)} with other bits")


def same(first, last):
    import h5py

    values = []
    for name in (first, last):
        with h5py.File(name + ".predictions.h5") as file:
            values.append(file["probability"][()])
    print("predictions equal" if np.array_equal(*values) else "predictions differ by " + difference(*reversed(values)))


def head():
    """The classifier of documents: 768 features, 512 relu, 5 classes."""
    import torch
    from torch import nn

    torch.manual_seed(2)
    net = nn.Sequential(nn.Linear(768, 512), nn.ReLU(), nn.Linear(512, 5)).eval()
    x = torch.randn(64, 768)
    torch.onnx.export(net, (x,), "head.onnx", input_names=["features"], dynamo=False, dynamic_axes={"features": {0: "n"}})
    with torch.no_grad():
        np.savez("features.npz", x_test=x.numpy(), y_test=np.arange(64) % 5)
        np.save("head.npy", softmax(net(x).numpy().astype(np.float64)))


def head_in_keras():
    import keras

    x, expected = np.load("features.npz")["x_test"], np.load("head.npy")
    model = keras.saving.load_model("head.keras", compile=False)
    print("torch -> ONNX -> nn-convert -> Keras:", difference(model.predict(x, verbose=0), expected))
    model.save("head.back.keras")


def head_back():
    x, expected = np.load("features.npz")["x_test"], np.load("head.npy")
    print("-> saved by Keras -> nn-convert -> ONNX -> onnxruntime:", difference(softmax(run_onnx("back.onnx", x)), expected))


def steps():
    rng = np.random.default_rng(0)
    with open("steps.csv", "w") as out:
        out.write("a,b,c,d,e,f,class\n")
        for i in range(24):
            out.write(",".join(repr(float(np.float32(v))) for v in rng.standard_normal(6)) + f",{i % 3}\n")


def goes_on(name):
    import csv

    import h5py
    import torch

    rows = list(csv.reader(open("steps.csv")))[1:]
    x = torch.tensor([[float(v) for v in row[:6]] for row in rows])
    y = torch.tensor([int(row[6]) for row in rows])
    saved = torch.load("steps.pth", weights_only=True)
    net = torch.nn.Sequential(torch.nn.Linear(6, 5), torch.nn.BatchNorm1d(5), torch.nn.ReLU(), torch.nn.Linear(5, 3))
    net.load_state_dict(saved["model_state_dict"], strict=False)
    make = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "sgd": torch.optim.SGD}[name]
    optimizer = make(net.parameters(), lr=1)
    optimizer.load_state_dict(saved["optimizer_state_dict"])
    with h5py.File("steps.on.h5") as file:
        ours = file["steps/loss"][3:6]
    theirs = []
    for k in range(3):
        rows = slice(8 * k, 8 * k + 8)
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(net(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
        theirs.append(loss.item())
    print(f"the next three losses in PyTorch differ from those here by at most {np.abs(ours - theirs).max():.1e}")


def digits():
    import h5py
    import torch
    from torch import nn

    halves = {"low": {}, "high": {}}
    with h5py.File("mnist.h5") as file:
        for split in ("train", "test"):
            x, y = file[split + "/images"][()][:, 0], file[split + "/labels"][()]
            for half, chosen in (("low", y < 5), ("high", y >= 5)):
                halves[half]["x_" + split], halves[half]["y_" + split] = x[chosen], y[chosen] % 5
    for half, arrays in halves.items():
        np.savez(half + ".npz", class_names=np.array([str(d + 5 * (half == "high")) for d in range(5)]), **arrays)
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                        nn.Linear(256, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 5))
    optimizer = torch.optim.Adam(net.parameters())
    x = torch.from_numpy(halves["low"]["x_train"]).float().div(255)[:, None]
    y = torch.from_numpy(halves["low"]["y_train"]).long()
    for rows in torch.randperm(len(x)).split(64):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x[rows]), y[rows]).backward()
        optimizer.step()
    torch.save(net.state_dict(), "lenet5.pth")


if __name__ == "__main__":
    tasks = {"data": data, "probabilities": probabilities, "torch": torch_side, "onnx": onnx_side, "keras": keras_side, "resnet18": resnet18, "same": same,
             "head": head, "head_in_keras": head_in_keras, "head_back": head_back, "steps": steps, "goes_on": goes_on, "digits": digits}
    tasks[sys.argv[1]](*sys.argv[2:])
