# SPDX-License-Identifier: MIT
# usage: make.py FOLDER
# Tables and arrays as pandas, NumPy, scikit-learn, R and Excel write them, and in expected.json what they hold: for each file
# the options of nn-convert, then features, names, labels (as words) and targets, or the words of the refusal.
import json, os, sys
import numpy as np, pandas as pd, sklearn, sklearn.datasets as datasets

os.chdir(sys.argv[1])
expected = {}


def expect(name, frame=None, words=None, targets=None, options=None, refused=None, said=None, named=True):
    e = {"options": options or {}}
    if refused:
        e["refused"] = refused
    else:
        e["features"] = [float(np.float32(v)) for v in np.asarray(frame, dtype=float).ravel()]
        e["names"] = [str(c) for c in frame.columns] if named else []
        e["words"] = list(map(str, words)) if words is not None else []
        e["targets"] = [float(np.float32(v)) for v in np.asarray(targets, dtype=float).ravel()] if targets is not None else []
    if said:
        e["said"] = said
    expected[name] = e


iris = datasets.load_iris(as_frame=True)
rows = [0, 1, 50, 51, 100, 149]
X, y = iris.data.iloc[rows].reset_index(drop=True), iris.target.iloc[rows].reset_index(drop=True)
words = iris.target_names[y]
df = X.assign(label=words)
numeric = X.copy()
numeric.columns = range(4)

df.to_csv("pandas_index.csv"); expect("pandas_index.csv", X, words, said="is left out")
df.sample(frac=1, random_state=3).to_csv("pandas_shuffled.csv")
s = df.sample(frac=1, random_state=3); expect("pandas_shuffled.csv", s.iloc[:, :4], s.label, said="is left out")
df.to_csv("pandas.csv", index=False); expect("pandas.csv", X, words, said="'label' holds the class")
df.rename(columns={"label": "species"}).to_csv("pandas_species.csv", index=False)
expect("pandas_species.csv", X, words, options={"label": "species"})
numeric.assign(label=y.astype(float)).to_csv("pandas_floats.csv", index=False); expect("pandas_floats.csv", numeric, y, said="whole numbers")
numeric.assign(y=y).to_csv("pandas_numbers.csv", index=False); expect("pandas_numbers.csv", refused="--header yes or --header no")
pd.DataFrame(np.c_[X, y]).to_csv("pandas_counted.csv", index=False); expect("pandas_counted.csv", refused="counts from 0 to 4")
c = pd.DataFrame(np.c_[X, y]); c.to_csv("pandas_counted_index.csv"); expect("pandas_counted_index.csv", c.iloc[:, :4], y, options={"label": "4"}, said="is left out")
gap = df.copy(); gap.iloc[3, 1] = np.nan
gap.to_csv("pandas_gap.csv", index=False); expect("pandas_gap.csv", refused="line 5, column 2 .*empty, expected a finite number")
gap = df.copy(); gap.iloc[2, 4] = np.nan
gap.to_csv("pandas_no_label.csv", index=False, na_rep="NaN"); expect("pandas_no_label.csv", refused="line 4, .*'NaN' says that it is missing")
dummies = pd.get_dummies(df); dummies.to_csv("pandas_dummies.csv", index=False)
expect("pandas_dummies.csv", X, targets=dummies.iloc[:, 4:], options={"target": ",".join(dummies.columns[4:])}, said="true and false are the numbers 1 and 0")
df.to_csv("pandas_tab.csv", sep="\t", index=False); expect("pandas_tab.csv", X, words, said="separated by tab")
df.to_csv("excel_german.csv", sep=";", decimal=",", index=False, encoding="utf-8-sig", lineterminator="\r\n")
expect("excel_german.csv", X, words, said="separated by semicolon .*the decimal sign is a comma")
text = open("excel_german.csv", encoding="utf-8-sig", newline="").read()
open("excel_sep.csv", "w", encoding="utf-8-sig", newline="").write("sep=;\r\n" + text); expect("excel_sep.csv", X, words, said="the decimal sign is a comma")
open("excel_sep_bar.csv", "w").write("sep=|\na|b|label\n1|2|x\n3|4|y\n")
expect("excel_sep_bar.csv", pd.DataFrame({"a": [1, 3], "b": [2, 4]}), list("xy"))
open("excel_sep_gap.csv", "w").write("sep=|\na|b|label\n1|2|x\n3||y\n"); expect("excel_sep_gap.csv", refused="line 4, column 2 ")
for suffix, program in (("xz", "xz -dc"), ("bz2", "bzip2 -dc")):
    df.to_csv("packed.csv." + suffix, index=False); expect("packed.csv." + suffix, refused="unpack it: " + program + " .*packed.csv." + suffix + " \\| nn-convert - OUT")
df.to_csv("packed.csv.zip", index=False); expect("packed.csv.zip", refused="ZIP archive .*unzip -p .*packed.csv.zip packed.csv \\| nn-convert - OUT")
df.replace("setosa", "caf\xe9").to_csv("excel_latin.csv", index=False, encoding="cp1252"); expect("excel_latin.csv", refused="line 2, byte [0-9]+: .*UTF-8")
df.to_csv("excel_unicode.txt", sep="\t", index=False, encoding="utf-16"); expect("excel_unicode.txt", refused="UTF-16")
open("excel_trailing.csv", "w").write("a,b,label,\r\n1,2,x,\r\n3,4,y,\r\n"); expect("excel_trailing.csv", refused="--ignore 4")
open("excel_thousands.csv", "w").write("a;label\n1.234,5;x\n2.345,5;y\n"); expect("excel_thousands.csv", refused="line 2.*thousands")
np.savetxt("savetxt.txt", np.c_[X, y]); expect("savetxt.txt", X, y, options={"label": "-1"}, said="separated by space", named=False)
np.savetxt("savetxt.csv", np.c_[X, y], delimiter=",", fmt="%g", header="a,b,c,d,label")
expect("savetxt.csv", X.set_axis(list("abcd"), axis=1), y, said="savetxt")
r = X.set_axis(["a", "b", "c", "d"], axis=1)
lines = ["%s,%s" % (",".join(map(str, v)), '"%s"' % w) for v, w in zip(X.values.tolist(), words)]
open("r_write_csv.csv", "w").write('"","a","b","c","d","Class"\n' + "".join('"%d",%s\n' % (i + 1, t) for i, t in enumerate(lines)))
expect("r_write_csv.csv", r, words, said="is left out")
open("r_write_table.csv", "w").write('"a","b","c","d","Class"\n' + "".join('"%d",%s\n' % (i + 1, t) for i, t in enumerate(lines)))
expect("r_write_table.csv", refused="col.names = NA")
open("uci.data", "w").write("".join(t.replace('"', "") + "\n" for t in lines)); expect("uci.data", X, words, options={"label": "5"}, named=False)
open("uci_gap.data", "w").write("5.1,?,1.4,0.2,a\n" + "4.9,3.0,1.4,0.2,b\n"); expect("uci_gap.data", options={"label": "-1"}, refused="line 1, column 2: .*'\\?'")
open("sklearn_head.csv", "w").write("2,2,setosa,versicolor\n5.1,3.5,0\n4.9,3.0,1\n"); expect("sklearn_head.csv", refused="line 1: .*scikit-learn.*tail -n \\+2")
house = datasets.load_diabetes(as_frame=True).frame.iloc[:5, [2, 3, 10]]
house.to_csv("regression.csv", index=False)
expect("regression.csv", house.iloc[:, :2], targets=house.target, options={"target": "target"})
pd.DataFrame({"id": [16777216, 16777217, 16777219], "label": list("aba")}).to_csv("large_ids.csv", index=False)
expect("large_ids.csv", pd.DataFrame({"id": [16777216, 16777217, 16777219]}), list("aba"), said="'id': 2 values beyond 2\\^24 change")
pd.DataFrame({"t": [0.1, 0.1 + 1e-12], "label": list("ab")}).to_csv("close.csv", index=False)
expect("close.csv", pd.DataFrame({"t": [0.1, 0.1 + 1e-12]}), list("ab"), said="'t': 1 different values become equal")
np.savez("sklearn.npz", data=X, target=y, target_names=np.array(iris.target_names, dtype="U"), feature_names=np.array(iris.feature_names))
expect("sklearn.npz", X, words, said="target_names name the classes")
np.savez("float_classes.npz", x=X, y=y.astype("f8")); expect("float_classes.npz", X, y, said="<f8 values are whole numbers", named=False)
np.savez("one_hot.npz", x=X, y=np.eye(3)[y]); expect("one_hot.npz", X, targets=np.eye(3)[y], said="one-hot rows are kept as 3 targets", named=False)
np.savez("one_hot_labels.npz", x=X, y=np.eye(3)[y]); expect("one_hot_labels.npz", X, y, options={"y": "labels"}, named=False)
np.savez("fortran.npz", x=np.asfortranarray(X), y=y.astype(">i2")); expect("fortran.npz", X, y, named=False)
np.savez("text_gap.npz", x=X, y=np.where(y == 0, "nan", words)); expect("text_gap.npz", refused="row 0: the label 'nan' says that it is missing")
np.savez("objects.npz", x=X, y=y.astype(object)); expect("objects.npz", refused="Python objects")
np.savez("latin.npz", x=X, y=np.array([b"caf\xe9"] * 6)); expect("latin.npz", refused="row 1: .*UTF-8")
np.savez("large.npz", x=np.array([[2**24, 1], [2**24 + 1, 1]]), y=[0, 1])
expect("large.npz", pd.DataFrame([[2**24, 1], [2**24 + 1, 1]]), [0, 1], said="column 1: 1 values beyond 2\\^24 change", named=False)
json.dump({"numpy": np.__version__, "pandas": pd.__version__, "scikit-learn": sklearn.__version__, "files": expected}, open("expected.json", "w"), indent=1)
