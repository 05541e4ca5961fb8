"""Reference values for tests/unit/model_bagged.c: scikit-learn's decision trees.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install scikit-learn && /tmp/venv/bin/python tests/numeric/make_tree.py

writes tree.txt beside this file. Columns hold few values, each in many rows, so every boundary is a bin's.
"""
import pathlib, numpy as np, sklearn
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
rng = np.random.default_rng(9)
n = 400
x = np.column_stack([rng.integers(0, k, n) for k in (20, 30, 12, 25)]).astype(float)
z = np.sin(x[:, 0] / 3) + .1 * x[:, 1] * (x[:, 2] > 5) + rng.normal(size=n)
w = rng.integers(1, 4, n).astype(float)
text = lambda v: " ".join(repr(float(t)) for t in v)
out = [f"# scikit-learn {sklearn.__version__}, numpy {np.__version__}; made by make_tree.py. table rows numbers, rows with number, yes or no and weight",
       "# last; then fit classes depth min_rows weighted, and what it reports of each row", f"table {n} {x.shape[1]}"]
out += [f"{text(x[i])} {float(z[i])!r} {int(z[i] > 1)} {w[i]}" for i in range(n)]
for classes, depth, least, weighted in ((0, 3, 5, 0), (0, 5, 10, 1), (1, 3, 5, 0), (1, 4, 8, 1)):
    M = DecisionTreeClassifier if classes else DecisionTreeRegressor
    m = M(max_depth=depth, min_samples_leaf=least, random_state=0).fit(x, z > 1 if classes else z, sample_weight=w if weighted else None)
    out += [f"fit {classes} {depth} {least} {weighted}", text(m.predict_proba(x)[:, 1] if classes else m.predict(x))]
(pathlib.Path(__file__).parent / "tree.txt").write_text("\n".join(out) + "\n")
