//! Every expression of rules and dashboards.

use std::fs;

use serde_json::Value;

use crate::monitoring;

/// An expression and where it stands.
#[derive(Debug)]
pub struct Query {
    pub place: String,
    pub expression: String,
}

/// Rules of a kind of file: `alerts` or `recording`.
pub fn rules(file: &str) -> Vec<Value> {
    let path = monitoring().join("rules").join(file).with_extension("yaml");
    let text = fs::read_to_string(&path).expect("rules");
    let file: Value = serde_saphyr::from_str(&text).expect("YAML");
    let groups = file["groups"].as_array().expect("groups");
    groups
        .iter()
        .flat_map(|group| group["rules"].as_array().expect("rules").clone())
        .collect()
}

/// All of them.
pub fn all() -> Vec<Query> {
    let of_rules = ["recording", "alerts"].map(rules).into_iter().flatten();
    let of_rules = of_rules.map(|rule| Query {
        place: format!("{}{}", text(&rule["alert"]), text(&rule["record"])),
        expression: text(&rule["expr"]).to_owned(),
    });
    of_rules.chain(of_dashboards()).collect()
}

fn of_dashboards() -> Vec<Query> {
    let mut queries = Vec::new();
    for entry in fs::read_dir(monitoring().join("dashboards")).expect("dashboards") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let dashboard: Value =
            serde_json::from_str(&fs::read_to_string(&path).expect("a dashboard")).expect("JSON");
        for panel in dashboard["panels"].as_array().expect("panels") {
            let is_row = panel["type"] == "row";
            assert!(
                is_row || !text(&panel["description"]).is_empty(),
                "{panel} says nothing"
            );
            for target in panel["targets"].as_array().into_iter().flatten() {
                queries.push(Query {
                    place: format!("{}: {}", text(&dashboard["title"]), text(&panel["title"])),
                    expression: text(&target["expr"]).to_owned(),
                });
            }
        }
    }
    assert!(queries.len() > 50, "dashboards were read");
    queries
}

/// A string, empty where there is none.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
