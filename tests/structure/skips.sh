#!/bin/bash
# SPDX-License-Identifier: MIT
# CI counts skips: .ci/skips refuses one that the machine could have run, and one that it knows nothing of.
set -u -o pipefail
cd "${NN_SOURCE:?}" || exit 1
work=$(mktemp -d) || exit 1
trap '[ $BASHPID = $$ ] && rm -rf "$work"' EXIT
failed=0
# verdict STATUS LINE: what .ci/skips makes of one line of ctest's
verdict() {
  local status=0
  printf '%s\n' "$2" > "$work/log"
  bash .ci/skips "$work/log" > "$work/said" || status=$?
  [ $status = "$1" ] || { echo "FAILED: status $status for: $2"; cat "$work/said"; failed=1; }
}
verdict 0 ' 1/96 Test  #1: base .............................   Passed    1.00 sec'
verdict 1 '12/96 Test #12: base .............................***Skipped   1.00 sec'
mkdir -p "$work/with/datasets/mnist" "$work/without" && touch "$work/with/datasets/mnist/train-images-idx3-ubyte.gz"
NN_TEST_DATA=$work/with verdict 1 ' 2/96 Test  #2: data-needs-mnist .................***Skipped   0.02 sec'
NN_TEST_DATA=$work/without verdict 0 ' 2/96 Test  #2: data-needs-mnist .................***Skipped   0.02 sec'
# A real run of ctest in which one test is skipped, and one leaves out a part that no machine lacks.
cat > "$work/CTestTestfile.cmake" <<'END'
add_test(gone "/bin/sh" "-c" "exit 77")
set_tests_properties(gone PROPERTIES SKIP_RETURN_CODE 77)
add_test(part "/bin/sh" "-c" "echo skipped: the part that matters")
END
(cd "$work" && ctest > log 2>&1)
grep -q 'Skipped' "$work/log" || { echo 'FAILED: ctest says nothing of a skip'; failed=1; }
bash .ci/skips "$work/log" > /dev/null && { echo "FAILED: a skip of ctest's own was not seen"; failed=1; }
bash .ci/skips /dev/null "$work/Testing/Temporary/LastTest.log" > "$work/said" && { echo 'FAILED: a part that was left out was not seen'; failed=1; }
grep -q 'the part that matters' "$work/said" || { echo "FAILED: $(cat "$work/said")"; failed=1; }
# What a whole test says when it is skipped is judged once, as the test: LastTest.log calls it passed.
cat > "$work/CTestTestfile.cmake" <<'END'
add_test(data-needs-mnist "/bin/sh" "-c" "echo skipped: the pictures are not there; exit 77")
set_tests_properties(data-needs-mnist PROPERTIES SKIP_RETURN_CODE 77)
END
(cd "$work" && ctest > log 2>&1)
NN_TEST_DATA=$work/without bash .ci/skips "$work/log" "$work/Testing/Temporary/LastTest.log" > "$work/said" ||
  { echo 'FAILED: the words of a whole test were taken for a part of another'; cat "$work/said"; failed=1; }
exit $failed
