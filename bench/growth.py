"""What bench/run --long measures: whether orders and reads stay as fast as there are more of them, what idle connections
take, and what happens at and past saturation."""
import json
import os
import shutil
import sqlite3
import subprocess
import threading
import time
from urllib.request import Request, urlopen

from harness import BIN, Server, copied, memory_mib, tool
from parts import asked, row

BLOCK = 1000  # orders that are really placed; the others are copies of them, moved back in time

# Table by table, with {t} for how far back a copy lies (ms): ids are UUIDv7, so shift() moves them back with their rows.
ORDER_TABLES = {
    "orders": """(id, number, customer_id, status, cancelling, reason, total_minor, currency, shipping_address, payment_id,
        payment_method, payment_status, version, created_at, updated_at, cancel_note)
        SELECT shift(id, {t}), number, customer_id, status, cancelling, reason, total_minor, currency, shipping_address,
        shift(payment_id, {t}), payment_method, payment_status, version, created_at - {t}, updated_at - {t}, cancel_note
        FROM base_orders ORDER BY seq""",
    "order_lines": """SELECT shift(order_id, {t}), line, product_id, vendor_id, name, unit_price_minor, quantity
        FROM base_order_lines ORDER BY 1, 2""",
    "order_parties": "SELECT party_id, shift(order_id, {t}) FROM base_order_parties ORDER BY 1, 2",
    "timeline": "SELECT shift(order_id, {t}), at - {t}, source, position, type, data FROM base_timeline ORDER BY 1, 2, 3, 4",
    "idempotency": """(subject, scope, bucket, fingerprint, status, body, location, etag, created_at)
        SELECT shift(i.subject, {t}), lower(hex(randomblob(16))), (i.created_at - {t}) / 43200000, fingerprint, i.status,
        replace(replace(body, o.id, shift(o.id, {t})), o.payment_id, shift(o.payment_id, {t})),
        '/api/orders/' || shift(o.id, {t}), etag, i.created_at - {t}
        FROM base_idempotency i JOIN base_orders o ON o.id = i.subject ORDER BY 1""",
    "outbox": """(event_id, type, subject, data, traceparent, created_at, position, published_at, audience)
        SELECT shift(event_id, {t}), type, shift(subject, {t}), replace(data, subject, shift(subject, {t})), traceparent,
        created_at - {t}, position + {p}, published_at - {t}, audience FROM base_outbox ORDER BY position""",
}
STOCK_TABLES = {
    "reservations": """SELECT shift(order_id, {t}), product_id, warehouse, quantity, created_at - {t}, released_at, shipped_at
        FROM base_reservations ORDER BY 1""",
}
PAYMENT_TABLES = {
    "payments": """(id, order_id, payer_id, amount_minor, captured_minor, refunded_minor, lowered_minor, refunding_minor,
        currency, method, status, reason, version, created_at, updated_at)
        SELECT shift(id, {t}), shift(order_id, {t}), payer_id, amount_minor, captured_minor, refunded_minor, lowered_minor,
        refunding_minor, currency, method, status, reason, version, created_at - {t}, updated_at - {t}
        FROM base_payments ORDER BY seq""",
    "payment_history": "SELECT shift(payment_id, {t}), version, status, at - {t} FROM base_payment_history ORDER BY 1, 2",
    "simulated_charges": """SELECT shift(key, {t}), amount_minor, currency, status, calls, at - {t} FROM base_simulated_charges
        ORDER BY 1""",
    "payment_payers": "SELECT payer_id, shift(payment_id, {t}) FROM base_payment_payers ORDER BY 1, 2",
    "outbox": ORDER_TABLES["outbox"],
}


def shift(identifier, back_ms):
    """A UUIDv7 of a moment before: its first 48 bits are the time."""
    time_part = f"{int(identifier[:8] + identifier[9:13], 16) - back_ms:012x}"
    return f"{time_part[:8]}-{time_part[8:]}{identifier[13:]}"


def multiply(path, tables, copies, span):
    """Puts `copies` older copies of every row before the rows that are there, oldest first, `span` ms between one and the
    next: so the tables lie as if all had been appended. Answers how many events were added."""
    db = sqlite3.connect(path, isolation_level=None)
    db.create_function("shift", 2, shift, deterministic=True)
    db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA cache_size=-500000; PRAGMA temp_store=MEMORY")
    events = db.execute("SELECT position FROM relay_state").fetchone()[0] if "outbox" in tables else 0
    db.execute("BEGIN")
    for table in tables:
        db.execute(f"CREATE TEMP TABLE base_{table} AS SELECT * FROM {table}")
        db.execute(f"DELETE FROM {table}")
    for copy in range(copies + 1):
        for table, text in tables.items():
            db.execute(f"INSERT INTO {table} " + text.format(t=(copies - copy) * span, p=copy * events))
    db.execute("UPDATE relay_state SET position = position + ?", (copies * events,))
    for counters, table in (("order_counters", "orders"), ("payment_counters", "payments")):
        if table in tables:
            db.execute(f"UPDATE {counters} SET value = (SELECT max(seq) FROM {table}) WHERE name = 'indexed_seq'")
    if "reservations" in tables:
        db.execute("UPDATE stock SET reserved = reserved * ?", (copies + 1,))
    db.execute("COMMIT")
    db.close()
    return copies * events


def fill_orders(folder, copies):
    """Multiplies all orders of a stopped server, in every module that knows of them; letters are not copied."""
    db = sqlite3.connect(f"{folder}/order.db")
    span, = db.execute("SELECT max(created_at) - min(created_at) + 1000 FROM orders").fetchone()
    db.close()
    added = {"order": multiply(f"{folder}/order.db", ORDER_TABLES, copies, span),
             "payment": multiply(f"{folder}/payment.db", PAYMENT_TABLES, copies, span)}
    multiply(f"{folder}/inventory.db", STOCK_TABLES, copies, span)
    for name in os.listdir(folder):
        if name.endswith(".db"):
            db = sqlite3.connect(f"{folder}/{name}")
            for source, more in added.items():
                db.execute("UPDATE subscriptions SET position = position + ? WHERE source = ?", (more, source))
            db.commit()
            db.close()


def sizes(largest):
    return [n for n in (1_000, 10_000, 100_000, 1_000_000) if n <= largest]


def base_shop(context):
    """A data folder with BLOCK orders whose events have all been told of."""
    folder = context.folder("base")
    server, names = context.server_on_shop()
    with server:
        tool("bench_load", "open", server.port, server.pid, names, "order", 250, BLOCK / 250, 64)
        time.sleep(3)  # events, letters
    shutil.move(server.folder, folder)
    return folder, names


def orders(context):
    """Orders a second while there are ever more of them."""
    base, names = base_shop(context)
    rows = []
    for size in sizes(context.products):
        folder = copied(base, context.folder("grown"))
        begun = time.monotonic()
        fill_orders(folder, size // BLOCK - 1)
        print(f"  {size} orders in {time.monotonic() - begun:.0f} s", flush=True)
        if size == 10_000:
            subprocess.run([f"{BIN}/cloudretail", "check", "--deep", "--data-dir", folder], check=True,
                           stdout=subprocess.DEVNULL)
        with Server(folder) as server:
            ours = tool("bench_load", "closed", server.port, server.pid, names, "order", 64, context.seconds)
        first = rows[0]["perSecond"] if rows else ours["perSecond"]
        rows.append(row("orders", f"orders on SQLite that holds {size}", 64, ours, first, "itself at 1000",
                        0.8 if size > BLOCK else None, size=size))
    return rows


def products(context):
    """Reads while there are ever more products."""
    rows, first = [], {}
    for size in sizes(context.products):
        with Server(context.folder("grown"), ["--transfer.max_bytes=2GiB"]) as server:
            tool("bench_catalogue", "fill", server.port, server.pid, size)
            for kind in ("list", "search", "detail"):
                if kind == "search":
                    ours = tool("bench_load", "search", server.port, server.pid, 16, context.seconds)
                else:
                    ours = asked(context, server, 16, kind)
                first.setdefault(kind, ours["perSecond"])
                rows.append(row("products", f"{kind}, among {size}", 16, ours, first[kind], "itself at 1000", 0.8 if size > 1000 else None,
                                size=size, kind=kind))
            context.facts.setdefault("productsMib", {})[str(size)] = memory_mib(server.pid, "VmHWM")
    return rows


def idle(context):
    """Memory with 10 000 connections that have asked once."""
    count = 10_000
    server, _ = context.server_on_shop()
    with server:
        holder = subprocess.Popen([f"{BIN}/bench_load", "idle", str(server.port), str(count)], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)
        if holder.stdout.readline().strip() != "ready":
            raise SystemExit("bench: the connections were not all kept")
        context.facts["idleConnectionsMib"] = memory_mib(server.pid)
        context.facts["idleConnections"] = count
        holder.communicate("")
    return []


class Watcher:
    """Asks health and an administrator's page ten times a second, as somebody does who wonders what is going on."""

    def __init__(self, server, token):
        self.urls = {"health": Request(f"http://127.0.0.1:{server.management_port}/health"),
                     "admin": Request(f"http://127.0.0.1:{server.port}/api/admin/overview",
                                      headers={"Authorization": f"Bearer {token}"})}
        self.took, self.failed, self.over = {name: [] for name in self.urls}, 0, threading.Event()
        self.thread = threading.Thread(target=self._watch)
        self.thread.start()

    def _watch(self):
        while not self.over.wait(0.1):
            for name, url in self.urls.items():
                begun = time.monotonic()
                try:
                    with urlopen(url, timeout=10) as answer:
                        answer.read()
                except OSError:
                    self.failed += 1
                self.took[name].append(1000 * (time.monotonic() - begun))

    def end(self):
        self.over.set()
        self.thread.join()
        found = {f"{name}P99ms": round(sorted(took)[int(0.99 * (len(took) - 1))], 1) for name, took in self.took.items() if took}
        return found | {"watchFailed": self.failed}


def saturation(context):
    """Orders due at fixed times, below and past what the server can do; health and admin meanwhile; and afterwards."""
    server, names = context.server_on_shop()
    with server:
        can = tool("bench_load", "closed", server.port, server.pid, names, "order", 256, context.seconds)["perSecond"]
    rows = []
    for share in (0.5, 0.8, 1, 1.5, 2, 4):
        template, _ = context.shop()
        folder = copied(template, os.path.join(context.work, "copy"))
        subprocess.run([f"{BIN}/cloudretail", "admin", "create", "--email", "admin@bench.example", "--password-stdin",
                        "--data-dir", folder], input="Correct horse 9\n", text=True, check=True, stdout=subprocess.DEVNULL)
        with Server(folder) as server:
            body = json.dumps({"email": "admin@bench.example", "password": "Correct horse 9"}).encode()
            with urlopen(Request(f"http://127.0.0.1:{server.port}/api/users/login", data=body,
                                 headers={"Content-Type": "application/json"})) as answer:
                token = json.load(answer)["token"]
            watcher = Watcher(server, token)
            ours = tool("bench_load", "open", server.port, server.pid, names, "order", round(share * can),
                        context.seconds + 2, 12_000)
            watched = watcher.end()
            after = tool("bench_load", "open", server.port, server.pid, names, "order", round(0.5 * can), 3, 1024)
            mib = memory_mib(server.pid, "VmHWM")
        rows.append(row("saturation", f"orders due at {share} of {can:.0f}/s", None, ours, share=share, offered=round(share * can),
                        afterP99ms=after["p99ms"], afterShed=after["shed"], mib=mib, **watched))
    return rows


LONG_PARTS = {f.__name__: f for f in (orders, products, idle, saturation)}
