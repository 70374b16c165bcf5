# SPDX-License-Identifier: MIT
# usage: make.py > scikit-learn.json
# Metrics of scikit-learn for made-up outputs of a network: classes (one of them absent, one never predicted), two
# classes, independent outputs, targets. The calibration error, which scikit-learn lacks, is written out here after
# Guo et al. 2017 (15 bins, each without its lower end).
import json
import sys

import numpy as np
import sklearn
from sklearn import metrics as m

np.random.seed(1)


def softmax(logits):
    e = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return (e / e.sum(axis=1, keepdims=True)).astype(np.float32)


def calibration_error(probability, labels):
    confidence, found = probability.max(axis=1).astype(np.float64), probability.argmax(axis=1)
    bins = np.clip(np.ceil(confidence * 15) - 1, 0, 14).astype(int)
    error = 0
    for b in range(15):
        mine = bins == b
        if mine.any():
            error += mine.mean() * abs((found[mine] == labels[mine]).mean() - confidence[mine].mean())
    return error


def classes(n, names, present, favour):
    """Labels among `present`; class `favour` is never the largest output."""
    k = len(names)
    labels = np.random.choice(present, n)
    logits = np.random.randn(n, k).astype(np.float32)
    logits[np.arange(n), labels] += 1
    logits = np.round(logits * 4) / 4  # ties
    if favour is not None:
        logits[:, favour] -= 9
    p = softmax(logits)
    found = logits.argmax(axis=1)
    union = sorted(set(labels) | set(found))
    areas = [m.roc_auc_score(labels == c, p[:, c]) for c in range(k) if 0 < (labels == c).sum() < n]
    area = m.roc_auc_score(labels, p[:, 1]) if k == 2 else float(np.mean(areas))
    if k > 2 and len(present) == k:
        assert abs(area - m.roc_auc_score(labels, p, multi_class="ovr", average="macro")) < 1e-12
    return {
        "names": names, "labels": labels.tolist(), "outputs": logits.astype(float).tolist(),
        "report": m.classification_report(labels, found, target_names=[names[c] for c in union], zero_division=0),
        "accuracy": m.accuracy_score(labels, found), "balanced_accuracy": m.recall_score(labels, found, labels=sorted(set(labels)), average="macro", zero_division=0),
        "macro_f1": m.f1_score(labels, found, average="macro", zero_division=0),
        "weighted_f1": m.f1_score(labels, found, average="weighted", zero_division=0),
        "auc": area, "ece": calibration_error(p, labels),
    }


def independent(n, names):
    k = len(names)
    targets = (np.random.rand(n, k) < [0.5, 0.3, 0.1]).astype(np.float32)
    logits = (np.random.randn(n, k) + 2 * targets - 1).astype(np.float32)
    found = (logits > 0).astype(int)
    p = (1 / (1 + np.exp(-logits.astype(np.float64)))).astype(np.float32)
    return {
        "names": names, "targets": targets.astype(float).tolist(), "outputs": logits.astype(float).tolist(),
        "report": m.classification_report(targets, found, target_names=names, zero_division=0),
        "accuracy": float((targets == found).mean()), "exact_match": m.accuracy_score(targets, found),
        "macro_f1": m.f1_score(targets, found, average="macro", zero_division=0),
        "weighted_f1": m.f1_score(targets, found, average="weighted", zero_division=0),
        "auc": m.roc_auc_score(targets, p, average="macro"),
    }


def yes_or_no(n, share):
    """One output for a target of 0 and 1: all that scikit-learn computes of y of shape (N,)."""
    targets = (np.random.rand(n) < share).astype(np.float32)
    logits = (np.random.randn(n) + targets).astype(np.float32)
    found = (logits > 0).astype(int)
    p = (1 / (1 + np.exp(-logits.astype(np.float64)))).astype(np.float32)
    union = sorted(set(targets) | set(found))
    return {
        "targets": targets.astype(float).tolist(), "outputs": logits.astype(float).tolist(),
        "report": m.classification_report(targets, found, target_names=["ill=%d" % c for c in union], zero_division=0),
        "accuracy": m.accuracy_score(targets, found), "balanced_accuracy": m.recall_score(targets, found, labels=sorted(set(targets)), average="macro", zero_division=0),
        "precision": m.precision_score(targets, found, zero_division=0), "recall": m.recall_score(targets, found, zero_division=0), "f1": m.f1_score(targets, found, zero_division=0),
        "macro_f1": m.f1_score(targets, found, average="macro", zero_division=0),
        "weighted_f1": m.f1_score(targets, found, average="weighted", zero_division=0),
        "auc": m.roc_auc_score(targets, p) if 0 < targets.sum() < n else None,
    }


def no_yes(n, names):
    """No target is ever wanted or found."""
    k = len(names)
    targets, found = np.zeros((n, k), np.float32), np.zeros((n, k), int)
    return {
        "names": names, "targets": targets.astype(float).tolist(), "outputs": (found - 1.0).tolist(),
        "macro_f1": m.f1_score(targets, found, average="macro", zero_division=0),
        "weighted_f1": m.f1_score(targets, found, average="weighted", zero_division=0),
    }


def never_predicted(names):
    """Values by class of a confusion matrix with a class never predicted, one without samples, one with neither."""
    labels, found, k = [0, 0, 1, 1, 0], [0, 2, 0, 0, 0], len(names)
    values = m.precision_recall_fscore_support(labels, found, labels=range(k), zero_division=0)
    return {"confusion": m.confusion_matrix(labels, found, labels=range(k)).ravel().tolist()} | dict(zip(["precision", "recall", "f1", "support"], [v.tolist() for v in values]))


def regression(n, k):
    targets = (100 + np.random.randn(n, k)).astype(np.float32)
    outputs = (targets + 0.3 * np.random.randn(n, k)).astype(np.float32)
    targets64, outputs64 = targets.astype(np.float64), outputs.astype(np.float64)
    raw = {"multioutput": "raw_values"}
    return {
        "targets": targets64.tolist(), "outputs": outputs64.tolist(), "mae": m.mean_absolute_error(targets64, outputs64, **raw).tolist(),
        "rmse": np.sqrt(m.mean_squared_error(targets64, outputs64, **raw)).tolist(), "r2": m.r2_score(targets64, outputs64, **raw).tolist(),
    }


json.dump({
    "made_by": "scikit-learn " + sklearn.__version__,
    "classes": [
        classes(60, ["ant", "bee", "cow", "a rather long name"], [0, 1, 2, 3], None),
        classes(40, ["ant", "bee", "cow", "dog", "elk"], [0, 1, 3], 1),
        classes(30, ["no", "yes"], [0, 1], None),
    ],
    "independent": [independent(50, ["red", "big", "round"])],
    "targets": [regression(40, 3)],
    "yes_or_no": [yes_or_no(50, 0.7), yes_or_no(20, 1.1), yes_or_no(20, -1)],
    "no_yes": no_yes(10, ["red", "big"]),
    "never_predicted": never_predicted(["ant", "bee", "cow", "dog"]),
}, sys.stdout)
print()
