#!/bin/bash
# SPDX-License-Identifier: MIT
# The generated parts of the man pages and the completions are those that the tools print; every option that --help
# shows stands in the man page and in each completion; -h fits a terminal; mandoc has nothing to complain about.
set -u -o pipefail
bin=${NN_BIN:?folder of the built tools}
export NN_SHARE=${NN_SHARE:-${NN_SOURCE:?}/share}
cd "$NN_SOURCE" || exit 1
failed=0
complain() { echo "$1" >&2; failed=1; }
man/update.sh "$bin" --check || failed=1

for source in tools/nn-*.cpp; do
  tool=$(basename "$source" .cpp)
  options=$("$bin/$tool" --help | sed -nE 's/^  +(-[a-zA-Z], +)?--(\[no-\])?([a-z0-9-]+).*/\3/p')
  [ "$(wc -w <<< "$options")" -ge 5 ] || complain "$tool: --help shows no options"
  for option in $options; do
    grep -q -- "Fl ..$option\b" "man/$tool.1" || complain "$tool: --$option is not in man/$tool.1"
    for file in bash/$tool zsh/_$tool; do
      grep -qe "--$option\b" "share/completions/$file" || complain "$tool: --$option is not in share/completions/$file"
    done
    grep -qe "-l $option\b" "share/completions/fish/$tool.fish" || complain "$tool: --$option is not in completions/fish"
  done
  brief=$("$bin/$tool" -h)
  [ "$(wc -l <<< "$brief")" -le 24 ] || complain "$tool -h: $(wc -l <<< "$brief") lines, at most 24"
  said=$(sed -n 2p <<< "$brief") told=$(sed -n 's/^\.Nd //p' "man/$tool.1")
  [ "$said" = "$told" ] || complain "$tool: -h describes it as '$said', man/$tool.1 as '$told'"
  ! grep -qE '^  .*\.\.\.( \[.*)?$' <<< "$brief" || complain "$tool -h: a sentence is cut"
  long=$(awk 'length > 80' <<< "$brief")
  [ -z "$long" ] || complain "$tool -h: more than 80 columns: $long"
  for section in NAME SYNOPSIS DESCRIPTION OPTIONS ENVIRONMENT FILES 'EXIT STATUS' EXAMPLES 'SEE ALSO'; do
    grep -qx ".Sh $section" "man/$tool.1" || complain "man/$tool.1: no section $section"
  done
done

if command -v mandoc > /dev/null; then
  for page in man/*.[157]; do
    said=$(mandoc -Tlint -W warning "$page") || complain "$said"
  done
  # What a page looks like, not only that it can be read: quotes close behind what they quote, an argument that must be given
  # has no default, and formulas keep their letters.
  layers=$(mandoc -Tascii -O width=200 man/nn-layers.7 | sed 's|.\x08||g')
  for text in "\`3*( conv:32,3,same relu )' stands for" "instance \`conv1' and \`dense2', and so are brackets" 'Number of outputs (required).' 'Size of the window (required).' \
      'x above 0, slope * x below.' 'max(x, 0).' 'x tanh(softplus(x)).' 'exp(x) / sum exp(x);'; do
    grep -qF -e "$text" <<< "$layers" || complain "nn-layers(7) does not show: $text"
  done
  for page in man/*.[157]; do
    shown=$(mandoc -Tascii -O width=78 "$page" | sed 's|.\x08||g')
    long=$(awk 'length > 110' <<< "$shown")
    [ -z "$long" ] || complain "$page: lines that no terminal holds: $long"
    lost=$(grep -nE "'[(a-zA-Z0-9]+, '|\`[^']*\( [^)']*'\)|\(required\) \(default" <<< "$shown")
    [ -z "$lost" ] || complain "$page: quotes or defaults that went wrong: $lost"
  done
  heads=$("$bin/nn-train" --list likes | sed -n '1{s/ *option$//;s/^ *//;s/  */ /g;p}')
  shown=$(mandoc -Tascii man/nn-frameworks.7 | sed 's|.\x08||g;s/^ *//;s/  */ /g')
  grep -qxF -e "$heads" <<< "$shown" || complain "nn-frameworks(7) has no columns $heads"
else
  echo "skipped: mandoc is not there, pages not checked by it"
fi
exit $failed
