"""Data and reference values for tests/numeric/glm.sh: losses of one number that the compiler differentiates.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install statsmodels scikit-learn && /tmp/venv/bin/python tests/numeric/make_glm.py

writes glm.csv and glm.txt: the smallest mean loss over the training rows, without a penalty. statsmodels' solutions are polished by
Newton steps to a gradient below 1e-13. Features are rounded to 32 bits, as mlp's are.
"""
import pathlib, numpy as np, statsmodels, sklearn, statsmodels.api as sm
from sklearn.linear_model import QuantileRegressor
here = pathlib.Path(__file__).parent; rng = np.random.default_rng(20261126)
n = 500
x = rng.normal(size=n).round(3); z = rng.uniform(0, 10, n).round(2); e = rng.choice([.25, .5, .75, 1.], n)
claims = rng.poisson(e * np.exp(.3 + .4 * x - .1 * z)); amount = np.exp(1 + .3 * x) * rng.gamma(2., .5, n); amount = amount.round(3) + .001
cost = np.where(claims > 0, (claims * amount).round(3), 0.); y = (3 * x - .5 * z + rng.standard_t(2, n)).round(3)
part = np.where(np.arange(n) % 5 == 3, "validation", np.where(np.arange(n) % 5 == 4, "test", "train")); t = part == "train"
with open(here / "glm.csv", "w") as f:
    f.write("part,x,z,years,claims,amount,cost,y\n")
    for i in range(n): f.write(f"{part[i]},{x[i]},{z[i]},{e[i]},{claims[i]},{amount[i]},{cost[i]},{y[i]}\n")
X = np.column_stack([np.ones(n), x.astype(np.float32).astype(float), z.astype(np.float32).astype(float)])[t]
def polish(b, y, off, loss):
    for turn in range(100):
        s = X @ b + off; v, g, h = loss(y, s); G = X.T @ g / len(y)
        if abs(G).max() < 1e-13: return v.mean()
        b = b - np.linalg.solve((X * h[:, None]).T @ X / len(y), G)
    raise SystemExit(f"no convergence {abs(G).max()}")
def tweedie(p): return lambda y, s: (np.exp(s * (2 - p)) / (2 - p) - y * np.exp(s * (1 - p)) / (1 - p), np.exp(s * (2 - p)) - y * np.exp(s * (1 - p)), (2 - p) * np.exp(s * (2 - p)) - (1 - p) * y * np.exp(s * (1 - p)))
poisson = lambda y, s: (np.exp(s) - y * s, np.exp(s) - y, np.exp(s)); gamma = lambda y, s: (s + y * np.exp(-s), 1 - y * np.exp(-s), y * np.exp(-s))
huber = lambda d: lambda y, s: (np.where(abs(s - y) <= d, .5 * (s - y) ** 2, d * (abs(s - y) - .5 * d)), np.clip(s - y, -d, d), (abs(s - y) <= d) * 1.)
out = [f"# statsmodels {statsmodels.__version__}, scikit-learn {sklearn.__version__}, numpy {np.__version__}; made by make_glm.py. loss, target, exposure, the smallest mean loss, tolerance"]
L = sm.families.links.Log()
for name, loss, fam, target, expo in (("poisson", poisson, sm.families.Poisson(L), claims, None), ("poisson", poisson, sm.families.Poisson(L), claims, e), ("gamma", gamma, sm.families.Gamma(L), amount, None),
                                      ("tweedie(1.5)", tweedie(1.5), sm.families.Tweedie(L, 1.5), cost, None), ("tweedie(1.3)", tweedie(1.3), sm.families.Tweedie(L, 1.3), cost, e)):
    off = np.log(expo[t]) if expo is not None else np.zeros(t.sum())
    b = sm.GLM(target[t], X, family=fam, offset=off).fit(tol=1e-12, maxiter=200).params; v = polish(b, target[t], off, loss)
    assert abs(loss(target[t], X @ b + off)[0].mean() - v) < 1e-9 * abs(v)
    label = {id(claims): "claims", id(amount): "amount", id(cost): "cost"}[id(target)]
    out.append(f"{name} {label} {'years' if expo is not None else '-'} {float(v)!r} 1e-9")
b = sm.RLM(y[t], X, M=sm.robust.norms.HuberT(1.0)).fit(scale_est=sm.robust.scale.HuberScale()).params
out.append(f"huber(1.0) y - {float(polish(b, y[t], 0, huber(1.0)))!r} 1e-9")
for q in (.1, .5, .9):
    m = QuantileRegressor(quantile=q, alpha=0, solver="highs").fit(X[:, 1:], y[t]); r = y[t] - m.predict(X[:, 1:])
    out.append(f"pinball({round(q * 100)}%) y - {float(np.maximum(q * r, (q - 1) * r).mean())!r} 1e-7")
(here / "glm.txt").write_text("\n".join(out) + "\n")
