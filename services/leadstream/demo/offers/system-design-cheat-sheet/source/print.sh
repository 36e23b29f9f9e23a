#!/usr/bin/env bash
# Prints cheat-sheet.html to ../system-design-cheat-sheet.pdf. On Debian it needs
# chromium fonts-roboto-unhinted fonts-jetbrains-mono fonts-dejavu-core fonts-liberation libimage-exiftool-perl qpdf
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

chromium --headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update \
    --disable-sync --no-first-run --user-data-dir="$work/profile" --no-pdf-header-footer \
    --generate-pdf-document-outline --print-to-pdf="$work/printed.pdf" "file://$PWD/cheat-sheet.html" 2>"$work/log" ||
    { cat "$work/log" >&2; exit 1; }
# Chromium sets the title only.
exiftool -q -overwrite_original -Author=Leadstream \
    -Subject='Numbers, building blocks, trade-offs and worked designs on four pages' "$work/printed.pdf"
qpdf --object-streams=generate --recompress-flate --compression-level=9 "$work/printed.pdf" ../system-design-cheat-sheet.pdf
