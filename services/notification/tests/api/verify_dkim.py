"""Verifies every DKIM signature of the mail on standard input with dkimpy.

The first argument is a file with the TXT records of DNS as JSON, {name: value}. One line is printed for each signature:
its selector, its algorithm, "holds" or "broken", and the signed header fields.
"""

import json
import sys

import dkim

with open(sys.argv[1], encoding="ascii") as file:
    records = json.load(file)


def txt(name, timeout=5):
    value = records.get(name.decode("ascii").rstrip("."))
    return value.encode("ascii") if value is not None else None


mail = sys.stdin.buffer.read()
count = sum(name.lower() == b"dkim-signature" for name, _ in dkim.DKIM(mail).headers)
for index in range(count):
    verifier = dkim.DKIM(mail)
    try:
        holds = verifier.verify(idx=index, dnsfunc=txt)
    except dkim.DKIMException:
        holds = False
    fields = verifier.signature_fields
    names = fields[b"h"].decode("ascii").lower()
    print(
        fields[b"s"].decode("ascii"),
        fields[b"a"].decode("ascii"),
        fields[b"c"].decode("ascii"),
        "holds" if holds else "broken",
        "".join(names.split()),
    )
