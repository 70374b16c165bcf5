#!/bin/bash
# SPDX-License-Identifier: MIT
# Measures the table of kernel choices for every instruction set that this machine has and the oneDNN of this build:
#   choices.sh BENCH-CHOICES OLD NEW       NEW: OLD with the rows that could be measured here put in the place of its own
set -euo pipefail
bench=$1 old=$2 new=$3
measured=$(mktemp) && trap '[ $BASHPID = $$ ] && rm -f "$measured"' EXIT
for isa in avx512 avx2; do NN_ISA=$isa "$bench" >> "$measured" || echo "== no rows for $isa"; done
key='function key(line, part) { gsub(/[{",:]/, " ", line); split(line, part, " "); return part[1] == "//" ? part[2] " " part[3] : part[1] " " part[2] }'
{
  sed '/^\/\/ [a-z0-9]* [0-9]*:/,$d' "$old"  # the head
  cat "$measured"
  awk "$key"' NR == FNR { seen[key($0)]; next } (/^\/\/ [a-z0-9]+ [0-9]+:/ || /^{/) && !(key($0) in seen)' "$measured" "$old"
} > "$new"
echo "== $new: if it is better, copy it to $old and build again"
