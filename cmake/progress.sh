#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: cmake/progress.sh FOLDER JOBS [TARGET...]
# Runs cmake --build in FOLDER and shows how far it is: on a terminal in one line that is rewritten, else a line every five
# per cent. Everything that is no progress (warnings, errors) is printed as it is; FOLDER/build.log keeps all of it.
set -u -o pipefail
[ $# -ge 2 ] || { echo "usage: $0 FOLDER JOBS [TARGET...]" >&2; exit 2; }
folder=$1 jobs=$2
shift 2
terminal=0 last=-5 open=0
[ ! -t 1 ] || terminal=1
columns=${COLUMNS:-$(tput cols 2> /dev/null || echo 80)}

show() { # PERCENT WHAT
  if [ $terminal = 1 ]; then
    printf '\r\033[K   %3d %%  %s' "$1" "${2:0:columns - 12}"
    open=1
  elif [ "$1" -ge $((last + 5)) ]; then
    last=$(($1 / 5 * 5))
    printf '   %3d %%\n' "$last"
  fi
}
end_line() { [ $open = 0 ] || printf '\r\033[K'; open=0; }

cmake --build "$folder" -j "$jobs" ${1+--target "$@"} 2>&1 | tee "$folder/build.log" | {
  makefile='^\[ *([0-9]+)%\] (.*)' ninja='^\[([0-9]+)/([0-9]+)\] (.*)'
  while IFS= read -r line; do
    if [[ $line =~ $makefile ]]; then show "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
    elif [[ $line =~ $ninja ]]; then show $((100 * BASH_REMATCH[1] / BASH_REMATCH[2])) "${BASH_REMATCH[3]}"
    elif [[ $line =~ ^(g?make(\[[0-9]+\])?:\ (Entering|Leaving)|Consolidate|ninja:\ (no\ work|Entering)|Dependencies\ file|.*warning:\ (-j|jobserver)) ]]; then :
    else end_line; printf '%s\n' "$line"
    fi
  done
  end_line
}
