#!/bin/bash
# SPDX-License-Identifier: MIT
# cmake --install into a fresh prefix: the tools run from there and find share/, and man pages and completions lie
# where man and the shells look for them.
set -u -o pipefail
build=${NN_BIN:?folder of the built tools}
export LC_ALL=C
unset NN_SHARE NN_MIRROR
[ -f "$build/cmake_install.cmake" ] || { echo 'skipped: not a build folder of cmake'; exit 77; }
work=$(mktemp -d) || exit 1
trap '[ $BASHPID = $$ ] && rm -rf "$work"' EXIT
failed=0
complain() { echo "FAILED: $1"; failed=1; }
# The build shows how far it is: a line every five per cent where there is no terminal, and what is no progress.
mkdir "$work/false" "$work/built" && cat > "$work/false/cmake" << 'END'
for i in {0..100}; do printf '[%3d%%] Building CXX object lib/x%d.cpp.o\n' $i $i; done
echo 'x.cpp:3: warning: odd'
exit 3
END
chmod +x "$work/false/cmake"
PATH=$work/false:$PATH bash "$NN_SOURCE/cmake/progress.sh" "$work/built" 2 all > "$work/said"
[ $? = 3 ] || complain 'cmake/progress.sh hides that the build failed'
[ "$(grep -c ' %$' "$work/said")" = 21 ] && grep -qx ' *50 %' "$work/said" || complain "cmake/progress.sh shows: $(head -3 "$work/said")"
grep -qx 'x.cpp:3: warning: odd' "$work/said" || complain 'cmake/progress.sh hides a warning'

# As README says it; what is built already is not built again here.
make -C "$NN_SOURCE" -f Makefile.demo -o build install BUILD="$build" PREFIX="$work/first" > "$work/said" 2>&1 || { tail -5 "$work/said"; exit 1; }
grep -qF "export PATH=\"$work/first/bin:\$PATH\"" "$work/said" || complain "make install does not say what PATH needs: $(cat "$work/said")"
mv "$work/first" "$work/moved"  # a prefix is not burnt in
prefix=$work/moved
cd "$work" || exit 1
export HOME=$work XDG_CACHE_HOME=$work/cache
PATH=$prefix/bin:$PATH

for source in "$NN_SOURCE"/tools/nn-*.cpp; do
  tool=$(basename "$source" .cpp)
  [ "$(command -v "$tool")" = "$prefix/bin/$tool" ] || complain "$tool is not installed"
  "$tool" --version > /dev/null || complain "$tool --version"
  [ -s "$prefix/share/man/man1/$tool.1" ] || complain "$tool.1 is not where man looks"
  [ -s "$prefix/share/bash-completion/completions/$tool" ] || complain "$tool: no bash completion"
  [ -s "$prefix/share/zsh/site-functions/_$tool" ] || complain "$tool: no zsh completion"
  [ -s "$prefix/share/fish/vendor_completions.d/$tool.fish" ] || complain "$tool: no fish completion"
done
for page in nn-tools.7 nn-layers.7 nn-frameworks.7 nn-hdf5.5; do
  [ -s "$prefix/share/man/man${page##*.}/$page" ] || complain "$page is not installed"
done
if command -v man > /dev/null; then
  for page in '1 nn-train' '5 nn-hdf5' '7 nn-layers'; do
    # shellcheck disable=SC2086  # a section and a name
    man -M "$prefix/share/man" -w $page > said 2>&1 || complain "man $page: $(head -1 said)"
  done
fi

nn-train --list models | grep -q '^lenet5' || complain 'nn-train --list models does not show lenet5'
nn-fetch --list | grep -q '^mnist' || complain 'nn-fetch --list does not show mnist'
nn-fetch digits | nn-prep --scale 0:1 -o digits.h5 || complain 'nn-fetch digits'
nn-train -q --model softmax --epochs 10 -o model.h5 digits.h5 || complain 'nn-train --model softmax'
nn-eval --fail-under accuracy=0.8 model.h5 digits.h5 > /dev/null || complain 'nn-eval'
# As a link elsewhere, as people put programs into ~/bin.
mkdir links && ln -s "$prefix/bin/nn-fetch" links/nn-fetch
links/nn-fetch iris -o iris.h5 || complain 'nn-fetch through a link does not find share/'

# Nothing but what belongs to the package, and nothing that names the folder of the build.
cd "$prefix" || exit 1
others=$(find . -type f | grep -vE '^\./(bin/nn-[a-z-]+|lib/nn-tools/nn-cuda\.so|share/(nn-tools/(models/[a-z0-9-]+\.(nn|names)|catalogue/[a-z-]+\.json|data/[A-Za-z.]+)|man/man[157]/nn-[a-z0-9-]+\.[157]|bash-completion/completions/nn-[a-z-]+|zsh/site-functions/_nn-[a-z-]+|fish/vendor_completions\.d/nn-[a-z-]+\.fish))$')
[ -z "$others" ] || complain "installed as well: $others"
grep -rlF "$build" share && complain 'the folder of the build is named in share/'
exit $failed
