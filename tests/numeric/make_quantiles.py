"""Reference values for tests/numeric/quantiles.sh: quantiles of diamonds' prices, every tenth row of examples/diamonds.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install scikit-learn lightgbm && /tmp/venv/bin/python tests/numeric/make_quantiles.py

writes quantiles.txt: of scikit-learn's QuantileRegressor (no penalty) the mean pinball loss of the training rows and of the test rows;
of LightGBM, `objective: quantile`, and of scikit-learn's GradientBoostingRegressor the pinball loss of the test rows, and the share of
them between the outer two. Row i trains if i % 10 < 6 and judges if i % 10 > 7, counted within the rows that are taken.
"""
import gzip, pathlib, csv, numpy as np, sklearn, lightgbm
from sklearn.linear_model import QuantileRegressor
from sklearn.ensemble import GradientBoostingRegressor
here = pathlib.Path(__file__).parent
rows = list(csv.DictReader(gzip.open(here / "../../examples/diamonds/diamonds.csv.gz", "rt")))[::10]
X = np.array([[float(r[k]) for k in ("carat", "depth", "table", "x")] for r in rows], np.float32).astype(float)
y = np.array([float(r["price"]) for r in rows]); part = np.arange(len(rows)) % 10
train, test = part < 6, part > 7
levels = (.1, .5, .9)
def pinball(y, p, q): return float(np.maximum(q * (y - p), (q - 1) * (y - p)).mean())
mean, sd = X[train].mean(0), X[train].std(0)
Z = (X - mean) / sd
families = {
    "linear": lambda q: QuantileRegressor(quantile=q, alpha=0, solver="highs").fit(Z[train], y[train]).predict(Z),
    "lightgbm": lambda q: lightgbm.LGBMRegressor(objective="quantile", alpha=q, n_estimators=200, num_leaves=15, learning_rate=.1, min_child_samples=20, verbose=-1, deterministic=True, num_threads=1, reg_lambda=0).fit(X[train], y[train]).predict(X),
    "sklearn": lambda q: GradientBoostingRegressor(loss="quantile", alpha=q, n_estimators=200, max_leaf_nodes=15, max_depth=None, learning_rate=.1, min_samples_leaf=20, random_state=0).fit(X[train], y[train]).predict(X)}
out = [f"# scikit-learn {sklearn.__version__}, lightgbm {lightgbm.__version__}; made by make_quantiles.py. family, what, value"]
for name, fit in families.items():
    p = np.sort(np.column_stack([fit(q) for q in levels]), axis=1)
    for k, q in enumerate(levels):
        if name == "linear": out.append(f"{name} train {round(q * 100)} {pinball(y[train], p[train, k], q)!r}")
        out.append(f"{name} test {round(q * 100)} {pinball(y[test], p[test, k], q)!r}")
    out.append(f"{name} test coverage {float(((y >= p[:, 0]) & (y <= p[:, 2]))[test].mean())!r}")
(here / "quantiles.txt").write_text("\n".join(out) + "\n")
