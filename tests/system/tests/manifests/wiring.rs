//! Names that objects call each other by: ports, labels, secrets, config maps, topics.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use contracts::topics::{self, Cleanup, Timestamps};
use serde_json::{Value, json};

use crate::containers::port;
use crate::each_overlay;
use crate::rendered::{Overlay, container, items, name_of, pod, root, selects, text};

/// Labels of all pods: of our workloads, and of those that operators make from their resources.
fn pods(overlay: &Overlay) -> Vec<Value> {
    let own = overlay
        .workloads()
        .map(|workload| workload["spec"]["template"]["metadata"]["labels"].clone());
    let postgres = overlay
        .of("Cluster")
        .map(|cluster| json!({ "cnpg.io/podRole": "instance", "cnpg.io/cluster": name_of(cluster) }));
    let kafka = overlay
        .of("Kafka")
        .map(|cluster| json!({ "strimzi.io/cluster": name_of(cluster) }));
    own.chain(postgres).chain(kafka).collect()
}

#[test]
fn every_object_is_in_the_namespace_of_its_overlay() {
    each_overlay(|overlay| {
        let namespace = overlay.of("Namespace").next().expect("a namespace");
        let of_the_cluster = ["Namespace", "PriorityClass"];
        let others = overlay
            .objects
            .iter()
            .filter(|object| !of_the_cluster.contains(&text(&object["kind"])));
        for object in others {
            let place = &object["metadata"]["namespace"];
            assert_eq!(place, name_of(namespace), "{} {}", overlay.name, name_of(object));
        }
    });
}

#[test]
fn every_service_leads_to_a_public_port_of_a_pod() {
    each_overlay(|overlay| {
        for service in overlay.of("Service") {
            let selector = &service["spec"]["selector"];
            let behind: Vec<_> = overlay
                .workloads()
                .filter(|workload| selects(selector, &workload["spec"]["template"]["metadata"]["labels"]))
                .collect();
            assert_eq!(behind.len(), 1, "{} {}", overlay.name, name_of(service));
            for target in items(&service["spec"]["ports"]) {
                let target = text(&target["targetPort"]);
                assert!(port(behind[0], target).is_some(), "{} {target}", name_of(service));
                assert_ne!(target, "admin", "metrics and the admin API are on no Service");
            }
        }
    });
}

#[test]
fn every_ingress_leads_to_a_port_of_a_service() {
    each_overlay(|overlay| {
        for ingress in overlay.of("Ingress") {
            for path in items(&ingress["spec"]["rules"][0]["http"]["paths"]) {
                let backend = &path["backend"]["service"];
                let service = overlay.find("Service", text(&backend["name"]));
                let service = service.unwrap_or_else(|| panic!("{}: no {backend}", overlay.name));
                let named = items(&service["spec"]["ports"])
                    .iter()
                    .any(|port| port["name"] == backend["port"]["name"]);
                assert!(named, "{backend}");
            }
            assert_eq!(
                ingress["spec"]["rules"][0]["host"],
                ingress["spec"]["tls"][0]["hosts"][0]
            );
        }
    });
}

#[test]
fn every_network_policy_matches_a_pod_and_so_does_whom_it_names() {
    each_overlay(|overlay| {
        let pods = pods(overlay);
        let matched = |selector: &Value| {
            pods.iter()
                .any(|labels| selects(&selector["matchLabels"], labels))
        };
        for policy in overlay.of("NetworkPolicy") {
            let spec = &policy["spec"];
            assert!(
                matched(&spec["podSelector"]),
                "{} {}",
                overlay.name,
                name_of(policy)
            );
            let rules = items(&spec["ingress"]).iter().chain(items(&spec["egress"]));
            for peer in rules.flat_map(|rule| items(&rule["from"]).iter().chain(items(&rule["to"]))) {
                let selector = &peer["podSelector"];
                assert!(
                    selector.is_null() || matched(selector),
                    "{} {peer}",
                    name_of(policy)
                );
            }
        }
        let deny = overlay.find("NetworkPolicy", "default-deny").expect("a default");
        assert_eq!(deny["spec"]["podSelector"], json!({}));
        assert_eq!(deny["spec"]["policyTypes"], json!(["Ingress", "Egress"]));
    });
}

#[test]
fn disruption_budgets_leave_a_replica_and_autoscalers_find_what_they_scale() {
    each_overlay(|overlay| {
        for budget in overlay.of("PodDisruptionBudget") {
            let spec = &budget["spec"];
            let deployment = overlay.find("Deployment", name_of(budget)).expect("a deployment");
            let labels = &deployment["spec"]["template"]["metadata"]["labels"];
            assert!(
                selects(&spec["selector"]["matchLabels"], labels),
                "{}",
                name_of(budget)
            );
            assert_eq!(spec["unhealthyPodEvictionPolicy"], "AlwaysAllow");
            let replicas = replicas(overlay, name_of(budget));
            let gone = spec["maxUnavailable"].as_u64().expect("a number");
            assert!(
                overlay.name == "local" || gone < replicas,
                "{} of {replicas}",
                name_of(budget)
            );
        }
        for scaler in overlay
            .of("HorizontalPodAutoscaler")
            .chain(overlay.of("ScaledObject"))
        {
            let target = text(&scaler["spec"]["scaleTargetRef"]["name"]);
            let deployment = overlay.find("Deployment", target).expect("what is scaled");
            assert!(
                deployment["spec"]["replicas"].is_null(),
                "two hands on the replicas of {target}"
            );
        }
    });
}

/// How few replicas there may be.
fn replicas(overlay: &Overlay, name: &str) -> u64 {
    let deployment = overlay.find("Deployment", name).expect("a deployment");
    let fixed = deployment["spec"]["replicas"].as_u64();
    let scaled = overlay.find("HorizontalPodAutoscaler", name);
    let by_lag = overlay.find("ScaledObject", name);
    let at_least = scaled.and_then(|scaler| scaler["spec"]["minReplicas"].as_u64());
    let by_lag = by_lag.and_then(|scaler| scaler["spec"]["minReplicaCount"].as_u64());
    fixed.or(at_least).or(by_lag).unwrap_or(1)
}

#[test]
fn every_secret_and_config_map_that_a_pod_wants_is_made_by_something() {
    each_overlay(|overlay| {
        let secrets = secrets(overlay);
        for workload in overlay.services() {
            for volume in items(&pod(workload)["volumes"]) {
                let sources = items(&volume["projected"]["sources"]);
                for source in sources.iter().filter(|source| source["secret"].is_object()) {
                    let name = text(&source["secret"]["name"]);
                    assert!(secrets.contains(name), "{}: nothing makes {name}", overlay.name);
                }
                if volume["configMap"].is_object() {
                    let name = text(&volume["configMap"]["name"]);
                    assert!(
                        overlay.find("ConfigMap", name).is_some(),
                        "{}: no {name}",
                        overlay.name
                    );
                }
            }
            for variable in items(&container(workload)["env"]) {
                let wanted = &variable["valueFrom"]["configMapKeyRef"];
                assert!(
                    variable["valueFrom"]["secretKeyRef"].is_null(),
                    "secrets come as files"
                );
                if wanted.is_object() {
                    let map = overlay.find("ConfigMap", text(&wanted["name"])).expect("a map");
                    assert!(map["data"][text(&wanted["key"])].is_string(), "{wanted}");
                }
            }
        }
    });
}

/// Names of the secrets that operators, stores and scripts make.
fn secrets(overlay: &Overlay) -> BTreeSet<String> {
    let names = |kind: &'static str| overlay.of(kind).map(name_of);
    let mut secrets: BTreeSet<_> = names("Cluster").map(|name| format!("{name}-app")).collect();
    secrets.extend(names("Kafka").map(|name| format!("{name}-cluster-ca-cert")));
    secrets.extend(names("KafkaUser").map(str::to_owned));
    let external: Vec<_> = overlay.of("ExternalSecret").collect();
    if external.is_empty() {
        let script = fs::read_to_string(root().join("deploy/k8s/make-secrets.sh")).expect("a script");
        let made = script.lines().filter_map(|line| line.split("| make ").nth(1));
        secrets.extend(made.map(|name| name.trim().to_owned()));
    }
    secrets.extend(
        external
            .iter()
            .map(|secret| text(&secret["spec"]["target"]["name"]).to_owned()),
    );
    secrets
}

#[test]
fn topics_are_those_of_the_contracts() {
    let wanted: BTreeSet<_> = topics::all()
        .into_iter()
        .map(|topic| {
            let timestamps = match topic.timestamps {
                Timestamps::Broker => "LogAppendTime",
                Timestamps::Producer => "CreateTime",
            };
            let kept = (kept(topic.cleanup), timestamps.to_owned());
            (topic.name, i64::from(topic.partitions), kept)
        })
        .collect();
    each_overlay(|overlay| {
        let made: BTreeSet<_> = overlay
            .of("KafkaTopic")
            .map(|topic| {
                let (spec, config) = (&topic["spec"], &topic["spec"]["config"]);
                assert_eq!(config["segment.ms"], 43_200_000, "{}", name_of(topic));
                let cleanup = (
                    text(&config["cleanup.policy"]).to_owned(),
                    config["retention.ms"].as_i64(),
                );
                let kept = (cleanup, text(&config["message.timestamp.type"]).to_owned());
                let partitions = spec["partitions"].as_i64().expect("a number");
                (name_of(topic).to_owned(), partitions, kept)
            })
            .collect();
        assert_eq!(made, wanted, "{}", overlay.name);
    });
}

fn kept(cleanup: Cleanup) -> (String, Option<i64>) {
    match cleanup {
        Cleanup::Compact => ("compact".to_owned(), None),
        Cleanup::Delete { retention } => {
            let millis = i64::try_from(retention.as_millis()).expect("days");
            ("delete".to_owned(), Some(millis))
        }
    }
}

#[test]
fn no_secret_is_in_the_repository() {
    each_overlay(|overlay| assert_eq!(overlay.of("Secret").count(), 0, "{}", overlay.name));
    let mut folders = vec![root().join("deploy")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                assert_no_secret(&path);
            }
        }
    }
}

fn assert_no_secret(path: &PathBuf) {
    let text = fs::read_to_string(path).expect("a text file");
    assert!(!text.contains("PRIVATE KEY"), "{}", path.display());
    let long_hex = text
        .split(|c: char| !c.is_ascii_hexdigit())
        .find(|word| word.len() >= 32 && word.contains(|c: char| c.is_ascii_digit()));
    assert_eq!(long_hex, None, "{} may hold a key", path.display());
}
