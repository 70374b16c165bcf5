# SPDX-License-Identifier: MIT
# What the campaigns of this folder share. A campaign is NAME.sh [short|long [SEED]]; it prints one line
#   NAME | tries | seen | silent | crash | hang
# and exits 1 unless the last three are 0. seen: the tool said what was wrong, or the result was right although something
# was; silent: a wrong result, a changed old file or something left behind, without a word; crash: ended by a signal that
# nobody sent, by an exception or without a message.
set -u -o pipefail
PATH=${NN_BIN:?folder of the built tools}:$PATH
export NN_SHARE=${NN_SHARE:-${NN_SOURCE:?}/share} LC_ALL=C NN_THREADS=1
campaign=$(basename "$0" .sh)
form=${1:-short} RANDOM=${2:-1}
case $form in short | long) ;; *) echo "usage: $0 [short|long [SEED]]" >&2; exit 2 ;; esac
work=$(mktemp -d) || exit 1
# A child that a signal meets before it runs its command runs this trap as well (bash 5.2), and must remove nothing.
trap '[ $BASHPID = $$ ] && rm -rf "$work"' EXIT
cd "$work" || exit 1
tries=0 seen=0 silent=0 crash=0 hang=0
limit=20  # seconds that a try may take, on a loaded machine

# as_many SHORT LONG
as_many() { [ "$form" = short ] && echo "$1" || echo "$2"; }
complain() {
  [ -d "$work" ] || { echo "FAILED: $campaign: somebody removed $work" >&2; exit 1; }
  echo "FAILED: $campaign: $*" >&2
}
# judge STATUS SAID WHAT: a failed try has a status of its own and one line that is no exception's; hang and crash are counted here.
# Returns 0 when the tool refused in order.
judge() {
  case $1 in
    124) hang=$((hang + 1)); complain "$3: hangs"; return 1 ;;
    1 | 2 | 3 | 75) if grep -q . "$2" && ! grep -q 'unexpected:\|std::\|Sanitizer\|HDF5-DIAG' "$2"; then seen=$((seen + 1)); return 0; fi ;;
  esac
  crash=$((crash + 1))
  complain "$3: status $1: $(head -c 300 "$2")"
  return 1
}
# For campaigns with a preloaded library or little memory: the runtime of a sanitizer bears neither.
without_sanitizer() {
  ! ldd "$NN_BIN/nn-info" | grep -q 'lib[at]san' || { echo 'skipped: the tools are built with a sanitizer'; exit 77; }
}
finish() {
  [ $tries -gt 0 ] || { complain 'nothing was tried'; exit 1; }
  printf '%-12s | %6d | %6d | %6d | %5d | %4d\n' "$campaign" $tries $seen $silent $crash $hang
  [ $((silent + crash + hang)) = 0 ]
}
