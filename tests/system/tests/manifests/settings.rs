//! Settings: the programs are asked whether they understand what manifests and compose give them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use testkit::binary;

use crate::compose::services;
use crate::each_overlay;
use crate::rendered::{Overlay, container, items, name_of, pod, text};

/// Tests' programs are built without TLS towards Kafka and refuse it, rightly.
const NOT_BUILT_IN: &str = "KAFKA_SECURITY_FILE";
/// A point on P-256, as Sendgrid shows its verification key.
const SENDGRID_KEY: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEbMgJp5ajgtwPedY8kAI/pRRT8TGjF36JV2e+KJTlhuuQVCc1ai06NYu2F2SsG12finirQt2JCtR+XItXVBYc0w==";
const SERVICES: [&str; 3] = ["signup", "enquiry", "notification"];

/// Names of the environment variables that `serve --help` lists.
fn listed(service: &str) -> BTreeSet<String> {
    let help = Command::new(binary(service, service))
        .args(["serve", "--help"])
        .output()
        .expect("help");
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    help.split("[env: ")
        .skip(1)
        .filter_map(|rest| rest.split(['=', ']']).next())
        .map(str::to_owned)
        .collect()
}

/// Which service a workload belongs to.
fn service_of(workload: &Value) -> &str {
    text(&workload["metadata"]["labels"]["app.kubernetes.io/name"])
}

#[test]
fn every_variable_is_one_that_the_program_lists() {
    let listed = SERVICES.map(|service| (service, listed(service)));
    let knows = |service: &str, variable: &str| {
        listed
            .iter()
            .any(|(name, known)| *name == service && known.contains(variable))
    };
    each_overlay(|overlay| {
        for workload in overlay.services() {
            for variable in items(&container(workload)["env"]) {
                let (service, name) = (service_of(workload), text(&variable["name"]));
                assert!(
                    knows(service, name),
                    "{}: {service} knows no {name}",
                    overlay.name
                );
            }
        }
    });
    for (name, container) in services() {
        let service = SERVICES
            .into_iter()
            .find(|service| container["image"] == format!("leadstream/{service}:local"));
        let Some(service) = service else { continue };
        for variable in container["environment"].as_object().expect("settings").keys() {
            assert!(knows(service, variable), "compose, {name}: no {variable}");
        }
    }
}

#[test]
fn every_image_is_named_by_an_exact_tag() {
    for (name, service) in services() {
        let image = text(&service["image"]);
        let tag = image.rsplit(':').next().unwrap_or_default();
        assert!(image.contains(':') && tag != "latest", "{name}: {image}");
    }
    each_overlay(|overlay| {
        for workload in overlay.workloads() {
            let image = text(&container(workload)["image"]);
            let exact = image.contains("@sha256:")
                || image
                    .rsplit_once(':')
                    .is_some_and(|(_, tag)| tag != "latest" && !tag.contains('/'));
            assert!(exact, "{} {image}", overlay.name);
        }
    });
}

#[test]
fn every_service_finds_its_settings_right_and_none_missing() {
    each_overlay(|overlay| {
        let folder = std::env::temp_dir().join(format!("leadstream-settings-{}", uuid::Uuid::now_v7()));
        for workload in overlay
            .services()
            .filter(|workload| workload["kind"] == "Deployment")
        {
            let service = service_of(workload);
            let files = folder.join(service);
            write_files(overlay, workload, &files);
            let mut command = Command::new(binary(service, service));
            command.arg("check-config").env_clear();
            let variables = items(&container(workload)["env"]).iter();
            for variable in variables.filter(|variable| variable["name"] != NOT_BUILT_IN) {
                command.env(text(&variable["name"]), value(overlay, variable, &files));
            }
            let output = command.output().expect("check-config runs");
            let told = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{} {service}: {told}", overlay.name);
        }
        fs::remove_dir_all(&folder).expect("our own folder");
    });
}

/// A variable's value; a path below a mount leads to the file that stands for it.
fn value(overlay: &Overlay, variable: &Value, files: &Path) -> String {
    let wanted = &variable["valueFrom"]["configMapKeyRef"];
    if wanted.is_object() {
        let map = overlay
            .find("ConfigMap", text(&wanted["name"]))
            .expect("a config map");
        return text(&map["data"][text(&wanted["key"])]).to_owned();
    }
    let value = text(&variable["value"]);
    match value.strip_prefix('/') {
        Some(path) => files.join(path).display().to_string(),
        None => value.to_owned(),
    }
}

/// What the pod's volumes would hold: config maps as they are, plausible secrets.
fn write_files(overlay: &Overlay, workload: &Value, files: &Path) {
    for mount in items(&container(workload)["volumeMounts"]) {
        let volume = items(&pod(workload)["volumes"])
            .iter()
            .find(|volume| volume["name"] == mount["name"])
            .unwrap_or_else(|| panic!("{}: no volume {}", name_of(workload), mount["name"]));
        let folder = files.join(text(&mount["mountPath"]).trim_start_matches('/'));
        fs::create_dir_all(&folder).expect("a folder");
        write_config_map(overlay, text(&volume["configMap"]["name"]), &folder);
        for source in items(&volume["projected"]["sources"]) {
            write_config_map(overlay, text(&source["configMap"]["name"]), &folder);
            for item in items(&source["secret"]["items"]) {
                let path = text(&item["path"]);
                fs::write(folder.join(path), secret(path)).expect("a file");
            }
            if source["secret"]["name"] == "notification-dkim" {
                make_keys(&folder);
            }
        }
    }
}

/// As an operator makes them.
fn make_keys(folder: &Path) {
    let mut command = Command::new(binary("notification", "notification"));
    command.args(["dkim", "generate"]).arg(folder);
    command.args([
        "--domain",
        "learn.example.org",
        "--selector",
        "s1",
        "--algorithm",
        "ed25519",
    ]);
    assert!(command.env_clear().status().expect("it runs").success());
}

fn write_config_map(overlay: &Overlay, name: &str, folder: &Path) {
    let Some(map) = overlay.find("ConfigMap", name) else {
        return;
    };
    for (key, content) in map["data"].as_object().expect("data") {
        fs::write(folder.join(key), text(content)).expect("a file");
    }
}

/// A secret of the right shape.
fn secret(name: &str) -> String {
    match name {
        "database-url" => "postgresql://leadstream:word@signup-db-rw:5432/leadstream".to_owned(),
        "link-keys" => format!("1:{}", "a5".repeat(32)),
        "login" => "postmark:a long enough password".to_owned(),
        "verification-key" => SENDGRID_KEY.to_owned(),
        "certificate.pem" => {
            include_str!("../../../../services/notification/tests/api/sns/test_certificate.pem").to_owned()
        }
        "smtp-url" => "smtp://user:word@relay.example.org:587?tls=required".to_owned(),
        _ => "5a".repeat(32),
    }
}
