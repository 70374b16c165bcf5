#!/bin/bash
# SPDX-License-Identifier: MIT
# fuzz/seeds.sh BUILD (with the targets fuzz-seeds-contents and fuzz-seeds-foreign): makes the seeds of fuzz/corpus with the tools' own writers, names beginning with "seed-". Files of
# findings stand beside them and stay.
set -euo pipefail
build=$(realpath "${1:?folder of the built tools}")
cd "$(dirname "$0")/corpus"
export NN_SHARE=${NN_SHARE:-$(realpath ../../share)} SOURCE_DATE_EPOCH=0 PATH=$build:$PATH
work=$(mktemp -d)
trap '[ $BASHPID = $$ ] && rm -rf "$work"' EXIT
mkdir -p json layers options csv npy npz idx png recipe contents safetensors torch keras foreign onnx
rm -f ./*/seed-*
# seed TARGET NAME TEXT: with the backslash sequences of printf
seed() { printf "$3" > "$1/seed-$2"; }

seed json small '{"a":[1,-2.5e3,true,null,"x\\\\u00e9\\\\n"],"b":{"c":""}}'
seed json numbers '[0,-0,1e308,1e-320,9223372036854775807,-9223372036854775808,18446744073709551616,0.1]'
seed json nested '[[[[[[[[{"a":{"a":{"a":[]}}}]]]]]]]]'
for name in softmax lenet5 fashion-cnn mlp-he-dropout; do { printf '\0'; cat "$NN_SHARE/models/$name.nn"; } > layers/seed-$name; done
seed layers keras '\010conv:4,3,same bn relu maxpool:2 flatten dropout:0.5 dense:10'
seed layers repeats '\0012*(conv:4,3,pad=1,nobias 2*( bn relu )) # comment\ngap dense:3,init=he_normal,l2=0.1,name=last'
seed layers features '\002dense:8,bias-init=zeros tanh layernorm dropout:0.1 dense:3 softmax'
seed layers branches '\015conv:4,3,same 2*( res( conv:4,1 | cat( relu | bn ) conv:4,1 ) gate( conv:1,1 ) ) add:conv1,name=b relu:from=conv1 mul:b'
seed layers dense-branches '\002tanh res( relu | elu | ) cat( 2*( dense:4 ) | ) concat:tanh1,input,name=c gate( relu | sigmoid ) dense:3'
i=0
for text in sgd,momentum=0.9,nesterov,weight-decay=1e-3 adam,beta1=0.8,eps=1e-6,amsgrad rmsprop,centered nadam,decoupled adagrad,start=0.1; do
  seed options optimizer$((i += 1)) "\\005$text"; done
for text in step,size=2,factor=0.1 cosine,warmup=1 onecycle piecewise,at=1:3,rates=0.003:0.001 cosine-restarts,first=2,longer=2 polynomial,power=2; do
  seed options schedule$((i += 1)) "\\001$text"; done
for text in cross_entropy mse bce huber,delta=1; do seed options loss$((i += 1)) "\\002$text"; done
for text in he_normal kaiming_uniform,a=2 normal,std=0.1 orthogonal zeros uniform,min=-1,max=1; do seed options init$((i += 1)) "\\003$text"; done
seed options spec '\004conv:6,5,stride=2'
seed recipe scale '\000scale 0:1\nstandardize\npad 2\naugment shift=2,flip=h'
seed recipe flat '\001scale -1:1\nnormalize 0.5:0.25\nflatten'
seed recipe features '\002standardize'

for file in ../../tests/golden/onnx/*.script13.onnx ../../tests/golden/onnx/{joined,padded,perceptron,residual}.dynamo.onnx; do
  cp "$file" "onnx/seed-$(basename "$file" .onnx)"; done

nn-fetch iris -o "$work/iris.h5" -q
nn-fetch glyphs -q | nn-prep --subset train=3,test=2 -o "$work/g.h5" -q
nn-prep --subset train=6,test=3 "$work/iris.h5" -o "$work/i.h5" -q
for data in i g; do
  for to in csv tsv; do { printf '\002'; nn-convert --split train --to $to "$work/$data.h5" -o -; } > "$work/text"; head -c 3000 "$work/text" > csv/seed-$data-$to; done
  nn-convert --to npz "$work/$data.h5" -o npz/seed-$data
  nn-convert --to npy "$work/$data.h5" -o "$work/$data-npy"
  for file in "$work/$data-npy"/*.npy; do cp "$file" "npy/seed-$data-$(basename "$file" .npy)"; done
done
seed csv quotes '\002a,"b ""q""",class\n1,2.5,x\r\n-3,1e3,"y\nz"\n'
seed csv targets '\010a,y\n1,2\n3,\n'
seed csv pixels '\2020,1,2,3,a\n255,254,0,9,b\n'
nn-convert --to idx "$work/g.h5" -o "$work/idx"
for file in "$work/idx"/*; do cp "$file" "idx/seed-$(basename "$file")"; done
seed idx floats '\0\0\015\002\0\0\0\001\0\0\0\002\077\200\0\0\300\0\0\0'
nn-convert --to png "$work/g.h5" -o "$work/png"
for file in $(find "$work/png" -name '*.png' | sort | head -2); do cp "$file" "png/seed-$(basename "$file")"; done
nn-train -q --model 'dense:2 relu dense:3' --epochs 1 --checkpoint "$work/c.h5" "$work/i.h5" -o "$work/m.h5" 2> /dev/null
nn-prep --subset train=1,test=1 "$work/i.h5" -o "$work/s.h5" -q
for file in s m c; do fuzz-seeds-contents "$work/$file.h5" contents/seed-$file; done
nn-convert "$work/m.h5" "$work/m.safetensors" && cp "$work/m.safetensors" safetensors/seed-m
nn-convert "$work/m.h5" "$work/m.pth" && { printf '\0'; cat "$work/m.pth"; } > torch/seed-zip
{ printf '\2'; unzip -p "$work/m.pth" archive/data.pkl; } > torch/seed-pickle
nn-convert "$work/m.h5" "$work/m.keras" && unzip -p "$work/m.keras" config.json > keras/seed-dense
nn-train -q --model 'conv:2,3,same bn res( conv:2,1 relu ) gate( globalavgpool dense:2 sigmoid ) cat( conv:2,1 | ) maxpool:2 flatten dense:10' \
  --epochs 1 "$work/g.h5" -o "$work/b.h5" 2> /dev/null
nn-convert "$work/b.h5" "$work/b.keras" && unzip -p "$work/b.keras" config.json > keras/seed-branches
nn-convert "$work/b.h5" "$work/b.safetensors" && cp "$work/b.safetensors" safetensors/seed-branches
nn-convert "$work/m.h5" --to keras-h5 "$work/k.h5" && fuzz-seeds-foreign "$work/k.h5" foreign/seed-keras
du -sh --apparent-size .
