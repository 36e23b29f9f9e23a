//! Pods: hardened, probed on the admin port, and the images' ports.

use std::fs;

use serde_json::{Value, json};

use crate::each_overlay;
use crate::rendered::{container, name_of, pod, root, text};

#[test]
fn every_pod_is_restricted_read_only_and_without_a_token() {
    each_overlay(|overlay| {
        for workload in overlay.workloads() {
            let (pod, container) = (pod(workload), container(workload));
            let place = format!("{} {}", overlay.name, name_of(workload));
            let security = &container["securityContext"];
            assert_eq!(pod["securityContext"]["runAsNonRoot"], true, "{place}");
            assert!(
                pod["securityContext"]["runAsUser"]
                    .as_u64()
                    .is_some_and(|id| id >= 10_000),
                "{place}"
            );
            assert_eq!(
                pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault",
                "{place}"
            );
            assert_eq!(security["allowPrivilegeEscalation"], false, "{place}");
            assert_eq!(security["readOnlyRootFilesystem"], true, "{place}");
            assert_eq!(security["capabilities"], json!({ "drop": ["ALL"] }), "{place}");
            assert_eq!(pod["automountServiceAccountToken"], false, "{place}");
            assert_eq!(pod["enableServiceLinks"], false, "{place}");
            assert!(container["resources"]["requests"]["cpu"].is_string(), "{place}");
            assert!(container["resources"]["limits"]["memory"].is_string(), "{place}");
        }
    });
}

#[test]
fn every_namespace_enforces_the_restricted_profile_of_a_pinned_version() {
    each_overlay(|overlay| {
        for namespace in overlay.of("Namespace") {
            let labels = &namespace["metadata"]["labels"];
            for mode in ["enforce", "audit", "warn"] {
                let label = format!("pod-security.kubernetes.io/{mode}");
                assert_eq!(labels[&label], "restricted", "{}", overlay.name);
                let version = text(&labels[format!("{label}-version")]);
                assert!(version.starts_with("v1."), "{} {mode} {version}", overlay.name);
            }
        }
    });
}

#[test]
fn probes_ask_the_admin_port_and_readiness_is_not_liveness() {
    each_overlay(|overlay| {
        for deployment in overlay
            .services()
            .filter(|workload| workload["kind"] == "Deployment")
        {
            let container = container(deployment);
            let path = |probe: &str| {
                let get = &container[probe]["httpGet"];
                assert_eq!(get["port"], "admin", "{} {probe}", name_of(deployment));
                text(&get["path"])
            };
            assert_eq!(
                (path("startupProbe"), path("livenessProbe")),
                ("/livez", "/livez")
            );
            assert_eq!(path("readinessProbe"), "/readyz");
        }
    });
}

#[test]
fn ports_are_those_that_the_image_listens_on() {
    let dockerfile = fs::read_to_string(root().join("deploy/Dockerfile")).expect("a Dockerfile");
    each_overlay(|overlay| {
        for deployment in overlay
            .services()
            .filter(|workload| workload["kind"] == "Deployment")
        {
            let service = name_of(deployment);
            let stage = dockerfile
                .split(&format!("AS {service}\n"))
                .nth(1)
                .unwrap_or_else(|| panic!("no stage {service}"));
            for (name, setting) in [("public", "PUBLIC_LISTEN"), ("admin", "ADMIN_LISTEN")] {
                let port = port(deployment, name).expect("a port");
                let listens = format!("{setting}=0.0.0.0:{port}");
                let own = stage.split("FROM ").next().unwrap_or_default();
                assert!(own.contains(&listens), "the image of {service} says no {listens}");
            }
        }
    });
}

/// The number of a container's port.
pub fn port(workload: &Value, name: &str) -> Option<u64> {
    let ports = crate::rendered::items(&container(workload)["ports"]);
    ports.iter().find(|port| port["name"] == name)?["containerPort"].as_u64()
}
