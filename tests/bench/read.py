"""How fast and in how much memory CSV is read: ours against DuckDB, Polars and pyarrow, in the same turns. Called by `make bench-read`.

    read.py [--data FOLDER] [--pairs N] [--gigabytes G] [--no-stream]

FOLDER holds dense.csv (1,000,000 x 29 floats) and flights.csv (3,000,000 x 6, two of them categories) as peers/data.py makes them; what
is not there is made here in the same shape, from a fixed seed, in a temporary folder. Every reader is a process of its own that keeps
running; in each turn all of them read the file once, one after the other, in an order that changes. Printed is the median over turns
of our time divided by theirs in the same turn, with the quartiles, for wall time and for processor time (which other users of the
machine disturb less). The goal is 0.4 of the fastest peer. A peer that is not installed is named and left out.
Then a file of G gigabytes that stands nowhere: a program writes it into a pipe while our reader goes through it block by block."""
import argparse, os, pathlib, random, statistics, subprocess, sys, tempfile

BUILD = os.environ.get("BUILD", "build")
PEERS = ("duckdb", "polars", "pyarrow")


def serve(peer, path, threads):
    """One peer: a line in, a read, a line out."""
    import resource, time
    names = open(path).readline().strip().split(",")
    kind = {n: "cat" if n in ("origin", "destination") else "int" if n in ("label", "late", "hour", "weekday", "distance") else "float"
            for n in names}
    if peer == "duckdb":
        import duckdb
        c = duckdb.connect(config={"threads": threads})
        t = {n: {"cat": "VARCHAR", "int": "INTEGER", "float": "FLOAT"}[k] for n, k in kind.items()}
        read = lambda: c.read_csv(path, header=True, dtype=t).to_arrow_table()
    elif peer == "polars":
        os.environ["POLARS_MAX_THREADS"] = str(threads)
        import polars as pl
        t = {n: {"cat": pl.Categorical, "int": pl.Int32, "float": pl.Float32}[k] for n, k in kind.items()}
        read = lambda: pl.read_csv(path, schema_overrides=t)
    else:
        import pyarrow as pa, pyarrow.csv as pc
        pa.set_cpu_count(threads)
        t = {n: {"cat": pa.dictionary(pa.int32(), pa.string()), "int": pa.int32(), "float": pa.float32()}[k] for n, k in kind.items()}
        read = lambda: pc.read_csv(path, read_options=pc.ReadOptions(use_threads=threads > 1, block_size=1 << 20),
                                   convert_options=pc.ConvertOptions(column_types=t))
    print("ready", flush=True)
    for _ in sys.stdin:
        c0, t0 = time.process_time(), time.perf_counter()
        d = read()
        if hasattr(d, "read_all"):
            d = d.read_all()
        wall, cpu = time.perf_counter() - t0, time.process_time() - c0
        rows = getattr(d, "num_rows", None) or len(d)
        del d
        print(f"{wall:.6f} {cpu:.6f} {rows} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}", flush=True)


def make(folder, name):
    """The same shapes as peers/data.py, without numpy."""
    r = random.Random(1)
    path = folder / name
    print(f"making {path} …", flush=True)
    with open(path, "w") as f:
        if name == "dense.csv":
            f.write("label," + ",".join(f"f{i}" for i in range(1, 29)) + "\n")
            lines = [",".join(["%d" % (r.random() < .5)] + ["%.6g" % r.lognormvariate(0, .5) for _ in range(6)] +
                              ["%.6g" % r.gauss(0, 1) for _ in range(9)] + ["%.6g" % r.choice((0., 1.087, 2.173)) for _ in range(3)] +
                              ["%.6g" % r.uniform(-1.7, 1.7) for _ in range(3)] + ["%.6g" % abs(r.gauss(1, 1)) for _ in range(7)])
                     for _ in range(20000)]
            for _ in range(50):
                f.write("\n".join(lines) + "\n")
        else:
            f.write("late,hour,weekday,distance,origin,destination\n")
            airport = ["".join(r.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for _ in range(3)) for _ in range(230)]
            pick = lambda: airport[min(int(r.expovariate(1 / 40)), 229)]
            lines = ["%d,%d,%d,%d,%s,%s" % (r.random() < .2, r.randint(5, 23), r.randint(0, 6), r.randint(80, 2800), pick(), pick())
                     for _ in range(100000)]
            for _ in range(30):
                f.write("\n".join(lines) + "\n")
    return path


def start(command):
    p = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    return p


def ask(p):
    p.stdin.write("\n"); p.stdin.flush()
    line = p.stdout.readline().split()
    if len(line) != 4:
        raise SystemExit("a reader died")
    return float(line[0]), float(line[1]), int(line[2]), int(line[3])


def compare(path, threads, pairs):
    ours = start([f"{BUILD}/bench-read", "table", str(path), str(threads)])
    readers = {"mlp": ours}
    for peer in PEERS:
        p = start([sys.executable, __file__, "--serve", peer, str(path), str(threads)])
        if p.stdout.readline().strip() == "ready":
            readers[peer] = p
    turns = []
    for turn in range(pairs + 1):
        order = list(readers)
        random.Random(turn).shuffle(order)
        turns.append({name: ask(readers[name]) for name in order})
    for p in readers.values():
        p.stdin.close(); p.wait()
    turns = turns[1:]                                       # the first warms up
    if len({t[name][2] for t in turns for name in readers}) != 1:
        raise SystemExit("readers found different numbers of rows")
    quart = lambda v: (lambda q: (q[0], q[2]))(statistics.quantiles(v, n=4)) if len(v) > 1 else (v[0], v[0])
    us = {i: statistics.median(t["mlp"][i] for t in turns) for i in (0, 1)}
    print(f"\n{path.name}, {threads} thread{'s' * (threads > 1)}: {us[0]:.3f} s, {os.path.getsize(path) / us[0] / 1e9:.2f} GB/s, CPU {us[1]:.3f} s, "
          f"peak {max(t['mlp'][3] for t in turns) / 1024:.0f} MiB")
    best = None
    for name in PEERS:
        if name not in readers:
            continue
        out = f"  {name:8} {statistics.median(t[name][0] for t in turns):.3f} s, CPU {statistics.median(t[name][1] for t in turns):.3f} s"
        ratios = []
        for i, what in ((0, "wall"), (1, "CPU")):
            v = [t["mlp"][i] / t[name][i] for t in turns]
            ratios.append(statistics.median(v))
            lo, hi = quart(v)
            out += f"   {what} ratio {ratios[-1]:.3f} [{lo:.3f}, {hi:.3f}]"
        print(out)
        best = max(best or (0, 0, ""), (ratios[0], ratios[1], name))
    if best:
        print(f"  of the fastest ({best[2]}): {best[0]:.3f} of its wall time, {best[1]:.3f} of its CPU time; goal <= 0.4: "
              f"{'met' if best[0] <= .4 else 'NOT MET'}", flush=True)


def stream(gigabytes, threads):
    """A file that stands nowhere, read block by block: time and peak memory at a tenth and at all of its length."""
    names = "late,hour,weekday,distance,origin,destination"
    for size in (gigabytes / 10, gigabytes):
        with tempfile.TemporaryDirectory() as folder:
            fifo = folder + "/flights.csv"
            os.mkfifo(fifo)
            reader = start([f"{BUILD}/bench-read", "blocks", fifo, str(threads), names])
            reader.stdin.write("\n"); reader.stdin.flush()
            with open(fifo, "wb") as pipe:
                writer = subprocess.Popen([f"{BUILD}/bench-read", "make", str(size * 1e9)], stdout=pipe)
            wall, cpu, rows, peak = reader.stdout.readline().split()
            reader.stdin.close(); reader.wait(); writer.wait()
        print(f"  {size:g} GB through a pipe, {threads} threads: {int(rows):,} rows, {float(wall):.1f} s, {size / float(wall):.2f} GB/s, "
              f"peak memory {int(peak) / 1024:.1f} MiB", flush=True)


def main():
    a = argparse.ArgumentParser(usage=__doc__)
    a.add_argument("--data"); a.add_argument("--pairs", type=int, default=15); a.add_argument("--gigabytes", type=float, default=20)
    a.add_argument("--no-stream", action="store_true"); a.add_argument("--serve", nargs=3)
    o = a.parse_args()
    if o.serve:
        try:
            return serve(o.serve[0], o.serve[1], int(o.serve[2]))
        except ImportError:
            return print("missing")
    missing = [p for p in PEERS if subprocess.run([sys.executable, "-c", "import " + p], capture_output=True).returncode]
    for p in missing:
        print(f"{p} is not installed in {sys.executable}: left out (PEERS=folder of an environment that has it)")
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors; {o.pairs} turns, median and quartiles of the ratio in a turn")
    with tempfile.TemporaryDirectory() as own:
        for name in ("dense.csv", "flights.csv"):
            given = pathlib.Path(o.data or "") / name
            path = given if o.data and given.exists() else make(pathlib.Path(own), name)
            for threads in (1, 2):
                compare(path, threads, o.pairs)
    if not o.no_stream:
        print("\nin blocks:")
        stream(o.gigabytes, 2)


main()
