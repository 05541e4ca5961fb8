"""Reference values for tests/unit/metric.c and tests/unit/model_linear.c, from scikit-learn (and numpy where it has no such metric).

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install scikit-learn==1.9.1 numpy && /tmp/venv/bin/python tests/numeric/make.py

writes metric.txt and linear.txt beside this file. Numbers are printed so that reading them back gives the same bits.
"""
import pathlib, numpy as np, sklearn
from sklearn import metrics as M
from sklearn.linear_model import LogisticRegression, Ridge
here = pathlib.Path(__file__).parent
rng = np.random.default_rng(20261124)
text = lambda v: " ".join(repr(float(x)) for x in v)

def metric():
    out = [f"# scikit-learn {sklearn.__version__}, numpy {np.__version__}; made by make.py. A case: columns, then what is expected of them."]
    def case(name, **columns):
        out.append(f"case {name} {len(columns['y'])}")
        out.extend(f"{k} {text(v)}" for k, v in columns.items())
    def expect(metric, value, option=None):
        name = {"recall": "precision", "precision": "recall", "ndcg": "k", "demographic_parity_difference": "min_rows"}.get(metric)
        out.append(f"expect {metric} {'none' if option is None else f'{name}={float(option)!r}'} {repr(float(value))}")
    for name, n, levels, weighted in (("plain", 200, 0, False), ("ties", 300, 12, False), ("weights", 150, 20, True), ("few", 5, 0, False), ("extreme", 60, 3, False)):
        y = (rng.random(n) < .4).astype(float); y[:2] = 0, 1
        p = 1 / (1 + np.exp(-(1.5 * (y - .5) + rng.normal(size=n))))
        if levels: p = np.round(p * (levels - 1)) / (levels - 1)      # "extreme" has 0 and 1 among its probabilities
        w = rng.integers(1, 5, n) * .5 if weighted else np.ones(n)
        d = (p > .45).astype(float); d[0] = 1
        case(name, y=y, p=p, decided=d, **({"weight": w} if weighted else {}))
        expect("roc_auc", M.roc_auc_score(y, p, sample_weight=w)); expect("pr_auc", M.average_precision_score(y, p, sample_weight=w))
        expect("log_loss", M.log_loss(y, p, sample_weight=w)); expect("accuracy", M.accuracy_score(y, d, sample_weight=w))
        expect("precision", M.precision_score(y, d, sample_weight=w)); expect("recall", M.recall_score(y, d, sample_weight=w))
        expect("f1", M.f1_score(y, d, sample_weight=w))
        precision, recall, _ = M.precision_recall_curve(y, p, sample_weight=w)
        for b in (.3, .5, .75):
            expect("recall", recall[precision >= b].max(), b); expect("precision", precision[:-1][recall[:-1] >= b].max(), b)
    for name, n, weighted in (("numbers", 120, False), ("numbers-weighted", 80, True)):
        y = rng.normal(size=n) * 3 + 1000; p = y + rng.normal(size=n); w = rng.random(n) + .1 if weighted else np.ones(n)
        case(name, y=y, p=p, **({"weight": w} if weighted else {}))
        expect("rmse", M.root_mean_squared_error(y, p, sample_weight=w)); expect("mae", M.mean_absolute_error(y, p, sample_weight=w)); expect("r2", M.r2_score(y, p, sample_weight=w))
    sizes = [1, 4, 12, 30, 7]; q = np.repeat(np.arange(len(sizes)), sizes); y = rng.integers(0, 5, len(q)).astype(float); y[q == 1] = 0
    p = np.round(y + rng.normal(size=len(q)) * 1.5, 1)                # ties in the scores
    case("queries", y=y, p=p, query=q)
    for k in (1, 3, 10):
        each = [1. if not y[q == i].any() else 1. if (q == i).sum() == 1 else M.ndcg_score([2 ** y[q == i] - 1], [p[q == i]], k=k) for i in range(len(sizes))]
        expect("ndcg", np.mean(each), k)
    n = 400; c = rng.integers(0, 5, n); c[:10] = 4; c[c == 4] = np.where(np.arange((c == 4).sum()) < 20, 4, 2); d = (rng.random(n) < .2 + .1 * c).astype(float)
    case("groups", y=np.ones(n), p=d, decided=d, column=c)
    shares = {g: d[c == g].mean() for g in set(c) if g and (c == g).sum() >= 30}
    expect("demographic_parity_difference", max(shares.values()) - min(shares.values()), 30)
    (here / "metric.txt").write_text("\n".join(out) + "\n")

def linear():
    out = [f"# scikit-learn {sklearn.__version__}, numpy {np.__version__}; made by make.py. table NAME rows numbers codes (numbers first; nan is missing), rows with y and",
           "# weight last; then fit NAME loss l1 l2 weighted objective, and the scores of its rows. Objectives are those of a solution with a subgradient below 1e-13."]
    n = 240
    x = rng.normal(size=(n, 4)).astype(np.float32); x[:, 1] = x[:, 1] * 300 + 1000; x[:, 3] = np.exp(x[:, 3])
    x[rng.random(n) < .1, 2] = np.nan
    codes = np.column_stack([rng.integers(2, 5, n), np.where(rng.random(n) < .15, 0, rng.integers(2, 9, n))])
    y = (rng.random(n) < 1 / (1 + np.exp(-(x[:, 0] - .5 * (codes[:, 0] == 3) + .7 * np.nan_to_num(x[:, 2]))))).astype(float)
    z = 5000 + 700 * x[:, 0].astype(float) + 300 * (codes[:, 1] == 0) + rng.normal(size=n) * 100
    w = rng.integers(1, 4, n).astype(float)
    cols = []
    for j in range(4):
        v = x[:, j].astype(float); there = np.isfinite(v); m, s = v[there].mean(), v[there].std()
        cols.append((np.where(there, v, np.median(v[there])) - m) / s)
        if not there.all(): cols.append((~there).astype(float))
    for j in range(2): cols += [(codes[:, j] == c).astype(float) for c in np.unique(codes[:, j])]
    X = np.column_stack(cols)
    for name, t in (("yes", y), ("amount", z)):
        out.append(f"table {name} {n} 4 2")
        out.extend(f"{text(x[i])} {codes[i, 0]} {codes[i, 1]} {text([t[i], w[i]])}" for i in range(n))
        for loss, l1, l2, weighted in ((("log_loss", 0, 1e-3, 0), ("log_loss", 0, 1e-3, 1), ("log_loss", .02, 0, 0), ("log_loss", .01, .05, 1)) if name == "yes" else
                                       (("squared", 0, 1e-2, 0), ("squared", 0, .5, 1), ("squared", 20., 1e-3, 0))):
            k = w if weighted else np.ones(n); b, c, f = solve(X, t, k / k.sum(), loss, l1, l2)
            if loss == "log_loss" and not l1:
                s = LogisticRegression(C=1 / (l2 * k.sum()), solver="newton-cholesky", tol=1e-14, max_iter=1000).fit(X, t, sample_weight=k)
                assert np.allclose(s.coef_[0], b, atol=1e-9), abs(s.coef_[0] - b).max()
            if loss == "squared" and not l1:
                s = Ridge(alpha=l2 * k.sum(), solver="cholesky").fit(X, t, sample_weight=k); assert np.allclose(s.coef_, b, rtol=1e-9, atol=1e-6)
            out += [f"fit {loss} {l1} {l2} {weighted} {f!r}", text(X @ b + c)]
    (here / "linear.txt").write_text("\n".join(out) + "\n")

def solve(X, y, k, loss, l1, l2):
    """Coordinate-wise exact: proximal Newton on an active set in long double, until the subgradient is below 1e-13 of the gradient at 0."""
    L = np.longdouble; A = np.column_stack([X, np.ones(len(X))]).astype(L); y = y.astype(L); k = k.astype(L); p = A.shape[1]; w = np.zeros(p, L)
    w[-1] = (k * y).sum() if loss == "squared" else np.log((k * y).sum() / (k * (1 - y)).sum())
    pen = np.ones(p, L); pen[-1] = 0
    def parts(w):
        s = A @ w
        if loss == "squared": return (k * (s - y) ** 2 / 2).sum(), A.T @ (k * (s - y)), k
        q = 1 / (1 + np.exp(-s)); return (k * (np.logaddexp(0, s) - y * s)).sum(), A.T @ (k * (q - y)), k * q * (1 - q)
    value = lambda w: parts(w)[0] + l1 * (pen * abs(w)).sum() + L(l2) / 2 * (pen * w * w).sum()
    for turn in range(20000):
        v, g, h = parts(w); g = g + l2 * pen * w
        sub = np.where(w != 0, g + l1 * pen * np.sign(w), np.sign(g) * np.maximum(abs(g) - l1 * pen, 0))
        if turn == 0: first = abs(sub).max()
        if abs(sub).max() < 1e-13 * max(first, 1e-3): break
        H = (A * h[:, None]).T @ A + np.diag(l2 * pen); d = np.zeros(p, L); q = np.zeros(p, L)
        for sweep in range(50):
            for c in range(p):
                at = w[c] + d[c]; to = at - (g[c] + q[c]) / H[c, c]; to = np.sign(to) * max(abs(to) - l1 * pen[c] / H[c, c], L(0)); q += (to - at) * H[:, c]; d[c] += to - at
        t = L(1)
        while value(w + t * d) > value(w) + 1e-18 and t > 1e-6: t /= 2
        w = w + t * d
    else: raise SystemExit("no convergence")
    return w[:-1].astype(float), float(w[-1]), float(value(w))

metric(); linear()
