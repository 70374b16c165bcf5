#!/bin/bash
# SPDX-License-Identifier: MIT
# The first minutes on a GPU machine, in one call: facts, right numbers, the same bits twice, speed. Nothing is fetched or
# installed there. Each part has a time limit of its own and may fail without the others; the order is that of worth, so that
# a lease that ends early has paid. Result: OUT/device.tsv (part, name, values), with a log of each part beside it.
#
#   bash bench/device-check.sh --bundle FOLDER [BUILD]     here: tools, module and the libraries that they load, into FOLDER
#   bash FOLDER/device-check.sh [OUT]                      there, about 8 minutes; PARTS="facts losses" does only those
set -u -o pipefail

bundle() {
  local folder=$1 build=${2:-build} here program
  here=$(dirname "${BASH_SOURCE[0]}")
  for program in nn-train nn-eval nn-fetch nn-prep nn-info nn-bench nn-cuda.so; do
    [ -e "$build/$program" ] || { echo "device-check: no $build/$program: build it first" >&2; return 1; }
  done
  rm -rf "$folder"
  mkdir -p "$folder"/{bin,lib,peers} || return 1
  cp "$build"/{nn-train,nn-eval,nn-fetch,nn-prep,nn-info,nn-bench,nn-cuda.so} "$folder/bin/" && strip "$folder"/bin/* || return 1
  # Not the libraries of the compiler and of libc, which are newer there, nor NVIDIA's.
  ldd "$folder"/bin/* | awk '$3 ~ /^\// { print $3 }' | sort -u |
    grep -vE '/(libc|libm|libdl|librt|libpthread|libresolv|libstdc\+\+|libgcc_s|libcuda|libcudnn|libcublasLt)\.so' |
    while read -r library; do cp -L "$library" "$folder/lib/"; done
  cp "$here"/peers/{common.py,compare.py,torch_gpu_bench.py} "$folder/peers/"
  cp -r "$here/../share" "$folder/share" && cp "${BASH_SOURCE[0]}" "$folder/" && du -sh "$folder"
}

if [ "${1:-}" = --bundle ]; then
  bundle "${2:?folder of the bundle}" "${3:-build}"
  exit $?
fi

bundle=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=${1:-${OUT:-device-out}}
mkdir -p "$out" && out=$(cd "$out" && pwd) || exit 1
tsv=$out/device.tsv
: > "$tsv"
python=${PYTHON:-python3}
nvidia=$($python -c 'import glob, os, site
print(":".join(f for s in site.getsitepackages() for f in sorted(glob.glob(os.path.join(s, "nvidia", "*", "lib")))))' 2> /dev/null)
# For our own programs only: python has libraries of its own.
ours() { LD_LIBRARY_PATH=$bundle/lib:$nvidia:/usr/local/cuda/lib64 NN_SHARE=$bundle/share "$bundle/bin/$1" "${@:2}"; }

# part NAME SECONDS: runs the function NAME; lines with a tab go to the result, too.
part() {
  local name=$1 limit=$2 status start=$SECONDS
  [[ -z ${PARTS:-} || " $PARTS " == *" $name "* ]] || return 0
  echo "== $name" >&2
  timeout -k 5 "$limit" bash -c "$name" > "$out/$name.log" 2> "$out/$name.err"
  status=$?
  grep -P '\t' "$out/$name.log" | sed "s/^/$name\t/" >> "$tsv"
  printf 'part\t%s\tstatus %s\t%s s\n' "$name" $status $((SECONDS - start)) >> "$tsv"
  [ $status = 0 ] || tail -n 3 "$out/$name.err" >&2
}

facts() {
  nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.sm,clocks.mem,compute_cap --format=csv,noheader | sed 's/^/gpu\t/; s/, /\t/g'
  ours nn-train --device list | sed 's/^/device\t/'
  $python -c 'import torch
print("torch", torch.__version__, "cudnn", torch.backends.cudnn.version(), torch.cuda.get_device_name(0), sep="\t")'
  ours nn-train --device list | grep -q '^cuda.*an NVIDIA GPU'
}

# Five small trainings: on the CPU, on the GPU, there again, and there from a checkpoint.
losses() {
  local bad=0 net name like
  cd "$(mktemp -d)" || return 1
  ours nn-fetch digits | ours nn-prep -q --scale 0:1 --split val=20% -o d.h5 || return 1
  while read -r name like net; do
    train=(ours nn-train -q --seed 3 --batch 64 --lr 0.002 --like "$like" --model "$net")
    "${train[@]}" --epochs 2 -o "$name.cpu.h5" d.h5 && "${train[@]}" --epochs 2 --device cuda -o "$name.h5" d.h5 || { bad=1; continue; }
    "${train[@]}" --epochs 2 --device cuda -o "$name.2.h5" d.h5
    "${train[@]}" --epochs 1 --device cuda --checkpoint "$name.ck.h5" -o x.h5 d.h5 && ours nn-train -q --resume "$name.ck.h5" --epochs 2 --device cuda -o "$name.3.h5"
    for k in cpu.h5 h5; do ours nn-info --history "$name.$k" | awk 'NR == 1 { for (i = 1; i <= NF; ++i) if ($i == "loss") at = i; next } { print $at }' > "$name.$k.loss"; done
    paste "$name.cpu.h5.loss" "$name.h5.loss" | awk -v name="$name" '{ d = ($2 - $1) / $1; if (d < 0) d = -d; if (d > w) w = d } END { printf "%s\tworst loss against cpu\t%.2e\n", name, w; exit w > 1e-3 }' || bad=1
    for k in 2 3; do
      if [ "$(ours nn-info --digest "$name.h5" | cut -c1-64)" = "$(ours nn-info --digest "$name.$k.h5" | cut -c1-64)" ]; then printf '%s\tsame bits, %s\tyes\n' "$name" "$([ $k = 2 ] && echo twice || echo resumed)"
      else printf '%s\tsame bits, %s\tno\n' "$name" "$([ $k = 2 ] && echo twice || echo resumed)"; bad=1; fi
    done
  done << 'NETS'
mlp keras flatten dense:64 relu dropout:0.2 dense:32 relu dense:10
mlp-torch pytorch flatten dense:64 relu dropout:0.2 dense:32 relu dense:10
conv keras conv:8,3,pad=1 relu maxpool:2 conv:16,3,pad=1 relu flatten dense:10
norm keras conv:16,3,pad=1 bn relu conv:32,3,pad=1 bn relu maxpool:2 flatten dense:10
wide pytorch flatten dense:600 tanh dense:600 tanh dense:10
NETS
  return $bad
}

speed() {
  local net precision
  for net in s4 s0 s1 s2 s3; do
    for precision in f32 bf16; do
      ours nn-bench --net $net --data glyphs --device cuda --precision $precision --seconds 0.5 --repeat 7 | sed "s/^/$net $precision\t/"
    done
  done
}
peers() {
  local net mode
  cd "$bundle/peers" || return 1
  for net in s4 s0 s1 s2; do
    for mode in graph resident usual; do
      timeout 40 $python torch_gpu_bench.py --data synthetic --net $net --mode $mode --repeat 5 --no-epoch | sed "s/^/$net $mode\t/"
    done
  done
}
sanitizer() {
  local tool
  command -v compute-sanitizer > /dev/null || { printf 'compute-sanitizer\tnot here\n'; return 0; }
  cd "$(mktemp -d)" && ours nn-fetch digits | ours nn-prep -q --scale 0:1 --rows 200 -o d.h5 2> /dev/null || ours nn-fetch digits | ours nn-prep -q --scale 0:1 -o d.h5 || return 1
  for tool in memcheck racecheck synccheck; do
    LD_LIBRARY_PATH=$bundle/lib:$nvidia timeout 40 compute-sanitizer --tool $tool --error-exitcode 9 "$bundle/bin/nn-train" -q --device cuda --epochs 1 \
      --model 'conv:16,3,pad=1 bn relu maxpool:2 flatten dense:10' -o m.h5 d.h5 > "$out/sanitizer.$tool" 2>&1
    printf '%s\tstatus %s\n' $tool $?
  done
}

export -f ours facts losses speed peers sanitizer
export bundle out python nvidia
part facts 60
part losses 150
part speed 120
part peers 200
part sanitizer 130
cat "$tsv"
! grep -qP '^part\t(facts|losses)\tstatus [1-9]' "$tsv"
