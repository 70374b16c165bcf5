# SPDX-License-Identifier: MIT
"""The two networks of S2 that the tutorial trains with PyTorch: sigmoid, and dropout with He's initialization; Adam."""
import os

import torch
from torch import nn, optim
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

torch.manual_seed(int(os.environ.get("SEED", 1)))
EPOCHS = int(os.environ.get("EPOCHS", 10))
train_set = datasets.MNIST("data", train=True, download=True, transform=transforms.ToTensor())
test_set = datasets.MNIST("data", train=False, download=True, transform=transforms.ToTensor())
train_loader = DataLoader(train_set, batch_size=128, shuffle=True)
test_loader = DataLoader(test_set, batch_size=128)


def he(module):
    if isinstance(module, nn.Linear):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")


def run(name, model):
    optimizer = optim.Adam(model.parameters())
    criterion = nn.CrossEntropyLoss()
    for epoch in range(EPOCHS):
        model.train()
        total = 0.0
        for images, labels in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            total += loss.item()
        print(f"{name}: epoch {epoch + 1}, loss {total / len(train_loader):.4f}")
    model.eval()
    with torch.no_grad():
        correct = sum((model(images).argmax(1) == labels).sum().item() for images, labels in test_loader)
    print(f"{name}: test accuracy {100 * correct / len(test_set):.2f} %")


run("sigmoid, Adam", nn.Sequential(
    nn.Flatten(), nn.Linear(784, 512), nn.Sigmoid(), nn.Linear(512, 128), nn.Sigmoid(), nn.Linear(128, 10)))
model = nn.Sequential(
    nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Dropout(0.5), nn.Linear(512, 128), nn.ReLU(), nn.Dropout(0.5),
    nn.Linear(128, 10))
model.apply(he)
run("He, dropout, Adam", model)
