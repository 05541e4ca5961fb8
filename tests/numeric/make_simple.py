"""Reference values for tests/unit/model_simple.c: scikit-learn's naive Bayes and nearest neighbours.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install scikit-learn && /tmp/venv/bin/python tests/numeric/make_simple.py

writes simple.txt beside this file. Naive Bayes: GaussianNB of each number where it is there, CategoricalNB of categories, yes or no and
what is missing, MultinomialNB of terms; their joint logarithms less the classes' shares, which count once. Neighbours: brute force over
standardised numbers (missing: the median and an indicator), one-hot categories and the terms as they are.
"""
import pathlib, numpy as np, sklearn
from sklearn.naive_bayes import CategoricalNB, GaussianNB, MultinomialNB
from sklearn.neighbors import NearestNeighbors
rng = np.random.default_rng(21)
n, train, terms = 400, 300, 12
x = rng.normal(size=(n, 3)).astype(np.float32)
x[:, 1] = (x[:, 1] * 40 + 1000).astype(np.float32)
z = x[:, 0] + rng.normal(size=n)
classes = np.digitize(z, [-.7, .9])
x[rng.random(n) < .15 + .1 * (classes == 1), 2] = np.nan
flag = (rng.random(n) < .3 + .2 * classes).astype(float)
code = rng.choice([0, 2, 3, 4, 5], size=n, p=[.1, .3, .3, .2, .1])
code[(classes == 2) & (code == 3)] = 5
text = np.where(rng.random((n, terms)) < .25 + .1 * np.outer(classes, np.arange(terms) % 2), rng.random((n, terms)), 0).astype(np.float32)
text[3] = 0
number = z * 3 + rng.normal(size=n)
weight = rng.integers(1, 4, n).astype(float)
show = lambda v: " ".join(repr(float(t)) for t in np.ravel(v))

def bayes(y, w, smooth):
    def part(model, X, rows=None, at=None):
        fit = np.arange(train) if rows is None else np.flatnonzero(rows[:train])
        model.fit(X[fit], y[fit], sample_weight=w[fit])
        of = np.zeros((n, len(np.unique(y))))
        some = np.ones(n, bool) if rows is None else rows
        of[some] = model.predict_joint_log_proba(X[some]) - model.class_log_prior_[None] if hasattr(model, "class_log_prior_") else model.predict_joint_log_proba(X[some]) - np.log(model.class_prior_)[None]
        return of
    shares = np.array([w[:train][y[:train] == k].sum() for k in np.unique(y)])
    joint = np.log(shares / shares.sum())[None] + np.zeros((n, 1))
    for c in range(3):
        there = ~np.isnan(x[:, c])
        joint = joint + part(GaussianNB(), x[:, [c]].astype(float), there)
        if not there.all(): joint = joint + part(CategoricalNB(alpha=smooth), there[:, None].astype(int))
    joint = joint + part(CategoricalNB(alpha=smooth), flag[:, None].astype(int))
    joint = joint + part(CategoricalNB(alpha=smooth), np.unique(code, return_inverse=True)[1][:, None])
    joint = joint + part(MultinomialNB(alpha=smooth), text.astype(float))
    p = np.exp(joint - joint.max(1, keepdims=True))
    return p / p.sum(1, keepdims=True)

def neighbours(k):
    columns = []
    for c in range(3):
        v = x[:, c].astype(float); there = ~np.isnan(v); own = v[:train][there[:train]]
        columns.append((np.where(there, v, np.median(own)) - own.mean()) / own.std())
        if not there[:train].all(): columns.append((~there).astype(float))
    columns.append((flag - flag[:train].mean()) / flag[:train].std())
    columns += [(code == k).astype(float) for k in np.unique(code[:train])] + list(text.T)
    X = np.column_stack(columns)
    return NearestNeighbors(n_neighbors=k, algorithm="brute").fit(X[:train]).kneighbors(X)[1]

out = [f"# scikit-learn {sklearn.__version__}, numpy {np.__version__}; made by make_simple.py. table rows train terms; rows with three numbers, yes or no, code,",
       "# class, number, weight, then terms that are there as index and value; fit model task option weighted, and what it reports of each row",
       f"table {n} {train} {terms}"]
for i in range(n):
    run = [f"{t} {float(text[i, t])!r}" for t in range(terms) if text[i, t]]
    out.append(" ".join([show(x[i]), str(int(flag[i])), str(code[i]), str(classes[i]), repr(float(number[i])), repr(float(weight[i])), str(len(run))] + run))
for task in ("yes_no", "classes"):
    y = (classes > 0).astype(int) if task == "yes_no" else classes
    for smooth, weighted in ((1.0, 0), (0.25, 1)):
        p = bayes(y, weight if weighted else np.ones(n), smooth)
        out += [f"fit bayes {task} {smooth} {weighted}", show(p[:, 1] if task == "yes_no" else p)]
for task in ("yes_no", "classes", "number"):
    y = {"yes_no": (classes > 0).astype(int), "classes": classes, "number": number}[task]
    for k, weighted in ((1, 0), (7, 0), (20, 1)):
        at = neighbours(k); w = (weight if weighted else np.ones(n))[at]
        share = lambda v: (w * v[at]).sum(1) / w.sum(1)
        out += [f"fit nearest {task} {k} {weighted}", show(np.column_stack([share((classes == c).astype(float)) for c in range(3)]) if task == "classes" else share(y.astype(float)))]
(pathlib.Path(__file__).parent / "simple.txt").write_text("\n".join(out) + "\n")
