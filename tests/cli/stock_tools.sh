#!/bin/bash
# SPDX-License-Identifier: MIT
# Every kind of file that we write opens in h5ls, h5dump, h5diff, ncdump and xarray, groups and values too.
# NN_PYTHON names another python3, one that has xarray and h5netcdf.
set -u -o pipefail
PATH=${NN_BIN:?folder of the built tools}:$PATH
export NN_SHARE=${NN_SHARE:-${NN_SOURCE:?}/share} LC_ALL=C
python=${NN_PYTHON:-python3}
work=$(mktemp -d) || exit 1
trap '[ $BASHPID = $$ ] && rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0 trained=0
complain() { echo "FAILED: $1"; failed=1; }
has() { command -v "$1" > /dev/null && return; echo "skipped: no $1 here"; return 1; }

nn-fetch digits | nn-prep --scale 0:1 --split val=20% -o images.h5 || exit 1
nn-fetch digits > piped.h5 || exit 1
nn-fetch iris | nn-prep --standardize --split val=10%,stratify -o features.h5 || exit 1
printf 'a,b,y\n1,2,0.5\n3,4,1.5\n5,6,2.5\n' > table.csv
nn-convert --target y table.csv targets.h5 || exit 1
nn-train -q --model 'conv:4,3 bn relu maxpool:2 flatten dense:10' --epochs 2 --test -o model.h5 images.h5 || exit 1
nn-train -q --model 'dense:3' --epochs 0 -o bare.h5 features.h5 || exit 1
nn-eval model.h5 images.h5 -o metrics.h5 || exit 1
nn-predict model.h5 images.h5 -o predictions.h5 || exit 1

for file in *.h5; do
  if has h5ls; then h5ls -r "$file" > said 2>&1 && [ -s said ] || complain "h5ls -r $file: $(head -3 said)"; fi
  if has h5dump; then h5dump -H "$file" > said 2>&1 && grep -q 'ATTRIBUTE "nn_digest"' said || complain "h5dump -H $file: $(head -3 said)"; fi
  if has h5diff; then h5diff "$file" "$file" > said 2>&1 && [ ! -s said ] || complain "h5diff $file $file: $(head -3 said)"; fi
  if has ncdump; then ncdump -h "$file" > said 2>&1 && grep -q ':Conventions = "CF-1' said || complain "ncdump -h $file: $(head -3 said)"; fi
done
if has h5diff; then
  h5diff model.h5 bare.h5 > /dev/null 2>&1 && complain 'h5diff of two models sees no difference'
  # The command of nn-hdf5(5): equal models are equal, another seed is not.
  for seed in 1 1 2; do nn-train -q --model 'dense:3' --epochs 2 --seed $seed -o "of_seed_$seed$((++trained)).h5" features.h5 || exit 1; done
  rest=(--exclude-attribute / --exclude-attribute /history/epoch --exclude-path /history/seconds)
  h5diff "${rest[@]}" of_seed_11.h5 of_seed_12.h5 > said 2>&1 || complain "h5diff of equal models: $(head -3 said)"
  h5diff "${rest[@]}" of_seed_11.h5 of_seed_23.h5 > /dev/null 2>&1 && complain 'h5diff without what may differ sees no other seed'
fi
if has h5dump; then
  h5dump -d /accuracy -y metrics.h5 | grep -qE '^ +0\.[0-9]+' || complain 'h5dump: no accuracy in metrics.h5'
fi
if has ncdump; then
  ncdump -v /history/loss model.h5 | tr -d '\n' | grep -qE ' loss = [0-9.]+, +[0-9.]+ ;' || complain 'ncdump: no two losses in model.h5'
fi

# The program in nn-hdf5(5) writes a dataset that every tool takes; without its attributes it is told what is missing.
if "$python" -c 'import h5py' 2> /dev/null; then
  awk '/^\.Sh /{ours = /A DATASET FROM PYTHON/} /^\.Ed/{inside = 0} inside && ours{gsub(/\\e/, "\\"); print} /^\.Bd -literal/{inside = 1}' "$NN_SOURCE/man/nn-hdf5.5" > mine.py
  "$python" mine.py > said 2>&1 || complain "the program in nn-hdf5(5): $(tail -3 said)"
  nn-info mine.h5 > said 2>&1 && grep -q 'dark' said || complain "nn-info of a file by h5py: $(cat said)"
  nn-prep -q --scale 0:1 --split val=10 mine.h5 -o whole.h5 && nn-info --check whole.h5 > said 2>&1 || complain "nn-prep of a file by h5py: $(cat said)"
  nn-train -qq --model "flatten dense:2" --epochs 2 -o mine_model.h5 mine.h5 && nn-eval --brief mine_model.h5 mine.h5 > said 2>&1 && grep -q '^test	n	10$' said ||
    complain "nn-train and nn-eval of a file by h5py: $(cat said)"
  "$python" -c 'import h5py
with h5py.File("plain.h5", "w") as file: file["train/images"] = [[[[0]]]]
with h5py.File("new.h5", "w", libver=("v110", "v110")) as file: file["train/images"] = [[[[0]]]]' || complain 'h5py'
  for file in plain.h5 new.h5; do
    nn-info $file > said 2>&1 && complain "nn-info takes $file"
    grep -q "^nn-info: $file: an HDF5 file of another program .*nn-hdf5(5).*nn-convert" said || complain "$file: $(cat said)"
  done
  sed 's/^    data.attrs.*/    pass/' mine.py > unsummed.py && "$python" unsummed.py && nn-prep mine.h5 > said 2>&1 < /dev/null && complain 'a file without sums is taken'
  grep -aq '^nn-prep: mine.h5: /[a-z/]*: the attribute nn_sha256 is missing (nn-hdf5(5)' said || complain "a file without sums: $(head -c 300 said)"
else
  echo "skipped: $python has no h5py"
fi

if "$python" -c 'import xarray, h5netcdf' 2> /dev/null; then
  cat > all.py << 'END'
import sys, warnings
import h5netcdf, xarray
warnings.simplefilter("error")

def groups(at, name="/"):
    yield name
    for part in at.groups.values():
        yield from groups(part, name.rstrip("/") + "/" + part.name.rsplit("/", 1)[-1])

for name in sys.argv[1:]:
    with h5netcdf.File(name, "r") as file:
        names = list(groups(file))
    for group in names:
        # Only the state of a run has axes without a name.
        phony = {"phony_dims": "sort"} if group.startswith("/state") else {}
        try:
            with xarray.open_dataset(name, group=group, engine="h5netcdf", **phony) as data:
                data.load()
        except Warning as warning:
            sys.exit(f"{name}, {group}: {warning}")
with xarray.open_dataset("images.h5", group="/val", engine="h5netcdf") as data:
    assert data["images"].dims == ("sample", "channel", "y", "x") and data["images"].dtype == "uint8", data
    assert data["labels"].dims == ("sample",), data
with xarray.open_dataset("metrics.h5", engine="h5netcdf") as data:
    assert float(data["confusion"].sum()) == float(data["n"]), data
    right = sum(float(data["confusion"][k, k]) for k in range(10))
    assert abs(right / float(data["n"]) - float(data["accuracy"])) < 1e-12, data
    assert [str(c) for c in data["class"].values] == [str(k) for k in range(10)], data
with xarray.open_dataset("predictions.h5", engine="h5netcdf") as data:
    assert abs(float(data["probability"].sum("class").min()) - 1) < 1e-5, data
    assert (data["probability"].argmax("class") == data["predicted"]).all(), data
with xarray.open_dataset("model.h5", group="/history", engine="h5netcdf") as data:
    assert list(data["epoch"].values) == [1, 2] and data["val_loss"].dims == ("epoch",), data
END
  rm -f mine.h5 new.h5 plain.h5  # h5py's, above
  "$python" all.py ./*.h5 > said 2>&1 || complain "xarray: $(tail -3 said)"
else
  echo "skipped: $python has no xarray with h5netcdf"
fi
exit $failed
