#!/usr/bin/env python3
"""Tables and plots of what bench/run found, and the generated parts of docs/performance.md.
  bench/report.py [--publish]     from build/bench/results.json
"""
import json
import os
import re
import shutil
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import ROOT  # noqa: E402
from plots import plots_of  # noqa: E402

DOCUMENT = os.path.join(ROOT, "docs", "performance.md")
TITLES = {
    "reads": "What is asked most, from memory", "catalogue": "A large catalogue, asked what no cache knows",
    "checkout": "Orders on SQLite", "login": "Log-ins", "mixed": "Mixed traffic", "events": "Event streams",
    "postgresql": "PostgreSQL", "orders": "Growth: orders", "products": "Growth: products", "saturation": "At and past saturation",
}
# What is held in memory: fact, what it says, MiB at most.
MEMORY = [("idleMib", "idle, after its start", 48), ("catalogueMib", "at most, with a large catalogue under load", 256),
          ("idleConnectionsMib", "with 10 000 idle connections", 160)]
READY_MS = 200


def number(value, digits=None):
    """As people read it: three digits that count, thousands apart."""
    if value is None or value == "":
        return ""
    if digits is None:
        digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}".replace(",", " ")


def cpu(row):
    """Microseconds of the server: user + system, or what the row says as one."""
    if "userUs" in row:
        return row["userUs"] + row["systemUs"]
    return row.get("cpuUs")


def verdicts(row):
    """[(what is held against a target, reached)] of a row."""
    found = []
    if "targetRatio" in row and "ratio" in row:
        found.append((f"ratio ≥ {row['targetRatio']}", row["ratio"] >= row["targetRatio"]))
    if "targetCpuUs" in row:
        found.append((f"CPU ≤ {number(row['targetCpuUs'])} µs", cpu(row) <= row["targetCpuUs"]))
    if "targetP50ms" in row:
        found.append((f"p50 ≤ {row['targetP50ms']} ms", row["p50ms"] <= row["targetP50ms"]))
    if "targetP99ms" in row:
        found.append((f"p99 ≤ {number(row['targetP99ms'])} ms", row["p99ms"] <= row["targetP99ms"]))
    return found


def table(rows):
    database = any(row.get("databaseUs") for row in rows)
    head = ["what", "clients", "per second", "limit", "ratio", "CPU µs: user", "system", *(["database"] if database else []),
            "p50 ms", "p99", "p99.9", "target"]
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join("---" if h in ("what", "limit", "target") else "---:" for h in head) + "|"]
    for row in rows:
        limit = f"{number(row['limitPerSecond'])} ({row['limit']})" if "limit" in row else ""
        held = "; ".join(f"{text}: {'reached' if well else '**not reached**'}" for text, well in verdicts(row))
        lost = [f"{number(row[key])} {word}" for key, word in (("shed", "shed"), ("wrong", "wrong"), ("unanswered", "unanswered"),
                                                               ("missing", "missing")) if row.get(key)]
        user = number(row["userUs"]) if "userUs" in row else number(row.get("cpuUs"))
        cells = [row["what"] + (f" ({', '.join(lost)})" if lost else ""), number(row.get("clients"), 0), number(row["perSecond"]),
                 limit, number(row.get("ratio"), 2), user, number(row.get("systemUs")),
                 *([number(row.get("databaseUs"))] if database else []), number(row.get("p50ms")), number(row.get("p99ms")),
                 number(row.get("p999ms")), held]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def saturation_table(rows):
    lines = ["| offered per second | of what it can | served | shed (503) | unanswered | p50 ms | p99 | p99.9 | /health p99 ms | "
             "admin p99 ms | p99 ms after, at half | memory MiB |", "|" + "---:|" * 12]
    for row in rows:
        lines.append("| " + " | ".join([number(row["offered"]), str(row["share"]), number(row["perSecond"]), number(row["shed"], 0),
                                        number(row["unanswered"], 0), number(row["p50ms"]), number(row["p99ms"]),
                                        number(row["p999ms"]), number(row.get("healthP99ms")), number(row.get("adminP99ms")),
                                        number(row["afterP99ms"]), number(row["mib"])]) + " |")
    return "\n".join(lines)


def facts_table(facts):
    lines = ["| what | measured | target |", "|---|---:|---|"]
    for key, text, most in MEMORY:
        if key in facts:
            lines.append(f"| resident memory, {text} | {number(facts[key], 0)} MiB | "
                         f"≤ {most} MiB: {'reached' if facts[key] <= most else '**not reached**'} |")
    for clients, mib in facts.get("ordersMib", {}).items():
        lines.append(f"| resident memory, at most, with orders from {clients} client{'' if clients == '1' else 's'} | "
                     f"{number(mib, 0)} MiB | |")
    for size, mib in facts.get("productsMib", {}).items():
        lines.append(f"| resident memory, at most, with {number(int(size), 0)} products filled in and asked for | "
                     f"{number(mib, 0)} MiB | |")
    for where, files in facts.get("files", {}).items():
        lines.append(f"| the large catalogue as a file, {where}: in | {number(files['importSeconds'])} s "
                     f"({number(files['importCpuSeconds'])} s of CPU) | |")
        lines.append(f"| out, {number(files['exportBytes'] / 1e6, 0)} MB | {number(files['exportSeconds'])} s "
                     f"({number(files['exportCpuSeconds'])} s of CPU) | |")
        lines.append(f"| names with one typing error found among the first ten, {where} | {files['recallAt10']:.3f} | |")
    if facts.get("readyMs"):
        ready = sorted(facts["readyMs"])[len(facts["readyMs"]) // 2]
        lines.append(f"| from exec to ready, on data that is there (median of {len(facts['readyMs'])}) | {number(ready, 0)} ms | "
                     f"≤ {READY_MS} ms: {'reached' if ready <= READY_MS else '**not reached**'} |")
    return "\n".join(lines) if len(lines) > 2 else ""


def machine_line(machine):
    middle, high = machine["fdatasyncMs"]
    return (f"{machine['at']}, commit {machine['commit']}: {machine['cores']} × {machine['cpu']}, {machine['memoryGib']} GiB, Linux "
            f"{machine['kernel']}, {machine['filesystem']}; a durable 4 KiB append took {middle} ms (p99 {high} ms); load average "
            f"before the run {machine['loadBefore']}.")


def summary(rows):
    """Every target, and whether it was reached."""
    held = [well for row in rows for _, well in verdicts(row)]
    return f"Of {len(held)} targets {sum(held)} were reached in this run." if held else ""


def markdown(results, images):
    """Everything that is generated; `images` is where the plots lie, seen from the document."""
    parts = [f"Measured {machine_line(results[key])}" for key in ("machine", "longMachine") if key in results]
    if any(results[key]["loadBefore"] > results[key]["cores"] / 2 for key in ("machine", "longMachine") if key in results):
        parts.append("**Other work ran on this machine at the same time**: rates and latencies are worse than it can do, and the "
                     "two sides of a ratio met different moments. Read the processor time per operation; measure again for the rest.")
    parts.append(summary(results["rows"]))
    facts = facts_table(results["facts"])
    for name in plots_of(results):
        parts.append(f"![{name}]({images}{name}.svg)")
    for part, title in TITLES.items():
        rows = [row for row in results["rows"] if row["part"] == part]
        if rows:
            parts.append(f"### {title}\n\n" + (saturation_table(rows) if part == "saturation" else table(rows)))
    if facts:
        parts.append(f"### Memory, start and files\n\n{facts}")
    return "\n\n".join(p for p in parts if p) + "\n"


def write_report(results, folder):
    text = markdown(results, "")
    with open(os.path.join(folder, "results.md"), "w") as file:
        file.write(text)
    for name, svg in plots_of(results).items():
        with open(os.path.join(folder, f"{name}.svg"), "w") as file:
            file.write(svg)
    return text


def publish(results):
    """Puts the generated part between the marks of docs/performance.md, and its plots beside it."""
    folder = os.path.join(ROOT, "docs", "performance")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for name, svg in plots_of(results).items():
        with open(os.path.join(folder, f"{name}.svg"), "w") as file:
            file.write(svg)
    with open(DOCUMENT) as file:
        text = file.read()
    begin, end = "<!-- generated by bench/run: begin -->\n", "<!-- generated by bench/run: end -->\n"
    made = begin + "\n" + markdown(results, "performance/") + "\n" + end
    text = re.sub(re.escape(begin) + ".*?" + re.escape(end), lambda _: made, text, flags=re.S)
    with open(DOCUMENT, "w") as file:
        file.write(text)
    print("bench: docs/performance.md written")


if __name__ == "__main__":
    with open(os.path.join(ROOT, "build", "bench", "results.json")) as found:
        all_results = json.load(found)
    print(write_report(all_results, os.path.join(ROOT, "build", "bench")))
    if "--publish" in sys.argv:
        publish(all_results)
