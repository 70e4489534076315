"""Draws how many units each strategy had oversold by when, from the series of a run directory, with the numbers beside it.

    cd docs/pictures && python3 oversold.py ../../reports/out/flash-sale-1 flash-sale
"""

import csv
import sys
from pathlib import Path

WIDTH, HEIGHT = 760, 340
LEFT, RIGHT, TOP, BOTTOM = 66, 150, 34, 40
# Told apart without colour too: each line has its own dashes and its name at its end.
STYLES = {
    "spreadsheet": ("#b45309", "8 4"),
    "trigger": ("#be123c", "2 3"),
    "mirror": ("#1d4ed8", ""),
    "escrow": ("#15803d", ""),
    "informed-escrow": ("#6b7280", "4 4"),
}


def cumulative(path):
    points, total = [(0.0, 0)], 0
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            if row["channel"] != "all":
                continue
            total += int(row["oversold_units"])
            points.append((float(row["from_s"]) + float(row["width_s"]), total))
    return points


def main(run, out):
    lines = {name: cumulative(run / "series" / f"{name}.csv") for name in STYLES}
    # Nothing is sold any more behind the last change: settling is left out.
    end = max(at for points in lines.values() for (at, now), (_, before) in zip(points[1:], points) if now > before)
    top = max(points[-1][1] for points in lines.values())
    step = 10 ** (len(str(top)) - 1) // 2 or 1
    across = lambda at: LEFT + (WIDTH - LEFT - RIGHT) * at / end
    up = lambda units: HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * units / top
    svg = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" font-family="sans-serif" font-size="12">',
        "<title>Units oversold over time, by strategy</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="18" fill="#111827">units oversold so far, by minute since the start</text>',
    ]
    for units in range(0, top + 1, step):
        svg.append(f'<path d="M{LEFT} {up(units):.1f}H{WIDTH - RIGHT}" stroke="#e5e7eb"/>')
        svg.append(f'<text x="{LEFT - 8}" y="{up(units) + 4:.1f}" text-anchor="end" fill="#374151">{units:,}</text>')
    for minute in range(0, int(end / 60) + 1, 20):
        svg.append(f'<text x="{across(minute * 60):.1f}" y="{HEIGHT - 18}" text-anchor="middle" fill="#374151">{minute}</text>')
    taken = []
    for name, points in sorted(lines.items(), key=lambda item: item[1][-1][1]):
        colour, dashes = STYLES[name]
        shown = [(at, units) for at, units in points if at <= end]
        path = "L".join(f"{across(at):.1f} {up(units):.1f}" for at, units in shown)
        svg.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}"/>')
        y = up(shown[-1][1]) + 4
        while any(abs(y - other) < 14 for other in taken):
            y -= 14
        taken.append(y)
        svg.append(f'<text x="{WIDTH - RIGHT + 8}" y="{y:.1f}" fill="{colour}">{name} {shown[-1][1]:,}</text>')
    svg.append("</svg>")
    out.with_suffix(".svg").write_text("\n".join(svg) + "\n")
    with open(out.with_suffix(".csv"), "w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["until_s", *STYLES])
        for row, (at, _) in enumerate(lines["mirror"]):
            if at <= end:
                table.writerow([at, *(lines[name][row][1] for name in STYLES)])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
