"""Reference values for tests/unit/functions.c: what Python's datetime, zoneinfo, math and re say of the pure functions.

    python3 tests/numeric/functions.py

writes functions.txt beside this file, and runtime/base/letters.def, the letters' cases by Unicode. `expr`: an expression over t, u (texts), at (a time), d (a date), x (a number), and a tolerance
(relative; 0: the same bits); then its rows: t, u, at and d (microseconds since 1970), x, what it gives. \\N: missing.
"""
import datetime as dt, math, pathlib, platform, random, re, sys, unicodedata, zoneinfo
random.seed(20261125)
epoch = dt.datetime(1970, 1, 1)
us = lambda t: (t - epoch) // dt.timedelta(microseconds=1)
out = [f"# Python {platform.python_version()}; made by functions.py"]
def cell(v):
    if v is None: return "\\N"
    if isinstance(v, bool): return str(int(v))
    if isinstance(v, float): return repr(v)
    return str(v).replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
def expr(text, rows, tolerance=0):
    out.append(f"expr\t{tolerance!r}\t{text}")
    for row in rows:
        if "\\w" in text and any(map(unicodedata.combining, row.get("t") or "")): continue      # marks are \\w in PCRE2 from 10.43 on
        given = {k: row.get(k) for k in ("t", "u", "at", "d", "x")}
        out.append("\t".join(cell(given[k]) for k in given) + "\t" + cell(row["is"]))

times = [dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31, 23, 59, 59, 999999), dt.datetime(1969, 12, 31, 23, 59, 59, 999999), epoch, dt.datetime(2000, 2, 29, 12),
         dt.datetime(1900, 2, 28, 23, 59), dt.datetime(2024, 12, 30), dt.datetime(2021, 1, 3), dt.datetime(2020, 12, 31), dt.datetime(2026, 12, 31), dt.datetime(2016, 1, 1)]
times += [dt.datetime(1, 1, 1) + dt.timedelta(microseconds=random.randrange(9998 * 365 * 86400 * 10**6)) for _ in range(60)]
def of_time(text, f, tolerance=0): expr(text, [{"at": us(t), "is": f(t)} for t in times] + [{"is": None}], tolerance)
of_time("year(at)", lambda t: t.year)
of_time("month(at)", lambda t: t.month)
of_time("day(at)", lambda t: t.day)
of_time("weekday(at)", lambda t: t.isoweekday())
of_time("day_of_year(at)", lambda t: t.timetuple().tm_yday)
of_time("week(at)", lambda t: t.isocalendar()[1])
of_time("hour(at)", lambda t: t.hour)
of_time("minute(at)", lambda t: t.minute)
of_time("time_of_day(at) / 1s", lambda t: (t - dt.datetime.combine(t.date(), dt.time())) / dt.timedelta(seconds=1))
of_time("(date(at) - 1970-01-01) / 1d", lambda t: float((t.date() - epoch.date()).days))
of_time("cyclic_sin(hour(at), 24)", lambda t: math.sin(2 * math.pi * t.hour / 24), 1e-12)
of_time("cyclic_cos(month(at) - 1, 12)", lambda t: math.cos(2 * math.pi * (t.month - 1) / 12), 1e-12)
of_time("cyclic_cos(time_of_day(at), 1d)", lambda t: math.cos(2 * math.pi * ((t - dt.datetime.combine(t.date(), dt.time())) / dt.timedelta(days=1))), 1e-10)
of_time("at > 2000-01-01", lambda t: t > dt.datetime(2000, 1, 1))
of_time("at in 1900-01-01..2000-12-31", lambda t: dt.datetime(1900, 1, 1) <= t <= dt.datetime(2000, 12, 31))
of_time("date(at) not in {2024-12-30, 1970-01-01}", lambda t: t.date() not in (dt.date(2024, 12, 30), dt.date(1970, 1, 1)))
pairs = [(t, dt.datetime.combine(t.date(), dt.time()) - dt.timedelta(days=random.randrange(-300, 300))) for t in times[2:]]
def of_pair(text, f): expr(text, [{"at": us(t), "d": us(d), "is": f(t, d)} for t, d in pairs] + [{"at": 0, "is": None}, {"d": 0, "is": None}])
of_pair("(at - d) / 1d", lambda t, d: (t - d) / dt.timedelta(days=1))
of_pair("(at - d) / 1min", lambda t, d: (t - d) / dt.timedelta(minutes=1))
of_pair("abs(at - d) / 1s", lambda t, d: abs(t - d) / dt.timedelta(seconds=1))
expr("day(d + 30d)", [{"d": us(d), "is": (d + dt.timedelta(days=30)).day} for _, d in pairs] + [{"is": None}])
expr("day(30d + d - 1h)", [{"d": us(d), "is": (d + dt.timedelta(days=30, hours=-1)).day} for _, d in pairs] + [{"is": None}])
of_pair("at - d > 36h", lambda t, d: t - d > dt.timedelta(hours=36))
of_pair("(at - d) * 2 / 1d", lambda t, d: float((us(t) - us(d)) * 2) / 86400e6)
of_pair("minute(max(at, d))", lambda t, d: max(t, d).minute)
expr("hour(at + x * 1h)", [{"at": us(t), "x": float(k), "is": (t + dt.timedelta(hours=k)).hour} for t in times[2:] for k in (-3, 5)])
for zone in ("Europe/Paris", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Tehran", "UTC", "Pacific/Apia", "Africa/Casablanca"):
    z, rows = zoneinfo.ZoneInfo(zone), []
    moments = [dt.datetime(1850, 1, 1) + dt.timedelta(seconds=random.randrange(640 * 365 * 86400)) for _ in range(120)]
    for year in (1916, 1945, 1984, 2011, 2025, 2026, 2037, 2038, 2100, 2399):     # each hour around the days that clocks change on
        for month in (3, 4, 10, 11): moments += [dt.datetime(year, month, 1) + dt.timedelta(hours=random.randrange(720), seconds=random.choice((0, -1, 1799))) for _ in range(8)]
    for t in moments:
        if zone == "Africa/Casablanca" and t.year > 2025: continue      # its rules of years to come change with the tz database
        local = t.replace(tzinfo=dt.timezone.utc).astimezone(z).replace(tzinfo=None)
        rows.append({"at": us(t), "is": float(us(local) - us(t)) / 1e6})
    expr(f'(in_zone(at, "{zone}") - at) / 1s', rows)

import html, html.entities
texts = ["", " ", "a", "Hello, World", "Grüße aus KÖLN", "ᾳ ᾼ Ⴀ ꭰ Ꭰ ᲀ 𐐀𐐨 ɐ Ɐ ȺȾ ẞ","\tÀ la carte \n", "ΑΒΓ δεζ", "Жук и жаба", "日本語テキスト", "İstanbul ıI", "ǅungla Ǆ ǆ", "e\u0301te\u0301", "𝒜 😀 ok",
    "ﬁn ŉ ΐ", "ß ẞ", "ÿ Ÿ ſ ȿ ɑ ⱥ Ⱦ", "1,234.5", "12", "-0.5e3", " 7 ", "1e400", "nan", "inf", "+3.25", "0x10", "1 2", ".5", "5.", "123456789012345678901234567890",
    "Mr. Smith (1999)", "Toy Story (1995)", "Call 0800 12345 now! FREE prize", "a.b@c.org", "line one\nline two\n\nbody here\nmore", "aaa", "£50 won", "don't", "x" * 300 + " tail", "\u00a0\u2003nbsp\u3000"]
def simple(c, f):                                          # Unicode's simple mapping: one for one
    r = f(c)
    return r if len(r) == 1 else {"İ": "i"}.get(c, c) if f is str.lower else c.title() if len(c.title()) == 1 else c
def of_text(text, f, tolerance=0): expr(text, [{"t": t, "is": f(t)} for t in texts] + [{"is": None}], tolerance)
def text_of_text(text, f): expr(f"{text} == u", [{"t": t, "u": f(t), "is": True} for t in texts if f(t) is not None] + [{"u": "x", "is": None}])
of_text("length(t)", len)
text_of_text("lower(t)", lambda t: "".join(simple(c, str.lower) for c in t))
text_of_text("upper(t)", lambda t: "".join(simple(c, str.upper) for c in t))
text_of_text("trim(t)", str.strip)
text_of_text("prefix(t, 3)", lambda t: t[:3])
text_of_text("prefix(t, 0)", lambda t: "")
text_of_text("(t |> trim |> lower |> prefix(5))", lambda t: "".join(simple(c, str.lower) for c in t.strip())[:5])
of_text('contains(t, "o")', lambda t: "o" in t)
of_text('starts_with(t, "a")', lambda t: t.startswith("a"))
of_text('t in {"a", "12", "aaa"}', lambda t: t in ("a", "12", "aaa"))
of_text('t not in {"a", "12", "ß ẞ"}', lambda t: t not in ("a", "12", "ß ẞ"))
def number(t):
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", t.strip(), re.A): return None
    v = float(t)
    return v if math.isfinite(v) and abs(v) < 3e38 else None
of_text("number(t)", number)
patterns = ["o", "^a", r"\w+", r"(?i)\b(free|prize|winner)\b", r"\d{5,}", "£\\d+", r"\((\d{4})\)", r"(?s)[\n\t]{2}(.*)", "^.", r", (\w+)", "(a)|(b)", "(z)?x", r"[^\x00-\x7f]", "", "a*", r"(\w)\1", r"^\s+|\s+$", "body$"]
for p in patterns:
    lit = '"""' + p + '"""'
    of_text(f"matches(t, {lit})", lambda t: bool(re.search(p, t)))
    def group(t):
        m = re.search(p, t)
        return m and (m.group(1) if m.re.groups else m.group(0))
    of_text(f"length(extract(t, {lit}))", lambda t: None if group(t) is None else len(group(t)))
    expr(f"extract(t, {lit}) == u", [{"t": t, "u": "x" if group(t) is None else group(t), "is": None if group(t) is None else True} for t in texts])
for p, to, py in [("o", "0", "0"), (r"\d+", "#", "#"), (r"(\w+) (\w+)", "$2 $1", r"\2 \1"), (r"\s+", " ", " "), ("a", "", ""), (r"(\d)", "<${1}$$>", r"<\1$>"), ("zz", "y", "y"), (r"[aeiou]", "aaaaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaaaaaa")]:
    text_of_text(f'replace(t, """{p}""", "{to}")', lambda t: re.sub(p, py, t))
expr("join(t, u) == \"a b\"", [{"t": "a", "u": "b", "is": True}, {"t": "a b", "is": True}, {"u": "a b", "is": True}, {"is": None}, {"t": "a", "u": "", "is": False}])
expr("length(join(t, u, with: \"--\"))", [{"t": "é", "u": "b", "is": 4}, {"t": "a b", "is": 3}, {"u": "", "is": 0}, {"is": None}, {"t": "", "u": "", "is": 2}])
pages = {"<p>Hello&nbsp;<b>W</b>orld</p><p>again</p>": " Hello\u00a0World again ".lstrip(), "a &lt; b &amp;&amp; c &gt; d": "a < b && c > d", "x < y and y > z": "x < y and y > z", "<!-- no --><br/>line<br>two": "line two", "<script>if (a<b) x()</script>after": "after",
    '<a href="x>y">link</a>': "link", "&#65;&#x42;&eacute;&Eacute;&unknown;&#0;": "ABéÉ&unknown;\ufffd", "tail <b": "tail <b", "&hearts; &copy 5": "♥ &copy 5", "<style>p{}</style>": "", "": "", "<td>1</td><td>2</td>": "1 2 ", "AT&T": "AT&T", "&amp;lt;": "&lt;"}
expr("plain(t) == u", [{"t": k, "u": v, "is": True} for k, v in pages.items()] + [{"u": "", "is": None}])
expr("plain(t) == u", [{"t": f"-&{n};-", "u": f"-{html.unescape(f'&{n};')}-", "is": True} for n in html.entities.name2codepoint])
masked = {"Dear John Smith, call +49 170 1234567 or mail john.smith@example.org.": "Dear <name>, call <number> or mail <mail>.", "the order 12/03/2024 of Mary-Ann O'Neil": "the order <number> of <name>", "see https://example.org/u/jane?x=1, thanks": "see <link>, thanks",
    "@jane_doe wrote: I'm fine": "<name> wrote: I'm fine", "Thanks! On Monday I am in Paris": "Thanks! On Monday I am in <name>", "id AB-123 x": "id <number> x", "": "", "山田 太郎": "<name>", "Zoë and Łukasz": "<name> and <name>", "plain words only": "plain words only", "A;B;1;2": "A;<name>;<number>;<number>"}
expr("redact(t) == u", [{"t": k, "u": v, "is": True} for k, v in masked.items()] + [{"u": "", "is": None}])
pathlib.Path(__file__).with_name("functions.txt").write_text("\n".join(out) + "\n", encoding="utf-8")

def runs(f):                                               # (first, last, step, what to add): letters whose other case is as far away
    found = []
    for code in range(0x80, 0x110000):
        c = chr(code)
        r = f(c) if len(f(c)) == 1 else c.title() if f is str.upper and len(c.title()) == 1 else {"İ": "i"}.get(c, c) if f is str.lower else c
        if r == c: continue
        by = ord(r) - code
        if found and found[-1][3] == by and code - found[-1][1] in (1, 2) and (found[-1][0] == found[-1][1] or code - found[-1][1] == found[-1][2]):
            if found[-1][0] == found[-1][1]: found[-1][2] = code - found[-1][1]
            found[-1][1] = code
        else: found.append([code, code, 1, by])
    return found
import unicodedata
table = [f"/* letters.def: CASE(to, first, last, step, what to add): simple case mappings of Unicode {unicodedata.unidata_version}; made by tests/numeric/functions.py */"]
for name, f in (("LOWER", str.lower), ("UPPER", str.upper)): table += [f"CASE({name}, {a:#x}, {b:#x}, {step}, {by})" for a, b, step, by in runs(f)]
(pathlib.Path(__file__).parents[2] / "runtime/base/letters.def").write_text("\n".join(table + ["#undef CASE"]) + "\n")
