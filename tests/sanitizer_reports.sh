#!/bin/bash
# SPDX-License-Identifier: MIT
# sanitizer_reports.sh FOLDER: shows the reports of sanitizers in a folder, and fails when there is one. Not shown are those of
# libhdf5's own code in the child that reads files (be_child of lib/h5/reading/child.cpp): damaged files make it copy and
# allocate by the sizes that they state, and the child's end is the answer. The stack of such a report may end in libhdf5,
# which is built without frame pointers. A notice that is no finding (a thread that had just ended) is no report.
set -u -o pipefail
shopt -s nullglob
shown=0 foreign=0
for report in "$1"/*; do
  grep -qE 'ERROR: |WARNING: ThreadSanitizer|runtime error: ' "$report" || continue
  first=$(grep -E '^ +#[0-9]+ ' "$report" | grep -v 'libsanitizer' | head -1)
  last=$(grep -E '^ +#[0-9]+ ' "$report" | tail -1)
  if [[ $first == *libhdf5* ]] && { [[ $last == *libhdf5* ]] || grep -qE '^ +#[0-9]+ .* (in )?(nn::h5::.*)?be_child' "$report"; }; then
    foreign=$((foreign + 1))
  else
    cat "$report"
    shown=$((shown + 1))
  fi
done
echo "$shown reports; $foreign of libhdf5 in a child that read a damaged file"
[ $shown = 0 ]
