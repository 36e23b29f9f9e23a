"""Parses mails with Python's own parser, which shares nothing with what builds or reads mails here.

Standard input has a mail in base64 on each line. One JSON object is printed for each: the names of its header fields, the
addresses of To, Reply-To, Cc and Bcc, the subject, the defects that the parser has found, and the text.
"""

import base64
import email
import json
import sys
from email import policy

for line in sys.stdin:
    mail = email.message_from_bytes(base64.b64decode(line), policy=policy.default)
    defects = [type(defect).__name__ for part in mail.walk() for defect in part.defects]
    for name, value in mail.items():
        defects += [f"{name}: {type(defect).__name__}" for defect in value.defects]
    addresses = {
        name: [str(address.addr_spec) for field in mail.get_all(name, []) for address in field.addresses]
        for name in ("to", "reply-to", "cc", "bcc")
    }
    print(
        json.dumps(
            {
                "names": mail.keys(),
                "addresses": addresses,
                "subject": mail["subject"],
                "defects": defects,
                "parts": [part.get_content_type() for part in mail.walk()],
                "text": mail.get_body(("plain",)).get_content(),
                "html": mail.get_body(("html",)).get_content(),
            }
        )
    )
