#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Changed HDF5 files against the tools: bytes of our own files, with the sums of their metadata put right, and of files of
the old format behind a superblock like ours. No run may die of a signal or take long; one that calls a file good must see
what the whole file holds, and so must h5dump.

    mutants.py --bin BUILD [--count N] [--seconds S] [--seed S] [--keep FOLDER] [--deaths FOLDER]

--count: tries, spread over the kinds of files. --seconds: no try begins later than that.
--keep: for the files that are silent, crash or hang. --deaths: for those in which the reading child dies.

Prints a table, kind | tries | seen | same | silent | crash | hang, and the line of the campaigns. Status 1 unless the last three are 0.
"""
import argparse
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time

MASK = 0xFFFFFFFF


def rotated(x, by):
    return ((x << by) | (x >> (32 - by))) & MASK


def lookup3(data):
    """Bob Jenkins' hashlittle, as HDF5 sums its metadata."""
    a = b = c = (0xDEADBEEF + len(data)) & MASK
    padded = data + b"\0" * (-len(data) % 12)
    words = struct.unpack("<%dI" % (len(padded) // 4), padded)
    last = max(0, (len(data) - 1) // 12) * 3
    for i in range(0, last, 3):
        a, b, c = (a + words[i]) & MASK, (b + words[i + 1]) & MASK, (c + words[i + 2]) & MASK
        a = ((a - c) & MASK) ^ rotated(c, 4); c = (c + b) & MASK
        b = ((b - a) & MASK) ^ rotated(a, 6); a = (a + c) & MASK
        c = ((c - b) & MASK) ^ rotated(b, 8); b = (b + a) & MASK
        a = ((a - c) & MASK) ^ rotated(c, 16); c = (c + b) & MASK
        b = ((b - a) & MASK) ^ rotated(a, 19); a = (a + c) & MASK
        c = ((c - b) & MASK) ^ rotated(b, 4); b = (b + a) & MASK
    if not data:
        return c
    a, b, c = (a + words[last]) & MASK, (b + words[last + 1]) & MASK, (c + words[last + 2]) & MASK
    c = ((c ^ b) - rotated(b, 14)) & MASK
    a = ((a ^ c) - rotated(c, 11)) & MASK
    b = ((b ^ a) - rotated(a, 25)) & MASK
    c = ((c ^ b) - rotated(b, 16)) & MASK
    a = ((a ^ c) - rotated(c, 4)) & MASK
    b = ((b ^ a) - rotated(a, 14)) & MASK
    return ((c ^ b) - rotated(b, 24)) & MASK


def number(data, at, size):
    return int.from_bytes(data[at:at + size], "little")


class Blocks:
    """Where the metadata of a file with superblock 2 or 3 stands, and where each block keeps its sum."""

    def __init__(self, data):
        self.data, self.found = data, {0: (48, 44)}  # begin: (size, place of the sum within)
        for name, visit in ((b"OHDR", self.header), (b"FRHP", self.heap), (b"BTHD", self.tree), (b"FAHD", self.array)):
            at = data.find(name)
            while at >= 0:
                visit(at)
                at = data.find(name, at + 1)

    def add(self, at, size, sum_at=None):
        sum_at = size - 4 if sum_at is None else sum_at
        if 0 <= at and at + size <= len(self.data) and self.sum(self.data, at, size, sum_at) == number(self.data, at + sum_at, 4):
            self.found[at] = (size, sum_at)
            return True
        return False

    @staticmethod
    def sum(data, at, size, sum_at):
        if sum_at == size - 4:
            return lookup3(bytes(data[at:at + sum_at]))
        block = bytearray(data[at:at + size])
        block[sum_at:sum_at + 4] = bytes(4)
        return lookup3(bytes(block))

    def header(self, at):
        flags = self.data[at + 5]
        begin = at + 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
        width = 1 << (flags & 3)
        size = number(self.data, begin, width)
        begin += width
        if self.add(at, begin + size + 4 - at):
            self.messages(begin, begin + size, flags)

    def messages(self, at, end, flags):
        extra = 2 if flags & 4 else 0
        while at + 4 + extra <= end:
            kind, size = self.data[at], number(self.data, at + 1, 2)
            at += 4 + extra
            if kind == 16:  # a further part
                place, length = number(self.data, at, 8), number(self.data, at + 8, 8)
                if self.data[place:place + 4] == b"OCHK" and self.add(place, length):
                    self.messages(place + 4, place + length - 4, flags)
            at += size

    def heap(self, at):
        if not self.add(at, 146):
            return
        begin, most = number(self.data, at + 112, 8), number(self.data, at + 128, 2)
        inside = 13 + (most + 7) // 8
        block = self.data.find(b"FHDB")
        while block >= 0:
            for size in (begin << i for i in range(12)):
                if self.add(block, size, inside):
                    break
            block = self.data.find(b"FHDB", block + 1)

    def tree(self, at):
        if self.add(at, 38) and number(self.data, at + 12, 2) == 0:
            root = number(self.data, at + 16, 8)
            if self.data[root:root + 4] == b"BTLF":
                self.add(root, 6 + number(self.data, at + 24, 2) * number(self.data, at + 10, 2) + 4)

    def array(self, at):
        if self.add(at, 28):
            self.add(number(self.data, at + 16, 8), 14 + number(self.data, at + 8, 8) * self.data[at + 6] + 4)

    def mend(self, data):
        for at, (size, sum_at) in self.found.items():
            struct.pack_into("<I", data, at + sum_at, self.sum(data, at, size, sum_at))


def change(rng, data, places):
    """One to four changes, most of them in the metadata."""
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        begin, size = rng.choice(places) if places and rng.random() < 0.85 else (0, len(data))
        at = begin + rng.randrange(max(1, size))
        kind = rng.randrange(5)
        if kind == 0:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            data[at] = rng.choice((0, 1, 0x7F, 0x80, 0xFE, 0xFF, rng.randrange(256)))
        elif kind == 2:
            width = rng.choice((2, 4, 8))
            value = rng.choice((0, 1, 0x7FFF, 1 << 31, (1 << 32) - 1, (1 << 63) - 1, (1 << 64) - 1, len(data), rng.randrange(len(data))))
            data[at:at + width] = (value & ((1 << (8 * width)) - 1)).to_bytes(width, "little")[:len(data) - at]
        elif kind == 3:
            source, count = rng.randrange(len(data)), rng.choice((1, 4, 8, 24))
            data[at:at + count] = data[source:source + count][:len(data) - at].ljust(min(count, len(data) - at), b"\0")
        else:
            data[at] = (data[at] + rng.choice((1, 255, 2, 254))) & 0xFF


def behind_our_superblock(data):
    """A file of the old format, its first bytes replaced by a superblock of version 2."""
    assert data[8] == 0, "superblock of another version"
    root = number(data, 64, 8)  # the root's symbol table entry: address of its object header
    head = b"\x89HDF\r\n\x1a\n" + bytes((2, 8, 8, 0)) + struct.pack("<QQQQ", 0, (1 << 64) - 1, len(data), root)
    return head + struct.pack("<I", lookup3(head)) + data[48:]


def run(command, **more):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, **more)


class Campaign:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.tool = lambda name: os.path.join(options.bin, name)
        self.rng = random.Random(options.seed)
        self.h5dump = shutil.which("h5dump")

    def seeds(self):
        here = lambda name: os.path.join(self.folder, name)
        def do(*command):
            got = run([self.tool(command[0]), *command[1:]])
            assert got.returncode == 0, (command, got.stderr)
        do("nn-fetch", "-q", "iris", "-o", here("iris.h5"))
        do("nn-fetch", "-q", "digits", "-o", here("digits.h5"))
        do("nn-prep", "-q", "--subset", "train=20,test=10", "--scale", "0:1", "-o", here("small.h5"), here("digits.h5"))
        do("nn-train", "-q", "--model", "conv:2,3 bn relu flatten dense:10", "--epochs", "1", "--checkpoint", here("checkpoint.h5"), "-o", here("model.h5"), here("small.h5"))
        do("nn-eval", here("model.h5"), here("small.h5"), "-o", here("metrics.h5"))
        do("nn-predict", here("model.h5"), here("small.h5"), "-o", here("predictions.h5"))
        return {name: open(here(name + ".h5"), "rb").read() for name in ("iris", "small", "model", "checkpoint", "metrics", "predictions")}

    def old_seeds(self, good):
        """The same contents in the old format, where h5py is there to write it."""
        try:
            import h5py
        except ImportError:
            print("skipped: no h5py here, so no files of the old format", file=sys.stderr)
            return {}
        olds = {}
        for name, data in good.items():
            source, target = os.path.join(self.folder, "source.h5"), os.path.join(self.folder, "old.h5")
            open(source, "wb").write(data)
            with h5py.File(source, "r") as a, h5py.File(target, "w", libver="earliest") as b:
                for key, value in a.attrs.items():
                    if not isinstance(value, (str, bytes)) or len(value) < 30000:
                        b.attrs[key] = value
                for key in a:
                    a.copy(key, b)
            olds["old " + name] = behind_our_superblock(open(target, "rb").read())
        return olds

    def picture(self, name):
        """All that h5dump shows, with its status; but not where in its own memory a reference lies, which 1.14 prints."""
        got = run([self.h5dump, name], timeout=60)
        return got.returncode, re.sub(rb'DATASET \d+ "', b'DATASET "', got.stdout.replace(name.encode(), b""))

    def one(self, name, good, mutant, counts):
        path = os.path.join(self.folder, "mutant.h5")
        open(path, "wb").write(mutant)
        counts["tries"] += 1
        verdict = "seen"
        for command in ((self.tool("nn-info"), "--check", path), (self.tool("nn-info"), path)):
            try:
                got = run(command, timeout=60)
            except subprocess.TimeoutExpired:
                verdict = "hang"
                break
            if got.returncode not in (0, 1):
                verdict = "crash"
                break
            if got.returncode == 1 and got.stderr.count(b"\n") != 1:
                verdict = "crash"  # one line, and nothing of the C library's own
                break
            if command[1] == "--check" and got.returncode == 0:
                verdict = "same" if self.is_same(path, good) else "silent"
            if self.options.deaths and (b"killed by signal" in got.stderr or b"took too long" in got.stderr):
                self.keep(path, self.options.deaths, "death", name, counts)
        counts[verdict] += 1
        if verdict in ("silent", "crash", "hang") and self.options.keep:
            self.keep(path, self.options.keep, verdict, name, counts)

    def keep(self, path, folder, verdict, name, counts):
        os.makedirs(folder, exist_ok=True)
        shutil.copy(path, os.path.join(folder, "%s-%s-%d.h5" % (verdict, name.replace(" ", "-"), counts["tries"])))

    def is_same(self, path, good):
        """For the digest, and for all that h5dump shows: names, types, extents, attributes and values."""
        whole = os.path.join(self.folder, "whole.h5")
        open(whole, "wb").write(good)
        digest = [run([self.tool("nn-info"), "--digest", p]).stdout[:64] for p in (path, whole)]
        if digest[0] != digest[1]:
            return False
        return not self.h5dump or self.picture(path) == self.picture(whole)

    def all(self):
        good = self.seeds()
        olds = self.old_seeds(good)
        seeds = {**good, **olds}
        blocks, places, tables = {}, {}, {}
        for name, data in seeds.items():
            blocks[name] = Blocks(data)
            places[name] = [(at, size) for at, (size, _) in blocks[name].found.items() if at > 0]
            at = data.find(b"GCOL")
            if at >= 0:
                places[name].append((at, 256))
            tables[name] = dict.fromkeys(("tries", "seen", "same", "silent", "crash", "hang"), 0)
        end = time.monotonic() + self.options.seconds
        for _ in range(max(1, self.options.count // len(seeds))):
            for name, data in seeds.items():
                if time.monotonic() > end:
                    return tables
                mutant = bytearray(data)
                change(self.rng, mutant, places[name])
                if self.rng.random() < 0.9:
                    blocks[name].mend(mutant)
                self.one(name, data, bytes(mutant), tables[name])
        return tables


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--count", type=int, default=10000)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", default="")
    parser.add_argument("--deaths", default="")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tables = Campaign(options, folder).all()
    columns = ("tries", "seen", "same", "silent", "crash", "hang")
    total = {column: sum(counts[column] for counts in tables.values()) for column in columns}
    print(" | ".join(("kind",) + columns))
    for name, counts in list(tables.items()) + [("all", total)]:
        print(" | ".join([name] + [str(counts[column]) for column in columns]))
    print("%-12s | %6d | %6d | %6d | %5d | %4d" % ("mutants", total["tries"], total["seen"] + total["same"], total["silent"], total["crash"], total["hang"]))
    return 1 if total["silent"] or total["crash"] or total["hang"] else 0


if __name__ == "__main__":
    sys.exit(main())
