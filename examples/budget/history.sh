#!/bin/sh
# An order log of the four weeks before `slow.toml` begins, in which its products sold FACTOR times as fast as its buyers will ask for
# them: `sh examples/budget/history.sh FACTOR > FILE`, for `--history FILE`. One line a product; the same on every machine.
set -eu
awk -v factor="${1:?how many times as fast}" '
function uniform() { state = (state * 16807) % 2147483647; return state / 2147483647 }
function poisson(mean,   product, units) {
    product = uniform()
    for (units = 0; product > exp(-mean); units++) product *= uniform()
    return units
}
BEGIN {
    state = 20261117; skus = 10000; a_day = 4000 * 1.1 * 1.1
    for (sku = 1; sku <= skus; sku++) all += (sku + 500) ^ -0.6
    print "timestamp,order_id,sku,quantity"
    for (sku = 1; sku <= skus; sku++) {
        units = poisson(28 * factor * a_day * (sku + 500) ^ -0.6 / all)
        day = 20 + sku % 29
        date = day <= 31 ? sprintf("2026-10-%02d", day) : sprintf("2026-11-%02d", day - 31)
        if (units > 0) printf "%sT04:00,%d,SKU-%05d,%d\n", date, sku, sku, units
    }
}'
