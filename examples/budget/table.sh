#!/bin/sh
# The tables of docs/budget.md, anew: `sh examples/budget/table.sh [SEEDS]`, from the repository. Each line is a command of its own.
set -eu
seeds=${1:-20}
simulate=${SIMULATE:-simulate}
out=${OUT:-reports/out/budget}
here=$(dirname "$0")

# Everybody against the budget, on the same buyers.
all='escrow:budget=0.01%,escrow,mirror:sweep_every=0s,mirror'
all="$all,mirror:sweep_every=0s:buffer=1,mirror:sweep_every=0s:buffer=2,mirror:sweep_every=0s:buffer=5"
all="$all,mirror:sweep_every=0s:buffer={ dynamic = \"95%\" },mirror:sweep_every=0s:buffer={ dynamic = \"99%\" }"

play() {
    name=$1 scenario=$2 contenders=$3
    shift 3
    # 99 says that a promise was broken, which the tables are there to show.
    "$simulate" "$scenario" --strategies "$contenders" --seeds "$seeds" --no-report --out "$out/$name" "$@" > "$out/$name.txt" ||
        [ $? -eq 99 ]
}

mkdir -p "$out"
for name in slow five; do play "$name" "$here/$name.toml" "$all"; done
play steady steady-day "$all"
play flash flash-sale-10min "$all"
play flash-sale flash-sale "$all"
# What units that are shown everywhere oversell and lose: the highest price.
play full "$here/slow.toml" 'escrow:loan_price=0.5'
for name in shares-wrong late deaf stuck rush rush-on-all; do
    play "$name" "$here/$name.toml" 'escrow:budget=0.01%,escrow,mirror:sweep_every=0s'
done
# Rates believed a tenth of the true ones, the true ones, and ten times as high, out of a log of the four weeks before.
for factor in 0.1 1 10; do
    sh "$here/history.sh" "$factor" > "$out/history-$factor.csv"
    play "history-$factor" "$here/slow.toml" 'escrow:budget=0.01%,escrow,mirror:sweep_every=0s' --history "$out/history-$factor.csv"
done
