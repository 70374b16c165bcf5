#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Hostile model files against nn-info and nn-convert.

    models.py --bin BUILD [--form short|long] [--seed S] [--keep FOLDER] [--say]

Small models in every format that nn-convert writes are cut off (long: at every byte) and have bytes changed; and files are
made by hand: archives that unpack to much more than they are, whose members overlap, lie outside of their folder or have
the same name, pickles that call functions or nest deeply, safetensors with offsets that lie, ONNX with values outside of
its folder, in a circle, and of 2^40 extents. Each run may take a second of processor time (held in the long form) and 256 MB; one
that fails ends with status 1, 2 or 3 and one line. Of the files made by hand none may be read.

Prints a line a kind, kind | tries | seconds | MB, the most that one took, and the line of the campaigns. Status 1 unless
its last three numbers are 0.
"""
import argparse
import io
import json
import os
import pickle
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import warnings
import zipfile
import zlib

MOST_SECONDS, MOST_MB, HANGS = 1.0, 256, 20


def zip_of(members, compress=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    warnings.simplefilter("ignore")  # of names that come twice
    with zipfile.ZipFile(out, "w", compress) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def overlapping(name):
    """Two members of the central directory that share one stored body."""
    data = bytearray(zip_of([(name, b"0" * 4000)], zipfile.ZIP_STORED))
    begin = data.rindex(b"PK\5\6")
    central = data.index(b"PK\1\2")
    entry = bytes(data[central:begin])
    other = entry.replace(name.encode(), name.encode()[:-1] + b"X")
    end = bytearray(data[begin:])
    struct.pack_into("<HHLL", end, 8, 2, 2, 2 * len(entry), central)
    return bytes(data[:central]) + entry + other + bytes(end)


def claims(name, size):
    """A deflated member that says it is much larger than it is."""
    packer = zlib.compressobj(9, wbits=-15)
    body = b"".join(packer.compress(b"\0" * 1_000_000) for _ in range(100)) + packer.flush()  # in parts: a child begins as large as this
    head = struct.pack("<4sHHHHHLLLHH", b"PK\3\4", 20, 0, 8, 0, 0, 0, len(body), size, len(name), 0) + name.encode()
    central = struct.pack("<4sHHHHHHLLLHHHHHLL", b"PK\1\2", 20, 20, 0, 8, 0, 0, 0, len(body), size, len(name), 0, 0, 0, 0, 0, 0) + name.encode()
    end = struct.pack("<4sHHHHLLH", b"PK\5\6", 0, 0, 1, 1, len(central), len(head) + len(body), 0)
    return head + body + central + end


class Calls:
    def __reduce__(self):
        return os.system, ("touch called",)


def torch_zip(data, storages=()):
    return zip_of([("archive/data.pkl", data), ("archive/byteorder", "little"), ("archive/version", "3\n")] +
                  [(f"archive/data/{key}", body) for key, body in storages], zipfile.ZIP_STORED)


def tensor(shape, strides, count, offset=0):
    """The pickle of {'0.weight': a tensor}, as torch.save writes it."""
    def integer(value):
        return b"\x8a\x08" + struct.pack("<q", value)

    def text(value):
        return b"X" + struct.pack("<L", len(value)) + value

    def numbers(values):
        return b"(" + b"".join(integer(v) for v in values) + b"t"

    return (b"\x80\2}(" + text(b"0.weight") + b"ctorch._utils\n_rebuild_tensor_v2\n((" + text(b"storage") + b"ctorch\nFloatStorage\n" +
            text(b"0") + text(b"cpu") + integer(count) + b"tQ" + integer(offset) + numbers(shape) + numbers(strides) + b"\x89}tRu.")


def safetensors(header, body=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def field(number, value):
    """One of protobuf: bytes or an integer."""
    def varint(n):
        out = bytearray()
        while True:
            out.append(n & 127 | (128 if n > 127 else 0))
            n >>= 7
            if not n:
                return bytes(out)

    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def onnx(nodes=b"", initializers=b"", shape=(1, 4)):
    dims = b"".join(field(1, field(1, d)) for d in shape)
    value = field(2, field(1, field(1, 1) + field(2, dims)))
    graph = nodes + field(2, "g") + initializers + field(11, field(1, "x") + value) + field(12, field(1, "y") + value)
    return field(1, 8) + field(8, field(1, "") + field(2, 17)) + field(7, graph)


def node(kind, inputs, outputs):
    return field(1, b"".join(field(1, i) for i in inputs) + b"".join(field(2, o) for o in outputs) + field(4, kind))


def constant(name, shape, raw=None, location=None):
    data = b"".join(field(1, d) for d in shape) + field(2, 1) + field(8, name)
    if raw is not None:
        data += field(9, raw)
    if location:
        data += field(13, field(1, "location") + field(2, location)) + field(14, 1)
    return field(5, data)


def by_hand():
    """name, suffix, bytes"""
    f32 = {"dtype": "F32", "shape": [2, 2]}
    deep = b"\x80\2" + b"(" * 200_000 + b"t" * 200_000 + b"."
    yield "zip bomb", ".pth", claims("archive/data.pkl", 100_000_000)
    yield "zip bomb", ".keras", claims("config.json", 4_000_000_000)
    yield "zip bomb", ".keras", claims("model.weights.h5", 100_000_000)
    yield "zip bomb", ".weights.npz", claims("0.weight.npy", 4_000_000_000)
    yield "zip bomb", ".pth", torch_zip(tensor((10**8,), (1,), 10**8), [("0", b"\0" * 4)])
    yield "overlapping members", ".pth", overlapping("archive/data.pkl")
    yield "overlapping members", ".weights.npz", overlapping("0.weight.npy")
    for name in ("../data.pkl", "/etc/data.pkl", "archive/../../data.pkl"):
        yield "members outside", ".pth", zip_of([(name, pickle.dumps({}, 2)), ("archive/version", "3")])
    yield "same names", ".pth", zip_of([("archive/data.pkl", pickle.dumps({}, 2))] * 2 + [("archive/version", "3")])
    yield "same names", ".keras", zip_of([("config.json", "{}")] * 2)
    yield "pickle that calls", ".pth", torch_zip(pickle.dumps(Calls(), 2))
    yield "pickle that calls", ".pth", torch_zip(pickle.dumps({"a": Calls()}, 2))
    yield "pickle that calls", ".pth", b"\x80\2\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19." + pickle.dumps(Calls(), 2)
    yield "pickle that nests", ".pth", torch_zip(deep)
    yield "pickle that nests", ".pth", torch_zip(b"\x80\2" + b"]" + b"q\0h\0a" * 100_000 + b".")
    yield "tensors that lie", ".pth", torch_zip(tensor((2**40,), (1,), 4), [("0", b"\0" * 16)])
    yield "tensors that lie", ".pth", torch_zip(tensor((2**40, 2**40), (0, 0), 4), [("0", b"\0" * 16)])
    yield "tensors that lie", ".pth", torch_zip(tensor((2, 2), (2**62, 1), 4), [("0", b"\0" * 16)])
    yield "tensors that lie", ".pth", torch_zip(tensor((2, 2), (2, 1), 4, -1), [("0", b"\0" * 16)])
    yield "offsets that lie", ".safetensors", safetensors({"a": {**f32, "data_offsets": [0, 2**63]}}, b"\0" * 16)
    yield "offsets that lie", ".safetensors", safetensors({"a": {**f32, "data_offsets": [16, 0]}}, b"\0" * 16)
    yield "offsets that lie", ".safetensors", safetensors({"a": {**f32, "data_offsets": [0, 16]}, "b": {**f32, "data_offsets": [8, 24]}}, b"\0" * 24)
    yield "offsets that lie", ".safetensors", safetensors({"a": {"dtype": "F32", "shape": [2**40, 2**40], "data_offsets": [0, 16]}}, b"\0" * 16)
    yield "offsets that lie", ".safetensors", struct.pack("<Q", 2**63) + b"{}"
    yield "offsets that lie", ".safetensors", struct.pack("<Q", 2**32) + b"{" * 64
    yield "JSON that nests", ".safetensors", safetensors(b'{"a":' + b"[" * 1_000_000)
    yield "JSON that nests", ".keras", zip_of([("config.json", b"[" * 1_000_000), ("metadata.json", "{}"), ("model.weights.h5", b"\x89HDF\r\n\x1a\n")])
    for location in ("../secret", "/etc/passwd", "a/../../secret"):
        yield "values outside", ".onnx", onnx(node("MatMul", ["x", "w"], ["y"]), constant("w", (4, 4), location=location))
    yield "circle", ".onnx", onnx(node("Add", ["x", "b"], ["a"]) + node("Add", ["a", "x"], ["b"]) + node("Relu", ["b"], ["y"]))
    yield "2^40 extents", ".onnx", onnx(node("MatMul", ["x", "w"], ["y"]), constant("w", (2**40, 4), raw=b"\0" * 16))
    yield "2^40 extents", ".onnx", onnx(node("Relu", ["x"], ["y"]), shape=(1, 2**40, 2**40))
    yield "2^40 extents", ".onnx", onnx(node("Expand", ["x", "w"], ["y"]), field(5, field(1, 2) + field(2, 7) + field(8, "w") + field(9, struct.pack("<2q", 2**40, 2**40))))


class Campaign:
    def __init__(self, options, work):
        self.options, self.work = options, work
        self.seen = self.silent = self.crash = self.hang = self.tries = 0
        self.kinds = {}

    def complain(self, kind, path, what):
        print(f"FAILED: models: {kind}: {what}", file=sys.stderr)
        if self.options.keep:
            os.makedirs(self.options.keep, exist_ok=True)
            shutil.copy(path, os.path.join(self.options.keep, f"{self.tries}-{os.path.basename(path)}"))

    def run(self, kind, suffix, data, may_be_read):
        path = os.path.join(self.work, "hostile" + suffix)
        with open(path, "wb") as out:
            out.write(data)
        tool = "nn-info" if self.tries % 2 else "nn-convert"
        command = [os.path.join(self.options.bin, tool), path] + ([] if tool == "nn-info" else ["-o", os.path.join(self.work, "out.h5")])
        self.tries += 1
        with open(os.path.join(self.work, "said"), "w+b") as said:
            child = subprocess.Popen(["timeout", "-s", "KILL", str(HANGS)] + command, stdout=subprocess.DEVNULL, stderr=said, cwd=self.work)
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = code = os.waitstatus_to_exitcode(status)
            said.seek(0)
            text = said.read().decode(errors="replace")
        seconds, megabytes = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
        worst = self.kinds.setdefault(kind, [0, 0.0, 0.0])
        self.kinds[kind] = [worst[0] + 1, max(worst[1], seconds), max(worst[2], megabytes)]
        lines = [line for line in text.splitlines() if ": warning: " not in line and ": note: " not in line]
        if self.options.say and not may_be_read:
            print(f"{kind}: {text.strip()}")
        if code in (137, -9):
            self.hang += 1
            self.complain(kind, path, f"{tool} hangs")
        elif code not in (0, 1, 2, 3) or (code and (len(lines) != 1 or "unexpected" in lines[0])):
            self.crash += 1
            self.complain(kind, path, f"{tool}: status {code}: {text[:300]}")
        elif code == 0 and not may_be_read:
            self.silent += 1
            self.complain(kind, path, f"{tool} reads it")
        elif (self.options.form == "long" and seconds > MOST_SECONDS) or megabytes > MOST_MB:
            self.hang += 1
            self.complain(kind, path, f"{tool} took {seconds:.2f} s and {megabytes:.0f} MB")
        else:
            self.seen += 1
        if os.path.exists(os.path.join(self.work, "called")):
            self.crash += 1
            self.complain(kind, path, "the pickle's function was called")
            os.remove(os.path.join(self.work, "called"))

    def models(self):
        def tool(*command):
            subprocess.run([os.path.join(self.options.bin, command[0]), *command[1:]], cwd=self.work, check=True, stderr=subprocess.DEVNULL)

        tool("nn-fetch", "-q", "iris", "-o", "d.h5")
        tool("nn-train", "-q", "--model", "dense:3 bn relu dense:3", "--epochs", "1", "--checkpoint", "c.h5", "-o", "m.h5", "d.h5")
        for name in ("m.pth", "m.safetensors", "m.weights.npz", "m.keras", "m.weights.h5", "m.old.h5", "m.onnx"):
            more = ["--optimizer-state"] if name == "m.pth" else ["--to", "keras-h5"] if name == "m.old.h5" else []
            tool("nn-convert", "-q", *more, "c.h5", name)
            with open(os.path.join(self.work, name), "rb") as file:
                yield name[1:], file.read()

    def all(self):
        rng = random.Random(self.options.seed)
        long = self.options.form == "long"
        for kind, suffix, data in by_hand():
            for _ in range(2):  # by both tools
                self.run(kind, suffix, data, False)
        for suffix, data in self.models():
            places = range(len(data)) if long else sorted(rng.sample(range(len(data)), 12))
            for at in places:
                self.run("cut off, " + suffix, suffix, data[:at], suffix == ".onnx")  # a message may end after any field
            for _ in range(600 if long else 12):
                changed = bytearray(data)
                for _ in range(rng.choice((1, 1, 1, 4))):
                    changed[rng.randrange(len(data))] ^= rng.randrange(1, 256)
                self.run("changed, " + suffix, suffix, bytes(changed), True)
        for kind, (tries, seconds, megabytes) in self.kinds.items():
            print(f"{kind:24} | {tries:6} | {seconds:7.3f} | {megabytes:5.0f}")
        print(f"{'models':12} | {self.tries:6} | {self.seen:6} | {self.silent:6} | {self.crash:5} | {self.hang:4}")
        return 0 if self.silent + self.crash + self.hang == 0 else 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--form", default="short", choices=("short", "long"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", help="folder for the files that do harm")
    parser.add_argument("--say", action="store_true", help="print how the files made by hand are refused")
    options = parser.parse_args()
    options.bin = os.path.abspath(options.bin)
    with tempfile.TemporaryDirectory() as work:
        sys.exit(Campaign(options, work).all())


if __name__ == "__main__":
    main()
