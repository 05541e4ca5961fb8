"""Reference values for tests/unit/metric.c: metrics of several classes that make_metrics.py leaves out, and those of ordered classes,
from scikit-learn (rates of each class against the rest from its multilabel_confusion_matrix).

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install scikit-learn==1.9.1 numpy && /tmp/venv/bin/python tests/numeric/make_classes.py

writes classes.txt beside this file, in the form of metric.txt.
"""
import pathlib, numpy as np, sklearn
from sklearn import metrics as M
rng = np.random.default_rng(20261128)
text = lambda v: " ".join(repr(float(x)) for x in np.ravel(v))
out = [f"# scikit-learn {sklearn.__version__}, numpy {np.__version__}; made by make_classes.py"]
def expect(metric, value, **options):
    out.append(f"expect {metric} {','.join(f'{k}={v}' for k, v in options.items()) or 'none'} {float(value)!r}")
def averages(metric, some, others, rows):                    # some / (some + others) of each class
    each = some / (some + others)
    expect(metric, each.mean(), average="macro"); expect(metric, (each * rows).sum() / rows.sum(), average="weighted")
    expect(metric, some.sum() / (some + others).sum(), average="micro"); expect(metric, each.mean())

for name, n, k, weighted in (("steps", 150, 5, False), ("steps-weights", 110, 3, True)):
    y = np.clip(np.round(rng.normal(k / 2, k / 4, n)), 0, k - 1); y[:k] = np.arange(k)
    z = rng.normal(size=(n, k)) - abs(np.arange(k) - y[:, None]); p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    d = p.argmax(1).astype(float); d[:k] = np.arange(k); w = rng.integers(1, 5, n) * .5 if weighted else np.ones(n); s = dict(sample_weight=w)
    out.append(f"case {name} {n} {k}")
    out.extend(f"{a} {text(v)}" for a, v in dict(y=y, p=p, decided=d, **({"weight": w} if weighted else {})).items())
    expect("mae", M.mean_absolute_error(y, d, **s)); expect("accuracy", M.accuracy_score(y, d, **s))
    table = M.multilabel_confusion_matrix(y, d, **s).astype(float)
    quiet, alarm, missed, hit = table[:, 0, 0], table[:, 0, 1], table[:, 1, 0], table[:, 1, 1]; rows = missed + hit
    averages("specificity", quiet, alarm, rows); averages("false_positive_rate", alarm, quiet, rows); averages("false_negative_rate", missed, hit, rows)
    hot = np.eye(k)[y.astype(int)]
    for a in ("macro", "weighted", "micro"): expect("gini", 2 * M.roc_auc_score(hot, p, average=a, **s) - 1, average=a)
    expect("kappa", M.cohen_kappa_score(y, d, weights="quadratic", **s), weights="quadratic")
(pathlib.Path(__file__).parent / "classes.txt").write_text("\n".join(out) + "\n")
