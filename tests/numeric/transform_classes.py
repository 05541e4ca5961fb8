"""Reference values for tests/unit/transform.c where the target has several classes, from scikit-learn.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install scikit-learn==1.9.1 && /tmp/venv/bin/python tests/numeric/transform_classes.py

writes transform_classes.csv (rows with their part) and transform_classes.txt (per feature of transform_classes.mlp: a value per row, nan
where missing, inf where none is compared: training rows get the encoding of the other folds).
"""
import pathlib, numpy as np, pandas as pd, sklearn
from sklearn.preprocessing import TargetEncoder
from sklearn.tree import DecisionTreeClassifier
here = pathlib.Path(__file__).parent
rng = np.random.default_rng(7)
n = 400
x = np.round(rng.normal(size=n), 3); shop = rng.choice(list("abcdefg"), n, p=[.3, .2, .2, .1, .1, .06, .04]).astype(object)
z = x + (np.isin(shop, ["a", "d"]) * 1.5) + rng.normal(0, .6, n)
kind = np.array(["low", "middle", "high"], dtype=object)[np.digitize(z, [-.2, 1.2])]
part = np.array(["train"] * 250 + ["validation"] * 75 + ["test"] * 75, dtype=object); rng.shuffle(part)
t = part == "train"
shop[np.flatnonzero(part == "test")[:3]] = "new"                       # a value that only the test part has
x[rng.random(n) < .05] = np.nan
pd.DataFrame(dict(part=part, x=x, shop=shop, kind=kind)).to_csv(here / "transform_classes.csv", index=False)
out = {}
e = TargetEncoder(target_type="multiclass", smooth=20).fit(shop[t].reshape(-1, 1), kind[t])
v = e.transform(shop.reshape(-1, 1)); v[t] = np.inf
for k, c in enumerate(e.classes_): out[f"by_{c}"] = v[:, k]
there = ~np.isnan(x)
tree = DecisionTreeClassifier(max_leaf_nodes=4, min_samples_leaf=5).fit(x[t & there].reshape(-1, 1), kind[t & there])
r = np.full(n, np.nan); r[there] = np.searchsorted(np.sort(tree.tree_.threshold[tree.tree_.feature >= 0]), x[there]); out["cut"] = r
with open(here / "transform_classes.txt", "w") as f:
    f.write(f"# scikit-learn {sklearn.__version__}; made by transform_classes.py. A feature, then its value in each row.\n")
    for k, v in out.items(): f.write(k + " " + " ".join("nan" if np.isnan(u) else repr(float(u)) for u in v) + "\n")
