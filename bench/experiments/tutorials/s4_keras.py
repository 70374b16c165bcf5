# SPDX-License-Identifier: MIT
"""S4 as a Keras tutorial writes it: samples, summary, callbacks with TensorBoard, curves, ten predictions, confusion."""
import os

import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(int(os.environ.get("SEED", 1)))
EPOCHS = int(os.environ.get("EPOCHS", 20))
(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()

plt.figure(figsize=(10, 4))
for i in range(10):
    plt.subplot(2, 5, i + 1)
    plt.imshow(x_train[i], cmap="gray")
    plt.title(str(y_train[i]))
    plt.axis("off")
plt.savefig("samples.png")

x_train = x_train.reshape(-1, 784).astype("float32") / 255.0
x_test = x_test.reshape(-1, 784).astype("float32") / 255.0

model = keras.Sequential([
    keras.Input((784,)),
    layers.Dense(128, activation="relu"), layers.Dropout(0.2),
    layers.Dense(64, activation="relu"), layers.Dropout(0.2),
    layers.Dense(10, activation="softmax"),
])
model.summary()
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(
    x_train, y_train, batch_size=128, epochs=EPOCHS, validation_split=0.2, verbose=2,
    callbacks=[
        keras.callbacks.EarlyStopping("val_loss", patience=5, restore_best_weights=True),
        keras.callbacks.ModelCheckpoint("best.keras", monitor="val_accuracy", save_best_only=True),
        keras.callbacks.ReduceLROnPlateau("val_loss", factor=0.5, patience=2, min_lr=1e-7),
        keras.callbacks.TensorBoard("logs", histogram_freq=1),
    ])
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"test loss {loss:.4f}, test accuracy {100 * accuracy:.2f} %")

for name in ("loss", "accuracy"):
    plt.figure()
    plt.plot(history.history[name], label="training")
    plt.plot(history.history["val_" + name], label="validation")
    plt.xlabel("epoch")
    plt.ylabel(name)
    plt.legend()
    plt.savefig(name + ".png")

probabilities = model.predict(x_test, verbose=0)
plt.figure(figsize=(12, 5))
for i in range(10):
    plt.subplot(2, 5, i + 1)
    plt.imshow(x_test[i].reshape(28, 28), cmap="gray")
    plt.title(f"{probabilities[i].argmax()} ({100 * probabilities[i].max():.1f} %)")
    plt.axis("off")
plt.savefig("predictions.png")

confusion = np.zeros((10, 10), int)
np.add.at(confusion, (y_test, probabilities.argmax(1)), 1)
plt.figure()
plt.imshow(confusion, cmap="Blues")
plt.xlabel("predicted")
plt.ylabel("true")
plt.savefig("confusion.png")
model.save("mnist.keras")
