//! Checks the mail's templates before anybody gets a mail made of them.

use contracts::offer::MAIL_VARIABLES;
use minijinja::{Environment, Error, Template, Value};

use super::mistake::Mistakes;

/// Variables that a mail may lack: the visitor did not tick the box.
const OPTIONAL: [&str; 1] = ["confirm"];

/// A template and where it stands.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Ends with `.html` where values must be escaped.
    pub file: &'a str,
    /// Line of the file that the template begins in, counted from 0.
    pub line: usize,
    pub text: &'a str,
    /// Variables that it may name.
    pub allowed: &'a [&'a str],
    /// Variables that it must name.
    pub required: &'a [&'a str],
}

/// Notes syntax errors, unknown variables, filters and functions, and what is missing.
pub fn check(source: Source<'_>, mistakes: &Mistakes) {
    let mut environment = Environment::new();
    if let Err(error) = environment.add_template(source.file, source.text) {
        return note_error(source, &error, mistakes);
    }
    let Ok(template) = environment.get_template(source.file) else {
        return;
    };
    check_variables(source, &template, mistakes);
    for optional_is_there in [true, false] {
        if let Err(error) = template.render(sample(optional_is_there)) {
            return note_error(source, &error, mistakes);
        }
    }
}

fn check_variables(source: Source<'_>, template: &Template<'_, '_>, mistakes: &Mistakes) {
    let used = template.undeclared_variables(false);
    let mut unknown: Vec<&String> = used
        .iter()
        .filter(|name| !source.allowed.contains(&name.as_str()))
        .collect();
    unknown.sort();
    for name in unknown {
        let line = source.line + line_with(source.text, name);
        let known = source.allowed.join(", ");
        mistakes.note(
            source.file,
            Some(line),
            format!("{name} is not a variable; there are: {known}"),
        );
    }
    for name in source.required.iter().filter(|name| !used.contains(**name)) {
        mistakes.note(
            source.file,
            None,
            format!("{{{{ {name} }}}} must stand somewhere in it"),
        );
    }
}

/// Values as a mail has them.
fn sample(optional_is_there: bool) -> Value {
    let there = |name: &&&str| optional_is_there || !OPTIONAL.contains(*name);
    let value = |name: &&'static str| {
        let value = if *name == "attached" {
            Value::from(true)
        } else {
            Value::from(*name)
        };
        (*name, value)
    };
    MAIL_VARIABLES
        .iter()
        .filter(there)
        .map(value)
        .collect::<std::collections::BTreeMap<_, _>>()
        .into()
}

fn note_error(source: Source<'_>, error: &Error, mistakes: &Mistakes) {
    let line = source.line + error.line().unwrap_or(1);
    let detail = error
        .detail()
        .map(|detail| format!(": {detail}"))
        .unwrap_or_default();
    mistakes.note(source.file, Some(line), format!("{}{detail}", error.kind()));
}

/// The first line that names a variable, counted from 1.
fn line_with(text: &str, name: &str) -> usize {
    let names_it = |line: &str| {
        line.split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|word| word == name)
    };
    text.lines().position(names_it).map_or(1, |at| at + 1)
}
