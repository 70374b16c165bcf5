#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs every example of the man pages: the literal blocks of one page, in order, in one fresh folder.
set -u -o pipefail
PATH=${NN_BIN:?folder of the built tools}:$PATH
export NN_SHARE=${NN_SHARE:-${NN_SOURCE:?}/share}
unset NN_MIRROR
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME=$work/cache
failed=0
for page in "$NN_SOURCE"/man/*.[157]; do
  name=$(basename "$page")
  mkdir "$work/$name" && cd "$work/$name" || exit 1
  # Only blocks of the section EXAMPLES are commands.
  awk '/^\.Sh /{examples = $2 == "EXAMPLES"} /^\.Ed/{inside = 0} inside && examples{gsub(/\\e/, "\\"); print} /^\.Bd -literal/{inside = 1}' "$page" > run.sh
  [ -s run.sh ] || { echo "$name: no examples"; failed=1; continue; }
  missing=
  for program in h5ls h5dump h5diff gnuplot; do
    grep -qw "$program\|-o [a-z]*\.\(svg\|png\)" run.sh && ! command -v "$program" > /dev/null && missing="$missing $program"
  done
  if [ -n "$missing" ]; then echo "skipped: $name needs$missing"; continue; fi
  if ! timeout 300 bash -eu -o pipefail run.sh > said 2>&1 < /dev/null; then
    echo "$name: an example failed:"; tail -5 said; failed=1
  fi
  find . -name '*.tmp' | grep . && { echo "$name: left behind"; failed=1; }
done
exit $failed
