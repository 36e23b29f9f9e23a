//! One source of truth: the PrometheusRule is the rules files.

use std::fs;

use serde_json::Value;

use crate::each_overlay;
use crate::rendered::{items, root, yaml};

#[test]
fn the_prometheus_rule_is_the_rules_files() {
    let mut groups: Vec<Value> = Vec::new();
    for file in ["alerts.yaml", "recording.yaml"] {
        let text = fs::read_to_string(root().join("deploy/monitoring/rules").join(file)).expect("rules");
        groups.extend(items(&yaml(&text)[0]["groups"]).iter().cloned());
    }
    each_overlay(|overlay| {
        for rule in overlay.of("PrometheusRule") {
            assert_eq!(
                rule["spec"]["groups"],
                Value::Array(groups.clone()),
                "run deploy/monitoring/render.py"
            );
        }
    });
}
