# SPDX-License-Identifier: MIT
"""S4 in PyTorch: what Keras' callbacks do is written out; the same pictures."""
import copy
import os

import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, Subset
from torch.utils.tensorboard import SummaryWriter
from torchvision import datasets, transforms

torch.manual_seed(int(os.environ.get("SEED", 1)))
EPOCHS = int(os.environ.get("EPOCHS", 20))
train_set = datasets.MNIST("data", train=True, download=True, transform=transforms.ToTensor())
test_set = datasets.MNIST("data", train=False, download=True, transform=transforms.ToTensor())
train_loader = DataLoader(Subset(train_set, range(48000)), batch_size=128, shuffle=True)
val_loader = DataLoader(Subset(train_set, range(48000, 60000)), batch_size=128)
test_loader = DataLoader(test_set, batch_size=128)

plt.figure(figsize=(10, 4))
for i in range(10):
    image, label = train_set[i]
    plt.subplot(2, 5, i + 1)
    plt.imshow(image[0], cmap="gray")
    plt.title(str(label))
    plt.axis("off")
plt.savefig("samples.png")

model = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 64), nn.ReLU(),
                      nn.Dropout(0.2), nn.Linear(64, 10))
print(model)
criterion = nn.CrossEntropyLoss()
optimizer = optim.Adam(model.parameters())
scheduler = optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=2, min_lr=1e-7)
writer = SummaryWriter("logs")


def evaluate(loader):
    model.eval()
    loss, correct, n = 0.0, 0, 0
    with torch.no_grad():
        for images, labels in loader:
            outputs = model(images)
            loss += criterion(outputs, labels).item() * len(labels)
            correct += (outputs.argmax(1) == labels).sum().item()
            n += len(labels)
    return loss / n, correct / n


history = {name: [] for name in ("loss", "accuracy", "val_loss", "val_accuracy")}
best, best_weights, waited = float("inf"), None, 0
for epoch in range(EPOCHS):
    model.train()
    total, correct = 0.0, 0
    for images, labels in train_loader:
        optimizer.zero_grad()
        outputs = model(images)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        correct += (outputs.argmax(1) == labels).sum().item()
    val_loss, val_accuracy = evaluate(val_loader)
    for name, value in zip(history, (total / 48000, correct / 48000, val_loss, val_accuracy)):
        history[name].append(value)
        writer.add_scalar(name, value, epoch)
    for name, p in model.named_parameters():
        writer.add_histogram(name, p, epoch)
    print(f"Epoch {epoch + 1}: loss {history['loss'][-1]:.4f}, val_loss {val_loss:.4f}, val_accuracy {val_accuracy:.4f}")
    scheduler.step(val_loss)
    if val_loss < best:
        best, best_weights, waited = val_loss, copy.deepcopy(model.state_dict()), 0
        torch.save(best_weights, "best.pth")
    else:
        waited += 1
        if waited == 5:
            break
model.load_state_dict(best_weights)
writer.close()
loss, accuracy = evaluate(test_loader)
print(f"test loss {loss:.4f}, test accuracy {100 * accuracy:.2f} %")

for name in ("loss", "accuracy"):
    plt.figure()
    plt.plot(history[name], label="training")
    plt.plot(history["val_" + name], label="validation")
    plt.xlabel("epoch")
    plt.ylabel(name)
    plt.legend()
    plt.savefig(name + ".png")

images = torch.stack([test_set[i][0] for i in range(len(test_set))])
with torch.no_grad():
    probabilities = model(images).softmax(1).numpy()
plt.figure(figsize=(12, 5))
for i in range(10):
    plt.subplot(2, 5, i + 1)
    plt.imshow(images[i][0], cmap="gray")
    plt.title(f"{probabilities[i].argmax()} ({100 * probabilities[i].max():.1f} %)")
    plt.axis("off")
plt.savefig("predictions.png")

confusion = np.zeros((10, 10), int)
np.add.at(confusion, (test_set.targets.numpy(), probabilities.argmax(1)), 1)
plt.figure()
plt.imshow(confusion, cmap="Blues")
plt.xlabel("predicted")
plt.ylabel("true")
plt.savefig("confusion.png")
torch.save(model.state_dict(), "mnist.pth")
