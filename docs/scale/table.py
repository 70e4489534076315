"""Time and cost of many seeds on many machines, by simulation from one measurement (docs/scale.md).

    python3 docs/scale/table.py            # prints the table
    python3 docs/scale/table.py --write    # puts it into docs/scale.md
    python3 docs/scale/table.py --check    # fails where the page says something else

measured.json, beside this file, was measured on one machine (benches/many_seeds.py); all else below is assumed.
"""

import heapq
import json
import math
import pathlib
import random
import sys

HERE = pathlib.Path(__file__).resolve().parent
PAGE = HERE.parent / "scale.md"
BEGIN, END = "<!-- table.py -->\n", "<!-- end of table.py -->\n"

SEEDS = 1_000_000
# How many machines, and into how many shards the seeds go.
PLANS = [(1, 1), (1, 100), (100, 100), (100, 1_000), (1_000, 1_000), (1_000, 10_000)]
REPETITIONS = 200

# Machines come up one after the other, evenly within this time.
START_S = 60.0
# Pace of a machine against the measured one: log-normal with median 1.
PACE_SIGMA = 0.2
# A machine is taken away so often, at any time; what it had of its shard is lost.
TAKEN_AWAY_PER_HOUR = 0.05
# Until another takes its place and begins that shard again.
REPLACED_AFTER_S = 120.0
# Beginning a shard: the queue, the process, the scenario.
SHARD_START_S = 2.0
# One such machine.
PRICE_PER_HOUR = 0.10


def exponential(random_, mean):
    return -mean * math.log(1.0 - random_.random())


def pace(random_):
    """By Box and Muller, so that it is the same with every version of Python."""
    radius = math.sqrt(-2.0 * math.log(1.0 - random_.random()))
    return math.exp(PACE_SIGMA * radius * math.cos(2.0 * math.pi * random_.random()))


def play(random_, machines, shards, shard_s):
    """When the last shard is complete, and how long machines were paid for, seconds: each until no shard is left to begin."""
    free = [(START_S * random_.random(), at) for at in range(machines)]
    heapq.heapify(free)
    paces = [pace(random_) for _ in range(machines)]
    begun = {at: start for start, at in free}
    mean_life_s = 3600.0 / TAKEN_AWAY_PER_HOUR
    waiting, last, paid = shards, 0.0, 0.0
    while free:
        now, machine = heapq.heappop(free)
        if waiting == 0:
            # Those that are still at work may lose a shard: who is free waits for none, and a replacement does it.
            paid += now - begun[machine]
            continue
        waiting -= 1
        needed = SHARD_START_S + shard_s / paces[machine]
        # A life without memory can be drawn anew for each shard.
        life = exponential(random_, mean_life_s)
        if life < needed:
            waiting += 1
            paid += now + life - begun[machine]
            begun[machine] = now + life + REPLACED_AFTER_S
            paces[machine] = pace(random_)
            heapq.heappush(free, (begun[machine], machine))
        else:
            last = max(last, now + needed)
            heapq.heappush(free, (now + needed, machine))
    return last, paid


def time_text(seconds):
    if seconds >= 2 * 3600:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 60:.1f} min"


def table():
    measured = json.loads((HERE / "measured.json").read_text())
    whole_s = SEEDS / measured["seeds_per_s"]
    merge_s = SEEDS / measured["merged_seeds_per_s"]
    lines = [
        "| machines | shards | evenly divided | all shards complete: median (19 of 20 within) | merged on one machine | machine hours | cost |",
        "|---|---|---|---|---|---|---|",
    ]
    for machines, shards in PLANS:
        random_ = random.Random(f"{machines} machines, {shards} shards")
        played = [play(random_, machines, shards, whole_s / shards) for _ in range(REPETITIONS)]
        ended = sorted(last for last, _ in played)
        hours = sum(paid for _, paid in played) / REPETITIONS / 3600
        merging = merge_s / 3600 if shards > 1 else 0.0
        median, within = ended[REPETITIONS // 2], ended[REPETITIONS * 19 // 20 - 1]
        lines.append(
            f"| {machines:,} | {shards:,} | {time_text(whole_s / machines)} "
            f"| {time_text(median)} ({time_text(within)}) "
            f"| {'-' if shards == 1 else time_text(merge_s)} "
            f"| {hours + merging:.1f} | {(hours + merging) * PRICE_PER_HOUR:.2f} |"
        )
    gigabytes = SEEDS * measured["bytes_per_seed"] / 1e9
    lines += [
        "",
        f"Measured ({measured['what']}; {measured['where']}): {measured['seeds_per_s']:g} seeds a second on all cores of a machine, "
        f"{measured['merged_seeds_per_s']:,.0f} seeds a second put together, {measured['bytes_per_seed']:,} bytes a seed, "
        f"so that the whole has {gigabytes:.0f} GB.",
    ]
    return "\n".join(lines) + "\n"


def main():
    text = table()
    wanted = sys.argv[1:]
    if not wanted:
        print(text, end="")
        return
    page = PAGE.read_text()
    before, rest = page.split(BEGIN)
    known, after = rest.split(END)
    if wanted == ["--write"]:
        PAGE.write_text(before + BEGIN + text + END + after)
    elif wanted == ["--check"]:
        if known != text:
            sys.exit(f"docs/scale.md has another table; python3 docs/scale/table.py --write puts this one there:\n{text}")
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
