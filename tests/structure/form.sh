#!/bin/bash
# SPDX-License-Identifier: MIT
# Form of the sources: license line, length of tools, no path of one machine, a man page for each tool.
set -u -o pipefail
cd "${NN_SOURCE:?}" || exit 1
bad=0
complain() { echo "$1" >&2; bad=1; }

for source in tools/*.cpp; do
  tool=$(basename "$source" .cpp)
  lines=$(wc -l < "$source")
  [ "$lines" -le 90 ] || complain "$source: $lines lines, at most 90"
  [ -e "man/$tool.1" ] || complain "$source: no man/$tool.1"
done
for page in man/*.1; do
  tool=$(basename "$page" .1)
  [ -e "tools/$tool.cpp" ] || complain "$page: no tools/$tool.cpp"
done
while read -r file; do
  head -3 "$file" | grep -q 'SPDX-License-Identifier: MIT' || complain "$file: no SPDX line"
done < <(find lib tools tests -name '*.cpp' -o -name '*.h' -o -name '*.sh')
while read -r file; do
  lines=$(wc -l < "$file")
  [ "$lines" -le 400 ] || complain "$file: $lines lines, one idea a file"
done < <(find lib tools -name '*.cpp' -o -name '*.h')

# A path that exists on one machine only. The pattern is split so that this file does not match itself.
pattern='/(wo''rk|ho''me/[a-z]+|ro''ot)/|/tm''p/(bui''ld|ba''sh|BRI)'
files=$(grep -rnIE "$pattern" --include=* lib tools tests man share examples cmake CMakeLists.txt Makefile.demo README.md .ci 2>/dev/null |
  grep -v '^share/data/')
[ -z "$files" ] || complain "paths of one machine:
$files"
to_do='\b(TO''DO|FIX''ME|X''XX)\b'
files=$(grep -rnIE "$to_do" lib tools tests)
[ -z "$files" ] || complain "left to do:
$files"

# What stands after the exit of a script does not run.
while read -r file; do
  tail -n 1 "$file" | grep -q '^exit' || complain "$file: its last line is no exit"
done < <(grep -lF '"$(dirname "$0")/head.sh"' tests/*/*.sh)

# Where a signal meets a child of bash 5.2 before it runs its command, the child runs the script's EXIT trap.
files=$(grep -rnE "^ *trap .* EXIT$|&& trap .* EXIT$" --include=*.sh bench fuzz tests | grep -vF '[ $BASHPID = $$ ] &&')
[ -z "$files" ] || complain "an EXIT trap that a child runs too:
$files"
exit $bad
