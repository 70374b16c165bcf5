#!/bin/bash
# SPDX-License-Identifier: MIT
# Holds the #include lines of lib/ and tools/ against the rooms that each may use, and foreign libraries against the one
# place where each may be seen.
set -u -o pipefail
cd "${NN_SOURCE:?}/lib" || exit 1
bad=0
complain() { echo "$1" >&2; bad=1; }

# Room and the rooms it may include directly or through those; closed over below.
declare -A uses=(
  [base]=""
  [h5]="base"
  [random]="base"
  [graph]="base"
  [backend]="graph random"
  [layers]="graph random"
  [losses]="graph"
  [optim]="base"
  [schedules]="base backend"
  [text]="base h5"
  [model]="layers losses h5 backend text"
  [data]="base h5 text"
  [formats]="base h5 model data optim"
  [results]="base h5"
  [train]="results formats model losses optim schedules data random"
  [info]="model data results train"
  [plot]="model data results"
  [report]="plot"
  [cli]="base h5"
)
may() {  # may ROOM OTHER
  [ "$1" = "$2" ] && return 0
  local next
  for next in ${uses[$1]}; do may "$next" "$2" && return 0; done
  return 1
}

for room in */; do
  room=${room%/}
  [ -n "${uses[$room]+known}" ] || complain "lib/$room: not a room that this test knows"
done
while IFS=: read -r file line text; do
  room=${file%%/*}
  other=$(sed -n 's/.*"\([a-z0-9_]*\)\/.*/\1/p' <<< "$text")
  if [ -z "$other" ]; then
    [[ $text == *.def\"* ]] || complain "lib/$file:$line: own headers are included as \"room/file.h\": $text"
  elif [ -n "${uses[$room]+known}" ] && ! may "$room" "$other"; then
    complain "lib/$file:$line: $room may not include $other"
  fi
done < <(grep -rn --include=*.cpp --include=*.h --include=*.cu '^#include "' .  | sed 's,^\./,,')

# only PATTERN WHERE: files that include PATTERN lie below WHERE.
only() {
  local found
  found=$(grep -rlE --include=*.cpp --include=*.h --include=*.cu "^#include [<\"]$1" . ../tools | sed 's,^\./,,' | grep -vE "^($2)") &&
    complain "$1 is for $2 only, but: $found"
}
only 'hdf5' 'h5/'
only 'H5' 'h5/'
only 'CLI/' 'cli/parse\.cpp$'
only '(oneapi/)?dnnl' 'backend/cpu/conv/onednn/'
only 'omp\.h' 'backend/cpu/conv/onednn/'
only 'nlohmann/' 'base/text/json\.cpp$'
only '(cuda|cudnn|cublas)' 'backend/cuda/'
only 'openssl/' 'base/sha256\.cpp$'
only 'curl/' 'data/'
only 'png\.h' 'formats/'
only 'zip\.h' 'data/'
only 'google/protobuf' 'train/tensorboard/'
only '.*\.pb\.h' '(train/tensorboard|formats/models/onnx)/'
exit $bad
