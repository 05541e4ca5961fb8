"""Makes the probes' data, once: python3 make_data.py. The files are committed; this says where they come from."""
import math, random
random.seed(20261124)
sig = lambda z: 1 / (1 + math.exp(-z))
def yes(z): return "yes" if random.random() < sig(z) else "no"
def write(name, header, rows):
    with open(name, "w") as f:
        f.write(",".join(header) + "\n")
        for r in rows: f.write(",".join("" if v is None else str(v) for v in r) + "\n")

random.seed(2); rows = []                                   # customers who come again: rows in the order of their visits
people = [(f"p{k}", random.gauss(0, 1), random.choice(("north", "south"))) for k in range(60)]
for i in range(900):
    who, habit, region = random.choice(people)
    spent = round(random.lognormvariate(2, .6), 2)
    rows.append((i, who, region, spent, yes(-1 + habit + .03 * spent - (region == "south"))))
write("folds.csv", ("visit", "person", "region", "spent", "again"), rows)
write("order.csv", ("visit", "person", "region", "spent", "again"), rows)
write("own.csv", ("visit", "person", "region", "spent", "again"), rows)

random.seed(20261124); rows = []                            # a number that is often missing, and missing means something
for i in range(600):
    income = None if random.random() < .3 else round(random.lognormvariate(3, .5), 2)
    age = random.randint(18, 80)
    rows.append((i, income, age, yes(-1 + .05 * (income or -20) + .01 * age)))
write("nullable.csv", ("id", "income", "age", "bought"), rows)

rows = []                                                   # a category whose rare values are in one part only
cities = ["Paris", "Rome", "Oslo", "Bern, old town", 'the "Hague"'] + [f"village {k}" for k in range(40)]
for i in range(600):
    c = random.choice(cities[:5]) if random.random() < .85 else random.choice(cities[5:])
    rows.append((i, '"' + c.replace('"', '""') + '"' if '"' in c or ',' in c else c, round(random.gauss(0, 1), 3), yes({"Paris": 1.5, "Oslo": -1.5}.get(c, 0))))
write("unseen.csv", ("id", "city", "x", "late"), rows)

rows = []                                                   # a text that is asked for words
words = ["please", "refund", "thanks", "broken", "invoice", "hello", "Grüße", "ok"]
for i in range(600):
    t = " ".join(random.choice(words) for _ in range(random.randint(1, 8)))
    rows.append((i, t if random.random() > .05 else None, yes((2 if "refund" in t else -1) + (1 if "broken" in t else 0))))
write("contains.csv", ("id", "message", "complaint"), rows)

rows = []                                                   # many sellers, each with a rate of its own
rate = {f"s{k}": random.gauss(0, 1.5) for k in range(60)}
for i in range(900):
    s = random.choice(list(rate)); price = round(random.uniform(1, 100), 2)
    rows.append((i, s, price, yes(rate[s] - .01 * price)))
write("target_encode.csv", ("id", "seller", "price", "returned"), rows)

calls, rows, requests = [], [], []                          # rows of a second file, in a window before each decision
for c in range(400):
    calm = random.random() < .5
    asked = 200 + random.randint(0, 100)
    n, talk = 0, 0.0
    for _ in range(random.randint(0, 6) if calm else random.randint(3, 14)):
        day = random.randint(120, asked + 20)
        date = f"2025-{1 + (day % 360) // 30:02d}-{1 + day % 30:02d}"
        minutes = round(random.uniform(0, 30), 1)
        calls.append((f"c{c}", date, minutes))
        n += asked - 30 <= day < asked
        talk += minutes * (asked - 90 <= day < asked)
    rows.append((f"c{c}", f"2025-{1 + (asked % 360) // 30:02d}-{1 + asked % 30:02d}", random.randint(1, 60), yes(.8 * n - 2)))
    requests.append(rows[-1][:3] + (n, round(talk, 1)))
random.shuffle(calls)
write("window.csv", ("customer", "asked", "tenure", "left"), rows)
write("window.request.csv", ("customer", "asked", "tenure", "calls_30d", "talk_90d"), requests)
write("window_calls.csv", ("customer", "at", "minutes"), calls)

rows = []                                                   # documents of a query
for q in range(120):
    for d in range(random.randint(3, 9)):
        a, b = random.random(), random.random()
        rel = min(2, max(0, round(2 * (.7 * a + .3 * b) + random.gauss(0, .35) - .3)))
        rows.append((f"q{q}", f"d{d}", rel, round(a, 4), round(b, 4), round(random.random(), 4)))
write("ranking.csv", ("query", "document", "relevance", "words", "links", "age"), rows)

rows = []                                                   # four classes, one of them rare, with spellings that must be quoted
quoted = lambda c: '"' + c.replace('"', '""') + '"' if '"' in c or ',' in c else c
for i in range(700):
    x, y, shape = random.gauss(0, 1), random.gauss(0, 1), random.choice(("round", "square", "flat"))
    z = {"red": 1.2 * x, "green, dark": 1.1 * y - (shape == "flat"), 'blue "sky"': -x - y + (shape == "round"), "grey": -2.5}
    best = max(z, key=lambda c: z[c] - math.log(-math.log(random.random())))
    rows.append((i, round(x, 3), None if i % 17 == 0 else round(y, 3), shape, quoted(best)))
write("multiclass.csv", ("id", "x", "y", "shape", "colour"), rows)

rows = []                                                   # five ordered grades
for i in range(700):
    x, y, kind = random.gauss(0, 1), random.gauss(0, 1), random.choice(("a", "b", "c"))
    u = random.random()
    z = x - .6 * y + (kind == "b") + math.log(u / (1 - u))
    grade = ("poor", "fair", "good", "great", "best")[sum(z > b for b in (-2, -.5, 1, 2.5))]
    rows.append((i, round(x, 3), None if i % 13 == 0 else round(y, 3), kind, grade))
write("ordered.csv", ("id", "x", "y", "kind", "grade"), rows)

import datetime; random.seed(1)                                             # trips that are late at certain times of day, by the clock of Paris
rows = []
for i in range(600):
    due = datetime.datetime(2025, 1, 1) + datetime.timedelta(hours=15 * i, minutes=random.randint(0, 59), microseconds=random.choice((0, 250000)))
    booked = None if random.random() < .1 else (due - datetime.timedelta(days=random.randint(0, 60))).date()
    stops = None if random.random() < .1 else random.randint(0, 9)
    rows.append((i, due.isoformat() + "Z", booked, stops, yes(-1.5 + 2 * (due.hour in (6, 7, 8, 16, 17)) + .2 * (stops or 0) + .8 * math.cos(due.month / 12 * 2 * math.pi))))
write("times.csv", ("id", "due", "booked", "stops", "late"), rows)

head = ("id", "When", "Stamp", "Wait", "Rest", "Kind", "Size", "Tags", "Marks", "F1", "F2", "F3", "Score X", "Y")
requests = []
for file, n in ("types_a1.csv", 200), ("types_a2.csv", 200), ("types_b.csv", 200):
    rows = []
    for i in range(n):
        kind = random.choice("123")
        when = f"{random.randint(1, 28):02d}/{random.randint(1, 12):02d}/2024 {random.randint(0, 23):02d}:{random.randint(0, 59):02d}"
        wait = random.choice((f"{random.randint(0, 23):02d}{random.randint(0, 59):02d}",
                              f"{random.randint(1, 9)}{random.randint(0, 59):02d}", random.randint(0, 59)))
        rows.append((f"{file[6:8]}{i}", when, 1700000000 + random.randint(0, 10**7), wait,
                     random.choice(("90s", "2.5h", "01:30:00", "")), kind, random.choice("SML"),
                     random.choice(("Action|Comedy", "", "Drama", "a | b")), random.choice(("1;2; 3.0", "", "10")),
                     *(random.choice((-1, "-1.0", "", "NA", round(random.random(), 3))) for _ in range(3)),
                     round(random.random(), 3), "ja" if random.random() < .25 + .5 * (kind == "2") else "Nein"))
        requests.append(rows[-1][:-1] + (file,))
    write(file, head, rows)
write("types.request.csv", head[:-1] + ("which",), requests)

random.seed(2)                                              # mails with prices, pages, names
rows = []
for i in range(600):
    bad = random.random() < .4
    subject = random.choice((["FREE prize £%d", "Winner! £%d now", "a free gift", "GRÜSSE £%d", "win £900"] if bad else ["Meeting at noon", "école et café", "Re: invoice £%d", "Wörter & Bücher", "  hello  "]) + ["news"])
    subject = subject % random.randint(1, 999) if "%" in subject else subject
    body = random.choice(("Dear John Smith, call +49 170 1234567.", "<p>Hi&nbsp;<b>you</b></p><p>soon?</p>", "mail a.b@example.org or see https://example.org/x", "日本語 okay", "Are you there? ", ""))
    rows.append((i, None if random.random() < .05 else '"' + subject + '"', None if random.random() < .1 else '"' + body + '"', yes(1.5 if bad else -1.5)))
write("texts.csv", ("id", "subject", "body", "spam"), rows)
write("sets.csv", ("id", "subject", "body", "spam"), rows)
