"""Reference values for tests/unit/transform.c, from scikit-learn's TfidfVectorizer and LogisticRegression.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install scikit-learn==1.9.1 && /tmp/venv/bin/python tests/numeric/tfidf.py

writes tfidf.csv (rows with their part) and tfidf.txt: per feature of tfidf.mlp its terms, then its entries "row column value"; last the
probabilities of a logistic regression on `words` and a number. Fitted on the training part, applied to all rows.
"""
import csv, pathlib, random, numpy as np, sklearn
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from scipy.sparse import hstack, csr_matrix
here = pathlib.Path(__file__).parent
random.seed(20261125)
good = "great wonderful Éclair naïve délicieux перфект 最高 yummy Größe".split(); bad = "awful terrible stale плохо 最悪 СТОЛ ὀδυσσεύω".split()
plain = "the a of and to it is was coffee tea box order x2 don't my_name 3.5 e-mail ½ नमस्ते (well) tea's …".split()
rows = []
for i in range(150):
    y = random.random() < .6
    w = [random.choice(plain) for _ in range(random.randint(0, 14))] + [random.choice(good if (random.random() < .8) == y else bad) for _ in range(random.randint(0, 4))]
    random.shuffle(w)
    t = "".join((x.upper() if random.random() < .1 else x) + random.choice([" ", " ", " ", "  ", ", ", "\u00a0", "\u2003", "-"]) for x in w).strip()
    rows.append(["train" if i % 10 < 6 else "validation" if i % 10 < 8 else "test", t, round(random.gauss(0, 1), 3), "yes" if y else "no"])
with open(here / "tfidf.csv", "w", newline="") as f:
    out = csv.writer(f); out.writerow(["part", "text", "x", "good"]); out.writerows(rows)
text = [r[1] for r in rows]; train = [i for i, r in enumerate(rows) if r[0] == "train"]; fitted = [text[i] for i in train]
def kept(analyzer, span, least):                                        # all terms that stand in `least` rows
    return TfidfVectorizer(analyzer=analyzer, ngram_range=span, min_df=least, dtype=np.float64)
out = [f"# scikit-learn {sklearn.__version__}; made by tfidf.py"]
def show(name, terms, m):
    m = m.tocsr(); m.sort_indices()
    out.append(f"feature {name} {len(terms)} {m.nnz}"); out.extend(terms)
    for r in range(m.shape[0]):
        for k in range(m.indptr[r], m.indptr[r + 1]): out.append(f"{r} {m.indices[k]} {m.data[k]:.9g}")
v = kept("word", (1, 1), 2).fit(fitted); words = v.transform(text); show("words", v.get_feature_names_out(), words)
v = kept("word", (1, 3), 3).fit(fitted); show("pairs", v.get_feature_names_out(), v.transform(text))
v = kept("char_wb", (2, 4), 9).fit(fitted); show("shapes", ["#" + t for t in v.get_feature_names_out()], v.transform(text))
v = kept("word", (1, 1), 2).fit(fitted); df = np.asarray((v.transform(fitted) > 0).sum(axis=0))[0]   # the 12 terms in most rows, then by name
top = sorted(sorted(range(len(df)), key=lambda k: (-df[k], v.get_feature_names_out()[k]))[:12], key=lambda k: v.get_feature_names_out()[k])
few = TfidfVectorizer(vocabulary=list(v.get_feature_names_out()[top])).fit(fitted); show("few", few.get_feature_names_out(), few.transform(text))
x = np.array([r[2] for r in rows]); y = np.array([r[3] == "yes" for r in rows]); mean, sd = x[train].mean(), x[train].std()
X = hstack([words, csr_matrix(((x - mean) / sd).reshape(-1, 1))]).tocsr()
m = LogisticRegression(C=1 / (.01 * len(train)), tol=1e-10, max_iter=10000, solver="newton-cholesky").fit(X[train], y[train])
out.append("scores " + " ".join(repr(float(p)) for p in m.predict_proba(X)[:, 1]))
(here / "tfidf.txt").write_text("\n".join(out) + "\n")
