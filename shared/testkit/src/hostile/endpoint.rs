use std::net::SocketAddr;

use web::Routes;

use super::Answer;
use crate::{ADMIN_TOKEN, Served};

/// One method of one path of a route table.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub method: String,
    /// As the table has it, with its parameters in braces.
    pub template: &'static str,
    /// With values in place of the parameters.
    pub path: String,
}

/// Every endpoint of a route table, at the port that serves it.
#[derive(Clone, Debug)]
pub struct Endpoints {
    pub(super) address: SocketAddr,
    pub(super) all: Vec<Endpoint>,
    /// Field lines that each request has.
    pub(super) fields: String,
}

impl Endpoints {
    /// The endpoints of the public port; `fill` gives a template's parameters values.
    pub fn public(served: &Served, table: &Routes, fill: impl Fn(&str) -> String) -> Endpoints {
        Endpoints::at(served.public, table, fill, String::new())
    }

    /// The endpoints of the admin port, for whoever has the token.
    pub fn admin(served: &Served, table: &Routes, fill: impl Fn(&str) -> String) -> Endpoints {
        let token = format!("authorization: Bearer {ADMIN_TOKEN}\r\n");
        Endpoints::at(served.admin, table, fill, token)
    }

    fn at(address: SocketAddr, table: &Routes, fill: impl Fn(&str) -> String, fields: String) -> Endpoints {
        let all = table.paths().map(|(method, template)| Endpoint {
            method: method.to_string(),
            template,
            path: fill(template),
        });
        let all: Vec<Endpoint> = all.collect();
        assert!(!all.is_empty(), "a table has endpoints");
        Endpoints { address, all, fields }
    }

    pub(super) fn posts(&self) -> impl Iterator<Item = &Endpoint> {
        self.all.iter().filter(|endpoint| endpoint.method == "POST")
    }

    pub(super) fn gets(&self) -> impl Iterator<Item = &Endpoint> {
        self.all.iter().filter(|endpoint| endpoint.method == "GET")
    }

    /// Sends one request with these header lines and this body, as they are.
    pub(super) async fn send(&self, method: &str, target: &str, lines: &str, body: &[u8]) -> Answer {
        let mut bytes = self.head(
            method,
            target,
            &format!("content-length: {}\r\n{lines}", body.len()),
        );
        bytes.extend_from_slice(body);
        Answer::to(self.address, &bytes, None).await
    }

    pub(super) fn head(&self, method: &str, target: &str, lines: &str) -> Vec<u8> {
        let host = if lines.contains("host: ") {
            ""
        } else {
            "host: site.example\r\n"
        };
        let fields = &self.fields;
        format!("{method} {target} HTTP/1.1\r\n{host}connection: close\r\n{fields}{lines}\r\n").into_bytes()
    }
}
