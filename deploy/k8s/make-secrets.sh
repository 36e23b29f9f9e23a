#!/usr/bin/env bash
# Makes the secrets of an installation without an external store, once: what is there stays, since links that were mailed
# and ids in three databases depend on it.   deploy/k8s/make-secrets.sh NAMESPACE [SMTP_URL]
set -euo pipefail
namespace=${1:?namespace}
smtp_url=${2:-smtp://mailpit:1025}

random_hex() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

# A secret goes in by standard input, where no list of processes shows it.
make() {
    local name=$1
    kubectl -n "$namespace" get secret "$name" >/dev/null 2>&1 && return
    kubectl -n "$namespace" create secret generic "$name" --from-env-file=/dev/stdin
}

printf 'subject-key=%s\nadmin-token=%s\n' "$(random_hex)" "$(random_hex)" | make leadstream-keys
printf 'link-keys=1:%s\n' "$(random_hex)" | make signup-keys
printf 'bounce-key=%s\nsmtp-url=%s\n' "$(random_hex)" "$smtp_url" | make notification-keys
