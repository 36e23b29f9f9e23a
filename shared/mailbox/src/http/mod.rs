//! The HTTP side: Mailpit's API for programs, pages for people.

mod api;
mod guard;
mod pages;

use std::io;
use std::net::TcpListener;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::middleware::{DefaultHeaders, from_fn};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{App, HttpServer};
use tokio_util::sync::CancellationToken;

use crate::store::Store;

const SHUTDOWN_SECONDS: u64 = 2;
const REQUEST_HEAD_TIMEOUT: Duration = Duration::from_secs(5);

/// A server that is ready to be [`run`].
pub(crate) fn server(listener: TcpListener, store: Store) -> io::Result<Server> {
    let store = Data::new(store);
    let server = HttpServer::new(move || {
        App::new()
            .wrap(from_fn(guard::only_from_this_machine))
            .wrap(headers())
            .app_data(store.clone())
            .configure(routes)
    });
    let server = server
        .workers(1)
        .disable_signals()
        .shutdown_timeout(SHUTDOWN_SECONDS)
        .client_request_timeout(REQUEST_HEAD_TIMEOUT)
        .listen(listener)?;
    Ok(server.run())
}

/// Serves until `stop`.
pub(crate) async fn run(server: Server, stop: CancellationToken) {
    let handle = server.handle();
    tokio::pin!(server);
    let ended = tokio::select! {
        ended = &mut server => ended,
        () = stop.cancelled() => tokio::join!(handle.stop(true), server).1,
    };
    if let Err(error) = ended {
        tracing::error!(%error, "the mailbox pages ended");
    }
}

fn routes(config: &mut ServiceConfig) {
    config
        .route("/", web::get().to(pages::list))
        .route("/mail/{id}", web::get().to(pages::mail))
        .route("/mail/{id}/html", web::get().to(pages::html))
        .route("/static/mailbox.css", web::get().to(pages::style))
        .route("/static/refresh.js", web::get().to(pages::script))
        .route("/api/v1/messages", web::get().to(api::list))
        .route("/api/v1/messages", web::delete().to(api::delete))
        .route("/api/v1/message/{id}", web::get().to(api::message))
        .route("/api/v1/message/{id}/headers", web::get().to(api::headers))
        .route("/api/v1/message/{id}/raw", web::get().to(api::raw))
        .route("/api/v1/message/{id}/part/{part}", web::get().to(api::part));
}

/// Mails hold personal data: nothing of them is to be cached, sniffed, or shown inside other sites. A handler's
/// own policy takes the place of the one here.
fn headers() -> DefaultHeaders {
    DefaultHeaders::new()
        .add(("Cache-Control", "no-store"))
        .add(("X-Content-Type-Options", "nosniff"))
        .add(("Referrer-Policy", "no-referrer"))
        .add(("Cross-Origin-Resource-Policy", "same-origin"))
        .add((
            "Content-Security-Policy",
            "default-src 'none'; frame-ancestors 'none'; sandbox",
        ))
}
