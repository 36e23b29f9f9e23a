//! Keeps other people's web pages out. The mailbox has no login: it trusts whoever reaches its address. A page
//! on the internet can make the visitor's browser reach it too, under a name that the page's owner points at
//! this machine (DNS rebinding); such a request carries that name.

use std::net::IpAddr;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::HOST;
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse};

/// Answers only requests for `localhost` or for an IP address.
pub(super) async fn only_from_this_machine(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    if host.is_none_or(is_this_machine) {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    let refusal = HttpResponse::build(StatusCode::MISDIRECTED_REQUEST)
        .body("Open the mailbox as localhost or by its IP address.\n");
    Ok(request.into_response(refusal))
}

fn is_this_machine(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_localhost_and_addresses_are_this_machine() {
        for host in [
            "localhost:8025",
            "LOCALHOST",
            "127.0.0.1:8025",
            "[::1]:8025",
            "[::1]",
            "10.0.0.5",
        ] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in [
            "evil.example:8025",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "",
        ] {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
