# SPDX-License-Identifier: MIT
# The head of scripts beside it, which read it first: a fresh folder, the built tools in front of PATH, and words for tests.
set -u -o pipefail
source_dir=${NN_SOURCE:?}
bin=${NN_BIN:?folder of the built tools}
PATH=$bin:$PATH
export NN_SHARE=${NN_SHARE:-$source_dir/share} LC_ALL=C
work=$(mktemp -d) || exit 1
trap '[ $BASHPID = $$ ] && rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0
fail() { echo "FAILED: $*"; failed=1; }
# status N COMMAND...: runs it, its output in out, its stderr in err
status() {
  local want=$1 got=0
  shift
  "$@" > out 2> err || got=$?
  [ $got = "$want" ] || fail "$* ended with $got, expected $want: $(cat err)"
  ! grep -qE 'unexpected|internal error' err || fail "$*: $(cat err)"
}
says() { grep -q -e "$1" err || fail "no '$1' in: $(cat err)"; }
prints() { grep -q -e "$1" out || fail "no '$1' in: $(head -5 out)"; }
# same A B: both files hold the same content, whoever wrote them when; else what $3 says
same() { [ "$(nn-info --digest "$1" | cut -c1-64)" = "$(nn-info --digest "$2" | cut -c1-64)" ] || fail "$1 and $2 have other digests: $3"; }
