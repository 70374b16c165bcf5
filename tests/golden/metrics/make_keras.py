# SPDX-License-Identifier: MIT
# usage: KERAS_BACKEND=tensorflow make_keras.py > keras.json
# Cosine similarity of outputs and targets by Keras in float64: ordinary rows, rows of zeros, opposite ones, and lengths
# below Keras' epsilon of 1e-7. Recorded with keras 3.15.1 on tensorflow 2.21.0.
import json
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = ""
import keras
import numpy as np

ROWS = {
    "ordinary": ([[1, 2, -0.5], [0.25, -3, 4], [2, 2, 2], [-1, 0.5, 0.125]], [[0.5, 2.5, 1], [0, -2, 5], [1, 1, 1], [1, -0.5, -0.125]]),
    "zeros": ([[0, 0], [1, 2], [0, 0]], [[3, 4], [0, 0], [0, 0]]),
    "short": ([[2.0**-25, 0], [2.0**-30, 2.0**-30]], [[1, 1], [2.0**-26, 2.0**-28]]),
}
examples = []
for name, (outputs, targets) in ROWS.items():
    metric = keras.metrics.CosineSimilarity(dtype="float64")
    metric.update_state(np.array(targets, np.float64), np.array(outputs, np.float64))
    examples.append({"name": name, "outputs": outputs, "targets": targets, "cosine_similarity": float(metric.result())})
rows = ",\n".join("  " + json.dumps(e) for e in examples)
print('{"made_by": "tests/golden/metrics/make_keras.py", "keras": "%s",\n "examples": [\n%s\n ]\n}' % (keras.__version__, rows))
