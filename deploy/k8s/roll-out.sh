#!/usr/bin/env bash
# Installs or upgrades an overlay in the order that keeps old and new programs working: what they stand on, then the
# migrations, then the services, one pod after the other.   deploy/k8s/roll-out.sh OVERLAY
# `kubectl` and its current context choose the cluster. WAIT=0 does not wait for anything (no operator, no pods).
set -euo pipefail
overlay=${1:?overlay: local, staging or production}
cd "$(dirname "$0")/overlays/$overlay"
namespace=$(sed -n 's/^namespace: //p' kustomization.yaml)
jobs=app.kubernetes.io/component=migrate
servers=app.kubernetes.io/component=server

step() { printf '\n== %s\n' "$1"; }
apply() { kubectl apply --server-side -k . --selector "$1"; }

step "namespace"
kubectl apply --server-side -f namespace.yaml
step "what the services stand on"
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
apply "$servers"
for service in signup enquiry notification; do
    kubectl -n "$namespace" rollout status --timeout=15m "deployment/$service"
done
