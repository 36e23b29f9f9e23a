//! Overlays as `kubectl kustomize` renders them.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// All objects of one overlay.
#[derive(Debug)]
pub struct Overlay {
    pub name: String,
    pub objects: Vec<Value>,
}

/// The workspace's root.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    here.canonicalize().expect("the workspace")
}

/// Documents of a YAML text.
pub fn yaml(text: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(text).unwrap_or_else(|error| panic!("no YAML: {error}"))
}

/// All overlays, and one with what is optional in production; none, said aloud, where there is no kubectl.
#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
pub fn overlays() -> Vec<Overlay> {
    let folders = fs::read_dir(root().join("deploy/k8s/overlays")).expect("overlays");
    let folders = folders.map(|folder| folder.expect("an entry").path());
    let optional = root().join("tests/system/tests/manifests/production-signed");
    let mut rendered = Vec::new();
    for folder in folders.chain([optional]) {
        match Command::new("kubectl").arg("kustomize").arg(&folder).output() {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                println!("SKIPPED: there is no kubectl to render {}", folder.display());
                return Vec::new();
            }
            output => rendered.push(overlay(&folder, &output.expect("kubectl runs"))),
        }
    }
    assert!(
        rendered.len() >= 4,
        "local, staging and production, and what is optional"
    );
    rendered
}

fn overlay(folder: &Path, output: &std::process::Output) -> Overlay {
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {told}", folder.display());
    Overlay {
        name: folder.file_name().expect("a name").to_string_lossy().into_owned(),
        objects: yaml(&String::from_utf8_lossy(&output.stdout)),
    }
}

impl Overlay {
    /// Objects of a kind.
    pub fn of(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.objects.iter().filter(move |object| object["kind"] == kind)
    }

    /// The object of this kind and name.
    pub fn find(&self, kind: &str, name: &str) -> Option<&Value> {
        self.of(kind).find(|object| name_of(object) == name)
    }

    /// Deployments and Jobs.
    pub fn workloads(&self) -> impl Iterator<Item = &Value> {
        self.objects
            .iter()
            .filter(|object| object["kind"] == "Deployment" || object["kind"] == "Job")
    }

    /// Workloads that run a program of ours.
    pub fn services(&self) -> impl Iterator<Item = &Value> {
        self.workloads()
            .filter(|workload| container(workload)["name"] == "service")
    }
}

/// Name of an object.
pub fn name_of(object: &Value) -> &str {
    text(&object["metadata"]["name"])
}

/// What a workload's pods look like.
pub fn pod(workload: &Value) -> &Value {
    &workload["spec"]["template"]["spec"]
}

/// The one container of a workload.
pub fn container(workload: &Value) -> &Value {
    &pod(workload)["containers"][0]
}

/// Items of a list; none where there is no list.
pub fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A string, empty where there is none.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Whether labels satisfy a selector's `matchLabels`; an empty selector matches all.
pub fn selects(match_labels: &Value, labels: &Value) -> bool {
    let wanted = match_labels.as_object();
    wanted.is_none_or(|wanted| wanted.iter().all(|(name, value)| labels[name] == *value))
}
