#!/usr/bin/env python3
"""Grow a big show out of real records, for benchmarks.

usage: grow.py RECORDS_DIR OUT_DIR COUNT

Writes COUNT episode records into OUT_DIR, cycling over the readable records of RECORDS_DIR. Every copy gets its own
file name, season, episode, host id, YouTube id, date and (at the front of the title) number, so that no two copies
are the same episode. Text and transcript stay as they are: about 60 kB a record.
"""

import datetime, pathlib, re, sys

source, out, count = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])
records = []
for path in sorted(source.glob("*.md")):
    text = path.read_text(encoding="utf-8")
    if not path.name.startswith("_") and re.match(r"---\n.*?\ntranscript:\n.*?\n---", text, re.S):
        records.append((path.stem, text))
if not records:
    sys.exit(f"no readable records with a transcript in {source}")
out.mkdir(parents=True, exist_ok=True)
day = datetime.date(2006, 1, 2)
for n in range(count):
    stem, text = records[n % len(records)]
    head, sep, rest = text.partition("\ntranscript:\n")
    head = re.sub(r"^title: *[\"']?(?=\S)", lambda m: m.group(0) + f"{n + 1} ", head, count=1, flags=re.M)
    head = re.sub(r"^season: .*$", f"season: {n // 50 + 1}", head, count=1, flags=re.M)
    head = re.sub(r"^episode: .*$", f"episode: {n % 50 + 1}", head, count=1, flags=re.M)
    head = re.sub(
        r"^(  anchor: ).*$", lambda m: f"{m.group(1)}Grown-record-{n}-e{n + 33554432:x}", head, count=1, flags=re.M
    )
    head = re.sub(r"^(  youtube: ).*$", lambda m: f"{m.group(1)}G{n:010d}", head, count=1, flags=re.M)
    head = re.sub(r"(youtube\.com/watch\?v=)[\w-]{11}", lambda m: f"{m.group(1)}G{n:010d}", head)
    head = re.sub(r"^date(added)?: .*\n", "", head, flags=re.M)
    head += f"\ndateadded: {day + datetime.timedelta(days=n % 7300)}"
    (out / f"{n:06d}-{stem}.md").write_text(head + sep + rest, encoding="utf-8")
print(f"{count} records from {len(records)} originals in {out}")
