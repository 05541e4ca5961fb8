"""Reference values for tests/unit/model_several.c: models with several outputs.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install scikit-learn statsmodels && /tmp/venv/bin/python tests/numeric/make_models.py

writes models.txt beside this file. Objectives are those of scikit-learn's solution, polished by Newton steps until the gradient is
below 1e-13; numbers are printed so that reading them back gives the same bits.
"""
import pathlib, numpy as np, sklearn
import statsmodels
from scipy.optimize import minimize
from statsmodels.miscmodels.ordinal_model import OrderedModel
from sklearn.linear_model import LogisticRegression
here = pathlib.Path(__file__).parent
rng = np.random.default_rng(20261125)
text = lambda v: " ".join(repr(float(x)) for x in v)

def polish(X, y, k, K, l2, W):
    """Newton on all of (K, p + 1), the intercepts free; the flat direction of softmax is left where it is (least squares)."""
    A = np.column_stack([X, np.ones(len(X))]); p = A.shape[1]; Y = np.eye(K)[y]; pen = np.tile(np.r_[np.ones(p - 1), 0], K)
    for turn in range(50):
        Z = A @ W.T; Z -= Z.max(1, keepdims=True); P = np.exp(Z); P /= P.sum(1, keepdims=True)
        G = ((P - Y) * k[:, None]).T @ A; g = G.ravel() + l2 * pen * W.ravel()
        if abs(g).max() < 1e-13: break
        H = np.zeros((K * p, K * p))
        for a in range(K):
            for b in range(K):
                H[a * p:(a + 1) * p, b * p:(b + 1) * p] = (A * (k * P[:, a] * ((a == b) - P[:, b]))[:, None]).T @ A
        W = W - np.linalg.lstsq(H + np.diag(l2 * pen), g, rcond=None)[0].reshape(K, p)
    else: raise SystemExit(f"no convergence: {abs(g).max()}")
    return W, P, -(k * np.log(P[np.arange(len(y)), y])).sum() + l2 / 2 * (pen * W.ravel() ** 2).sum()

def softmax():
    n, K = 300, 4
    x = rng.normal(size=(n, 3)).astype(np.float32); x[:, 1] = 50 + 20 * x[:, 1]
    code = rng.integers(2, 6, n)
    true = rng.normal(size=(K, 3)) * [1, .05, 1]
    y = (x @ true.T + (code[:, None] == np.arange(2, 6)) * .8 + rng.gumbel(size=(n, K))).argmax(1)
    w = rng.integers(1, 4, n).astype(float)
    v = x.astype(float)
    X = np.column_stack([(v - v.mean(0)) / v.std(0)] + [(code == c).astype(float) for c in range(2, 6)])
    out = [f"table softmax {n} 3 1 {K}"]
    out += [f"{text(x[i])} {code[i]} {y[i]} {float(w[i])!r}" for i in range(n)]
    for l2, weighted in ((1e-2, 0), (1e-3, 1), (.3, 0)):
        k = w if weighted else np.ones(n)
        s = LogisticRegression(C=1 / (l2 * k.sum()), solver="newton-cholesky", tol=1e-12, max_iter=1000).fit(X, y, sample_weight=k)
        W, P, f = polish(X, y, k / k.sum(), K, l2, np.column_stack([s.coef_, s.intercept_]))
        assert np.allclose(P, s.predict_proba(X), atol=1e-8)
        out += [f"fit softmax 0 {l2} {weighted} {float(f)!r}", text(P.ravel())]
    for l1, l2, weighted in ((.01, .02, 0), (.03, 0, 1)):   # elastic net and lasso: scikit-learn's own, to the end
        k = w if weighted else np.ones(n); both = l1 + l2
        s = LogisticRegression(C=1 / (both * k.sum()), l1_ratio=l1 / both, solver="saga", tol=1e-15, max_iter=300_000, random_state=0).fit(X, y, sample_weight=k)
        P = s.predict_proba(X); f = -(k * np.log(P[np.arange(n), y])).sum() / k.sum() + l1 * abs(s.coef_).sum() + l2 / 2 * (s.coef_ ** 2).sum()
        out += [f"fit softmax {l1} {l2} {weighted} {float(f)!r}", text(P.ravel())]
    return out

def ordered():
    """statsmodels' OrderedModel without a penalty, and scipy on the same likelihood with one."""
    n, K = 300, 5
    x = rng.normal(size=(n, 3)).astype(np.float32); x[:, 1] = 50 + 20 * x[:, 1]
    code = rng.integers(2, 6, n)
    z = x[:, 0] - .03 * (x[:, 1] - 50) + .8 * (code == 4) + rng.logistic(size=n)
    y = np.digitize(z, [-2, -1.5, 0.2, 2])
    w = rng.integers(1, 4, n).astype(float)
    v = x.astype(float)
    X = np.column_stack([(v - v.mean(0)) / v.std(0)] + [(code == c).astype(float) for c in range(2, 6)])
    out = [f"table ordered {n} 3 1 {K}"]
    out += [f"{text(x[i])} {code[i]} {y[i]} {float(w[i])!r}" for i in range(n)]
    sig = lambda t: 1 / (1 + np.exp(-t))
    def parts(p, X, k, l2, m):
        b, t = p[:m], np.r_[-np.inf, p[m:], np.inf]; f = X @ b
        hi, lo = sig(t[y + 1] - f), sig(t[y] - f); q = hi - lo
        if (q <= 0).any(): return np.inf, np.zeros_like(p)
        dh, dl = hi * (1 - hi) / q, lo * (1 - lo) / q
        g = np.zeros_like(p); g[:m] = X.T @ (k * (dh - dl)) + l2 * b
        for j in range(K - 1): g[m + j] = -(k * dh)[y == j].sum() + (k * dl)[y == j + 1].sum()
        return -(k * np.log(q)).sum() + l2 / 2 * (b * b).sum(), g
    for l2, weighted in ((0, 0), (1e-2, 0), (.1, 1)):
        k = (w if weighted else np.ones(n)); k = k / k.sum()
        A = X[:, :-1] if l2 == 0 else X; m = A.shape[1]           # without a penalty one level is free: any of them
        start = np.r_[np.zeros(m), [np.log(a / (1 - a)) for a in np.cumsum([k[y == j].sum() for j in range(K - 1)])]]
        s = minimize(parts, start, (A, k, l2, m), jac=True, method="BFGS", options=dict(gtol=1e-11, maxiter=5000)); p = s.x
        for turn in range(30):                                    # Newton on a numerical Hessian, down to rounding
            f, g = parts(p, A, k, l2, m)
            if abs(g).max() < 1e-13: break
            H = np.column_stack([(parts(p + e, A, k, l2, m)[1] - parts(p - e, A, k, l2, m)[1]) / 2e-5 for e in np.eye(len(p)) * 1e-5])
            p = p - np.linalg.solve(H, g)
        assert abs(g).max() < 1e-12
        if l2 == 0:
            r = OrderedModel(y, A, distr="logit").fit(method="bfgs", disp=0, gtol=1e-10, maxiter=2000)
            assert abs(r.llf / n + f) < 1e-9, (r.llf / n, f)
        t = np.r_[-np.inf, p[m:], np.inf]; P = np.diff(sig(t[None] - (A @ p[:m])[:, None]), axis=1)
        out += [f"fit ordered 0 {l2} {weighted} {float(f)!r}", text(P.ravel())]
    return out

(here / "models.txt").write_text("\n".join([f"# scikit-learn {sklearn.__version__}, statsmodels {statsmodels.__version__}, numpy {np.__version__}; made by make_models.py. table NAME rows numbers codes classes, rows",
    "# with y and weight last; then fit NAME l1 l2 weighted objective, and the probabilities of its rows."] + softmax() + ordered()) + "\n")
