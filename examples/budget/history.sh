#!/bin/sh
# An order log of the four weeks before `slow.toml`, as a merchant has one, made by the simulator itself (docs/budget.md):
# `sh examples/budget/history.sh FILE [SEED]`, from the repository. Two more beside it, FILE with `-low` and `-high` before its
# ending, tell rates ten times too low and too high: of each order id's tenth the sales alone, and each sale ten times over.
set -eu
file=${1:?give the path of the log}
seed=${2:-1001}
simulate=${SIMULATE:-simulate}
out=${OUT:-reports/out/budget}/before
here=$(dirname "$0")

"$simulate" "$here/before.toml" --seed "$seed" --no-report --ledger --out "$out" > "$out.txt"
python3 - "$out"/ledger/*.jsonl "$file" <<'PYTHON'
import csv, datetime, json, os, sys

ledger, path = sys.argv[1:]
stem, ending = os.path.splitext(path)
names = {1: path, 0.1: stem + "-low" + ending, 10: stem + "-high" + ending}
logs = {factor: open(name, "w", newline="") for factor, name in names.items()}
tables = {factor: csv.writer(log, lineterminator="\n") for factor, log in logs.items()}
for table in tables.values():
    table.writerow(["timestamp", "order_id", "sku", "quantity", "channel"])
start = datetime.datetime(2026, 10, 20, tzinfo=datetime.timezone.utc)
for line in open(ledger):
    if '"kind":"accepted"' not in line:
        continue
    entry = json.loads(line)
    at = (start + datetime.timedelta(seconds=int(entry["at_s"]))).strftime("%Y-%m-%dT%H:%M:%SZ")
    order = f'{entry["channel"]}-{entry["order"]}'
    for factor, table in tables.items():
        if factor >= 1 or entry["order"] % 10 == 0:
            units = entry["units"] * max(factor, 1)
            table.writerow([at, order, entry["sku"], units, entry["channel"]])
PYTHON
echo "$file"
