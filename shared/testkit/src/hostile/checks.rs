//! What must hold for every endpoint of every service. Each of these panics with the endpoint that breaks it.

use futures_util::future::join_all;

use super::{Answer, Endpoint, Endpoints, FORM_BODIES, QUERIES, SEGMENTS};

const EVIL: &str = "evil.example";
const FORM: &str = "application/x-www-form-urlencoded";
const CHUNK: &[u8] = &[b'a'; 0x1000];

impl Endpoints {
    /// A body that never ends is answered with 413 where bodies are read, and the connection closed everywhere. One after
    /// the other: side by side on a busy machine, a body's time could be up before its size.
    /// `unread`: the templates of endpoints that read none.
    pub async fn cut_off_bodies_without_end(&self, unread: &[&str]) {
        let chunk = [b"1000\r\n", CHUNK, b"\r\n"].concat();
        for endpoint in &self.all {
            let lines = format!("content-type: {FORM}\r\ntransfer-encoding: chunked\r\n");
            let head = self.head(&endpoint.method, &endpoint.path, &lines);
            let answer = Answer::to(self.address, &head, Some(&chunk)).await;
            // A connection that was reset before its answer could be read was cut off as well.
            if answer.status != 0 {
                endpoint.is_answered(&answer, unread, 413);
            }
        }
    }

    /// A body that stops halfway is answered with 408 where bodies are read, and the connection closed everywhere.
    pub async fn give_up_bodies_that_stall(&self, unread: &[&str]) {
        let stalled = self.all.iter().map(async |endpoint| {
            let lines = format!("content-type: {FORM}\r\ncontent-length: 20\r\n");
            let mut bytes = self.head(&endpoint.method, &endpoint.path, &lines);
            bytes.push(b'a');
            let answer = Answer::to(self.address, &bytes, None).await;
            endpoint.is_answered(&answer, unread, 408);
        });
        join_all(stalled).await;
    }

    /// A packed body, which can be small and unpack to gigabytes, is not unpacked.
    pub async fn leave_packed_bodies_packed(&self, unread: &[&str]) {
        for endpoint in self.posts() {
            for encoding in ["gzip", "deflate", "br", "zstd", "identity, gzip"] {
                let lines = format!("content-type: {FORM}\r\ncontent-encoding: {encoding}\r\n");
                let answer = self
                    .send("POST", &endpoint.path, &lines, b"\x1f\x8b\x08\0\0\0\0\0")
                    .await;
                endpoint.is_answered(&answer, unread, 415);
            }
        }
    }

    /// What calls itself a form and is none is nobody's fault but the sender's.
    pub async fn survive_forms_that_are_none(&self) {
        for endpoint in self.posts() {
            for body in FORM_BODIES {
                let lines = format!("content-type: {FORM}\r\n");
                let answer = self.send("POST", &endpoint.path, &lines, body).await;
                assert!(
                    answer.status != 0 && answer.status < 500,
                    "{endpoint:?} {body:?}: {answer:?}"
                );
            }
        }
    }

    /// No value of a path's parameter leads anywhere.
    pub async fn know_no_other_paths(&self) {
        let with_parameter = self.all.iter().filter(|endpoint| endpoint.template.contains('{'));
        for endpoint in with_parameter {
            let place = endpoint.template.split_once('{').expect("a parameter");
            let rest = place.1.split_once('}').expect("its end").1;
            for segment in SEGMENTS.into_iter().chain([&"a".repeat(5_000)[..]]) {
                let target = format!("{}{segment}{rest}", place.0);
                let answer = self.send(&endpoint.method, &target, "", b"").await;
                assert!(answer.blames_the_sender(), "{endpoint:?} {segment:?}: {answer:?}");
                assert!(answer.field("x-planted").is_none(), "{endpoint:?}: {answer:?}");
            }
        }
    }

    /// No query and no header that names another host changes where an answer leads.
    pub async fn lead_nowhere_else(&self) {
        let fields = format!(
            "host: {EVIL}\r\nx-forwarded-host: {EVIL}\r\nforwarded: host={EVIL};proto=http\r\n\
             x-forwarded-proto: ftp\r\nx-original-url: //{EVIL}\r\nx-rewrite-url: //{EVIL}\r\n\
             x-http-method-override: DELETE\r\n"
        );
        for endpoint in self.gets() {
            let usual = self.send("GET", &endpoint.path, "", b"").await;
            assert!(usual.status != 0 && usual.status < 500, "{endpoint:?}: {usual:?}");
            for query in QUERIES {
                let target = format!("{}?{query}", endpoint.path);
                let answer = self.send("GET", &target, &fields, b"").await;
                let allowed = [usual.status, 422];
                assert!(
                    allowed.contains(&answer.status),
                    "{endpoint:?} {query}: {answer:?}"
                );
                assert!(!answer.has(EVIL), "{endpoint:?} {query}: {answer:?}");
                assert!(
                    answer.field("x-planted").is_none(),
                    "{endpoint:?} {query}: {answer:?}"
                );
                assert_eq!(
                    answer.field("location"),
                    usual.field("location"),
                    "{endpoint:?} {query}"
                );
            }
        }
    }

    /// Methods that a path does not have are refused, and the ones that it has are named.
    pub async fn have_no_other_methods(&self) {
        for endpoint in &self.all {
            for method in [
                "PUT",
                "PATCH",
                "DELETE",
                "TRACE",
                "PROPFIND",
                "get",
                "X".repeat(300).as_str(),
            ] {
                let answer = self.send(method, &endpoint.path, "", b"").await;
                let is_refused = answer.status == 405 && answer.field("allow").is_some();
                assert!(
                    is_refused || answer.status == 400,
                    "{method} {endpoint:?}: {answer:?}"
                );
            }
        }
    }

    /// Whoever has sent too much waits, whatever headers say of the sender; returns the templates of those `POST`s for
    /// which that is not so. The site must have limits.
    pub async fn posts_without_limit(&self, burst: u32) -> Vec<&'static str> {
        let rotating = |number: u32| {
            format!(
                "x-forwarded-for: 192.0.2.{number}\r\nx-real-ip: 192.0.2.{number}\r\nforwarded: for=192.0.2.{number}\r\n"
            )
        };
        let first = self.posts().next().expect("an endpoint that takes something");
        for number in 0..burst {
            self.send("POST", &first.path, &rotating(number), b"").await;
        }
        let mut unlimited = Vec::new();
        for endpoint in self.posts() {
            let answer = self.send("POST", &endpoint.path, &rotating(200), b"").await;
            if answer.status != 429 {
                unlimited.push(endpoint.template);
                continue;
            }
            let wait = answer
                .field("retry-after")
                .and_then(|seconds| seconds.parse::<u32>().ok());
            assert!(
                wait.is_some_and(|seconds| seconds > 0),
                "{endpoint:?}: {answer:?}"
            );
        }
        unlimited
    }

    /// For the endpoints of one port, asked for at the other: they are not there.
    pub async fn are_not_here(&self) {
        for endpoint in &self.all {
            let answer = self.send(&endpoint.method, &endpoint.path, "", b"").await;
            assert_eq!(answer.status, 404, "{endpoint:?}: {answer:?}");
        }
    }

    /// Without the token, or with it in another place, every endpoint is shut.
    pub async fn open_to_the_token_only(&self) {
        let stranger = Endpoints {
            fields: String::new(),
            ..self.clone()
        };
        let wrong = [
            "",
            "authorization: Bearer none\r\n",
            "authorization: Bearer \r\n",
            "authorization: Basic YWRtaW46YWRtaW4=\r\n",
            "cookie: token=the admin's token\r\n",
        ];
        for endpoint in &self.all {
            for lines in wrong {
                let target = format!("{}?token=the%20admin's%20token", endpoint.path);
                let answer = stranger.send(&endpoint.method, &target, lines, b"").await;
                assert_eq!(answer.status, 401, "{endpoint:?} {lines:?}: {answer:?}");
            }
        }
    }
}

impl Endpoint {
    fn is_answered(&self, answer: &Answer, unread: &[&str], expected: u16) {
        let reads = self.method == "POST" && !unread.contains(&self.template);
        let is_right = if reads {
            answer.status == expected
        } else {
            answer.status != 0 && answer.status < 500
        };
        assert!(is_right, "{self:?}, {expected} expected: {answer:?}");
    }
}
