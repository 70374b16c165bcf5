#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs every example of the man pages: the literal blocks of one page, in order, in one fresh folder.
set -u -o pipefail
PATH=${NN_BIN:?folder of the built tools}:$PATH
export NN_SHARE=${NN_SHARE:-${NN_SOURCE:?}/share}
unset NN_MIRROR
work=$(mktemp -d) || exit 1
trap '[ $BASHPID = $$ ] && rm -rf "$work"' EXIT
export XDG_CACHE_HOME=$work/cache
failed=0
# Experiments share the processors among the trainings that make runs at a time, unless they are told otherwise.
printf 'all: ; @echo $$NN_THREADS\ninclude %s/examples/experiment.mk\n' "$NN_SOURCE" > "$work/Makefile"
threads() { env -u MAKEFLAGS -u MAKELEVEL -u NN_THREADS "${@:2}" make -s -C "$work" ${1+$1}; }
all=$(nproc) half=$(($(nproc) / 2))
for run in "-j1 $all" "-j2 $((half > 0 ? half : 1))" "-j4096 1"; do
  [ "$(threads "${run% *}")" = "${run#* }" ] || { echo "make ${run% *}: NN_THREADS is $(threads "${run% *}"), expected ${run#* }"; failed=1; }
done
[ "$(threads -j2 NN_THREADS=3)" = 3 ] || { echo 'NN_THREADS of the user does not count'; failed=1; }
for page in "$NN_SOURCE"/man/*.[157]; do
  name=$(basename "$page")
  mkdir "$work/$name" && cd "$work/$name" || exit 1
  # Only blocks of the section EXAMPLES are commands.
  awk '/^\.Sh /{examples = $2 == "EXAMPLES"} /^\.Ed/{inside = 0} inside && examples{gsub(/\\e/, "\\"); print} /^\.Bd -literal/{inside = 1}' "$page" > run.sh
  [ -s run.sh ] || { echo "$name: no examples"; failed=1; continue; }
  missing=
  for program in h5ls h5dump h5diff gnuplot; do
    grep -qw "$program\|-o [a-z]*\.\(svg\|png\)\|--report" run.sh && ! command -v "$program" > /dev/null && missing="$missing $program"
  done
  if [ -n "$missing" ]; then echo "skipped: $name needs$missing"; continue; fi
  if ! timeout 300 bash -eu -o pipefail run.sh > said 2>&1 < /dev/null; then
    echo "$name: an example failed:"; tail -5 said; failed=1
  fi
  find . -name '*.tmp' | grep . && { echo "$name: left behind"; failed=1; }
done
exit $failed
