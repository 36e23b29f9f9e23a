#!/usr/bin/env bash
# Fills three empty databases from a folder that back-up.sh wrote, while no service runs.   deploy/postgres/restore.sh FOLDER
# SIGNUP_DATABASE_URL, ENQUIRY_DATABASE_URL and NOTIFICATION_DATABASE_URL say where they are. One that is not empty is left alone.
set -euo pipefail
folder=${1:?folder}

restore() {
    local service=$1 url=$2
    pg_restore --exit-on-error --single-transaction --no-owner --no-privileges --dbname="$url" "$folder/$service.dump"
    echo "$service is restored"
}

for service in signup enquiry notification; do
    [ -e "$folder/$service.dump" ] || { echo "there is no $folder/$service.dump" >&2; exit 1; }
done
restore signup "${SIGNUP_DATABASE_URL:?}"
restore enquiry "${ENQUIRY_DATABASE_URL:?}"
restore notification "${NOTIFICATION_DATABASE_URL:?}"
# The ledger's dump is the oldest: what it has stored of offers since then it has forgotten. So it is told all of them again.
psql --quiet --set ON_ERROR_STOP=1 --dbname="$SIGNUP_DATABASE_URL" \
    --command="update offer_versions set stored_at = null, tries = 0, next_publish_at = published_at"
