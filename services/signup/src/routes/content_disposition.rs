//! `Content-Disposition` with a file name in any script (RFC 6266, RFC 8187).

/// A value that has the file saved under this name.
pub(super) fn attachment(name: &str) -> String {
    let plain: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    let encoded: String = name.bytes().map(encode).collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || " .-_()".contains(c)
}

/// RFC 8187 §3.2.1 `attr-char`, the rest percent-encoded.
fn encode(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_any_script_stays_readable_and_cannot_end_the_value() {
        assert_eq!(
            attachment("Über \"x\".pdf"),
            "attachment; filename=\"_ber _x_.pdf\"; filename*=UTF-8''%C3%9Cber%20%22x%22.pdf"
        );
    }
}
