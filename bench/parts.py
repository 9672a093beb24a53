"""What bench/run measures in its short run: a function per part, each answering rows for the table. A row names what was
asked, our rate and latencies, what it cost, and the limit that was measured seconds before or after it."""
import json
import os
import shutil
import subprocess
import sys
import time

from harness import BIN, ROOT, Connection, Nginx, Postgres, Server, copied, cpu_of, cpu_per, memory_mib, tool

LEVELS = (1, 16, 64, 256)


class Context:
    """Where a run works, how long it looks at each figure, and what its parts tell each other."""

    def __init__(self, work, memory, seconds, products):
        self.work, self.memory, self.seconds, self.products = work, memory, seconds, products
        self.facts, self.found = {}, {}

    def folder(self, name):
        path = os.path.join(self.work, name)
        shutil.rmtree(path, ignore_errors=True)
        return path

    def shop(self):
        """A data folder with 1 000 products, 64 customers and no order, and the file that names them; made once."""
        template, names = os.path.join(self.work, "shop"), os.path.join(self.work, "shop.names")
        if not os.path.exists(names):
            with Server(template) as server:
                self.facts["idleMib"] = memory_mib(server.pid)
                tool("bench_load", "setup", server.port, 1000, 64, names)
        return template, names

    def server_on_shop(self, flags=()):
        template, names = self.shop()
        server = Server(copied(template, os.path.join(self.work, "copy")), flags)
        self.facts.setdefault("readyMs", []).append(round(server.ready_ms))
        return server, names


def row(part, what, clients, ours, limit=None, limit_name=None, target=None, **more):
    """A line of the table. `ours` is what a tool printed; `target` is the least share of the limit."""
    keys = ("perSecond", "p50ms", "p99ms", "p999ms", "userUs", "systemUs", "databaseUs", "shed", "wrong", "unanswered")
    made = {"part": part, "what": what, "clients": clients, **{k: ours[k] for k in keys if k in ours}, **more}
    if limit:
        made |= {"limit": limit_name, "limitPerSecond": limit, "ratio": round(ours["perSecond"] / limit, 3)}
    if target:
        made["targetRatio"] = target
    print("  " + " ".join(f"{k}={v}" for k, v in made.items() if k != "part"), flush=True)
    return made


def wrk(url, clients, seconds, pid):
    """Closed loop by wrk, with what it cost the process."""
    command = ["wrk", "-t1", f"-c{clients}", "-s", f"{ROOT}/bench/wrk.lua"]
    subprocess.run([*command, "-d1", url], check=True, stdout=subprocess.DEVNULL)
    before = cpu_of(pid)
    out = subprocess.run([*command, f"-d{seconds}", url], check=True, capture_output=True, text=True).stdout
    found = json.loads(out.strip().splitlines()[-1])
    if found["bad"]:
        sys.exit(f"bench: {url} did not answer 200: {found}")
    found["perSecond"] = round(found["served"] / found["seconds"], 1)
    return found | cpu_per(before, cpu_of(pid), found["served"])


def reads(context):
    """What is asked most, from memory, beside nginx serving the same bytes."""
    server, names = context.server_on_shop()
    rows = []
    with server:
        with open(names) as file:
            product = next(line.split()[1] for line in file if line.startswith("product"))
        connection = Connection(server.port)
        paths = {"list of 20": "/api/products?limit=20", "detail": f"/api/products/{product}"}
        for name, path in paths.items():
            _, _, body = connection.ask("GET", path)
            with open(os.path.join(context.memory, name.split()[0]), "wb") as file:
                file.write(body)
        connection.close()
        with Nginx(context.folder("nginx"), context.memory) as nginx:
            for name, path in paths.items():
                size = os.path.getsize(os.path.join(context.memory, name.split()[0]))
                for clients in LEVELS:
                    ours = wrk(f"http://127.0.0.1:{server.port}{path}", clients, context.seconds, server.pid)
                    limit = wrk(f"http://127.0.0.1:{nginx.port}/{name.split()[0]}", clients, context.seconds, nginx.pid)
                    at_target = {"target": 0.7, "targetCpuUs": 12} if clients == 64 else {}
                    rows.append(row("reads", f"{name}, {size} bytes", clients, ours, limit["perSecond"],
                                    "nginx, same bytes", **at_target))
    return rows


def asked(context, server, clients, kind, postmaster=None):
    before = cpu_of(server.pid, postmaster)
    found = tool("bench_catalogue", "ask", server.port, server.pid, clients, context.seconds, kind)
    return found | cpu_per(before, cpu_of(server.pid, postmaster), found["asked"])


QUERIES = ("list", "filter", "category", "search", "words", "prefix")  # those that have a limit


def questions(context, part, server, database, where="", postmaster=None):
    """A large catalogue, asked what no cache knows, beside the same statements alone."""
    rows = []
    files = tool("bench_catalogue", "fill", server.port, server.pid, context.products)
    for kind in (*QUERIES, "mistyped", "suggest", "detail"):
        for clients in LEVELS if kind == "search" else (16,):
            if kind == "search":
                pids = f"{server.pid},{postmaster}" if postmaster else server.pid
                ours = tool("bench_load", "search", server.port, pids, clients, context.seconds)
            else:
                ours = asked(context, server, clients, kind, postmaster)
            limit, target = None, None
            if kind in QUERIES:
                limit = tool("bench_catalogue", "raw", database, context.seconds, kind)["perSecond"]
                target = 0.5 if clients == 16 else None
            rows.append(row(part, f"{kind}, among {context.products}{where}", clients, ours, limit,
                            "the statements, 2 threads" if limit else None, target))
    files["recallAt10"] = tool("bench_catalogue", "recall", server.port, context.products, 1000)["recallAt10"]
    context.facts.setdefault("files", {})["PostgreSQL" if postmaster else "SQLite"] = files
    return rows


def catalogue(context):
    """The large catalogue on SQLite."""
    folder = context.folder("catalogue")
    with Server(folder) as server:
        rows = questions(context, "catalogue", server, f"{folder}/product.db")
        context.facts["catalogueMib"] = memory_mib(server.pid, "VmHWM")
    return rows


def checkout(context):
    """Orders on SQLite, each level on a fresh copy of the shop, beside the same statements through SQLite's C interface."""
    targets = {1: (0.45, 1500, None), 16: (0.5, 280, (5, 12)), 64: (0.5, 170, (10, 25)), 256: (0.5, 130, (25, 60))}
    rows = []
    for clients in LEVELS:
        ratio, cpu, latency = targets[clients]
        server, names = context.server_on_shop()
        with server:
            ours = tool("bench_load", "closed", server.port, server.pid, names, "order", clients, context.seconds)
            context.facts.setdefault("ordersMib", {})[str(clients)] = memory_mib(server.pid, "VmHWM")
        raw = context.folder("raw")
        os.makedirs(raw)
        batch = max(1, clients // 2)
        limit = tool("bench_raw_sqlite", raw, f"{ROOT}/migrations", batch, context.seconds)
        rows.append(row("checkout", "orders on SQLite", clients, ours, limit["perSecond"], f"raw SQLite, batch {batch}", ratio,
                        targetCpuUs=cpu, limitCpuUs=limit["cpuUs"],
                        **({"targetP50ms": latency[0], "targetP99ms": latency[1]} if latency else {})))
        context.found[f"orders{clients}"] = ours["perSecond"]
    rate = round(context.found["orders64"] / 2)
    server, names = context.server_on_shop()
    with server:
        ours = tool("bench_load", "open", server.port, server.pid, names, "order", rate, context.seconds, 1024)
    rows.append(row("checkout", f"orders on SQLite, open loop at {rate}/s", None, ours))
    return rows


def made_limits(postgres):
    """A database with the three modules' tables as pgbench's script knows them."""
    postgres.sql("CREATE DATABASE limits")
    for module in ("order", "inventory", "payment"):
        text = [f'CREATE SCHEMA "{module}"; SET search_path = "{module}";']
        for series in ("core", module):
            files = sorted(f for f in os.listdir(f"{ROOT}/migrations/{series}") if not f.endswith(".sqlite.sql"))
            for name in files:
                with open(f"{ROOT}/migrations/{series}/{name}") as file:
                    text.append(file.read())
        postgres.sql("\n".join(text), "limits")
    postgres.sql("INSERT INTO inventory.stock (product_id, warehouse, vendor_id, quantity, reserved, low_stock_threshold, "
                 "version, updated_at) SELECT 'p' || i, 'Main', 'v', 1000000000, 0, 10, 1, 0 FROM "
                 "generate_series(1, 1000) i", "limits")


def pgbench(context, postgres):
    out = subprocess.run(["/usr/lib/postgresql/15/bin/pgbench", "-n", "-M", "prepared", "-c", "24", "-j", "1", "-T",
                          str(context.seconds), "-f", f"{ROOT}/bench/checkout.pgbench.sql", postgres.url_of("limits")],
                         check=True, capture_output=True, text=True).stdout
    return next(float(line.split()[2]) for line in out.splitlines() if line.startswith("tps = "))


def postgresql(context):
    """The same on PostgreSQL: orders beside pgbench, mixed traffic, the large catalogue."""
    targets, rows = {16: 1.5, 64: 3, 256: 4.5}, []
    with Postgres(context.folder("pg")) as postgres:
        made_limits(postgres)
        names = os.path.join(context.work, "pg.names")
        template = os.path.join(context.work, "pgshop")
        with Server(template, [f"--database.url={postgres.url}"]) as server:
            tool("bench_load", "setup", server.port, 1000, 64, names)

        def fresh():
            postgres.sql("DROP DATABASE IF EXISTS level; CREATE DATABASE level TEMPLATE cloudretail")
            return Server(copied(template, os.path.join(context.work, "copy")), [f"--database.url={postgres.url_of('level')}"])

        for clients in targets:
            limit = pgbench(context, postgres)
            with fresh() as server:
                ours = tool("bench_load", "closed", server.port, f"{server.pid},{postgres.pid}", names, "order", clients,
                            context.seconds)
            rows.append(row("postgresql", "orders on PostgreSQL", clients, ours, limit, "pgbench -c 24 -M prepared",
                            targets[clients]))
        with fresh() as server:
            ours = tool("bench_load", "closed", server.port, f"{server.pid},{postgres.pid}", names, "mixed", 64,
                        context.seconds)
        rows.append(row("postgresql", "mixed traffic on PostgreSQL", 64, ours))
        postgres.sql("DROP DATABASE IF EXISTS level; CREATE DATABASE level")
        with Server(context.folder("copy"), [f"--database.url={postgres.url_of('level')}"]) as server:
            rows += questions(context, "postgresql", server, postgres.url_of("level"), ", on PostgreSQL", postgres.pid)
    return rows


def setting(name):
    """The default of a configuration key."""
    with open(f"{ROOT}/config/cloudretail.ini") as file:
        section = ""
        for line in file:
            line = line.strip().lstrip("#; ")
            if line.startswith("["):
                section = line.strip("[]")
            elif "=" in line and f"{section}.{line.split('=')[0].strip()}" == name:
                return line.split("=", 1)[1].strip()
    sys.exit(f"bench: config/cloudretail.ini does not know {name}")


def login(context):
    """Log-ins beside the hash alone on as many threads, and what a storm of them does to browsing."""
    memory = int(setting("auth.password_memory").removesuffix("MiB")) << 20
    limit = tool("bench_hash", memory, setting("auth.password_passes"), context.seconds)["perSecond"]
    rows = []
    server, names = context.server_on_shop()
    with server:
        for clients in LEVELS:
            ours = tool("bench_load", "closed", server.port, server.pid, names, "login", clients, context.seconds)
            rows.append(row("login", "log-ins", clients, ours, limit, "argon2id alone", 0.9 if clients == 16 else None))
        url = f"http://127.0.0.1:{server.port}/api/products?limit=20"
        quiet = wrk(url, 8, context.seconds, server.pid)
        storm = subprocess.Popen([f"{BIN}/bench_load", "closed", str(server.port), str(server.pid), names, "login", "64",
                                  str(context.seconds + 3)], stdout=subprocess.DEVNULL)
        stormy = wrk(url, 8, context.seconds, server.pid)
        storm.wait()
    for what, found, more in (("list while nobody logs in", quiet, {}),
                              ("list while 64 log in", stormy, {"targetP99ms": round(2 * quiet["p99ms"], 3)})):
        of_lists = {k: v for k, v in found.items() if not k.endswith("Us")}  # the log-ins' cost is not theirs
        rows.append(row("login", what, 8, of_lists, **more))
    return rows


def mixed(context):
    """Of 100 requests 90 browse, 9 fill a cart, 1 orders."""
    rows = []
    for clients in (16, 64, 256):
        server, names = context.server_on_shop()
        with server:
            ours = tool("bench_load", "closed", server.port, server.pid, names, "mixed", clients, context.seconds)
        rows.append(row("mixed", "mixed traffic on SQLite", clients, ours))
    return rows


def events(context):
    """Event streams: how long after an order's answer each subscriber has heard, and what each delivery costs."""
    rows, rate = [], 20
    alone = None
    for subscribers in (1, 100, 1000):
        server, names = context.server_on_shop(["--events.streams=1000", "--events.streams_per_user=1000"])
        with server:
            ours = tool("bench_load", "events", server.port, server.pid, names, subscribers, rate, context.seconds)
        cost = (ours["userUs"] + ours["systemUs"]) * ours["served"]
        alone = alone if alone is not None else cost
        rows.append(row("events", f"events to {subscribers} streams, {rate} orders/s", subscribers,
                        {"perSecond": round(ours["delivered"] / ours["seconds"], 1), "p50ms": ours["delayP50ms"],
                         "p99ms": ours["delayP99ms"], "p999ms": ours["delayP999ms"]},
                        missing=ours["missing"],
                        cpuUs=round(max(0.0, cost - alone) / max(1, ours["delivered"]), 1) if subscribers > 1 else None))
    return rows


def sync_ms(folder):
    """Median and 99th percentile of a durable 4 KiB append: what a commit on this disk costs at least."""
    path, took = os.path.join(folder, "sync"), []
    with open(path, "wb", buffering=0) as file:
        for _ in range(200):
            file.write(b"x" * 4096)
            begun = time.monotonic()
            os.fdatasync(file.fileno())
            took.append(1000 * (time.monotonic() - begun))
    os.unlink(path)
    took.sort()
    return round(took[100], 3), round(took[198], 3)


PARTS = {f.__name__: f for f in (reads, catalogue, checkout, login, mixed, events, postgresql)}
