//! What the service is compared with: programs of the same make that do less, or do it the usual way.

mod ceiling;
mod naive;
mod signup;

use std::net::SocketAddr;

use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpResponse, HttpServer};
use clap::Subcommand;

use crate::error::BenchError;

/// Which baseline to serve.
#[derive(Debug, Clone, Subcommand)]
pub enum Baseline {
    /// Parses the body and answers 202: as fast as anything over HTTP can be here
    Ceiling {
        #[arg(long)]
        listen: SocketAddr,
    },
    /// One transaction of three INSERTs a request over a pool of 16
    Naive {
        #[arg(long)]
        listen: SocketAddr,
        #[arg(long)]
        database: String,
    },
}

/// Serves a baseline until the process is killed.
///
/// # Errors
/// When the port is taken.
pub async fn serve(baseline: Baseline) -> Result<(), BenchError> {
    match baseline {
        Baseline::Ceiling { listen } => listen_with(listen, ceiling::routes).await,
        Baseline::Naive { listen, database } => {
            let pool = naive::pool(&database)?;
            listen_with(listen, move |routes| naive::routes(routes, pool.clone())).await
        }
    }
}

async fn listen_with(
    listen: SocketAddr,
    routes: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> Result<(), BenchError> {
    let server = HttpServer::new(move || {
        let ready = web::get().to(async || HttpResponse::Ok().finish());
        App::new().configure(routes.clone()).route("/readyz", ready)
    });
    server.bind(listen)?.run().await?;
    Ok(())
}
