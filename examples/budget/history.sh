#!/bin/sh
# An order log of the four weeks before `slow.toml` begins, in which its products sold FACTOR times as fast as its buyers will ask for
# them: `sh examples/budget/history.sh FACTOR > FILE`, for `--history FILE`. One line an order, through the day as in the scenario;
# the same on every machine.
set -eu
awk -v factor="${1:?how many times as fast}" '
function uniform() { state = (state * 16807) % 2147483647; return state / 2147483647 }
function poisson(mean,   product, units) {
    product = uniform()
    for (units = 0; product > exp(-mean); units++) product *= uniform()
    return units
}
# Seconds since midnight: two peaks, as the shape `day` of docs/scenarios.md has them.
function clock(   second, hour) {
    do {
        second = int(uniform() * 86400)
        hour = second / 3600
    } while (uniform() * 1.9 > 1 + 0.46 * cos(pi * (hour - 18.75) / 12) + 0.41 * cos(pi * (hour - 9.5) / 6))
    return second
}
BEGIN {
    state = 20261117; pi = atan2(0, -1); skus = 10000; a_day = 4000 * 1.1 * 1.1
    for (sku = 1; sku <= skus; sku++) all += (sku + 500) ^ -0.6
    print "timestamp,order_id,sku,quantity"
    for (sku = 1; sku <= skus; sku++) {
        for (order = poisson(28 * factor * a_day * (sku + 500) ^ -0.6 / all); order > 0; order--) {
            day = 20 + int(uniform() * 28)
            date = day <= 31 ? sprintf("2026-10-%02d", day) : sprintf("2026-11-%02d", day - 31)
            at = clock()
            printf "%sT%02d:%02d:%02d-05:00,%d,%s,1\n", date, at / 3600, at / 60 % 60, at % 60, ++number, sprintf("SKU-%05d", sku)
        }
    }
}'
