#!/bin/bash
# SPDX-License-Identifier: MIT
# Sentence encoders through the tools: a tiny BERT with made-up weights as Hugging Face's hub has them, texts, features, a
# classifier on these.
. "$(dirname "$0")/head.sh"
python=${NN_PYTHON:-python3}

cat > make.py << 'PYTHON'
import json, os, random, struct
random.seed(1)
d, inner, layers, positions = 8, 16, 1, 32
pieces = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'the', 'ball', 'goal', 'bank', 'money', 'was', '##s', '.', 'in', 'a']
os.makedirs('hub/1_Pooling')
tensors = {}
def put(name, *shape):
    n = 1
    for s in shape: n *= s
    tensors['bert.' + name] = (shape, [1.0 if 'LayerNorm.weight' in name else random.gauss(0, 0.5) for _ in range(n)])
put('embeddings.word_embeddings.weight', len(pieces), d)
put('embeddings.position_embeddings.weight', positions, d)
put('embeddings.token_type_embeddings.weight', 2, d)
def both(name, out, n=None):
    put(name + '.weight', *((out, n) if n else (out,)))
    put(name + '.bias', out)
both('embeddings.LayerNorm', d)
for i in range(layers):
    at = f'encoder.layer.{i}.'
    for q in 'query', 'key', 'value': both(at + 'attention.self.' + q, d, d)
    both(at + 'attention.output.dense', d, d); both(at + 'attention.output.LayerNorm', d)
    both(at + 'intermediate.dense', inner, d); both(at + 'output.dense', d, inner); both(at + 'output.LayerNorm', d)
both('pooler.dense', d, d)
header, data = {}, b''
for name, (shape, values) in sorted(tensors.items()):
    bytes_ = struct.pack(f'<{len(values)}f', *values)
    header[name] = {'dtype': 'F32', 'shape': list(shape), 'data_offsets': [len(data), len(data) + len(bytes_)]}
    data += bytes_
text = json.dumps(header).encode()
open('hub/model.safetensors', 'wb').write(struct.pack('<Q', len(text)) + text + data)
def write(name, value): json.dump(value, open('hub/' + name, 'w'))
write('config.json', dict(model_type='bert', vocab_size=len(pieces), hidden_size=d, num_hidden_layers=layers, num_attention_heads=2,
                          intermediate_size=inner, max_position_embeddings=positions, type_vocab_size=2, layer_norm_eps=1e-12, hidden_act='gelu'))
write('modules.json', [dict(idx=0, name='0', path='', type='sentence_transformers.models.Transformer'),
                       dict(idx=1, name='1', path='1_Pooling', type='sentence_transformers.models.Pooling'),
                       dict(idx=2, name='2', path='2_Normalize', type='sentence_transformers.models.Normalize')])
write('1_Pooling/config.json', dict(word_embedding_dimension=d, pooling_mode_cls_token=False, pooling_mode_mean_tokens=True, pooling_mode_max_tokens=False))
write('sentence_bert_config.json', dict(max_seq_length=16))
open('hub/vocab.txt', 'w').write(''.join(p + '\n' for p in pieces))
words = {'sport': ['ball', 'goal', 'goals', 'balls'], 'money': ['bank', 'money', 'banks']}
for split, n in ('train', 60), ('test', 20):
    for label, own in words.items():
        os.makedirs(f'texts/{split}/{label}', exist_ok=True)
        for i in range(n):
            body = ['The'] + [random.choice(own + ['the', 'was', 'in', 'a']) for _ in range(random.randrange(3, 20))] + [random.choice(own) + '.']
            open(f'texts/{split}/{label}/{i:03}.txt', 'w').write(' '.join(body))
PYTHON
"$python" make.py || exit 1

status 0 nn-convert hub hub.h5
says "hub: not used: 'bert.pooler.dense.bias', 'bert.pooler.dense.weight'"
status 0 nn-convert texts texts.h5
[ ! -s err ] || fail "folders of texts: $(cat err)"
status 0 nn-prep --encode hub.h5 -o features.h5 texts.h5
says ' of 160 texts are longer than 16 tokens: [0-9]* % of the tokens were cut off (--max-tokens 32, --window mean)'
status 0 nn-prep --encode hub -o direct.h5 texts.h5
same features.h5 direct.h5 'the folder and the model made of it encode differently'
NN_THREADS=1 status 0 nn-prep -q --encode hub.h5 -o one.h5 texts.h5
same features.h5 one.h5 'the number of threads shows'
for options in '--max-tokens 32' '--pool cls' '--raw' '--window mean' '--window mean,overlap=4'; do
  status 0 nn-prep -q --encode hub.h5 $options -o other.h5 texts.h5
  [ "$(nn-info --digest features.h5 | cut -c1-64)" != "$(nn-info --digest other.h5 | cut -c1-64)" ] || fail "$options has no effect"
done
status 0 nn-train -q --model 'dense:8 relu dense:2' --epochs 20 --lr 0.01 --batch 16 -o head.h5 features.h5
status 0 nn-eval head.h5 features.h5
prints '^test.accuracy.\(1\|0\.9\)'

# Of texts that were encoded before only the others are.
cp -r texts some && rm some/train/money/00*.txt some/test/sport/01*.txt
status 0 nn-convert some some.h5
status 0 nn-prep -q --encode hub.h5 -o before.h5 some.h5
status 0 nn-prep --encode hub.h5 --reuse before.h5 -o grown.h5 texts.h5
says '1[0-9][0-9] texts are taken over from before.h5'
same grown.h5 features.h5 'features that were taken over are others'
status 0 nn-prep --encode hub.h5 --reuse grown.h5 -o grown.h5 texts.h5
says '160 texts are taken over from grown.h5'
same grown.h5 features.h5 'features that were all taken over are others'
for other in '--pool cls' '--max-tokens 32' '--raw' '--window mean'; do
  status 1 nn-prep -q --encode hub.h5 $other --reuse before.h5 -o no.h5 texts.h5
  says 'was made by another model, or with other options'
done
status 1 nn-prep --encode hub.h5 --reuse texts.h5 -o no.h5 texts.h5
says 'expected texts with features'
status 2 nn-prep --reuse before.h5 -o no.h5 texts.h5
says '--reuse has no effect without --encode'

# Words that are counted.
status 0 nn-prep --tf-idf 100 -o words.h5 texts.h5
h5dump -d /feature words.h5 | grep -q '"goals"' || fail "the features have no names: $(h5dump -d /feature words.h5 | head -12)"
status 0 nn-train -q --model 'dense:8 relu dense:2' --epochs 20 --lr 0.01 --batch 16 -o counted.h5 words.h5
status 0 nn-eval counted.h5 words.h5
prints '^test.accuracy.\(1\|0\.9\)'
status 2 nn-prep --tf-idf 100 --encode hub.h5 -o no.h5 texts.h5
says '--tf-idf and --encode exclude each other'

# Back to a folder, and in again.
status 0 nn-convert --to transformers hub.h5 back
status 0 nn-convert back back.h5
same hub.h5 back.h5 'a folder that was written is read otherwise'
status 2 nn-convert --to transformers head.h5 never
says 'not those of a sentence encoder and nothing else'

# One model of encoder and head, which takes texts. Frozen, it is what the head is behind the features.
train=(nn-train -q --model 'use:hub.h5 dense:8 relu dense:2' --freeze hub --epochs 20 --lr 0.01 --batch 16)
status 0 "${train[@]/-q/--progress=never}" -o both.h5 texts.h5
says 'texts.h5: [0-9]* of 120 texts are longer than 16 tokens: [0-9]* % of the tokens were cut off$'
status 0 nn-eval both.h5 texts.h5
says 'both.h5 and texts.h5: [0-9]* of 40 texts are longer than 16 tokens'
prints '^test.accuracy.\(1\|0\.9\)'
nn-info both.h5 | grep -q 'hub\.attention1' || fail "no layer is named after hub.h5: $(nn-info both.h5)"
status 0 nn-prep -q --tokenize hub.h5 -o tokens.h5 texts.h5
status 0 nn-eval both.h5 tokens.h5
status 0 nn-predict both.h5 tokens.h5; cut -f 4- out > by-tokens
status 0 nn-predict both.h5 texts.h5; cut -f 4- out > by-texts
cmp -s by-tokens by-texts || fail 'texts and their tokens are predicted differently'
status 0 nn-train -q --model 'use:hub.h5,name=e dense:2' --epochs 1 --checkpoint c.h5 -o tuned.h5 texts.h5
nn-info tuned.h5 | grep -q 'e\.attention1' || fail 'name= does not name'
status 0 nn-train -q --resume c.h5 --epochs 2 -o resumed.h5 texts.h5
status 0 nn-train -q --model 'use:hub.h5,name=e dense:2' --epochs 2 -o unbroken.h5 texts.h5
same resumed.h5 unbroken.h5 'a resumed training ends elsewhere'
status 0 nn-train -q --like keras --model 'use:hub.h5 dense:2' --freeze hub --epochs 1 -o keras.h5 texts.h5
status 0 nn-train -q --init both.h5 --epochs 1 -o more.h5 texts.h5
status 0 nn-predict more.h5 --text 'The bank.'

status 0 nn-train -q --model 'use:hub.h5 dense:2' --lr-scale hub=0.1 --epochs 1 -o slow.h5 texts.h5
status 0 nn-train -q --model 'use:hub.h5 dense:2' --epochs 1 -o fast.h5 texts.h5
[ "$(nn-info --digest slow.h5 | cut -c1-64)" != "$(nn-info --digest fast.h5 | cut -c1-64)" ] || fail '--lr-scale has no effect'

status 0 nn-predict both.h5 --text 'The goal was in.' --text 'money in a bank'
prints '^row.label.label_name.predicted.predicted_name.confidence'
[ "$(cut -f 5 out | tr '\n' ' ')" = 'predicted_name sport money ' ] || fail "texts are predicted as $(cat out)"
cp out two
printf 'The goal was in.\r\nmoney in a bank\n' > lines
status 0 nn-predict both.h5 --lines lines
cmp -s out two || fail 'lines are predicted otherwise than texts'
status 0 nn-predict both.h5 --lines - < lines
cmp -s out two || fail 'lines of a pipe are predicted otherwise than texts'
printf 'The goal was in.' > goal.txt
status 0 nn-predict both.h5 goal.txt texts/test/money/000.txt
[ "$(cut -f 2,6 out | tr '\n\t' ' ,')" = 'name,predicted_name goal.txt,sport texts/test/money/000.txt,money ' ] || fail "files are predicted as $(cat out)"
# Head and encoder that were trained apart are joined without training.
status 0 nn-train -q --model 'use:hub.h5 use:head.h5' --epochs 0 -o joined.h5 texts.h5
status 0 nn-predict joined.h5 texts.h5; cut -f 1-5 out > joined
status 0 nn-predict head.h5 features.h5; cut -f 1-5 out > apart
cmp -s joined apart || fail 'encoder and head joined predict otherwise than one behind the other'
status 0 nn-predict both.h5 goal.txt
# A text's numbers do not depend on those beside it.
[ "$(sed -n 2p out | cut -f 7)" = "$(sed -n 2p two | cut -f 6)" ] || fail 'the confidence depends on the other texts'
status 0 nn-predict both.h5 --text '[SEP] goal [CLS]' --text goal
says 'in 1 of 2 texts stands what looks like a special token, as \[SEP\]: it is taken for words'
status 0 nn-predict both.h5 --text ''
status 1 nn-predict head.h5 --text 'The bank.'
says 'the model takes samples of 8, these are texts'
status 2 nn-predict both.h5 --text 'a' --split test
says '--split has no effect on texts'
: > empty
status 1 nn-predict both.h5 --lines empty
says 'no texts to predict'
status 1 nn-predict both.h5 never.txt
status 1 nn-train -q --model 'use:never.h5 dense:2' -o no.h5 texts.h5
status 2 nn-train -q --model '2*( use:hub.h5 ) dense:2' -o no.h5 texts.h5
says 'a model stands in a repeat'
status 2 nn-train -q --model 'use: dense:2' -o no.h5 texts.h5
says 'expected the file of a model'

# Texts of tables and of JSON lines.
"$python" - << 'PYTHON' || exit 1
import csv, json, os
rows = [(label, name, open(f'texts/train/{label}/{name}').read()) for label in sorted(os.listdir('texts/train')) for name in sorted(os.listdir(f'texts/train/{label}'))]
with open('table.csv', 'w', newline='') as file:
    out = csv.writer(file); out.writerow(['file', 'text', 'topic']); out.writerows([n, t + ', "so"\n', l] for l, n, t in rows)
with open('table.tsv', 'w') as file:
    file.write('body\tlabel\n'); file.writelines(f'{t}\t{l}\n' for l, n, t in rows)
with open('lines.jsonl', 'w') as file:
    file.writelines(json.dumps({'text': t, 'more': [1, {}], 'label': l}) + '\n' for l, n, t in rows)
PYTHON
status 0 nn-predict both.h5 texts.h5 --split train; cut -f 2- out | sort > by-folder
status 0 nn-convert --text text --label topic table.csv table.h5
says "left out: 'file'"
status 0 nn-predict both.h5 table.h5
status 0 nn-convert --text body --label label table.tsv table.h5
status 0 nn-predict both.h5 table.h5
cut -f 2- out | sort | cmp -s - by-folder || fail 'texts of a table are predicted otherwise than those of the folder'
status 0 nn-convert lines.jsonl lines.h5
says "guessed: member 'label' holds the class (--label)"
same lines.h5 table.h5 'JSON lines and a table of the same texts differ'
status 0 nn-convert lines.h5 back.jsonl
status 0 nn-convert back.jsonl again.h5
same lines.h5 again.h5 'JSON lines that were written are read otherwise'
echo '{"text": 5}' > bad.jsonl
status 1 nn-convert bad.jsonl no.h5
says 'bad.jsonl: line 1: '
printf '{"text": "a", "label": "x"}\n\n{"label": "x"}\n' > bad.jsonl
status 1 nn-convert bad.jsonl no.h5
says "bad.jsonl: line 3: member 'text': expected, but it is not there"
status 1 nn-convert table.csv no.h5
says 'if it holds the texts to learn from, with --text'

status 2 nn-prep --encode hub.h5 --max-tokens 64 -o no.h5 texts.h5
says '--max-tokens 64: the encoder has positions for 32 tokens of a text'
status 2 nn-prep --pool cls -o no.h5 texts.h5
says '--pool has no effect without --encode'
status 2 nn-prep --encode hub.h5 --raw --l2norm -o no.h5 texts.h5
says '--l2norm and --raw exclude each other'
status 1 nn-prep --encode head.h5 -o no.h5 texts.h5
says 'expected a model that takes texts'
status 2 nn-prep --tokenize head.h5 -o no.h5 texts.h5
says 'a model without a tokenizer'
mkdir bad && cp -r hub/* bad && sed -i 's/"hidden_size": 8/"hidden_size": 16/' bad/config.json
status 1 nn-convert bad bad.h5
says "expected 15x16 as config.json says, found 15x8"
rm bad/model.safetensors
status 1 nn-convert bad bad.h5

# The experiment of examples/ with these texts: all that its Makefile promises is made.
if command -v gnuplot > /dev/null; then
  unset MAKEFLAGS MAKELEVEL MFLAGS
  cp -r "$source_dir/examples" .
  NN_THREADS=1 timeout 300 make -C examples/s3 -j2 SEEDS='1 2' EPOCHS=3 CLASSES=2 TEXTS='nn-convert ../../texts -' ENCODER=../../hub > out 2> err || fail "make -C s3: $(tail -n 5 err)"
  for file in compare.txt compare.md report/index.html accuracy.svg curves.svg confusion.svg head.onnx head.keras classifier.h5; do
    [ -s "examples/s3/$file" ] || fail "s3: no $file"
  done
  [ "$(wc -l < examples/s3/predictions.tsv)" = 6 ] || fail "predictions.tsv: $(cat examples/s3/predictions.tsv)"
else
  echo 'skipped: the experiments need gnuplot'
fi
exit $failed
