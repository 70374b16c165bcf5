# SPDX-License-Identifier: MIT
"""S0 as a Keras tutorial writes it: FashionCNN, ten epochs, test accuracy and loss, saved as .h5."""
import os

import keras
from keras import layers

keras.utils.set_random_seed(int(os.environ.get("SEED", 1)))
EPOCHS = int(os.environ.get("EPOCHS", 10))
(x_train, y_train), (x_test, y_test) = keras.datasets.fashion_mnist.load_data()
x_train = ((x_train.astype("float32") / 255.0 - 0.5) / 0.5)[..., None]
x_test = ((x_test.astype("float32") / 255.0 - 0.5) / 0.5)[..., None]

model = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Conv2D(32, 3, padding="same"), layers.BatchNormalization(), layers.ReLU(), layers.MaxPooling2D(2),
    layers.Conv2D(64, 3, padding="same"), layers.BatchNormalization(), layers.ReLU(), layers.MaxPooling2D(2),
    layers.Conv2D(128, 3, padding="same"), layers.BatchNormalization(), layers.ReLU(), layers.MaxPooling2D(2),
    layers.Flatten(),
    layers.Dense(256, activation="relu"),
    layers.Dense(128, activation="relu"),
    layers.Dropout(0.5),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(0.001), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=64, epochs=EPOCHS, verbose=2)
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"test loss {loss:.4f}, test accuracy {100 * accuracy:.2f} %")
model.save("fashion_cnn.h5")
