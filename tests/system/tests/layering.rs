//! The shape of the code, kept by a test: which way imports run, who may use which crate, how long files and comments are.

use std::fs;
use std::path::{Path, PathBuf};

const SERVICES: [&str; 3] = ["signup", "enquiry", "notification"];
/// What each layer of a service may import of the others: `routes | lmtp | consumers | tasks → commands → store, events → domain`.
const LAYERS: [(&str, &[&str]); 8] = [
    ("routes", &["routes", "commands", "store", "events", "domain"]),
    ("lmtp", &["lmtp", "commands", "store", "events", "domain"]),
    (
        "consumers",
        &["consumers", "commands", "store", "events", "domain"],
    ),
    (
        "tasks",
        &["tasks", "commands", "store", "events", "domain", "mail"],
    ),
    ("commands", &["commands", "store", "events", "domain", "mail"]),
    ("store", &["store", "domain"]),
    ("events", &["events", "domain"]),
    ("domain", &["domain"]),
];
const LINES_WITHOUT_TESTS: usize = 300;
const LINES_HARD_STOP: usize = 500;
const COMMENT_LINES: usize = 6;
/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 6] = ["util", "utils", "helper", "helpers", "common", "misc"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the workspace")
}

fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            found.extend(files_below(&path, extension));
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
    found
}

fn sources() -> Vec<PathBuf> {
    ["services", "shared", "tests"]
        .iter()
        .flat_map(|folder| files_below(&root().join(folder), "rs"))
        .collect()
}

fn without_tests(source: &str) -> &str {
    let opens_module = |rest: &str| {
        let line = rest.trim_start().lines().next().unwrap_or_default();
        line.contains("mod ") && line.ends_with('{')
    };
    let attributes = source.match_indices("#[cfg(test)]");
    let mut tests = attributes.filter(|(at, attribute)| opens_module(&source[at + attribute.len()..]));
    &source[..tests.next().map_or(source.len(), |(at, _)| at)]
}

/// The layer that a file of a service belongs to: its folder or, for `events.rs`, its own name.
fn layer_of(file: &Path, src: &Path) -> Option<&'static str> {
    let first = file.strip_prefix(src).ok()?.components().next()?;
    let name = Path::new(first.as_os_str()).file_stem()?.to_str()?;
    LAYERS
        .iter()
        .map(|(layer, _)| *layer)
        .find(|layer| *layer == name)
}

fn imported_layers(source: &str) -> Vec<&'static str> {
    let modules: Vec<&str> = source.split("crate::").skip(1).flat_map(first_names).collect();
    LAYERS
        .iter()
        .map(|(layer, _)| *layer)
        .filter(|layer| modules.contains(layer))
        .collect()
}

/// The modules at the beginning of what follows a `crate::`: of `{a, b::{c}}` those are `a` and `b`.
fn first_names(path: &str) -> Vec<&str> {
    if !path.starts_with('{') {
        return vec![first_name(path)];
    }
    let mut depth = 0;
    let mut depth_at = |c: char| {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        depth
    };
    let end = path.find(|c| depth_at(c) == 0).unwrap_or(path.len());
    path[1..end]
        .split(|c| depth_at(c) == 0 && c == ',')
        .map(first_name)
        .collect()
}

fn first_name(path: &str) -> &str {
    let path = path.trim_start();
    let end = path.find(|c: char| !(c.is_alphanumeric() || c == '_'));
    &path[..end.unwrap_or(path.len())]
}

#[test]
fn an_import_is_seen_in_whatever_form_it_is_written() {
    let source =
        "use crate::{\n  domain::{Offer, store},\n  tasks,\n};\nuse crate::events::told;\ncrate::storey::x()";
    assert_eq!(imported_layers(source), ["tasks", "events", "domain"]);
}

#[test]
fn imports_of_a_service_run_one_way() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for service in SERVICES {
        let src = root().join("services").join(service).join("src");
        for file in files_below(&src, "rs") {
            let Some(layer) = layer_of(&file, &src) else {
                continue;
            };
            let allowed = LAYERS
                .iter()
                .find(|(name, _)| *name == layer)
                .expect("a known layer")
                .1;
            let source = fs::read_to_string(&file).expect("a source");
            seen += 1;
            for imported in imported_layers(without_tests(&source)) {
                if !allowed.contains(&imported) {
                    wrong.push(format!("{} ({layer}) imports crate::{imported}", file.display()));
                }
            }
        }
    }
    assert!(seen > 30, "only {seen} files of the services were looked at");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The names of a crate's dependencies, tests' ones left out.
fn dependencies(manifest: &Path) -> Vec<String> {
    let text = fs::read_to_string(manifest).expect("a manifest");
    let mut in_dependencies = false;
    let mut names = Vec::new();
    for line in text.lines() {
        if line.starts_with('[') {
            in_dependencies = line == "[dependencies]";
        } else if in_dependencies && !line.trim().is_empty() && !line.starts_with('#') {
            names.extend(line.split(['.', ' ', '=']).next().map(str::to_owned));
        }
    }
    names
}

fn manifests() -> Vec<(String, PathBuf)> {
    let named = |folder: &Path| folder.file_name().expect("a name").to_string_lossy().into_owned();
    ["services", "shared"]
        .iter()
        .flat_map(|folder| fs::read_dir(root().join(folder)).expect("a folder"))
        .map(|entry| entry.expect("an entry").path())
        .map(|folder| (named(&folder), folder.join("Cargo.toml")))
        .collect()
}

fn users_of(dependency: &str) -> Vec<String> {
    let mut users: Vec<_> = manifests()
        .into_iter()
        .filter(|(_, manifest)| dependencies(manifest).iter().any(|name| name == dependency))
        .map(|(name, _)| name)
        .collect();
    users.sort();
    users
}

#[test]
fn services_never_import_each_other() {
    for service in SERVICES {
        assert_eq!(
            users_of(service),
            ["leadstream"],
            "only the all-in-one composes {service}"
        );
    }
}

#[test]
fn kafkas_client_and_the_mailer_each_live_in_one_crate() {
    assert_eq!(users_of("rdkafka"), ["kafka"]);
    assert_eq!(users_of("lettre"), ["notification"]);
    assert!(users_of("testkit").is_empty(), "testkit is for tests only");
}

/// Its types stay inside of what wraps them.
#[test]
fn the_mailer_is_known_to_one_folder() {
    let src = root().join("services/notification/src");
    let mut wrong = files_below(&src, "rs");
    wrong.retain(|file| {
        let source = fs::read_to_string(file).expect("a source");
        !file.starts_with(src.join("mail")) && source.contains("lettre::")
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The all-in-one runs the tasks of all services: `leadstream_tasks_running{task}` must tell them apart.
#[test]
fn tasks_say_whose_they_are() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for service in SERVICES {
        let src = root().join("services").join(service).join("src");
        let folders = ["tasks", "consumers"].map(|folder| src.join(folder));
        let files = folders.iter().flat_map(|folder| files_below(folder, "rs"));
        for file in files.chain([src.join("app.rs")]) {
            let source = fs::read_to_string(&file).expect("a source");
            let names = source.lines().filter_map(|line| {
                let (_, name) = line
                    .split_once("NAME: &str = \"")
                    .or_else(|| line.split_once("supervisor.spawn(\""))?;
                Some(name)
            });
            for name in names {
                seen += 1;
                if !name.starts_with(&format!("{service}: ")) {
                    wrong.push(format!("{}: {name}", file.display()));
                }
            }
        }
    }
    assert!(seen > 15, "only {seen} tasks were looked at");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn only_the_route_tables_hold_urls() {
    let mut wrong = Vec::new();
    for service in SERVICES {
        let src = root().join("services").join(service).join("src");
        for file in files_below(&src, "rs") {
            let source = fs::read_to_string(&file).expect("a source");
            let registers = [".get(\"/", ".post(\"/", ".route(Method::", "web::resource("];
            let registers = registers.iter().any(|call| without_tests(&source).contains(call));
            if registers && !file.ends_with("routes/mod.rs") {
                wrong.push(file);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_outbox_is_the_same_in_every_database() {
    let ddl = |service: &str, name: &str| {
        let folder = root().join("migrations").join(service);
        let mut files = files_below(&folder, "sql");
        files.retain(|file| file.to_string_lossy().ends_with(name));
        assert_eq!(files.len(), 1, "{service} has one migration {name}");
        fs::read_to_string(&files[0]).expect("a migration")
    };
    for name in ["_create_outbox.sql", "_create_outbox_failures.sql"] {
        assert_eq!(ddl("signup", name), ddl("enquiry", name));
        assert_eq!(ddl("signup", name), ddl("notification", name));
    }
}

#[test]
fn files_stay_short_and_say_what_they_are() {
    let mut wrong = Vec::new();
    for file in sources() {
        let source = fs::read_to_string(&file).expect("a source");
        let is_test = file.components().any(|part| part.as_os_str() == "tests");
        let all = source.lines().count();
        let code = without_tests(&source).lines().count();
        if all > LINES_HARD_STOP || !is_test && code > LINES_WITHOUT_TESTS {
            wrong.push(format!("{}: {code} lines, {all} with tests", file.display()));
        }
        let stem = file.file_stem().and_then(|stem| stem.to_str()).expect("a name");
        if EMPTY_NAMES.contains(&stem) {
            wrong.push(format!("{}: a name that says nothing", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Longer texts are a matter for a README.
#[test]
fn comments_stay_short() {
    let mut wrong = Vec::new();
    for file in sources() {
        let source = fs::read_to_string(&file).expect("a source");
        let lines: Vec<&str> = source.lines().map(str::trim_start).collect();
        let blocks = lines.chunk_by(|one, next| one.starts_with("//") == next.starts_with("//"));
        let comments = blocks.filter(|block| block[0].starts_with("//"));
        for comment in comments.filter(|block| block.len() > COMMENT_LINES) {
            wrong.push(format!(
                "{}: {} lines: {}",
                file.display(),
                comment.len(),
                comment[0]
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
