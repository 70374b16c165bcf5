# SPDX-License-Identifier: MIT
"""S1 as a PyTorch tutorial writes it: LeNet-5, thirteen epochs, the loss curves of training and test samples."""
import os

import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
import torch
from torch import nn, optim
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

torch.manual_seed(int(os.environ.get("SEED", 1)))
EPOCHS = int(os.environ.get("EPOCHS", 13))
train_set = datasets.FashionMNIST("data", train=True, download=True, transform=transforms.ToTensor())
test_set = datasets.FashionMNIST("data", train=False, download=True, transform=transforms.ToTensor())
train_loader = DataLoader(train_set, batch_size=128, shuffle=True)
test_loader = DataLoader(test_set, batch_size=128)


class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 4 * 4, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = torch.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = torch.max_pool2d(torch.relu(self.conv2(x)), 2)
        x = torch.flatten(x, 1)
        x = torch.relu(self.fc1(x))
        x = torch.relu(self.fc2(x))
        return self.fc3(x)


model = LeNet5()
criterion = nn.CrossEntropyLoss()
optimizer = optim.Adam(model.parameters(), lr=0.001)
train_losses, test_losses = [], []
best = float("inf")

for epoch in range(EPOCHS):
    model.train()
    total = 0.0
    for images, labels in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
    train_losses.append(total / len(train_set))
    model.eval()
    total, correct = 0.0, 0
    with torch.no_grad():
        for images, labels in test_loader:
            outputs = model(images)
            total += criterion(outputs, labels).item() * len(labels)
            correct += (outputs.argmax(1) == labels).sum().item()
    test_losses.append(total / len(test_set))
    print(f"Epoch {epoch + 1}: train loss {train_losses[-1]:.4f}, test loss {test_losses[-1]:.4f}, "
          f"test accuracy {100 * correct / len(test_set):.2f} %")
    if test_losses[-1] < best:
        best = test_losses[-1]
        torch.save(model.state_dict(), "lenet5_best.pth")

plt.plot(range(1, EPOCHS + 1), train_losses, label="training")
plt.plot(range(1, EPOCHS + 1), test_losses, label="test")
plt.xlabel("epoch")
plt.ylabel("loss")
plt.legend()
plt.savefig("loss.png")
