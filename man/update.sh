#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: man/update.sh BUILD-FOLDER [--check]
# Rewrites what the tools generate: the text between the two marker comments of the man pages, and share/completions.
# With --check nothing is written: the files that differ are named, and the exit status is 1 if there are any.
set -euo pipefail
[ $# -ge 1 ] || { echo "usage: $0 BUILD-FOLDER [--check]" >&2; exit 2; }
build=$(cd "$1" && pwd)
check=${2:-}
cd "$(dirname "$0")/.."
begin='.\" generated, do not edit: man/update.sh'
end='.\" end of the generated part'
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# put FILE: standard input becomes FILE, or is compared with it.
put() {
  cat > "$scratch/new"
  cmp -s "$scratch/new" "$1" && return
  if [ "$check" = --check ]; then
    echo "$1 differs from what the tool says (make -f Makefile.demo man)" >&2
    diff "$1" "$scratch/new" >&2 | head -20 || true
    : > "$scratch/differ"  # a file, since put runs in the subshell of a pipeline
  else
    mkdir -p "$(dirname "$1")"
    cat "$scratch/new" > "$1"
    echo "$1"
  fi
}

# page FILE PART...: the files PART go between the pairs of markers of FILE, in order.
page() {
  local file=$1; shift
  [ "$(grep -cxF -e "$begin" "$file") $(grep -cxF -e "$end" "$file")" = "$# $#" ] || { echo "$file: expected $# pairs of marker lines" >&2; exit 1; }
  begin=$begin end=$end parts=$* awk '
    BEGIN { begin = ENVIRON["begin"]; end = ENVIRON["end"]; split(ENVIRON["parts"], part, " ") }
    $0 == end { inside = 0 }
    !inside { print }
    $0 == begin { inside = 1; name = part[++n]; while ((getline line < name) > 0) print line; close(name) }' "$file" | put "$file"
}
# list WHAT: a file with that list of nn-train as a man page has it.
list() { "$build/nn-train" --man-list "$1" > "$scratch/$1"; echo "$scratch/$1"; }

for source in tools/nn-*.cpp; do
  tool=$(basename "$source" .cpp)
  program=$build/$tool
  [ -x "$program" ] || { echo "$program is not built" >&2; exit 1; }
  "$program" --man-options > "$scratch/part"
  page "man/$tool.1" "$scratch/part"
  "$program" --completion bash | put "share/completions/bash/$tool"
  "$program" --completion zsh | put "share/completions/zsh/_$tool"
  "$program" --completion fish | put "share/completions/fish/$tool.fish"
done
page man/nn-layers.7 "$(list layers)" "$(list initializers)"
page man/nn-frameworks.7 "$(list likes)" "$(list counterparts)"
[ ! -e "$scratch/differ" ]
