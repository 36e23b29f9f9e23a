#!/usr/bin/env bash
# Pictures of the dashboards for docs/dashboards.md, from a real run.
#   deploy/monitoring/pictures.sh [MINUTES]      of visitors: 14 unless said, and 2 more for start and pictures; builds the release binary first
#   LEADSTREAM=path/to/leadstream …              takes that binary as it is
# Needs packages of Debian 12 (root installs what is missing) and what README.md says of the all-in-one; writes
# docs/pictures/dashboard-*.png. Look at each before you commit it: panels without data are told, and are not always right.
set -euo pipefail
cd "$(dirname "$0")/../.."

# Debian's Prometheus has the graphs of console templates; those of prometheus.io have had none since version 3.
missing=()
for package in prometheus prometheus-postgres-exporter chromium pngquant fonts-dejavu-core; do
    dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
    [ "$(id -u)" = 0 ] || { echo "missing: apt-get install ${missing[*]}" >&2; exit 69; }
    apt-get update -q
    # RUNLEVEL: none of them is started as a service.
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}"
fi

if [ -z "${LEADSTREAM:-}" ]; then
    cargo build --release -p leadstream
    LEADSTREAM=target/release/leadstream
fi
python3 -B deploy/monitoring/pictures "$(realpath "$LEADSTREAM")" "${1:-14}"
