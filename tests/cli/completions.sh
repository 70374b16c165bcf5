#!/bin/bash
# SPDX-License-Identifier: MIT
# The completions of share/completions are read by the shells they are for, and offer what is asked of them.
set -u -o pipefail
cd "${NN_SOURCE:?}/share/completions" || exit 1
scratch=$(mktemp -d) || exit 1
trap '[ $BASHPID = $$ ] && rm -rf "$scratch"' EXIT
export HOME=$scratch XDG_CONFIG_HOME=$scratch XDG_DATA_HOME=$scratch
mkdir "$scratch/here" && touch "$scratch/here/data.h5" || exit 1
failed=0
complain() { echo "FAILED: $1"; failed=1; }
# expect SHELL LINE WANTED...: each WANTED is among the words that SHELL's function offered_in_SHELL gives for LINE;
# !WORD is not among them.
expect() {
  local shell=$1 line=$2 word offered
  offered=" $("offered_in_$shell" "$line" 2>&1 | tr '\n' ' ') "
  for word in "${@:3}"; do
    case $word in
      !*) [[ $offered != *" ${word#!} "* ]] || complain "$shell: '$line' offers ${word#!}" ;;
      *) [[ $offered == *" $word "* ]] || complain "$shell: '$line' does not offer $word, but:$offered" ;;
    esac
  done
}
all() { # SHELL
  expect "$1" 'nn-fetch f' fashion-mnist '!mnist'
  expect "$1" 'nn-fetch ' glyphs digits iris mnist '!data.h5'
  expect "$1" 'nn-plot-data conf' confusion
  expect "$1" 'nn-plot-data history d' data.h5
  expect "$1" 'nn-plot-data -T svg conf' confusion '!data.h5'
  expect "$1" 'nn-plot-data --type=svg -q conf' confusion
  expect "$1" 'nn-plot-data --type svg history d' data.h5 '!confusion'
  expect "$1" 'nn-plot-data --type=svg history d' data.h5
  expect "$1" 'nn-fetch --seed 3 ' glyphs digits '!data.h5'
  expect "$1" 'nn-train --optimizer ada' adam adamw adagrad '!sgd'
  expect "$1" 'nn-info d' data.h5
  expect "$1" 'nn-train --epochs ' '!data.h5'
}

# Words are cut at '=' as bash does it.
offered_in_bash() {
  (cd "$scratch/here" && bash -c '
    source "$1"; read -ra COMP_WORDS <<< "${2//=/ = }"; [[ $2 == *" " ]] && COMP_WORDS+=("")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); compopt() { :; }
    tool=${COMP_WORDS[0]}; "_${tool//-/_}"; printf "%s\n" "${COMPREPLY[@]}"' - "$NN_SOURCE/share/completions/bash/${1%% *}" "$1")
}
for file in bash/*; do bash -n "$file" || complain "$file: bash cannot read it"; done
all bash
expect bash 'nn-train --epo' --epochs=
expect bash 'nn-train --optimizer=ada' adam
expect bash 'nn-train --model d' document-head data.h5

if command -v fish > /dev/null; then
  offered_in_fish() { (cd "$scratch/here" && fish -N -c 'source $argv[1]; complete -C $argv[2]' "$NN_SOURCE/share/completions/fish/${1%% *}.fish" "$1" | cut -f 1); }
  for file in fish/*; do fish -n "$file" || complain "$file: fish cannot read it"; done
  all fish
  expect fish 'nn-train --epo' --epochs
  expect fish 'nn-train --model d' document-head data.h5
else
  echo 'skipped: fish is not there'
fi

if command -v zsh > /dev/null; then
  # zsh completes only for someone at a terminal, so it gets one; what its functions add is written down.
  cat > "$scratch/start.zsh" << 'END'
fpath=($completions $fpath)
autoload -Uz compinit && compinit -u -D
setopt no_auto_list no_beep
compadd() {
  local -a hits
  [[ -n ${@[(r)-[OAD]]} ]] || { builtin compadd -O hits "$@"; print -rl -- $hits >> $noted }
  builtin compadd "$@"
}
leave() { exit }
zle -N leave
bindkey '^I' complete-word '^X' leave
END
  cat > "$scratch/type.zsh" << 'END'
zmodload zsh/zpty
zpty asked zsh -f -i
zpty -w asked "completions=$1 noted=$2/words; cd $2/here; source $2/start.zsh; print rea''dy"
zpty -r -m asked out '*ready*'
zpty -n -w asked "$3"$'\t\x18'
while zpty -r asked out 2> /dev/null; do :; done
END
  offered_in_zsh() {
    : > "$scratch/words"
    timeout 20 zsh -f "$scratch/type.zsh" "$NN_SOURCE/share/completions/zsh" "$scratch" "$1"
    cat "$scratch/words"
  }
  for file in zsh/*; do zsh -n "$file" || complain "$file: zsh cannot read it"; done
  all zsh
  expect zsh 'nn-train --epo' --epochs
  expect zsh 'nn-train --model d' document-head data.h5
else
  echo 'skipped: zsh is not there'
fi
exit $failed
