#!/usr/bin/env bash
# Dumps the three databases into a folder while the services run.   deploy/postgres/back-up.sh FOLDER
# SIGNUP_DATABASE_URL, ENQUIRY_DATABASE_URL and NOTIFICATION_DATABASE_URL say where they are.
set -euo pipefail
folder=${1:?folder}
# Dumps hold addresses and messages.
umask 077
mkdir -p "$folder"

# A dump appears whole or not at all.
dump() {
    local service=$1 url=$2
    pg_dump --format=custom --no-owner --no-privileges --file="$folder/$service.dump.new" "$url"
    mv "$folder/$service.dump.new" "$folder/$service.dump"
    echo "$folder/$service.dump"
}

# Requests are republished into a ledger that does not know them; mails of a request that signup or enquiry do not know
# would lead nowhere. So the ledger is the oldest of the three.
dump notification "${NOTIFICATION_DATABASE_URL:?}"
dump enquiry "${ENQUIRY_DATABASE_URL:?}"
dump signup "${SIGNUP_DATABASE_URL:?}"
