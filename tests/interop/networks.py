#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Networks of torchvision and timm through nn-convert and back, in full size.

    networks.py FOLDER-OF-TOOLS [NAME...]      needs torch, torchvision, timm and h5py

For each network of share/models that they have: the state_dict of the real one, with the weights of its constructor and
running statistics of a few random batches, becomes a model of ours by nn-convert; nn-predict of that model gives the
probabilities of the real network for random pictures; and what nn-convert writes back, as .pth and as .safetensors, is
the same state_dict, bit for bit, and loads. A line a network; status 1 when one differs.
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np
import timm
import torch
import torchvision

sys.path.insert(0, str(Path(__file__).parent.parent / "golden" / "networks"))
from make import NETWORKS  # noqa: E402

PICTURES, TOLERANCE = 3, 3e-4  # of the spread of the log-probabilities; resnet50 in float32: 8e-5


def tool(folder, name, *arguments):
    run = subprocess.run([folder / name, *map(str, arguments)], capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"{name} {' '.join(map(str, arguments))}: {run.stderr}")
    return run.stderr


def trained_statistics(net, size):
    """Running means and variances of the values themselves, whatever the momentum."""
    net.train()
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
    with torch.no_grad():
        for _ in range(2):
            net(torch.randn(4, 3, size, size) * 1.5 + 0.3)
    return net.eval()


def state_of(net):
    return {k: v for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked")}


def read_back(path):
    if path.suffix == ".pth":
        return torch.load(path, weights_only=True)
    data = path.read_bytes()
    begin = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:begin])
    header.pop("__metadata__", None)
    return {name: torch.tensor(np.frombuffer(data[begin + t["data_offsets"][0] : begin + t["data_offsets"][1]], np.float32).reshape(t["shape"]))
            for name, t in header.items()}


def differences(net, folder, name, size, work):
    torch.save(net.state_dict(), work / "real.pth")
    tool(folder, "nn-convert", "--layers", name, "--input", f"3x{size}x{size}", work / "real.pth", work / "ours.h5")
    x = torch.randn(PICTURES, 3, size, size)
    np.savez(work / "x.npz", images=x.numpy(), labels=np.zeros(PICTURES, np.int64))
    tool(folder, "nn-convert", work / "x.npz", work / "x.h5")
    tool(folder, "nn-predict", "-o", work / "p.h5", work / "ours.h5", work / "x.h5")
    with torch.no_grad():
        expected = torch.log_softmax(net.double()(x.double()), 1).numpy()
    net.float()
    with h5py.File(work / "p.h5") as file:
        found = np.log(file["probability"][:].astype(np.float64))
    said = [f"outputs differ by {np.abs(found - expected).max() / expected.std():.1e}"]
    good = np.abs(found - expected).max() <= TOLERANCE * expected.std()
    for suffix in (".pth", ".safetensors"):
        tool(folder, "nn-convert", work / "ours.h5", work / f"back{suffix}")
        back, state = read_back(work / f"back{suffix}"), state_of(net)
        same = back.keys() == state.keys() and all(torch.equal(back[k], state[k]) for k in state)
        loaded = net.load_state_dict(back, strict=False)
        same = same and not loaded.unexpected_keys and all(k.endswith("num_batches_tracked") for k in loaded.missing_keys)
        said.append(f"{suffix} {'the same' if same else 'DIFFERS'}")
        good = good and same
    return good, ", ".join(said)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    folder, names = Path(sys.argv[1]).resolve(), sys.argv[2:]
    print(f"torch {torch.__version__}, torchvision {torchvision.__version__}, timm {timm.__version__}")
    failed = []
    for name, make, size in NETWORKS:
        if names and name not in names:
            continue
        size = size if size == 32 else 224
        torch.manual_seed(1)
        net = trained_statistics(make(), 64 if size == 224 and name != "vgg11" else size)
        with tempfile.TemporaryDirectory() as work:
            good, said = differences(net, folder, name, size, Path(work))
        print(f"{name:18} {sum(p.numel() for p in net.parameters()):>12,} parameters: {said}", flush=True)
        if not good:
            failed.append(name)
    if failed:
        sys.exit(f"differ: {', '.join(failed)}")


main()
