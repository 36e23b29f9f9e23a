#!/usr/bin/env bash
# Sends to every endpoint of the three OpenAPI documents what they allow and what they forbid. No answer may be a 5xx, or
# one that its document does not name. Runs for a fixed time, and the same cases for the same seed:
#     tests/fuzz/api.sh [seconds for each port of each document, 60] [seed, 1]
# Sets itself up below target/. Wants python3 with venv, and what the all-in-one wants.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-60} seed=${2:-1}
tool=target/schemathesis/bin/schemathesis
login=fuzz:a-login-of-no-secret # so that what a mail provider tells is believed, and read

[ -x "$tool" ] || { python3 -m venv target/schemathesis && target/schemathesis/bin/pip install -q 'schemathesis==4.32.5'; }
cargo build -p leadstream

free_ports() { # all at once, so that no number comes twice
    python3 -c 'import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(4)]
print(*(one.getsockname()[1] for one in held))'
}
read -r public admin mailbox smtp < <(free_ports)
data=$(mktemp -d "${TMPDIR:-/tmp}/leadstream-fuzz.XXXXXX")
chmod 755 "$data" # for root, whose engines run as another user
stop() {
    kill "$program" 2>/dev/null && wait "$program" || true
    rm -rf "$data" .schemathesis .hypothesis
}
LEADSTREAM_DATA_DIR=$data/data PUBLIC_LISTEN=127.0.0.1:$public ADMIN_LISTEN=127.0.0.1:$admin \
    MAILBOX_LISTEN=127.0.0.1:$mailbox MAILBOX_SMTP_LISTEN=127.0.0.1:$smtp \
    LEADSTREAM_RATE_LIMIT=off LOG_FORMAT=json BOUNCES_POSTMARK_LOGIN=$login \
    target/debug/leadstream serve >"$data/log" 2>&1 &
program=$!
trap stop EXIT

ready=false
for _ in $(seq 600); do
    python3 -c "import urllib.request; urllib.request.urlopen('http://127.0.0.1:$admin/readyz')" 2>/dev/null && ready=true && break
    kill -0 "$program" || break
    sleep 0.2
done
$ready || { cat "$data/log"; echo "the all-in-one does not get ready"; exit 1; }

failed=0
ask() { # document, port, further arguments
    "$tool" --config-file tests/fuzz/schemathesis.toml run "http://127.0.0.1:$public/v1/openapi/$1.json" \
        --url "http://127.0.0.1:$2" --max-time "$seconds" --seed "$seed" --no-color --continue-on-failure "${@:3}" || failed=1
}
for service in signup enquiry notification; do
    printf '\n== %s, public port\n' "$service"
    ask "$service" "$public" --auth "$login" --exclude-path-regex '^/admin/'
    if python3 -c "import urllib.request; exit(b'/admin/' not in urllib.request.urlopen('http://127.0.0.1:$public/v1/openapi/$service.json').read())"; then
        printf '\n== %s, admin port\n' "$service"
        ask "$service" "$admin" --header "Authorization: Bearer $(cat "$data/data/keys/admin_token")" --include-path-regex '^/admin/'
    fi
done
if grep -E '"level":"ERROR"|panicked' "$data/log"; then
    echo "the log has errors"
    failed=1
fi
exit $failed
