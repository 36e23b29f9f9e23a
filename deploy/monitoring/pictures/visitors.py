"""Visitors of the all-in-one's demo: they look, sign up, ask, read their mails, and now and then do something odd."""

import json
import math
import random
import re
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36"
SCANNER = "LinkScanner/1.0 (+https://scanner.example)"
CAMPAIGNS, WEIGHTS = ("instagram", "linkedin", "youtube"), (5, 2, 3)
QUESTIONS = (
    ("course-question", "Which databases does the course talk about?"), ("pricing", "Is there a discount for students?"),
    ("technical-problem", "The third video does not play."), ("other", "May I translate the cheat sheet?"),
    ("pricing", "I was charged twice, please refund one."), ("partnership", "Would you speak at our meetup?"),
)
SHOWN_BEFORE_SENT = 2.5  # seconds; a form that is sent sooner is shown again
VISITS_A_SECOND = 3.0
MAIL_BUDGET = 600  # seconds; sooner a mailbox gets no other mail


def ask(url, form=None, agent=BROWSER):
    """The answer's text; a refusal is an answer, too."""
    body = urlencode(form).encode() if form is not None else None
    try:
        with urlopen(Request(url, data=body, headers={"User-Agent": agent}), timeout=60) as answer:
            return answer.read().decode(errors="replace")
    except HTTPError as refused:
        return refused.read().decode(errors="replace")


def fill_in(url, patience, **fields):
    """Fills in a page's form and sends it."""
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', ask(url))
    time.sleep(patience)
    return ask(url.split("?")[0], {name: unescape(value) for name, value in hidden} | fields)


class Visitors:
    """Comes at `site` and reads `mailbox` until `leave`."""

    def __init__(self, site, mailbox):
        self.site, self.mailbox = site, mailbox
        self.dice = random.Random(7)
        self.count = 0
        self.read, self.readers = set(), deque()
        self.left = threading.Event()
        self.pool = ThreadPoolExecutor(32)
        self.threads = [threading.Thread(target=each, daemon=True) for each in (self.arrive, self.read_mails)]
        for thread in self.threads:
            thread.start()

    def leave(self):
        self.left.set()
        for thread in self.threads:
            thread.join()
        self.pool.shutdown()

    def start(self, deed, *about):
        def tell(done):
            if done.exception():
                print(f"a visitor failed: {done.exception()}", flush=True)
        self.pool.submit(deed, *about).add_done_callback(tell)

    def arrive(self):
        """More and fewer of them in turns of four minutes."""
        began = time.monotonic()
        while not self.left.is_set():
            busy = 1 + 0.5 * math.sin((time.monotonic() - began) / 240 * 2 * math.pi)
            self.left.wait(self.dice.expovariate(VISITS_A_SECOND * busy))
            self.count += 1
            self.start(self.ask_question if self.count % 8 == 0 else self.look, self.count)
            while self.readers and time.monotonic() > self.readers[0][0] + MAIL_BUDGET:
                self.start(self.come_back, self.readers.popleft()[1])

    def look(self, number):
        campaign = self.dice.choices(CAMPAIGNS, WEIGHTS)[0]
        page = f"{self.site}/c/{campaign}?utm_source={campaign}&utm_medium=social"
        if self.dice.random() < 0.55:
            ask(page)
            return
        sign = "@@" if self.dice.random() < 0.05 else "@"
        fields = {"email": f"visitor{number}{sign}example.org"}
        if self.dice.random() < 0.3:
            fields["updates"] = "yes"
        if self.dice.random() < 0.02:
            fields["website"] = "https://spam.example"  # a program fills in what nobody sees
        fill_in(page, SHOWN_BEFORE_SENT, **fields)

    def ask_question(self, number):
        topic, message = self.dice.choice(QUESTIONS)
        patience = 0.2 if self.dice.random() < 0.1 else SHOWN_BEFORE_SENT
        fill_in(f"{self.site}/contact", patience, email=f"asker{number}@example.org", topic=topic, message=message)

    def read_mails(self):
        while not self.left.wait(1):
            listed = json.loads(ask(f"{self.mailbox}/api/v1/messages?limit=100"))
            for mail in listed["messages"]:
                if mail["ID"] not in self.read:
                    self.read.add(mail["ID"])
                    self.start(self.read_mail, mail["ID"])

    def read_mail(self, mail):
        told = json.loads(ask(f"{self.mailbox}/api/v1/message/{mail}"))
        links = dict((kind, url) for url, kind in re.findall(r"(http://\S+?/(d|confirm|u|me)/[\w.~-]+)", told["Text"]))
        if "me" in links:
            ask(links["me"], {"do": "erase-for-good"})
        if "d" in links:
            self.use(links, told["To"][0]["Address"])

    def use(self, links, reader):
        if self.dice.random() < 0.4:
            ask(links["d"], agent=SCANNER)
        time.sleep(self.dice.uniform(1, 8))
        if self.dice.random() < 0.7:
            ask(links["d"])
        if "confirm" in links and self.dice.random() < 0.6:
            ask(links["confirm"], {})
        if "u" in links and self.dice.random() < 0.04:
            ask(links["u"], {})
        self.readers.append((time.monotonic(), reader))

    def come_back(self, reader):
        """For a fresh link or one's own data, which `read_mail` then erases; most do not."""
        wish = self.dice.choices(("d", "me", None), (1, 1, 8))[0]
        if wish:
            ask(f"{self.site}/{wish}", {"email": reader})
