//! A form of one of our pages: read so that the page can show again whatever was typed.

use web::{Body, Form, MediaType, Problem};

/// The address that was typed.
///
/// # Errors
/// 415 if the body is not a form.
pub(super) fn typed_email(body: &Body) -> Result<String, Problem> {
    Ok(read(body)?.get("email").unwrap_or_default().to_owned())
}

/// The fields; what cannot be read of them is replaced.
///
/// # Errors
/// 415 if the body is not a form.
pub(super) fn read(body: &Body) -> Result<Form, Problem> {
    if body.media_type != MediaType::UrlEncodedForm {
        return Err(Problem::unsupported_media(
            "send application/x-www-form-urlencoded",
        ));
    }
    Ok(Form::lenient(&String::from_utf8_lossy(&body.bytes)))
}
