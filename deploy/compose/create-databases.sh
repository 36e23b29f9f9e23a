#!/bin/bash
# A database and a role for each service, when the volume of Postgres is new. No role can read another's database.
set -euo pipefail

for service in signup enquiry notification; do
    url=$(cat "/secrets/$service-database-url")
    password=${url#*"$service:"}
    password=${password%%@*}
    psql --quiet --set ON_ERROR_STOP=1 --set service="$service" --set password="$password" <<'SQL'
create role :"service" login password :'password';
create database :"service" owner :"service";
revoke all on database :"service" from public;
SQL
done
