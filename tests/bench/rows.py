"""The peer of rows.c: scikit-learn's Pipeline (impute, scale, one-hot, logistic regression) on the churn table: rows.py FILE.csv
One JSON line: one_us, the median of predict_proba on a frame of one row; block_us, per row of predict_proba on the whole frame."""
import json, sys, time
import numpy as np, pandas as pd, sklearn
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
d = pd.read_csv(sys.argv[1])
y = (d.pop("churn") == "Yes").astype(int)
num = ["tenure", "monthly_charges", "total_charges"]
cat = [c for c in d if c not in num]
d[cat] = d[cat].astype(str)
m = make_pipeline(ColumnTransformer([("n", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), num),
                                     ("c", OneHotEncoder(handle_unknown="ignore"), cat)]), LogisticRegression(max_iter=2000))
m.fit(d, y)
one, block = [], []
rows = [d.iloc[[i]] for i in range(200)]
for r in rows[:20]: m.predict_proba(r)
for r in rows:
    t = time.perf_counter(); m.predict_proba(r); one.append(time.perf_counter() - t)
for _ in range(5):
    t = time.perf_counter(); m.predict_proba(d); block.append((time.perf_counter() - t) / len(d))
print(json.dumps({"one_us": float(np.median(one)) * 1e6, "block_us": float(np.median(block)) * 1e6, "sklearn": sklearn.__version__}))
