# SPDX-License-Identifier: MIT
"""The experiments in PyTorch, as its users write them: torch.manual_seed, modules built in order, a shuffling DataLoader,
an evaluation pass an epoch where there is a validation split. Everything random comes from the one seed."""
import os
import sys
import time

os.environ["CUDA_VISIBLE_DEVICES"] = ""
if "--other-kernels" in sys.argv:  # the random numbers of AVX2 and AVX-512 kernels are the same
    os.environ.update(ATEN_CPU_CAPABILITY="avx2", MKL_ENABLE_INSTRUCTIONS="AVX2")
import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

from experiments import EXPERIMENTS, add_result, arrays, command_line, missing, result_file


def fashioncnn():
    def block(channels, out):
        return [nn.Conv2d(channels, out, 3, padding=1), nn.BatchNorm2d(out), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*block(1, 32), *block(32, 64), *block(64, 128), nn.Flatten(), nn.Linear(128 * 3 * 3, 256), nn.ReLU(),
                         nn.Linear(256, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10))


def lenet5():
    return nn.Sequential(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                         nn.Linear(256, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))


def sigmoid():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 512), nn.Sigmoid(), nn.Linear(512, 128), nn.Sigmoid(), nn.Linear(128, 10))


def he_dropout():
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Dropout(0.5), nn.Linear(512, 128), nn.ReLU(), nn.Dropout(0.5),
                        nn.Linear(128, 10))
    nn.init.kaiming_normal_(net[1].weight, nonlinearity="relu")
    nn.init.kaiming_normal_(net[4].weight, nonlinearity="relu")
    return net


def tutorial():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 64), nn.ReLU(), nn.Dropout(0.2),
                         nn.Linear(64, 10))


NETWORKS = {
    "s0-fashioncnn": (fashioncnn, optim.Adam, {}),
    "s1-lenet5": (lenet5, optim.Adam, {}),
    "s2-sigmoid-adam": (sigmoid, optim.Adam, {}),
    "s2-sigmoid-rmsprop": (sigmoid, optim.RMSprop, {"lr": 1e-3}),
    "s2-he-dropout": (he_dropout, optim.Adam, {}),
    "s2-he-dropout-l2": (he_dropout, optim.Adam, {"weight_decay": 1e-4}),
    "s4-tutorial": (tutorial, optim.Adam, {}),
}


def pixels(images, data):
    x = torch.from_numpy(images).float() / 255
    return (x - 0.5) / 0.5 if data.endswith("normalized") else x


def evaluate(net, loader):
    net.eval()
    loss, hits, n = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            z = net(x)
            loss += F.cross_entropy(z, y, reduction="sum").item()
            hits += (z.argmax(1) == y).sum().item()
            n += len(y)
    return loss / n, hits / n


def train(network, splits, batch, epochs, seed):
    make, rule, options = NETWORKS[network]
    torch.manual_seed(seed)
    net = make().to(splits["train"].tensors[0].dtype)  # drawn in float32 in any case
    optimizer = rule(net.parameters(), **options)
    loader = DataLoader(splits["train"], batch_size=batch, shuffle=True)
    validation = DataLoader(splits["val"], batch_size=batch) if "val" in splits else None
    steps = []
    for _ in range(epochs):
        net.train()
        for x, y in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(net(x), y)
            loss.backward()
            optimizer.step()
            steps.append(loss.item())
        if validation:
            evaluate(net, validation)
    return steps, evaluate(net, DataLoader(splits["test"], batch_size=1000))


def main():
    a = command_line(__doc__).parse_args()
    torch.set_num_threads(1)
    torch.backends.mkldnn.enabled = not a.other_kernels
    experiment = EXPERIMENTS[a.network]
    splits = {s: TensorDataset(pixels(x, experiment["data"]).to(torch.float64 if a.double else torch.float32), torch.from_numpy(y).long())
              for s, (x, y) in arrays(f"{a.data}/{experiment['data']}.h5").items()}
    path = result_file(a.out, "pytorch", a.network, a.epochs, a)
    for seed in missing(path, a.seeds):
        began = time.time()
        steps, (loss, accuracy) = train(a.network, splits, experiment["batch"], a.epochs, seed)
        add_result(path, seed=seed, loss=loss, accuracy=accuracy, seconds=round(time.time() - began, 1), steps=steps,
                   versions={"torch": str(torch.__version__), "kernels": torch.backends.cpu.get_cpu_capability()})


main()
