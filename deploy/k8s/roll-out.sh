#!/usr/bin/env bash
# Installs or upgrades an overlay in the order that keeps old and new programs working: what they stand on, then the
# migrations, then the services, one pod after the other.   deploy/k8s/roll-out.sh OVERLAY
# OVERLAY is local, staging, production or a folder of one's own. `kubectl` and its current context choose the cluster.
# WAIT=0 does not wait for operators (where none runs).
set -euo pipefail
overlay=${1:?overlay: local, staging, production or a folder}
[ -e "$overlay/kustomization.yaml" ] || overlay=$(dirname "$0")/overlays/$overlay
rendered=$(mktemp)
trap 'rm -f "$rendered"' EXIT
kubectl kustomize "$overlay" >"$rendered"
namespace=$(sed -n '/^kind: Namespace$/,/^---$/ s/^  name: //p' "$rendered")
jobs=app.kubernetes.io/component=migrate
servers=app.kubernetes.io/component=server

step() { printf '\n== %s\n' "$1"; }
apply() { kubectl apply --server-side -f "$rendered" --selector "$1"; }

step "what the services stand on, in namespace $namespace"
apply "app.kubernetes.io/component notin (migrate, server)"
if [ "${WAIT:-1}" = 1 ]; then
    kubectl -n "$namespace" wait --for=condition=Ready --timeout=15m clusters.postgresql.cnpg.io --all
    kubectl -n "$namespace" wait --for=condition=Ready --timeout=15m kafkas.kafka.strimzi.io,kafkatopics.kafka.strimzi.io --all
fi
step "migrations"
# A Job cannot be changed: that of the last release goes first.
kubectl -n "$namespace" delete job --selector "$jobs" --ignore-not-found
apply "$jobs"
kubectl -n "$namespace" wait --for=condition=Complete --timeout=30m job --selector "$jobs"
step "services"
# Whoever reads events goes first, so that it knows a new version before anybody writes it.
for service in notification enquiry signup; do
    apply "$servers,app.kubernetes.io/name=$service"
    kubectl -n "$namespace" rollout status --timeout=15m "deployment/$service"
done
