"""Reference values for tests/unit/model_ranking.c: the softmax over a query's rows.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install statsmodels pandas && /tmp/venv/bin/python tests/numeric/make_listwise.py

writes listwise.txt beside this file, from examples/travel_mode with its rows shuffled. Without a penalty the objective is that of
statsmodels' ConditionalLogit, polished; with one it is Newton's, until the gradient is below 1e-13.
"""
import pathlib, numpy as np, pandas as pd, statsmodels
from statsmodels.discrete.conditional_models import ConditionalLogit
here = pathlib.Path(__file__).parent
d = pd.read_csv(here.parent.parent / "examples/travel_mode/travel_mode.csv").sample(frac=1, random_state=5).reset_index(drop=True)
rng = np.random.default_rng(5)
mode = d["mode"].map({"air": 2, "train": 3, "bus": 4, "car": 5}).to_numpy()
x = np.column_stack([d.wait, d.vcost, d.travel, d.gcost, d.income, d.income * (mode == 2)]).astype(np.float32)
chosen = (d.choice == "yes").to_numpy().astype(float)
graded = rng.integers(0, 4, len(d)).astype(float); graded[d.individual < 6] = 0        # five queries without relevance
w = rng.integers(1, 4, len(d)).astype(float)
v = x.astype(float)
X = np.column_stack([(v - v.mean(0)) / v.std(0)] + [(mode == c).astype(float) for c in range(2, 6)])
Q = pd.get_dummies(d.individual).to_numpy().astype(float)                              # (rows, queries)

def newton(y, k, l2, b):
    share = y / np.maximum(Q @ (Q.T @ y), 1e-300) * k
    T = Q.T @ share; total = T.sum()
    for turn in range(100):
        z = X @ b; z -= z.max(); e = np.exp(z); s = Q.T @ e; p = e / (Q @ s)
        value = (T @ np.log(s) - share @ z) / total + l2 / 2 * b @ b
        g = X.T @ ((Q @ T) * p - share) / total + l2 * b
        if abs(g).max() < 1e-13: return value, X @ b - X.mean(0) @ b
        M = Q.T @ (X * p[:, None])
        H = ((X * ((Q @ T) * p)[:, None]).T @ X - (M * T[:, None]).T @ M) / total + l2 * np.eye(len(b))
        b = b - np.linalg.lstsq(H, g, rcond=1e-12)[0]
    raise SystemExit(f"no convergence: {abs(g).max()}")

text = lambda v: " ".join(repr(float(t)) for t in v)
out = [f"# statsmodels {statsmodels.__version__}, numpy {np.__version__}; made by make_listwise.py. table rows numbers codes, rows: numbers,",
       "# code, query, chosen, graded, weight; then fit graded l2 weighted objective, and each row's utility less that of the first row of its query",
       f"table {len(d)} {x.shape[1]} 1"]
out += [f"{text(x[i])} {mode[i]} {d.individual[i]} {chosen[i]} {graded[i]} {w[i]}" for i in range(len(d))]
first = {q: i for i, q in reversed(list(enumerate(d.individual)))}
for graded_too, l2, weighted in ((0, 0, 0), (0, 1e-2, 0), (1, 1e-3, 1), (1, .3, 0)):
    b = np.zeros(X.shape[1])
    if l2 == 0:
        keep = [0, 1, 2, 3, 5, 6, 7, 8]                                                # no income, which a query's rows share, no car
        r = ConditionalLogit(chosen, X[:, keep], groups=d.individual).fit(method="bfgs", maxiter=1000, gtol=1e-10, disp=0)
        b[keep] = r.params
    f, z = newton(graded if graded_too else chosen, w if weighted else np.ones(len(d)), l2, b)
    if l2 == 0: print("statsmodels", -r.llf / 210, "polished", f); assert abs(f + r.llf / 210) < 1e-8
    out += [f"fit {graded_too} {l2} {weighted} {float(f)!r}", text(z[i] - z[first[q]] for i, q in enumerate(d.individual))]
(here / "listwise.txt").write_text("\n".join(out) + "\n")
