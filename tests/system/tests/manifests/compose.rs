//! `deploy/compose.yaml`: what its services wait for and mount is there.

use std::fs;

use serde_json::Value;

use crate::rendered::{items, root, text, yaml};

fn compose() -> Value {
    let compose = fs::read_to_string(root().join("deploy/compose.yaml")).expect("compose.yaml");
    yaml(&compose).remove(0)
}

/// Its services by name.
pub fn services() -> Vec<(String, Value)> {
    let compose = compose();
    let services = compose["services"].as_object().expect("services");
    services
        .iter()
        .map(|(name, service)| (name.clone(), service.clone()))
        .collect()
}

#[test]
fn every_service_waits_for_one_that_can_become_what_it_waits_for() {
    let services = services();
    for (name, service) in &services {
        for (other, wanted) in service["depends_on"].as_object().into_iter().flatten() {
            let found = services.iter().find(|(known, _)| known == other);
            let (_, found) = found.unwrap_or_else(|| panic!("{name} waits for {other}, which is not there"));
            match text(&wanted["condition"]) {
                "service_healthy" => assert!(found["healthcheck"].is_object(), "{other} tells no health"),
                "service_completed_successfully" => assert!(found["restart"].is_null(), "{other} never ends"),
                other => panic!("{name} waits for {other}"),
            }
        }
    }
}

#[test]
fn every_volume_is_declared_and_every_file_is_there() {
    let compose = compose();
    for (name, service) in services() {
        for volume in items(&service["volumes"]) {
            let source = text(volume).split(':').next().unwrap_or_default();
            let there = match source.starts_with('.') {
                true => root().join("deploy").join(source).exists(),
                false => compose["volumes"]
                    .as_object()
                    .is_some_and(|declared| declared.contains_key(source)),
            };
            assert!(there, "{name}: no {source}");
        }
    }
}

#[test]
fn every_port_is_open_to_this_machine_alone() {
    for (name, service) in services() {
        for port in items(&service["ports"]) {
            assert!(text(port).starts_with("127.0.0.1:"), "{name}: {port}");
        }
    }
}
