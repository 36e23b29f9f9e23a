#!/usr/bin/env bash
# Rolls an overlay out on the cluster of the current context and proves what only a cluster can: everything applies under
# restricted Pod Security, every Deployment rolls out, an upgrade goes through, and a drain is held back by the budgets.
#   KUBECONFIG=… deploy/k8s/try.sh production [NODE NODE]
# The CRDs of CloudNativePG, Strimzi, KEDA, External Secrets and Prometheus Operator must be there. Without their operators
# (a cluster of fake nodes) set WAIT=0. Do not use a cluster that you need: it drains the two nodes and uncordons them.
set -euo pipefail
overlay=${1:?overlay}
shift
here=$(dirname "$0")
namespace=$(sed -n 's/^namespace: //p' "$here/overlays/$overlay/kustomization.yaml")

step() { printf '\n## %s\n' "$1"; }
refused() { if "$@" 2>/dev/null; then echo "this should have been refused: $*"; exit 1; fi; }

step "install"
"$here/roll-out.sh" "$overlay"
step "upgrade"
"$here/roll-out.sh" "$overlay"
step "what is not restricted is refused"
refused kubectl -n "$namespace" run unrestricted --image=registry.example.org/any:1
for node in "$@"; do
    step "drain $node"
    kubectl drain "$node" --ignore-daemonsets --delete-emptydir-data --force --timeout=120s
    kubectl -n "$namespace" get poddisruptionbudgets
done
for node in "$@"; do kubectl uncordon "$node"; done
step "all of it stands"
for service in signup enquiry notification; do
    kubectl -n "$namespace" rollout status --timeout=5m "deployment/$service"
done
echo "it works"
