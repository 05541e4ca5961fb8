"""Reference values for tests/unit/transform.c, from scikit-learn's MultiLabelBinarizer and LogisticRegression, and pandas.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install scikit-learn==1.9.1 && /tmp/venv/bin/python tests/numeric/lists.py

writes lists.csv (rows with their part) and lists.txt: per feature of lists.mlp its columns, then its entries "row column value"; last
the probabilities of a logistic regression on `genres` and a number. Fitted on the training part, applied to all rows: what training did
not have is unknown. A missing list is the one value "(missing)", and an empty cell is one where the type has a `?`; else it is the empty list.
"""
import csv, pathlib, random, warnings, numpy as np, sklearn
from collections import Counter
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import MultiLabelBinarizer
from scipy.sparse import hstack, csr_matrix
warnings.simplefilter("ignore")                                         # "unknown class(es) will be ignored"
here = pathlib.Path(__file__).parent
random.seed(20261129)
genres = ["drama", "comedy", "war", "film noir", "Éclair", "最高", "sci-fi", "other"]
rows = []
for i in range(160):
    y = random.random() < .5
    part = "train" if i % 10 < 6 else "validation" if i % 10 < 8 else "test"
    of = random.sample(genres, random.choice([0, 1, 1, 2, 3]), counts=[9, 7, 4, 3, 2, 2, 1, 1] if y else [4, 7, 7, 3, 2, 2, 1, 1])
    if part == "test" and i % 3 == 0: of = of + ["unheard"]
    if part == "train" and i % 29 == 0: of = of + [f"rare {i}"]
    numbers = None if i % 13 == 5 else [random.choice([1, 2, 3, 10, 20]) for _ in range(random.randrange(4))]
    rows.append([part, of, numbers, round(random.gauss(0, 1), 3), "yes" if y else "no", random.choice(["a", "b", "b × c", ""]),
                 random.choice(["x", "y", "c × x"] + (["new"] if part == "test" else [])), random.choice(["yes", "no"])])
with open(here / "lists.csv", "w", newline="") as f:
    out = csv.writer(f); out.writerow(["part", "genres", "codes", "x", "good", "first", "second", "third"])
    for p, g, n, *more in rows: out.writerow([p, " | ".join(g), "-" if n is None else ";".join(map(str, n)), *more])
train = [i for i, r in enumerate(rows) if r[0] == "train"]
lists = {"genres": [r[1] for r in rows], "codes": [["(missing)"] if not r[2] else [str(v) for v in r[2]] for r in rows]}
out = [f"# scikit-learn {sklearn.__version__}; made by lists.py"]
def show(name, columns, m):
    m = csr_matrix(m); m.sort_indices()
    out.append(f"feature {name} {len(columns)} {m.nnz}"); out.extend(columns)
    for r in range(m.shape[0]):
        for k in range(m.indptr[r], m.indptr[r + 1]): out.append(f"{r} {m.indices[k]} {m.data[k]:.9g}")
def every(name):
    b = MultiLabelBinarizer().fit([lists[name][i] for i in train])
    return list(b.classes_), b.transform(lists[name])
def some(name, kept):                                                   # the rest in a column of its own
    columns = sorted(kept, key=lambda v: v.encode())
    m = MultiLabelBinarizer(classes=columns).fit([columns]).transform(lists[name])
    rest = np.array([[any(v not in kept for v in of)] for of in lists[name]], dtype=int)
    return columns + ["other_" if "other" in columns else "other"], np.hstack([m, rest])
columns, m = every("genres"); show("genres", columns, m)
show("codes", *every("codes"))
rows_of = Counter(v for i in train for v in set(lists["genres"][i]))
show("often", *some("genres", {v for v in rows_of if rows_of[v] >= 9}))
show("three", *some("genres", set(sorted(rows_of, key=lambda v: (-rows_of[v], v.encode()))[:3])))
x = np.array([r[3] for r in rows]); y = np.array([r[4] == "yes" for r in rows]); mean, sd = x[train].mean(), x[train].std()
X = hstack([csr_matrix(m), csr_matrix(((x - mean) / sd).reshape(-1, 1))]).tocsr()
fit = LogisticRegression(C=1 / (.01 * len(train)), tol=1e-10, max_iter=10000, solver="newton-cholesky").fit(X[train], y[train])
out.append("scores " + " ".join(repr(float(p)) for p in fit.predict_proba(X)[:, 1]))
# cross(first, second) and cross(third, first): the pairs of the training part, of pandas' groupby; ? is one that it does not have
import pandas as pd
frame = pd.DataFrame([r[5:] for r in rows], columns=["first", "second", "third"]).replace("", np.nan)
for a, b in (("first", "second"), ("third", "first")):
    known = frame.iloc[train].dropna(subset=[a, b]).groupby([a, b]).ngroup()
    names = dict(zip(zip(frame[a][known.index], frame[b][known.index]), known))
    out.append(f"cross {a}_{b} {len(set(known))}")
    for pair in zip(frame[a], frame[b]): out.append("-" if any(pd.isna(v) for v in pair) else f"{names.get(pair, -1)} {pair[0]} × {pair[1]}")
(here / "lists.txt").write_text("\n".join(out) + "\n")
