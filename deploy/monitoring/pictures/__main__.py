"""Pictures of the dashboards from a real run: ../pictures.sh says how, and brings what is needed.

A release build of the all-in-one runs in a folder of its own with visitors. Debian's Prometheus scrapes it with our rules
and draws every dashboard; Chromium makes the pictures. For 25 seconds in the middle of the run Kafka stands still.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import consoles
from visitors import Visitors

MONITORING = Path(__file__).parent.parent
ROOT = MONITORING.parent.parent
PICTURES = ROOT / "docs" / "pictures"
KAFKA_STANDS_STILL = 25  # seconds
WIDTH = 1240


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return [f"127.0.0.1:{port}" for port in ports]


def wait_for(what, address, seconds=180):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with urlopen(f"http://{address}", timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.5)
    sys.exit(f"{what} did not answer within {seconds} s")


class Run:
    """The processes; they end with it."""

    def __init__(self, folder):
        self.folder, self.running = folder, []
        self.site, self.admin, self.mailbox, self.smtp, self.prometheus, self.postgres = free_ports(6)

    def start(self, name, command, **environment):
        with open(self.folder / f"{name}.log", "w") as log:
            one = subprocess.Popen(command, env=os.environ | environment, cwd=self.folder, stdout=log, stderr=log)
        self.running.append(one)
        return one

    def stop(self):
        for one in reversed(self.running):
            one.terminate()
            one.wait(60)

    def start_leadstream(self, program):
        started = self.start(
            "leadstream", [program], PUBLIC_LISTEN=self.site, ADMIN_LISTEN=self.admin, MAILBOX_LISTEN=self.mailbox,
            MAILBOX_SMTP_LISTEN=self.smtp, LEADSTREAM_DATA_DIR=str(self.folder / "data"), LEADSTREAM_RATE_LIMIT="off")
        wait_for("leadstream", f"{self.admin}/readyz")
        return started

    def start_prometheus(self):
        socket_of = f"host={self.folder / 'data' / 'postgres'} user=leadstream dbname=postgres sslmode=disable"
        self.start("exporter", ["prometheus-postgres-exporter", f"--web.listen-address={self.postgres}"],
                   DATA_SOURCE_NAME=socket_of)
        config = (MONITORING / "prometheus.yaml").read_text()
        for pattern, instead in (
            (r"/etc/prometheus/rules", str(MONITORING / "rules")),
            (r'\["signup:8091".*\]', f'["{self.admin}"]'),
            (r"postgres-exporter:9187", self.postgres),
            (r"  - job_name: kafka\n(    .*\n)+", ""),
        ):
            config, found = re.subn(pattern, instead, config)
            if not found:
                sys.exit(f"prometheus.yaml has no {pattern} any more")
        (self.folder / "prometheus.yaml").write_text(config)
        (self.folder / "consoles").mkdir()
        self.start("prometheus", [
            "prometheus", "--config.file=prometheus.yaml", "--storage.tsdb.path=prometheus", "--log.level=warn",
            "--web.console.templates=consoles", "--web.console.libraries=consoles", f"--web.listen-address={self.prometheus}"])
        wait_for("prometheus", f"{self.prometheus}/-/ready")


def descendants(pid):
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children] + [each for child in children for each in descendants(child)]


def hold_kafka(leadstream):
    """Its process stands still for a while: events wait in the outboxes, visitors notice nothing."""
    (kafka,) = [pid for pid in descendants(leadstream.pid) if Path(f"/proc/{pid}/comm").read_text() == "java\n"]
    os.kill(kafka, signal.SIGSTOP)
    time.sleep(KAFKA_STANDS_STILL)
    os.kill(kafka, signal.SIGCONT)


def has_data(run, expression, seconds, end):
    query = urlencode({"query": expression, "start": end - seconds, "end": end, "step": 5})
    with urlopen(f"http://{run.prometheus}/api/v1/query_range?{query}") as answer:
        return bool(json.load(answer)["data"]["result"])


def shown_of(run, dashboard, seconds, end):
    """The panels of the sections that have data; what has none is told."""
    shown = []
    for section in consoles.sections(dashboard):
        asked = [panel for panel in section if panel["type"] != "row"]
        empty = [panel["title"] for panel in asked
                 if not any(has_data(run, one, seconds, end) for one in consoles.expressions(panel, dashboard, seconds))]
        for title in empty:
            print(f"{dashboard['title']}: nothing in “{title}”", flush=True)
        shown += section if len(empty) < len(asked) else []
    return shown


def take_picture(run, dashboard, seconds, end):
    name = dashboard["uid"].replace("leadstream-", "dashboard-")
    text, height = consoles.page(dashboard, shown_of(run, dashboard, seconds, end), seconds)
    (run.folder / "consoles" / f"{name}.html").write_text(text)
    when = json.dumps({"duration": seconds, "endTime": end})
    subprocess.run([
        "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size={WIDTH},{height}",
        "--virtual-time-budget=20000", f"--user-data-dir={run.folder / 'chromium'}", f"--screenshot={name}.png",
        f"http://{run.prometheus}/consoles/{name}.html#pctc{when}",
    ], cwd=run.folder, check=True, capture_output=True, timeout=120)
    subprocess.run(["pngquant", "--force", "--strip", "--output", PICTURES / f"{name}.png", "64", f"{name}.png"],
                   cwd=run.folder, check=True)
    print(f"{name}.png: {(PICTURES / f'{name}.png').stat().st_size // 1000} kB", flush=True)


def main(program, minutes):
    seconds = minutes * 60
    with tempfile.TemporaryDirectory(prefix="leadstream-pictures-") as folder:
        os.chmod(folder, 0o755)  # the engines run as another user where this runs as root
        run = Run(Path(folder))
        try:
            leadstream = run.start_leadstream(program)
            run.start_prometheus()
            print(f"visitors come for {minutes} minutes", flush=True)
            visitors = Visitors(f"http://{run.site}", f"http://{run.mailbox}")
            time.sleep(seconds * 0.55)
            hold_kafka(leadstream)
            time.sleep(seconds * 0.45 - KAFKA_STANDS_STILL)
            end = int(time.time())
            visitors.leave()
            for file in sorted((MONITORING / "dashboards").glob("*.json")):
                take_picture(run, json.loads(file.read_text()), seconds, end)
        finally:
            run.stop()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
