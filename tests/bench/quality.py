"""Ours and the peers on the very same rows: quality.py MLP PEERS_FOLDER WORK [--seeds 20] [NAME ...]

Runs PEERS_FOLDER/quality.py --prepared WORK (scikit-learn's linear model, LightGBM), then `mlp run` on each prepared file with the
same columns and hyper-parameters, and prints for each set and model the mean paired difference with its 95 % t interval (in the
metric's unit, positive: ours is better). Needs an environment with scikit-learn and lightgbm: run it with that python.
`quality.py --table LINES` prints what an earlier run printed into LINES as the table of docs/quality.md.
"""
import argparse, json, math, pathlib, shutil, statistics, subprocess, sys, time
here = pathlib.Path(__file__).parent
SETS = {n: (m, 1) for m, names in {"roc_auc": "churn attrition hmda adult titanic higgs", "accuracy": "penguins shuttle"}.items() for n in names.split()} | \
       {n: ("rmse", -1) for n in "ames diamonds california".split()}
T = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78, 6: 2.57, 8: 2.36, 10: 2.26, 15: 2.14, 20: 2.09}

def table(file):
    rows, number = {}, lambda v, m: f"{v:,.0f}" if m == "rmse" else f"{v:.4f}"
    for r in map(json.loads, file.read_text().splitlines()): rows.setdefault(r["set"], {})[r["model"]] = r
    print("| set | metric | linear | its peer | better by ± noise | trees | LightGBM | better by ± noise |\n| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, r in rows.items():
        cells = []
        for m in ("linear", "trees"):
            v, k = r[m], r[m]["metric"]
            digits = "{:+,.2f} ± {:,.2f}" if k == "rmse" else "{:+.5f} ± {:.5f}"
            cells += [number(v["ours"], k), number(v["peer_value"], k), digits.format(v["better_by"], (v["high"] - v["low"]) / 2)]
        print(f"| {name} | {r['linear']['metric']} | " + " | ".join(cells) + " |")

def main():
    if sys.argv[1:2] == ["--table"]: return table(pathlib.Path(sys.argv[2]))
    a = argparse.ArgumentParser()
    a.add_argument("mlp"); a.add_argument("peers", type=pathlib.Path); a.add_argument("work", type=pathlib.Path)
    a.add_argument("names", nargs="*"); a.add_argument("--seeds", type=int, default=20); a.add_argument("--data")
    o = a.parse_args()
    o.work.mkdir(parents=True, exist_ok=True)
    for name in o.names or SETS:
        metric, sign = SETS[name]
        cache = o.work / f"peers-{name}-{o.seeds}.jsonl"
        if not cache.exists():
            p = subprocess.run([sys.executable, o.peers / "quality.py", name, "--seeds", str(o.seeds), "--prepared", o.work], capture_output=True, text=True)
            if p.returncode: sys.exit(p.stderr[-2000:])
            cache.write_text(p.stdout)
        peer = {}
        for line in cache.read_text().splitlines():
            r = json.loads(line); peer[r["seed"], r["peer"]] = r
        ours, seconds = {}, []
        spec = o.work / f"{name}.mlp"                       # a copy: the lock file that a run writes stays out of the project
        shutil.copy(here / f"quality/{name}.mlp", spec)
        for seed in range(1, o.seeds + 1):
            file = o.work / f"{name}-{seed}.csv"
            lines = [l for l in file.read_text().splitlines()[1:]]
            train = sum(",train" in l[-12:] for l in lines)
            c = peer[seed, "linear"]["C"]
            l2 = 1 / (c * train)                            # Ridge (alpha = 1 / C) has the same relation: ours halves both terms
            shutil.rmtree(o.work / "run", ignore_errors=True)
            t = time.time()
            p = subprocess.run([o.mlp, "run", spec, "--set", f"data={file.resolve()}", "--set", f"penalty={l2!r}", "--json", "--out", o.work / "run"], capture_output=True, text=True)
            seconds.append(time.time() - t)
            if p.returncode not in (0, 1): sys.exit(f"{name} {seed}: {p.stderr[-2000:]}")
            r = json.loads(p.stdout)
            for m in r["models"]: ours[seed, m["name"]] = m["test"][metric]["value"]
        for mine, theirs in (("linear", "linear"), ("trees", "lightgbm")):
            d = [sign * (ours[s, mine] - peer[s, theirs][metric]) for s in range(1, o.seeds + 1)]
            half = T.get(len(d), 2.0) * statistics.stdev(d) / math.sqrt(len(d)) if len(d) > 1 else float("nan")
            mean = statistics.mean(d)
            print(json.dumps({"set": name, "model": mine, "peer": theirs, "metric": metric, "seeds": o.seeds,
                              "ours": round(statistics.mean(ours[s, mine] for s in range(1, o.seeds + 1)), 5),
                              "peer_value": round(statistics.mean(peer[s, theirs][metric] for s in range(1, o.seeds + 1)), 5),
                              "better_by": round(mean, 6), "low": round(mean - half, 6), "high": round(mean + half, 6),
                              "not_worse": bool(mean + half >= 0), "seconds_a_run": round(statistics.mean(seconds), 2)}), flush=True)

if __name__ == "__main__":
    main()
