#!/usr/bin/env bash
# Makes a bare, throw-away cluster ready for run.sh: the operators' definitions, and with FAKE_NODES=1 three nodes for kwok.
#   KUBECONFIG=… tests/kube/set-up.sh
# CRDS=FOLDER takes the definitions from YAML files below it; without, they come from the releases named here.
set -euo pipefail
cd "$(dirname "$0")"

releases=(
    https://raw.githubusercontent.com/cloudnative-pg/cloudnative-pg/v1.30.0/config/crd/bases/postgresql.cnpg.io_clusters.yaml
    https://raw.githubusercontent.com/cloudnative-pg/cloudnative-pg/v1.30.0/config/crd/bases/postgresql.cnpg.io_scheduledbackups.yaml
    https://github.com/strimzi/strimzi-kafka-operator/releases/download/1.2.0/strimzi-crds-1.2.0.yaml
    https://github.com/kedacore/keda/releases/download/v2.20.2/keda-2.20.2-crds.yaml
    https://raw.githubusercontent.com/external-secrets/external-secrets/v2.9.0/deploy/crds/bundle.yaml
    https://github.com/prometheus-operator/prometheus-operator/releases/download/v0.93.0/stripped-down-crds.yaml
)

# Server-side: some definitions are longer than the annotation that a plain apply keeps them in.
if [ -n "${CRDS:-}" ]; then
    kubectl apply --server-side --recursive -f "$CRDS" >/dev/null
else
    for release in "${releases[@]}"; do kubectl apply --server-side -f "$release" >/dev/null; done
fi
kubectl wait --for=condition=Established crd --all --timeout=120s | wc -l
if [ "${FAKE_NODES:-0}" = 1 ]; then
    kubectl apply -f fake-nodes.yaml
    kubectl wait --for=condition=Ready --timeout=60s node -l type=kwok
fi
