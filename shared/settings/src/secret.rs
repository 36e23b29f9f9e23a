use crate::SettingsError;
use secrecy::{ExposeSecret, SecretString};
use std::convert::Infallible;
use std::path::{Path, PathBuf};

/// A secret that must be there: `NAME` as a value, or `NAME_FILE` as the path of a file that holds it.
///
/// # Errors
/// Both given, neither given, or the file cannot be read or is blank.
pub fn secret(
    name: &str,
    value: Option<SecretString>,
    file: Option<&Path>,
) -> Result<SecretString, SettingsError> {
    optional_secret(name, value, file)?
        .ok_or_else(|| SettingsError::new(name, format_args!("is missing: set {name} or {name}_FILE")))
}

/// As [`secret`], but may be left out. A blank value counts as left out, because compose files and Kubernetes
/// manifests pass empty variables.
///
/// # Errors
/// Both given, or the file cannot be read or is blank.
pub fn optional_secret(
    name: &str,
    value: Option<SecretString>,
    file: Option<&Path>,
) -> Result<Option<SecretString>, SettingsError> {
    let value = value.filter(|value| !value.expose_secret().trim().is_empty());
    match (value, file.filter(|path| !path.as_os_str().is_empty())) {
        (Some(_), Some(_)) => Err(SettingsError::new(
            name,
            format_args!("and {name}_FILE are both set: leave one out"),
        )),
        (Some(value), None) => Ok(Some(value)),
        (None, Some(path)) => read(name, path).map(Some),
        (None, None) => Ok(None),
    }
}

/// Parser of `NAME_FILE` arguments (`value_parser = settings::path_or_blank`): clap itself refuses a blank path, but a
/// variable that is set to nothing counts as left out.
///
/// # Errors
/// Never.
pub fn path_or_blank(path: &str) -> Result<PathBuf, Infallible> {
    Ok(PathBuf::from(path))
}

/// White space around a file's content goes: editors and `echo` end files with a line break.
fn read(name: &str, path: &Path) -> Result<SecretString, SettingsError> {
    let setting = format!("{name}_FILE");
    let content = std::fs::read_to_string(path).map_err(|error| {
        SettingsError::new(
            &setting,
            format_args!("cannot be read ({}): {error}", path.display()),
        )
    })?;
    match content.trim() {
        "" => Err(SettingsError::new(
            setting,
            format_args!("names an empty file ({})", path.display()),
        )),
        content => Ok(SecretString::from(content)),
    }
}

/// A secret in a variable that another setting names, such as a reviewed file that must hold no password itself.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place; its name is not known beforehand"
)]
pub fn secret_in(variable: &str) -> Option<SecretString> {
    let value = std::env::var(variable).ok()?;
    (!value.trim().is_empty()).then(|| value.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(content: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!(
            "settings-secret-{}-{}",
            std::process::id(),
            content.len()
        ));
        std::fs::write(&path, content).expect("a temporary file");
        path
    }

    #[test]
    fn a_secret_comes_from_its_value_or_from_its_file() {
        let from_value = secret("LINK_KEY", Some("s3cret".into()), None).expect("a value");
        assert_eq!(from_value.expose_secret(), "s3cret");

        let path = file("from a file\n");
        let from_file = secret("LINK_KEY", None, Some(&path)).expect("a file");
        assert_eq!(from_file.expose_secret(), "from a file");
        std::fs::remove_file(path).expect("removed");
    }

    #[test]
    fn a_missing_secret_names_both_ways_to_give_it() {
        let error = secret("LINK_KEY", None, None).expect_err("missing");
        assert_eq!(
            error.to_string(),
            "LINK_KEY is missing: set LINK_KEY or LINK_KEY_FILE."
        );
        assert_eq!(
            secret("LINK_KEY", Some("  ".into()), None).expect_err("blank"),
            error
        );
    }

    #[test]
    fn a_secret_given_twice_is_refused_without_showing_it() {
        let error = secret("LINK_KEY", Some("s3cret".into()), Some(Path::new("/run/key"))).expect_err("both");
        assert_eq!(
            error.to_string(),
            "LINK_KEY and LINK_KEY_FILE are both set: leave one out."
        );
    }

    #[test]
    fn a_file_that_is_blank_or_absent_is_named() {
        let blank = file("\n");
        let error = secret("LINK_KEY", None, Some(&blank)).expect_err("blank");
        assert!(
            error
                .to_string()
                .starts_with("LINK_KEY_FILE names an empty file ("),
            "{error}"
        );
        std::fs::remove_file(&blank).expect("removed");

        let error = secret("LINK_KEY", None, Some(&blank)).expect_err("absent");
        assert!(
            error.to_string().starts_with("LINK_KEY_FILE cannot be read ("),
            "{error}"
        );
    }

    #[test]
    fn an_optional_secret_may_be_left_out_or_blank() {
        assert!(
            optional_secret("ADMIN_TOKEN", None, None)
                .expect("left out")
                .is_none()
        );
        assert!(
            optional_secret("ADMIN_TOKEN", Some("".into()), Some(Path::new("")))
                .expect("blank")
                .is_none()
        );
    }
}
