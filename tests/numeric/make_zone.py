"""Reference values for tests/unit/types.c: local times of time zones as Python's zoneinfo reads them (fold = 0).

    python3 tests/numeric/make_zone.py        # needs nothing but Python 3.9 and the system's tz database

writes zone.txt beside this file: zone, seconds since 1970 as a clock on the wall counts them, seconds since 1970 UTC. Times around
every change of some years, and others; past years only, which no new release of the database changes.
"""
import pathlib, random, sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo
random.seed(20261125)
epoch = datetime(1970, 1, 1)
out = [f"# Python {sys.version.split()[0]}, zoneinfo; made by make_zone.py"]
for name in ("Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Sao_Paulo", "Africa/Casablanca",
             "Asia/Tehran", "Europe/London", "Pacific/Apia", "UTC"):
    zone = ZoneInfo(name)
    walls = set()
    last = None
    for hour in range(24 * 366 * 5):                        # the changes of 2019 to 2023, hour by hour
        t = datetime(2019, 1, 1, tzinfo=timezone.utc) + timedelta(hours=hour)
        offset = t.astimezone(zone).utcoffset()
        if last is not None and offset != last:
            wall = t.astimezone(zone).replace(tzinfo=None)
            for minutes in (-121, -90, -61, -60, -31, -30, -1, 0, 1, 29, 30, 59, 60, 61, 119, 120):
                walls.add(wall + timedelta(minutes=minutes))
        last = offset
    for _ in range(40): walls.add(datetime(1950, 1, 1) + timedelta(seconds=random.randrange(74 * 365 * 86400)))
    for wall in sorted(walls):
        utc = wall.replace(tzinfo=zone).astimezone(timezone.utc).replace(tzinfo=None)
        out.append(f"{name} {int((wall - epoch).total_seconds())} {int((utc - epoch).total_seconds())}")
pathlib.Path(__file__).with_name("zone.txt").write_text("\n".join(out) + "\n")
