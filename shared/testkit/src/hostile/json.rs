const JSON: &str = "application/json";

/// A body for an endpoint that takes JSON, with the statuses that it may get.
#[derive(Debug)]
pub struct JsonBody {
    pub what: &'static str,
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
    pub statuses: &'static [u16],
}

/// Bodies that are no request of any endpoint.
#[must_use]
pub fn json_bodies() -> Vec<JsonBody> {
    let mut bodies = not_json();
    bodies.extend(not_a_request());
    bodies.extend(of_another_type());
    bodies
}

fn body(what: &'static str, bytes: &[u8], statuses: &'static [u16]) -> JsonBody {
    JsonBody {
        what,
        media_type: JSON,
        bytes: bytes.to_vec(),
        statuses,
    }
}

fn not_json() -> Vec<JsonBody> {
    vec![
        body("no body", b"", &[400]),
        body("not JSON", b"email=a", &[400]),
        body("cut off", br#"{"email":"a@example.com""#, &[400]),
        body("two values", b"{}{}", &[400]),
        body("not a number", br#"{"email":NaN}"#, &[400]),
        body("no number of JSON", br#"{"email":+1}"#, &[400]),
        body("very deep lists", &b"[".repeat(10_000), &[400]),
        body("very deep objects", &br#"{"a":"#.repeat(6_000), &[400]),
        body("a byte order mark", b"\xef\xbb\xbf{}", &[400]),
        body("UTF-16", b"{\0}\0", &[400]),
        body("UTF-16 with its mark", b"\xff\xfe{\0}\0", &[400]),
        body("no UTF-8", b"{\"email\":\"\xff\"}", &[400]),
        body("a surrogate in UTF-8", b"{\"email\":\"\xed\xa0\x80\"}", &[400]),
        body("half a surrogate", br#"{"message":"\ud800"}"#, &[400]),
        body(
            "halves in the wrong order",
            br#"{"email":"\udc00\ud800"}"#,
            &[400],
        ),
        body("a raw control character", b"{\"email\":\"a\nb\"}", &[400]),
    ]
}

fn not_a_request() -> Vec<JsonBody> {
    vec![
        body("nothing", b"null", &[422]),
        body("a list", b"[]", &[422]),
        body(
            "a list of the fields in their order",
            br#"["anna@example.com", null, "instagram", [false], null]"#,
            &[422],
        ),
        body(
            "another one",
            br#"["anna@example.com", null, "course", "Is it?", null, null]"#,
            &[422],
        ),
        body("a text", b"\"a@example.com\"", &[422]),
        body("numbers", br#"{"email":1,"topic":2,"message":3}"#, &[422]),
        body("an object for a text", br#"{"email":{"a":1}}"#, &[422]),
        body("a huge number", br#"{"email":1e9999}"#, &[400, 422]),
        body(
            "a huge integer",
            br#"{"email":123456789012345678901234567890}"#,
            &[422],
        ),
        body(
            "many digits",
            format!("{{\"email\":{}}}", "9".repeat(20_000)).as_bytes(),
            &[400, 422],
        ),
        body(
            "a key twice",
            br#"{"email":"a@example.com","email":"b@example.com"}"#,
            &[422],
        ),
        body("a NUL", br#"{"email":"a\u0000b@example.com"}"#, &[422]),
        body("a NUL in a key", br#"{"em\u0000ail":"a@example.com"}"#, &[422]),
        body("an unknown key", br#"{"__proto__":{"admin":true}}"#, &[422]),
    ]
}

fn of_another_type() -> Vec<JsonBody> {
    let typed = |what, media_type, bytes: &[u8], statuses| JsonBody {
        media_type,
        ..body(what, bytes, statuses)
    };
    vec![
        typed("a form", "application/x-www-form-urlencoded", b"email=a", &[415]),
        typed(
            "another charset",
            "application/json; charset=utf-16",
            b"{}",
            &[415],
        ),
        typed(
            "plain text, which needs no preflight",
            "text/plain",
            b"{}",
            &[415],
        ),
        typed("many parts", "multipart/form-data; boundary=x", b"--x--", &[415]),
        typed("no type", "", b"{}", &[415]),
        typed("too large", JSON, &b" ".repeat(70 * 1024), &[413]),
    ]
}
