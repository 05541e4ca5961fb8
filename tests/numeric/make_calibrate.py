"""Reference values for tests/unit/model_several.c: scikit-learn's isotonic regression and Platt's sigmoid on log-odds.

    /tmp/venv/bin/pip install scikit-learn && /tmp/venv/bin/python tests/numeric/make_calibrate.py     writes calibrate.txt
"""
import pathlib, numpy as np, sklearn
from sklearn.isotonic import IsotonicRegression
from sklearn.calibration import _SigmoidCalibration
rng = np.random.default_rng(20261127); text = lambda v: " ".join(repr(float(x)) for x in v)
n = 120; p = np.round(rng.uniform(.02, .98, n), 2); y = (rng.random(n) < p ** 1.7).astype(float); w = rng.integers(1, 4, n).astype(float); at = np.round(rng.uniform(.01, .99, 60), 3)
odds = lambda q: np.log(q) - np.log(1 - q)
i = IsotonicRegression(out_of_bounds="clip").fit(p, y, sample_weight=w)
s = _SigmoidCalibration().fit(odds(p), y, sample_weight=w)
(pathlib.Path(__file__).parent / "calibrate.txt").write_text("\n".join([f"# scikit-learn {sklearn.__version__}: p, y, weight; then p asked, isotonic, sigmoid", str(n), text(p), text(y), text(w), "60", text(at), text(i.predict(at)), text(s.predict(odds(at)))]) + "\n")
