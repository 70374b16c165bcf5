#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Takes what plateau schedulers, early stopping and checkpoints decided out of recordings of the frameworks.

usage: make_callbacks.py RECORDINGS > callbacks.json
RECORDINGS is a folder with torch.json and keras.json: {args, metric by epoch, and what came of it} as torch 2.15 and
Keras 3.15 gave them (torch.optim.lr_scheduler.ReduceLROnPlateau from rate 0.1; keras.callbacks). Epochs count from 0.
"""
import json
import sys

entries = []
for framework, kind, group in (("torch", "scheduler", "schedules"), ("keras", "callback", "callbacks")):
    with open(f"{sys.argv[1]}/{framework}.json", encoding="utf-8") as file:
        recorded = json.load(file)
    for row in recorded[group]:
        if framework == "torch" and row[kind] != "ReduceLROnPlateau":
            continue
        entry = {"framework": framework, "callback": row[kind], "args": row["args"], "metric": row["metric"]}
        rates = row.get("lr", row.get("learning_rate"))
        if rates:
            entry["rate"] = rates
        entry.update({k: row[k] for k in ("last_epoch", "weights_at_end_are_of_epoch", "saved_after_epoch_1_based") if k in row})
        entries.append(entry)
print("[\n" + ",\n".join("  " + json.dumps(entry) for entry in entries) + "\n]")
