"""SVG plots of what bench/run found: no library, a light ground, units and the target line in each."""
from html import escape
from math import ceil, floor, log10

FONT = "font-family='system-ui, sans-serif' font-size='12'"
INK, GREY, LINE, GROUND = "#1b2a3a", "#5d6b79", "#d5dce3", "#ffffff"
BLUE, LIGHT, TEAL, RED, AMBER = "#2b6cb0", "#90bce8", "#2c8c84", "#c0392b", "#c77d12"
WIDTH = 760


class Plot:
    """Collects shapes; sizes itself by what is drawn."""

    def __init__(self, title, height):
        self.height = height
        self.parts = [f"<text x='16' y='26' font-size='15' font-weight='600' fill='{INK}'>{escape(title)}</text>"]

    def text(self, x, y, words, anchor="start", fill=INK, size=12):
        self.parts.append(f"<text x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}' font-size='{size}' fill='{fill}'>{escape(str(words))}</text>")

    def box(self, x, y, width, height, fill):
        self.parts.append(f"<rect x='{x:.1f}' y='{y:.1f}' width='{max(0.5, width):.1f}' height='{height:.1f}' fill='{fill}'/>")

    def line(self, x1, y1, x2, y2, colour=LINE, width=1, dashes=""):
        style = f" stroke-dasharray='{dashes}'" if dashes else ""
        self.parts.append(f"<line x1='{x1:.1f}' y1='{y1:.1f}' x2='{x2:.1f}' y2='{y2:.1f}' stroke='{colour}' stroke-width='{width}'{style}/>")

    def curve(self, points, colour):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(f"<polyline points='{path}' fill='none' stroke='{colour}' stroke-width='2'/>")
        self.parts += [f"<circle cx='{x:.1f}' cy='{y:.1f}' r='3.5' fill='{colour}'/>" for x, y in points]

    def legend(self, y, entries):
        x = 16
        for words, colour in entries:
            self.box(x, y - 9, 12, 10, colour)
            self.text(x + 17, y, words, fill=GREY)
            x += 34 + 7 * len(words)

    def svg(self):
        return (f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {self.height}' width='{WIDTH}' height='{self.height}' {FONT}>\n"
                f"<rect width='{WIDTH}' height='{self.height}' fill='{GROUND}'/>\n" + "\n".join(self.parts) + "\n</svg>\n")


def label(row):
    return row["what"] + (f", {clients(row)}" if row.get("clients") else "")


def clients(row):
    return f"{row['clients']} client" + ("s" if row["clients"] != 1 else "")


def plain(value):
    return f"{value:,.0f}".replace(",", " ") if value >= 10 else f"{value:.2g}"


def ticks_of(most):
    """About five round numbers up to the largest."""
    step = 10 ** floor(log10(most / 4 or 1))
    step *= next(f for f in (1, 2, 2.5, 5, 10) if most / (step * f) <= 6)
    return [i * step for i in range(int(most / step) + 1)]


def bars(title, unit, rows):
    """rows: (label, [(value, colour)…], target or None). Values lie one after the other; the target is a red mark."""
    left, right, top, step = 330, 60, 62, 24
    plot = Plot(title, top + step * len(rows) + 44)
    most = max(max(sum(v for v, _ in values), target or 0) for _, values, target in rows) * 1.05
    scale = (WIDTH - left - right) / most
    bottom = top + step * len(rows)
    for tick in ticks_of(most):
        plot.line(left + tick * scale, top - 6, left + tick * scale, bottom)
        plot.text(left + tick * scale, bottom + 16, plain(tick) if tick else "0", "middle", GREY)
    plot.text(WIDTH - right, bottom + 34, unit, "end", GREY)
    for i, (words, values, target) in enumerate(rows):
        y, x = top + i * step, left
        plot.text(left - 8, y + 13, words, "end")
        for value, colour in values:
            plot.box(x, y + 2, value * scale, step - 8, colour)
            x += value * scale
        total = sum(v for v, _ in values)
        plot.text(max(x, left + (target or 0) * scale) + 6, y + 13, f"{total:.2f}" if total < 10 else plain(total), fill=GREY)
        if target:
            plot.line(left + target * scale, y - 1, left + target * scale, y + step - 5, RED, 2.5)
    return plot


def ratios(rows):
    with_target = [r for r in rows if "targetRatio" in r and "ratio" in r and r["part"] not in ("orders", "products")]
    if not with_target:
        return None
    plot = bars("Our rate as a share of the limit measured in the same run", "× the limit",
                [(label(r), [(r["ratio"], BLUE if r["ratio"] >= r["targetRatio"] else AMBER)], r["targetRatio"]) for r in with_target])
    plot.legend(46, [("target reached", BLUE), ("not reached", AMBER), ("target", RED)])
    return plot


def costs(rows, title, chosen):
    chosen = [r for r in rows if "userUs" in r and chosen(r)]
    if not chosen:
        return None
    plot = bars(title, "µs of processor time per operation",
                [(label(r), [(r["userUs"], BLUE), (r["systemUs"], LIGHT), (r.get("databaseUs", 0), TEAL)], r.get("targetCpuUs"))
                 for r in chosen])
    plot.legend(46, [("user", BLUE), ("system", LIGHT), ("database", TEAL), ("target", RED)])
    return plot


def axes(plot, left, right, top, bottom, low, high, unit):
    """A logarithmic axis upwards; answers where a value lies."""
    low, high = floor(log10(max(low, 0.01))), ceil(log10(max(high, 0.01)))
    high = max(high, low + 1)

    def y_of(value):
        return bottom - (log10(max(value, 10 ** low)) - low) / (high - low) * (bottom - top)
    for power in range(low, high + 1):
        plot.line(left, y_of(10 ** power), right, y_of(10 ** power))
        plot.text(left - 8, y_of(10 ** power) + 4, plain(10 ** power), "end", GREY)
    plot.text(left - 8, top - 14, unit, "end", GREY)
    return y_of


def latencies(rows):
    chosen = [r for r in rows if r["what"] in ("orders on SQLite", "orders on PostgreSQL") and "p999ms" in r]
    if not chosen:
        return None
    plot, left, right, top, bottom = Plot("Latency of an order (closed loop)", 330), 80, WIDTH - 30, 80, 270
    y_of = axes(plot, left, right, top, bottom, min(r["p50ms"] for r in chosen), max(r["p999ms"] for r in chosen), "ms")
    step = (right - left) / len(chosen)
    for i, r in enumerate(chosen):
        x = left + step * (i + 0.5)
        plot.line(x, y_of(r["p50ms"]), x, y_of(r["p999ms"]), LINE, 3)
        for key, colour in (("p50ms", BLUE), ("p99ms", TEAL), ("p999ms", AMBER)):
            plot.parts.append(f"<circle cx='{x:.1f}' cy='{y_of(r[key]):.1f}' r='5' fill='{colour}'/>")
        for key in ("targetP50ms", "targetP99ms"):
            if key in r:
                plot.line(x - 16, y_of(r[key]), x + 16, y_of(r[key]), RED, 2)
        plot.text(x, bottom + 20, clients(r), "middle")
        plot.text(x, bottom + 36, r["what"].removeprefix("orders on "), "middle", GREY)
    plot.legend(46, [("p50", BLUE), ("p99", TEAL), ("p99.9", AMBER), ("targets of p50 and p99", RED)])
    return plot


def growth(rows):
    series = {}
    for r in rows:
        if r["part"] in ("orders", "products") and "ratio" in r:
            series.setdefault("orders placed" if r["part"] == "orders" else r["kind"], []).append((r["size"], r["ratio"]))
    if not series:
        return None
    plot, left, right, top, bottom = Plot("Rate as there is more, as a share of the rate at 1 000", 330), 60, WIDTH - 30, 76, 270
    most = max(1.2, max(ratio for points in series.values() for _, ratio in points) * 1.05)
    largest = max(size for points in series.values() for size, _ in points)
    x_of = lambda size: left + (log10(size) - 3) / max(1, log10(largest) - 3) * (right - left - 20)  # noqa: E731
    y_of = lambda ratio: bottom - ratio / most * (bottom - top)  # noqa: E731
    for tick in ticks_of(most):
        plot.line(left, y_of(tick), right, y_of(tick))
        plot.text(left - 8, y_of(tick) + 4, f"{tick:.1f}", "end", GREY)
    plot.line(left, y_of(0.8), right, y_of(0.8), RED, 2, "6 4")
    colours = dict(zip(series, (BLUE, TEAL, AMBER, LIGHT)))
    for name, points in series.items():
        plot.curve([(x_of(s), y_of(ratio)) for s, ratio in points], colours[name])
    for size in (1_000, 10_000, 100_000, 1_000_000):
        if size <= largest:
            plot.text(x_of(size), bottom + 20, plain(size), "middle")
    plot.text(right, bottom + 40, "orders or products in the database", "end", GREY)
    plot.legend(46, [*colours.items(), ("target: at least 0.8", RED)])
    return plot


def saturation(rows):
    chosen = [r for r in rows if r["part"] == "saturation"]
    if not chosen:
        return None
    plot, left, right, top, bottom = Plot("Orders due at fixed times, up to four times what the server can", 350), 80, WIDTH - 30, 76, 280
    most = max(r["offered"] for r in chosen) * 1.05
    x_of = lambda v: left + v / most * (right - left)  # noqa: E731
    y_of = lambda v: bottom - v / most * (bottom - top)  # noqa: E731
    for tick in ticks_of(most):
        plot.line(left, y_of(tick), right, y_of(tick))
        plot.text(left - 8, y_of(tick) + 4, plain(tick) if tick else "0", "end", GREY)
        plot.text(x_of(tick), bottom + 18, plain(tick) if tick else "0", "middle", GREY)
    plot.line(x_of(0), y_of(0), x_of(most), y_of(most), RED, 1.5, "6 4")
    plot.curve([(x_of(r["offered"]), y_of(r["perSecond"])) for r in chosen], BLUE)
    for r in (r for r in chosen if r["share"] in (0.5, 1, 2, 4)):
        plot.text(x_of(r["offered"]) - (24 if r["share"] == 4 else 0), y_of(r["perSecond"]) - 10, f"p99 {plain(r['p99ms'])} ms", "middle", GREY, 11)
    plot.text(right, bottom + 38, "orders offered per second", "end", GREY)
    plot.legend(46, [("served per second", BLUE), ("all that is offered", RED)])
    return plot


def plots_of(results):
    """Name -> SVG of each plot there is something for."""
    rows = results["rows"]
    made = {"ratios": ratios(rows),
            "cost-reads": costs(rows, "What a read from memory costs", lambda r: r["part"] == "reads"),
            "cost-queries": costs(rows, "What a read costs that no cache knows", lambda r: "among" in r["what"] and "kind" not in r),
            "cost-orders": costs(rows, "What an order costs, and a request of mixed traffic",
                                 lambda r: "orders on" in r["what"] and "size" not in r or "mixed" in r["what"]),
            "latency": latencies(rows), "growth": growth(rows), "saturation": saturation(rows)}
    return {name: plot.svg() for name, plot in made.items() if plot}
