#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes unicode_tables.inc from a recording of what the tokenizers library does with each code point.

    unicode_tables.py unicode.json > unicode_tables.inc

unicode.json holds, as asked one code point at a time: `removed`, `space`, `cjk`, `mark`, `white`, `punct` as [first, last]
ranges; `nfd`, `lower` as {from: [to...]} (Hangul syllables by arithmetic, so not in it); `order`: canonical combining classes
of the characters that are left when marks are dropped; `made_with`: the version. That library mixes three versions of Unicode,
so no other library has these tables.
"""
import json
import sys

u = json.load(open(sys.argv[1]))


def rows(name, type_, entries):
    print(f"constexpr {type_} {name}[] = {{")
    line = "   "
    for e in entries:
        text = " {" + ", ".join(e) + "},"
        if len(line) + len(text) > 118:
            print(line)
            line = "   "
        line += text
    print(line[:-1] + "};")


print(f"""// SPDX-License-Identifier: MIT
// Made by unicode_tables.py from a recording of {u["made_with"]}; not edited by hand.
// clang-format off""")
for name in ("removed", "space", "cjk", "mark", "white", "punct"):
    rows(name + "_ranges", "CodeRange", ([f"0x{a:X}", f"0x{b:X}"] for a, b in u[name]))
for name, most in (("nfd", 4), ("lower", 2)):
    entries = sorted((int(a), to) for a, to in u[name].items())
    assert all(1 <= len(to) <= most for _, to in entries)
    rows(name + "_rows", f"Replacement<{most}>", ([f"0x{a:X}", str(len(to)), "{" + ", ".join(f"0x{c:X}" for c in to) + "}"] for a, to in entries))
rows("order_rows", "CombiningClass", ([f"0x{int(a):X}", str(c)] for a, c in sorted(((int(a), c) for a, c in u["order"].items()))))
