//! HTTP as every service speaks it: a route table, a server, problems instead of errors, bodies that are safe to read.
//! README.md lists what it promises.

mod accept;
mod admin;
mod answer;
mod bearer;
mod body;
mod client_address;
pub mod cors;
mod form;
pub mod form_stamp;
mod idempotency;
mod json;
mod json_scan;
mod kept_payload;
mod media_type;
mod metrics;
mod object;
mod observe;
mod page;
mod paging;
mod problem;
mod rate_limit;
mod routes;
mod server;
mod trace;
mod tracked_body;

pub use admin::{AdminSite, Probe};
pub use body::{BODY_LIMIT, BODY_TIME, Body, read_beginning, read_body};
pub use client_address::{ClientAddress, TrustedProxies};
pub use form::Form;
pub use idempotency::idempotency_key;
pub use json::{Json, parse_json};
pub use media_type::MediaType;
pub use metrics::HttpMetrics;
pub use object::Object;
pub use page::{PAGE_POLICY, html};
pub use paging::{Page, PageWanted, wrong_parameter};
pub use problem::{FieldError, Problem};
pub use rate_limit::{Quotas, RateGroup, RateLimits};
pub use routes::Routes;
pub use server::{BindError, PublicSite, Servers, bind, serve};
pub use trace::Trace;
