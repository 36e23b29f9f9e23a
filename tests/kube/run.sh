#!/usr/bin/env bash
# Proves on a real API server what only one can tell of deploy/k8s: every overlay applies, under restricted Pod Security and
# without a warning, every Deployment rolls out, an upgrade takes nothing away, a drain is held back by the budgets.
#   KUBECONFIG=… tests/kube/run.sh [OVERLAY…]
# set-up.sh prepares a bare cluster. WAIT=1 where the operators run, not only their definitions. README.md says more.
set -euo pipefail
cd "$(dirname "$0")/../.."
export WAIT=${WAIT:-0}
overlays=("$@")
[ $# -gt 0 ] || overlays=(deploy/k8s/overlays/* tests/system/tests/manifests/production-signed)
services=(signup enquiry notification)
ours=app.kubernetes.io/part-of=leadstream,app.kubernetes.io/component=server
work=$(mktemp -d)
rendered=$work/rendered.yaml log=$work/log
namespace=
nodes=()

step() { printf '  %s\n' "$1"; }
fail() { printf 'FAILED: %s\n' "$1" >&2; tail -n 30 "$log" >&2; exit 1; }
of() { kubectl -n "$namespace" "$@"; }

# What was made here goes, however the run ends.
clean_up() {
    for node in "${nodes[@]}"; do kubectl uncordon "$node" >/dev/null 2>&1 || true; done
    [ -z "$namespace" ] || kubectl delete --ignore-not-found --timeout=120s -f "$rendered" >/dev/null 2>&1 || true
    namespace=
}
trap 'clean_up; rm -rf "$work"' EXIT

replicas() { of get deployment "$1" -o 'jsonpath={.spec.replicas}'; }
available() { of get deployment "$1" -o 'jsonpath={.status.availableReplicas}'; }
stands() { for service in "${services[@]}"; do of rollout status --timeout=5m "deployment/$service" >>"$log" 2>&1 || fail "$service does not stand"; done; }
schedulable() { kubectl get nodes -o 'go-template={{range .items}}{{if not .spec.unschedulable}}{{.metadata.name}}{{"\n"}}{{end}}{{end}}'; }
drain() { local patience=$1; shift; kubectl drain "$@" --pod-selector "$ours" --ignore-daemonsets --delete-emptydir-data --timeout="$patience" >>"$log" 2>&1; }

# What autoscalers make of their minimum; on fake nodes nobody measures, and KEDA may not run.
scale_to_the_minimum() {
    local target least
    while read -r target least; do
        [ -n "$target" ] && of scale "deployment/$target" --replicas="$least" >>"$log"
    done < <(
        of get hpa -o 'jsonpath={range .items[*]}{.spec.scaleTargetRef.name} {.spec.minReplicas}{"\n"}{end}'
        of get scaledobjects.keda.sh -o 'jsonpath={range .items[*]}{.spec.scaleTargetRef.name} {.spec.minReplicaCount}{"\n"}{end}'
    )
    stands
}

# A Deployment is only warned about its pods; so a warning is a failure here.
installs() {
    deploy/k8s/roll-out.sh "$1" >>"$log" 2>&1 || fail "it does not roll out"
    ! grep -F 'would violate PodSecurity' "$log" || fail "not restricted"
    local wanted found
    wanted=$(grep -c '^kind: ' "$rendered")
    found=$(kubectl get -f "$rendered" -o name | wc -l)
    [ "$wanted" = "$found" ] || fail "$found of $wanted objects are there"
    step "$found objects applied, ${#services[@]} Deployments rolled out, no warning of Pod Security"
}

refuses_what_is_not_restricted() {
    of run unrestricted --image=registry.invalid/any:1 >>"$log" 2>&1 && fail "an unrestricted pod was taken"
    tail -n 5 "$log" | grep -qF 'violates PodSecurity "restricted' || fail "refused for another reason"
    step "an unrestricted pod is refused"
}

# One service after the other; at no moment are fewer pods available than there should be.
upgrades_without_a_gap() {
    local service wanted least now
    for service in "${services[@]}"; do
        wanted=$(replicas "$service") least=$wanted
        of rollout restart "deployment/$service" >>"$log"
        of rollout status --timeout=5m "deployment/$service" >>"$log" 2>&1 &
        while kill -0 $! 2>/dev/null; do
            now=$(available "$service")
            [ "${now:-0}" -ge "$least" ] || least=${now:-0}
        done
        wait $! || fail "$service is not replaced"
        [ "$least" -ge "$wanted" ] || fail "$service was down to $least of $wanted"
    done
    step "every pod was replaced, and never was one fewer available"
}

# Nowhere to go: a budget lets one pod of each service leave, and holds back the others.
a_drain_is_held_back() {
    local service wanted left
    kubectl cordon "${nodes[@]}" >>"$log"
    drain 15s "${nodes[@]}" && fail "a drain of every node went through"
    grep -qF "would violate the pod's disruption budget" "$log" || fail "the drain failed for another reason"
    for service in "${services[@]}"; do
        wanted=$(replicas "$service") left=$(available "$service")
        [ "${left:-0}" -ge $((wanted - 1)) ] || fail "the drain left ${left:-0} of $wanted of $service"
    done
    kubectl uncordon "${nodes[@]}" >>"$log"
    stands
    step "a drain of every node is held back by the budgets"
}

nodes_go_one_by_one() {
    local node
    for node in "${nodes[@]}"; do
        drain 3m "$node" || fail "$node cannot be drained"
        kubectl uncordon "$node" >>"$log"
        stands
    done
    step "${#nodes[@]} nodes drained one by one"
}

try() {
    local started=$SECONDS
    printf '%s\n' "$1"
    : >"$log"
    kubectl kustomize "$1" >"$rendered"
    local name
    name=$(sed -n '/^kind: Namespace$/,/^---$/ s/^  name: //p' "$rendered")
    ! kubectl get namespace "$name" >/dev/null 2>&1 || fail "there is a namespace $name already: it may be in use"
    namespace=$name
    installs "$1"
    scale_to_the_minimum
    refuses_what_is_not_restricted
    upgrades_without_a_gap
    mapfile -t nodes < <(schedulable)
    if [ "$(replicas signup)" -gt 1 ] && [ "${#nodes[@]}" -gt 1 ]; then
        a_drain_is_held_back
        nodes_go_one_by_one
    else step "SKIPPED: drains want two nodes and two replicas"; fi
    clean_up
    step "$((SECONDS - started)) s"
}

for overlay in "${overlays[@]}"; do
    [ -e "$overlay/kustomization.yaml" ] || overlay=deploy/k8s/overlays/$overlay
    try "$overlay"
done
echo "all of it stands: $(kubectl version -o json 2>/dev/null | sed -n '/serverVersion/,$ s/.*"gitVersion": "\(.*\)".*/Kubernetes \1/p')"
