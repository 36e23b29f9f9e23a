#!/usr/bin/env bash
# Proves what deploy/Dockerfile promises of images that are built: small, nobody's user, no shell, a list of their crates,
# TLS and SASL; then runs them read-only and without a capability until a signup's mail has come.
#   tests/images/run.sh             ENGINE=podman (docker), TAG=local, README.md says what else it needs
set -euo pipefail
cd "$(dirname "$0")/../.."
engine=${ENGINE:-podman} tag=${TAG:-local}
services=(signup enquiry notification)
limit=$((30 * 1000 * 1000))
work=$(mktemp -d)
run=leadstream-images-$$
started=()

step() { printf '%s\n' "$1"; }
fail() { printf 'FAILED: %s\n' "$1" >&2; exit 1; }
image() { printf 'leadstream/%s:%s' "$1" "$tag"; }
port() { case $1 in signup) echo 18081 ;; enquiry) echo 18082 ;; notification) echo 18083 ;; esac; }

clean_up() {
    for name in "${started[@]}"; do "$engine" rm --force "$name" >/dev/null 2>&1 || true; done
    rm -rf "$work"
}
trap clean_up EXIT

# As a cluster runs it.
hardened=(--network host --read-only --cap-drop ALL --security-opt no-new-privileges --memory 192m)
hardened+=(--volume "$PWD/services/leadstream/demo:/demo:ro" --volume "$work/secrets:/secrets:ro")
command_of() { local service=$1; shift; "$engine" run --rm "${hardened[@]}" --env-file "$work/$service.env" "$(image "$service")" "$@"; }

random_hex() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
settings() {
    mkdir "$work/secrets"
    printf 'security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\nsasl.username=u\nsasl.password=p\n' >"$work/secrets/kafka.properties"
    local subject_key service name
    subject_key=$(random_hex)
    for service in "${services[@]}"; do
        name=${service^^}_DATABASE_URL
        cat >"$work/$service.env" <<SETTINGS
DATABASE_URL=${!name:?}
KAFKA_BOOTSTRAP_SERVERS=${KAFKA_BOOTSTRAP_SERVERS:?}
KAFKA_TOPIC_PREFIX=$run.
KAFKA_GROUP_PREFIX=$run.
KAFKA_CREATE_TOPICS=true
SUBJECT_KEY=$subject_key
LEADSTREAM_RATE_LIMIT=off
PUBLIC_LISTEN=127.0.0.1:$(port "$service")
ADMIN_LISTEN=127.0.0.1:$(($(port "$service") + 10))
SETTINGS
    done
    printf 'PUBLIC_URL=http://127.0.0.1:18081\nLINK_KEYS=1:%s\n' "$(random_hex)" >>"$work/signup.env"
    printf 'ROUTES_FILE=/demo/routes.toml\n' >>"$work/enquiry.env"
    printf 'SMTP_URL=%s\nBOUNCE_KEY=%s\nMAIL_FROM=Course <hello@course.example>\nMAIL_DOMAIN=course.example\n' \
        "${SMTP_URL:?}" "$(random_hex)" >>"$work/notification.env"
}

# The program of an image as a file of this machine.
program_of() {
    local service=$1 container
    container=$("$engine" create "$(image "$service")")
    "$engine" export "$container" | tar -C "$work" -x -f - --one-top-level="$service"
    "$engine" rm "$container" >/dev/null
    printf '%s' "$work/$service/usr/local/bin/$service"
}

is_small_and_bare() {
    local service=$1 size program crates files
    size=$("$engine" image inspect --format '{{.Size}}' "$(image "$service")")
    [ "$size" -le "$limit" ] || fail "$service has $size bytes"
    [ "$("$engine" image inspect --format '{{.Config.User}}' "$(image "$service")")" = 65532:65532 ] || fail "$service runs as somebody"
    program=$(program_of "$service")
    files=$(find "$work/$service" -type f -executable ! -path "$program" | sed "s|^$work/$service||")
    [ -z "$files" ] || fail "$service can run more than itself: $files"
    ! readelf --program-headers "$program" | grep -q INTERP || fail "$service wants libraries of the system"
    objcopy --dump-section ".dep-v0=$work/crates" "$program" /dev/null
    crates=$(python3 -c 'import json, sys, zlib; print(*(crate["name"] for crate in json.loads(zlib.decompress(open(sys.argv[1], "rb").read()))["packages"]))' "$work/crates")
    [[ " $crates " == *" openssl-sys "* ]] || fail "$service is built without TLS towards Kafka"
    step "$service: $size bytes, of which the program $(stat -c %s "$program"); $(wc -w <<<"$crates") crates listed; static, no shell"
}

speaks_tls_and_sasl() {
    local service
    for service in "${services[@]}"; do
        command_of "$service" check-config >/dev/null || fail "$service finds its settings wrong"
        "$engine" run --rm "${hardened[@]}" --env-file "$work/$service.env" --env KAFKA_SECURITY_FILE=/secrets/kafka.properties \
            "$(image "$service")" check-config >/dev/null || fail "$service knows no SASL_SSL"
    done
    step "every one takes SASL_SSL with SCRAM"
}

serve() {
    local service deadline
    for service in "${services[@]}"; do command_of "$service" migrate; done
    command_of signup offers apply /demo/offers/system-design-cheat-sheet
    for service in "${services[@]}"; do
        "$engine" run --detach --name "$run-$service" "${hardened[@]}" --env-file "$work/$service.env" "$(image "$service")" >/dev/null
        started+=("$run-$service")
    done
    for service in "${services[@]}"; do
        deadline=$((SECONDS + 60))
        until "$engine" exec "$run-$service" "/usr/local/bin/$service" healthcheck --ready >/dev/null 2>&1; do
            [ "$SECONDS" -lt "$deadline" ] || { "$engine" logs "$run-$service"; fail "$service is not ready"; }
        done
        "$engine" exec "$run-$service" "/usr/local/bin/$service" healthcheck || fail "$service says it is not well"
    done
    step "all three are ready, read-only and without a capability"
}

# A visitor signs up, and follows the link of the mail to the file.
a_signup_is_mailed() {
    local address=vera.$$@example.com deadline=$((SECONDS + 60)) began id link
    began=$(date +%s%N)
    curl -fsS --json "{\"email\": \"$address\", \"campaign\": \"instagram\", \"consent\": {\"updates\": false}}" \
        http://127.0.0.1:18081/v1/signups >/dev/null
    until id=$(mail_to "$address"); do [ "$SECONDS" -lt "$deadline" ] || fail "no mail has come"; done
    step "the mail came after $((($(date +%s%N) - began) / 1000000)) ms"
    link=$(curl -fsS "$MAILBOX_URL/api/v1/message/$id/raw" | tr -d '\r' | sed -e ':a; /=$/ {N; s/=\n//; ba}' \
        | grep -o 'http://127.0.0.1:18081/d/[A-Za-z0-9._~-]*' | head -n 1)
    [ "$(curl -fsS --range 0-4 "$link")" = %PDF- ] || fail "the link leads to no PDF"
    step "its link leads to the PDF"
}

mail_to() {
    curl -fsS "${MAILBOX_URL:?}/api/v1/messages" | python3 -c '
import json, sys
for mail in json.load(sys.stdin)["messages"]:
    if any(to["Address"] == sys.argv[1] for to in mail["To"]):
        sys.exit(print(mail["ID"]))
sys.exit(1)' "$1"
}

they_stop_in_good_order() {
    local service code
    for service in "${services[@]}"; do
        "$engine" stop --time 45 "$run-$service" >/dev/null
        code=$("$engine" inspect --format '{{.State.ExitCode}}' "$run-$service")
        [ "$code" = 0 ] || fail "$service stopped with $code"
    done
    step "all three stop in good order"
}

settings
for service in "${services[@]}"; do is_small_and_bare "$service"; done
speaks_tls_and_sasl
serve
a_signup_is_mailed
they_stop_in_good_order
