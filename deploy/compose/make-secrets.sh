#!/bin/bash
# Makes the secrets of one installation into /secrets. One that is there stays: links that were mailed and ids in three
# databases depend on them.
set -euo pipefail
umask 077

random_hex() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

# A file appears whole or not at all.
keep() {
    local file=/secrets/$1
    [ -e "$file" ] && return
    printf '%s\n' "$2" >"$file.new"
    # Services, Postgres and Grafana run as three different users; only they are given this volume.
    chmod 0444 "$file.new"
    mv "$file.new" "$file"
}

keep subject-key "$(random_hex)"
keep link-keys "1:$(random_hex)"
keep bounce-key "$(random_hex)"
keep admin-token "$(random_hex)"
keep postgres-password "$(random_hex)"
keep grafana-password "$(random_hex)"
for service in signup enquiry notification; do
    keep "$service-database-url" "postgres://$service:$(random_hex)@postgres:5432/$service"
done
