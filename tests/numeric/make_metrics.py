"""More reference values for tests/unit/metric.c: every metric that make.py does not cover, from scikit-learn and fairlearn (numpy where
neither has it, by the definition that stdlib/metrics.mlp gives).

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install scikit-learn==1.9.1 fairlearn==0.15.0 numpy && /tmp/venv/bin/python tests/numeric/make_metrics.py

writes metrics.txt beside this file, in the form of metric.txt.
"""
import itertools, pathlib, numpy as np, sklearn, fairlearn
from sklearn import metrics as M
from fairlearn import metrics as F
here = pathlib.Path(__file__).parent
rng = np.random.default_rng(20261125)
text = lambda v: " ".join(repr(float(x)) for x in v)
out = [f"# scikit-learn {sklearn.__version__}, fairlearn {fairlearn.__version__}, numpy {np.__version__}; made by make_metrics.py"]

def case(name, classes=0, **columns):
    out.append(f"case {name} {len(columns['y'])} {classes}")
    out.extend(f"{k} {text(np.ravel(v))}" for k, v in columns.items())
def expect(metric, value, **options):
    out.append(f"expect {metric} {','.join(f'{k}={v}' for k, v in options.items()) or 'none'} {float(value)!r}")
def mean(v, w): return np.sum(np.asarray(v) * w) / np.sum(w)

for name, n, levels, weighted in (("yes", 150, 0, False), ("yes-ties", 200, 9, False), ("yes-weights", 120, 0, True)):
    y = (rng.random(n) < .35).astype(float); y[:2] = 0, 1
    p = 1 / (1 + np.exp(-(1.5 * (y - .5) + rng.normal(size=n))))
    if levels: p = np.round(p * (levels - 1)) / (levels - 1)
    w = rng.integers(1, 5, n) * .5 if weighted else np.ones(n)
    d = (p > .45).astype(float); d[:2] = 1
    case(name, y=y, p=p, decided=d, **({"weight": w} if weighted else {}))
    (tn, fp), (fn, tp) = M.confusion_matrix(y, d, sample_weight=w)
    expect("gini", 2 * M.roc_auc_score(y, p, sample_weight=w) - 1)
    expect("brier", M.brier_score_loss(y, p, sample_weight=w)); expect("balanced_accuracy", M.balanced_accuracy_score(y, d, sample_weight=w))
    for b in (.5, 2): expect("fbeta", M.fbeta_score(y, d, beta=b, sample_weight=w), b=b)
    for a in ("macro", "weighted", "micro"): expect("f1", M.f1_score(y, d, average=a, sample_weight=w), average=a); expect("precision", M.precision_score(y, d, average=a, sample_weight=w), average=a)
    expect("specificity", tn / (tn + fp)); expect("false_positive_rate", fp / (tn + fp)); expect("false_negative_rate", fn / (fn + tp))
    expect("mcc", M.matthews_corrcoef(y, d, sample_weight=w)); expect("kappa", M.cohen_kappa_score(y, d, sample_weight=w))
    expect("cost", (5 * fn + 1 * fp) / w.sum(), miss=5, false_alarm=1); expect("cost", (fn + fp) / w.sum())
    for bins in (10, 4):
        b = np.minimum((p * bins).astype(int), bins - 1)
        expect("calibration_error", sum(abs(np.sum(w[b == i] * (p[b == i] - y[b == i]))) for i in range(bins)) / w.sum(), bins=bins)
    for share in (.05, .2):                                  # of equal scores at the cut, their mean
        o = np.argsort(-p, kind="stable"); room, hit = share * w.sum(), 0.
        for v in sorted(set(p), reverse=True):
            g = p == v; take = min(1, room / w[g].sum()); hit += take * np.sum(w[g] * y[g]); room -= take * w[g].sum()
            if room <= 1e-12: break
        expect("recall", hit / np.sum(w * y), alerts=share); expect("precision", hit / (share * w.sum()), alerts=share)
        expect("lift", hit / (share * w.sum()) / mean(y, w), share=share)

for name, n, k, weighted in (("classes", 160, 4, False), ("classes-weights", 120, 3, True)):
    y = rng.integers(0, k, n).astype(float); y[:k] = np.arange(k)
    z = rng.normal(size=(n, k)); z[np.arange(n), y.astype(int)] += 1; p = np.exp(z) / np.exp(z).sum(1, keepdims=True); p[:, -1] = 1 - p[:, :-1].sum(1)
    d = p.argmax(1).astype(float); w = rng.integers(1, 5, n) * .5 if weighted else np.ones(n)
    case(name, k, y=y, p=p, decided=d, **({"weight": w} if weighted else {}))
    hot = np.eye(k)[y.astype(int)]
    expect("log_loss", M.log_loss(y, p, sample_weight=w)); expect("brier", mean(((p - hot) ** 2).sum(1), w))
    expect("accuracy", M.accuracy_score(y, d, sample_weight=w)); expect("balanced_accuracy", M.balanced_accuracy_score(y, d, sample_weight=w))
    for a in ("macro", "weighted", "micro"):
        expect("precision", M.precision_score(y, d, average=a, sample_weight=w), average=a); expect("recall", M.recall_score(y, d, average=a, sample_weight=w), average=a)
        expect("f1", M.f1_score(y, d, average=a, sample_weight=w), average=a); expect("fbeta", M.fbeta_score(y, d, beta=2, average=a, sample_weight=w), b=2, average=a)
        expect("roc_auc", M.roc_auc_score(hot, p, average=a, sample_weight=w), average=a); expect("pr_auc", M.average_precision_score(hot, p, average=a, sample_weight=w), average=a)
    expect("f1", M.f1_score(y, d, average="macro", sample_weight=w)); expect("roc_auc", M.roc_auc_score(y, p, multi_class="ovr", sample_weight=None if not weighted else w))
    expect("mcc", M.matthews_corrcoef(y, d, sample_weight=w)); expect("kappa", M.cohen_kappa_score(y, d, sample_weight=w))
    expect("kappa", M.cohen_kappa_score(y, d, weights="linear", sample_weight=w), weights="linear"); expect("kappa", M.cohen_kappa_score(y, d, weights="quadratic", sample_weight=w), weights="quadratic")
    for t in (1, 2): expect("top_k", M.top_k_accuracy_score(y, p, k=t, sample_weight=w), k=t)
    top = p.max(1); b = np.minimum((top * 10).astype(int), 9)
    expect("calibration_error", sum(abs(np.sum(w[b == i] * (top[b == i] - (y == d)[b == i]))) for i in range(10)) / w.sum())

for name, n, weighted in (("amounts", 131, False), ("amounts-even", 90, False), ("amounts-weights", 80, True)):
    y = rng.gamma(2, 100, n); p = y * np.exp(rng.normal(size=n) * .3); w = rng.integers(1, 5, n) * .5 if weighted else np.ones(n); s = dict(sample_weight=w)
    case(name, y=y, p=p, **({"weight": w} if weighted else {}))
    expect("mse", M.mean_squared_error(y, p, **s)); expect("median_ae", M.median_absolute_error(y, p, **s) if weighted else np.median(abs(y - p)))
    expect("mape", M.mean_absolute_percentage_error(y, p, **s)); expect("smape", mean(2 * abs(y - p) / (abs(y) + abs(p)), w))
    expect("poisson_deviance", M.mean_poisson_deviance(y, p, **s)); expect("gamma_deviance", M.mean_gamma_deviance(y, p, **s))
    for power in (0, 1, 1.5, 2, 3): expect("tweedie_deviance", M.mean_tweedie_deviance(y, p, power=power, **s), p=power)
    for q in (.1, .5, .9): expect("pinball", M.mean_pinball_loss(y, p, alpha=q, **s), q=q)
n = 100; y = rng.poisson(1., n).astype(float); p = rng.gamma(2, .5, n)
case("counts", y=y, p=p)
expect("poisson_deviance", M.mean_poisson_deviance(y, p)); expect("tweedie_deviance", M.mean_tweedie_deviance(y, p, power=1.5), p=1.5)

# Rankings: the mean over every order of rows with equal scores (few of them are equal, so all orders can be tried).
def average_precision(r, k): return sum(r[:i + 1].sum() / (i + 1) for i in range(min(k, len(r))) if r[i]) / min(k, r.sum())
def reciprocal(r, k): return next((1 / (i + 1) for i in range(min(k, len(r))) if r[i]), 0.)
rankings = {"map": average_precision, "mrr": reciprocal, "precision_at": lambda r, k: r[:k].sum() / k, "recall_at": lambda r, k: r[:k].sum() / r.sum(), "hit_rate": lambda r, k: float(r[:k].any())}
def ordered(y, p):
    groups = [np.flatnonzero(p == v) for v in sorted(set(p), reverse=True)]
    for pick in itertools.product(*(itertools.permutations(g) for g in groups)): yield (y[np.concatenate([list(x) for x in pick])] > 0).astype(int)
sizes = [1, 6, 9, 14, 5]; q = np.repeat(np.arange(len(sizes)), sizes); y = rng.integers(0, 3, len(q)).astype(float) * (rng.random(len(q)) < .6)
y[q == 4] = 0; p = np.round(rng.normal(size=len(q)) * 4) / 4; p[q == 1] = [.5, .5, .5, .5, 0, 0]; p[q == 3] += np.arange(14) // 3 * .01
case("queries", y=y, p=p, query=q)
for metric, f in rankings.items():
    for k in (1, 3, 5, 1000):
        if k == 1000 and metric not in ("map", "mrr"): continue
        each = [np.mean([f(r, k) for r in ordered(y[q == i], p[q == i])]) for i in range(len(sizes)) if y[q == i].any() or metric == "precision_at"]
        expect(metric, np.mean(each), k=k)

n = 500; c = rng.integers(2, 6, n); y = (rng.random(n) < .4).astype(float); d = (rng.random(n) < .2 + .1 * c * y).astype(float); p = np.round(rng.random(n), 2); s = dict(sensitive_features=c)
case("groups", y=y, p=p, decided=d, column=c)
for at, options in ((d, {}), ((p >= .7).astype(float), dict(threshold=.7))):
    expect("demographic_parity_difference", F.demographic_parity_difference(y, at, **s), min_rows=1, **options); expect("demographic_parity_ratio", F.demographic_parity_ratio(y, at, **s), min_rows=1, **options)
    expect("equalized_odds_difference", F.equalized_odds_difference(y, at, **s), min_rows=1, **options); expect("equal_opportunity_difference", F.equal_opportunity_difference(y, at, **s), min_rows=1, **options)
(here / "metrics.txt").write_text("\n".join(out) + "\n")
