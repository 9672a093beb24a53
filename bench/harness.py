"""What the measuring scripts share: servers of ours, PostgreSQL and nginx on free ports, a connection to ask by, and what
processes cost. Knows answers with a Content-Length only, which is all that the server sends to what is asked here."""
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BIN = os.path.join(ROOT, "build", "release")
# The rates of one address and one user are no limit to what is measured; that they are counted costs as always.
UNLIMITED = ["--limits.user_rate=1000000", "--limits.user_burst=1000000", "--limits.anonymous_rate=1000000",
             "--limits.anonymous_burst=1000000", "--limits.register_per_minute=1000000",
             "--limits.login_per_minute=1000000", "--limits.requests_per_connection=1000000000",
             "--limits.idle_timeout=1h"]


class Server:
    """A running server; its folder is made and stays. `ready_ms` is from exec to the line that says ready."""

    def __init__(self, folder, flags=(), binary=f"{BIN}/cloudretail", wrapper=(), environment=None, patience_s=30):
        os.makedirs(folder, exist_ok=True)
        self.folder = folder
        self.out, self.log = os.path.join(folder, "out"), os.path.join(folder, "log")
        command = [*wrapper, binary, "serve", "--data-dir", folder, "--gateway.port=0", "--ui.port=0",
                   "--management.port=0", *UNLIMITED, *flags]
        begun = time.monotonic()
        with open(self.out, "w") as out, open(self.log, "w") as log:
            self.process = subprocess.Popen(command, stdout=out, stderr=log, env={**os.environ, **(environment or {})})
        self.pid = self.process.pid
        while time.monotonic() - begun < patience_s and self.process.poll() is None:
            with open(self.out) as out:
                ready = re.search(r"^ready gateway=http://[^:]*:(\d+) ui=\S+ management=http://[^:]*:(\d+)", out.read(), re.M)
            if ready:
                self.ready_ms = 1000 * (time.monotonic() - begun)
                self.port, self.management_port = int(ready[1]), int(ready[2])
                return
            time.sleep(0.002)
        with open(self.log) as log:
            sys.stderr.write("".join(log.readlines()[-5:]))
        self.stop()
        sys.exit(f"bench: the server did not start: {' '.join(command)}")

    def stop(self):
        stop(self.process)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def stop(process):
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Postgres:
    """A PostgreSQL of our own, with the durability it has by default."""

    def __init__(self, folder):
        self.folder = folder
        self.url = subprocess.run([f"{ROOT}/scripts/postgres", "start", folder], check=True, capture_output=True,
                                  text=True).stdout.strip()
        with open(os.path.join(folder, "postmaster.pid")) as pid:
            self.pid = int(pid.readline())

    def url_of(self, database):
        return self.url.rsplit("/", 1)[0] + "/" + database

    def sql(self, text, database="postgres"):
        subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", self.url_of(database)], input=text, check=True, text=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run([f"{ROOT}/scripts/postgres", "stop", self.folder], check=False)


class Nginx:
    """nginx with a worker per core, serving the files of a folder."""

    def __init__(self, folder, root):
        self.port = random.randint(20000, 32000)
        os.makedirs(folder)
        with open(f"{folder}/nginx.conf", "w") as conf:
            conf.write(f"""worker_processes {os.cpu_count()}; daemon off; pid {folder}/pid; error_log {folder}/log;
events {{ worker_connections 1024; }}
http {{ access_log off; default_type application/json; sendfile on; tcp_nopush on; keepalive_requests 100000000;
  open_file_cache max=10 inactive=1h; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{self.port}; root {root}; }} }}
""")
        self.process = subprocess.Popen(["nginx", "-c", f"{folder}/nginx.conf", "-e", f"{folder}/log"])
        self.pid = self.process.pid
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        sys.exit("bench: nginx did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        stop(self.process)


class Connection:
    """One kept-alive connection."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.read = b""

    def close(self):
        self.socket.close()

    def ask(self, method, path, body=None, token=None, headers=None):
        """(status, headers as text, body)"""
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
        if token:
            lines.append(f"Authorization: Bearer {token}")
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        payload = b""
        if body is not None:
            payload = json.dumps(body).encode()
            lines += ["Content-Type: application/json", f"Content-Length: {len(payload)}"]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode() + payload)
        while b"\r\n\r\n" not in self.read:
            self._more()
        head, self.read = self.read.split(b"\r\n\r\n", 1)
        head = head.decode("latin-1")
        length = re.search(r"^content-length: *(\d+)", head, re.M | re.I)
        length = int(length[1]) if length else 0
        while len(self.read) < length:
            self._more()
        answer, self.read = self.read[:length], self.read[length:]
        return int(head.split(" ", 2)[1]), head, answer

    def _more(self):
        data = self.socket.recv(1 << 16)
        if not data:
            sys.exit("bench: the server closed a connection")
        self.read += data

    def must(self, method, path, body=None, token=None, headers=None):
        """The body of a 2xx, as JSON; anything else ends the program."""
        status, _, answer = self.ask(method, path, body, token, headers)
        if status >= 300:
            sys.exit(f"bench: {method} {path} answered {status}: {answer.decode(errors='replace')[:500]}")
        return json.loads(answer) if answer else None

    def register(self, role):
        """The token of a new user."""
        body = {"email": f"{role}{os.urandom(6).hex()}@bench.example", "password": "Correct horse 9",
                "firstName": "Bench", "lastName": "Mark", "role": role, "gdprConsent": True}
        return self.must("POST", "/api/users/register", body)["token"]


def tool(name, *arguments):
    """What one of our programs in C++ found: lines of JSON."""
    done = subprocess.run([f"{BIN}/{name}", *map(str, arguments)], capture_output=True, text=True)
    if done.stderr:
        sys.stderr.write(done.stderr)
    if done.returncode != 0:
        sys.exit(f"bench: {name} {' '.join(map(str, arguments))} failed")
    found = {}
    for line in done.stdout.splitlines():
        found |= json.loads(line)
    return found


def _stat(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    tick = os.sysconf("SC_CLK_TCK")
    return int(fields[1]), *(int(fields[i]) / tick for i in (11, 12)), (int(fields[13]) + int(fields[14])) / tick


def cpu_of(pid, postmaster=None):
    """(user, system, database) in seconds so far; the database is the postmaster with all its children."""
    _, user, system, _ = _stat(pid)
    database = 0.0
    if postmaster:
        _, own_user, own_system, ended = _stat(postmaster)
        database = own_user + own_system + ended
        for name in os.listdir("/proc"):
            if name.isdigit():
                try:
                    parent, its_user, its_system, _ = _stat(name)
                except OSError:
                    continue
                if parent == postmaster:
                    database += its_user + its_system
    return user, system, database


def cpu_per(before, after, count):
    """Microseconds of each of `count` operations."""
    names = ("userUs", "systemUs", "databaseUs")
    return {name: round((b - a) * 1e6 / max(1, count), 1) for name, a, b in zip(names, before, after)}


def memory_mib(pid, what="VmRSS"):
    with open(f"/proc/{pid}/status") as status:
        return round(next(int(line.split()[1]) for line in status if line.startswith(what + ":")) / 1024, 1)


def copied(template, folder):
    """A fresh copy of a data folder."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(template, folder, ignore=shutil.ignore_patterns("control.sock", "lock"))
    return folder
