"""Many seeds on one machine: speed, parallel efficiency, memory, and what putting shards together costs (docs/scale.md).

    cargo build --release --locked && python3 benches/many_seeds.py target/release/simulate [--seeds 1000] [--write]

One thread and all cores play the same seeds in turns, since the pace of a shared machine changes. `--write` keeps what
docs/scale/table.py computes with in docs/scale/measured.json.
"""

import argparse
import filecmp
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent.parent
MEASURED = HERE / "docs/scale/measured.json"
SHARDS = 4
TURNS = 3
# A merge of few rows is over before it can be measured.
LEAST_SEEDS = 40


def run(arguments):
    """Wall and processor seconds of a command, and its peak of memory in MB."""
    begun = time.monotonic()
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - begun
    code = os.waitstatus_to_exitcode(status)
    # A broken promise of `mirror` is no fault of the measurement.
    if code not in (0, 98, 99):
        sys.exit(f"{' '.join(map(str, arguments))} ended with {code}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def same_bytes(one, other):
    """Whether two run directories hold the same, but for how long it took."""
    names = lambda place: sorted(
        path.relative_to(place)
        for path in place.rglob("*")
        if path.is_file() and path.name != "timing.json"
    )
    files = names(one)
    return files == names(other) and all(
        filecmp.cmp(one / file, other / file, shallow=False) for file in files
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("simulate", type=pathlib.Path)
    parser.add_argument("--scenario", default="flash-sale-10min")
    parser.add_argument("--strategies", default="mirror,escrow")
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    if given.seeds < LEAST_SEEDS:
        parser.error(f"--seeds: at least {LEAST_SEEDS}")
    cores = len(os.sched_getaffinity(0))
    simulate = given.simulate.resolve()
    play = [simulate, "--scenario", given.scenario, "--strategies", given.strategies]

    with tempfile.TemporaryDirectory() as place:
        place = pathlib.Path(place)

        def played(name, seeds, threads, more=()):
            out = ["--seeds", str(seeds), "--threads", str(threads), "--out", place / name]
            return run([*play, *out, *more])

        few = given.seeds // 10
        whole = played("whole", given.seeds, cores)
        small = played("few", few, cores)
        print(f"{given.scenario}, {given.strategies}, {cores} cores")
        rate = given.seeds / whole[0]
        print(f"{given.seeds} seeds: {whole[0]:.1f} s, {rate:.2f} seeds/s, {whole[1] / given.seeds:.4f} processor s a seed")
        print(f"memory at its peak: {small[2]:.0f} MB with {few} seeds, {whole[2]:.0f} MB with {given.seeds}")

        shares, inflated = [], []
        for turn in range(TURNS):
            alone = played(f"alone-{turn}", few, 1)
            together = played(f"together-{turn}", few, cores)
            shares.append(alone[0] / (cores * together[0]))
            inflated.append(together[1] / alone[1])
            if not same_bytes(place / f"alone-{turn}", place / f"together-{turn}"):
                sys.exit(f"one thread and {cores} do not give the same bytes")
        efficiency = statistics.median(shares)
        spread = ", ".join(f"{share:.3f}" for share in shares)
        print(f"parallel efficiency, 1 thread against {cores}, {few} seeds, {TURNS} turns: {spread}; median {efficiency:.3f}")
        # Work that others do on this machine lowers the former, and hardly this.
        print(f"processor seconds on all cores against one thread: median {statistics.median(inflated):.3f}")

        for shard in range(1, SHARDS + 1):
            played(f"shard-{shard}", given.seeds, cores, ["--shard", f"{shard}/{SHARDS}"])
        shards = sorted(place.glob("shard-*"))
        merged = run([simulate, "merge", *shards, "--out", place / "merged"])
        if not same_bytes(place / "merged", place / "whole"):
            sys.exit(f"{SHARDS} shards put together are not the whole")
        size = (place / "whole/seeds.jsonl").stat().st_size / given.seeds
        print(f"{SHARDS} shards put together: {merged[0]:.2f} s, {given.seeds / merged[0]:.0f} seeds/s, {merged[2]:.0f} MB; {size:.0f} bytes a seed")

    if given.write:
        MEASURED.write_text(
            json.dumps(
                {
                    "what": f"{given.scenario}, {given.strategies}, {given.seeds} seeds",
                    "where": f"{cores} virtual cores of a shared machine",
                    "cores": cores,
                    "seeds_per_s": float(f"{rate:.3g}"),
                    "merged_seeds_per_s": float(f"{given.seeds / merged[0]:.3g}"),
                    "bytes_per_seed": round(size),
                },
                indent=2,
            )
            + "\n"
        )


if __name__ == "__main__":
    main()
