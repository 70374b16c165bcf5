#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Takes the learning-rate schedules out of recordings of the frameworks, one entry a scheduler class and set of options.

usage: make_golden.py RECORDINGS > rates.json
RECORDINGS is a folder with torch.json and keras.json: lists "schedules" of {scheduler or schedule, args, lr[, momentum]}
as the frameworks gave them (torch.optim.lr_scheduler from rate 0.1; keras.optimizers.schedules).
"""
import json
import sys

entries = []
versions = {}
for framework, key in (("torch", "scheduler"), ("keras", "schedule")):
    with open(f"{sys.argv[1]}/{framework}.json", encoding="utf-8") as file:
        recorded = json.load(file)
    versions.update({k: v for k, v in recorded["versions"].items() if k in ("torch", "keras", "tensorflow")})
    for row in recorded["schedules"]:
        if row[key] == "ReduceLROnPlateau":
            continue
        entries.append({key: row[key], "args": row["args"], **{k: row[k] for k in ("lr", "momentum") if k in row}})
lines = ",\n".join("  " + json.dumps(entry) for entry in entries)
print('{\n "versions": %s,\n "schedules": [\n%s\n ]\n}' % (json.dumps(versions), lines))
