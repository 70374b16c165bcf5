#!/bin/bash
# SPDX-License-Identifier: MIT
# A read that fails on a pipe, of the process that opens the file or of gnuplot, is an error that names it, not the end of
# what comes; an interrupted one is tried again. The shim lets one read of a pipe fail.
set -u
PATH=${NN_BIN:?folder of the built tools}:$PATH
export NN_SHARE=${NN_SHARE:-${NN_SOURCE:?}/share} NN_THREADS=1
command -v gnuplot > /dev/null && command -v gcc > /dev/null || exit 77
! ldd "$(command -v nn-plot-data)" | grep -q 'lib[at]san' || exit 77  # a preloaded library comes in their way
work=$(mktemp -d) || exit 1
trap '[ $BASHPID = $$ ] && rm -rf "$work"' EXIT
cd "$work" || exit 1
cat > shim.c <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
ssize_t read(int fd, void *to, size_t size) {
  static ssize_t (*next)(int, void *, size_t);
  static int count, at;
  if (!next) next = (ssize_t (*)(int, void *, size_t))dlsym(RTLD_NEXT, "read");
  if (!at) at = atoi(getenv("SHIM_AT")), unsetenv("LD_PRELOAD");
  struct stat info;
  if (fstat(fd, &info) == 0 && S_ISFIFO(info.st_mode) && ++count == at) {
    errno = atoi(getenv("SHIM_ERRNO"));
    return -1;
  }
  return next(fd, to, size);
}
C
gcc -O1 -shared -fPIC -o shim.so shim.c -ldl || exit 77
failed=0
nn-fetch -q digits -o d.h5 && nn-plot-data samples --grid 4x4 d.h5 -o good.svg || exit 1
seen=
for at in 1 2 3 4 5 6 7 8; do
  rm -f o.svg
  if SHIM_AT=$at SHIM_ERRNO=5 LD_PRELOAD=$PWD/shim.so nn-plot-data samples --grid 4x4 d.h5 -o o.svg 2> err; then
    cmp -s o.svg good.svg || { echo "FAILED: read $at fails, and a picture of $(stat -c %s o.svg) bytes stands there"; failed=1; }
  else
    [ ! -e o.svg ] || { echo "FAILED: read $at fails, and an output is there"; failed=1; }
    case $(cat err) in
      *gnuplot*) seen+=g ;;
      *d.h5:\ reading\ its\ table\ of\ contents\ failed:\ Input/output\ error) seen+=t ;;
      *) echo "FAILED: read $at fails: $(cat err)"; failed=1 ;;
    esac
  fi
  SHIM_AT=$at SHIM_ERRNO=4 LD_PRELOAD=$PWD/shim.so nn-plot-data samples --grid 4x4 d.h5 -o o.svg 2> err || { echo "FAILED: interrupted read $at: $(cat err)"; failed=1; }
  cmp -s o.svg good.svg || { echo "FAILED: interrupted read $at gives another picture"; failed=1; }
done
[[ $seen == t*g* ]] || { echo "FAILED: reads that failed: '$seen', expected some of the table of contents, then some of gnuplot"; failed=1; }
[ -s err ] && cat err
exit $failed
