//! The route table: the only place with paths.

mod admin;
mod contact_page;
mod contact_view;
mod enquiry_api;
mod openapi;
mod question_body;
mod static_files;
mod thanks_page;

use actix_web::web::Data;
use contracts::Source;
use web::Routes;

use crate::state::State;

pub use openapi::document;

const SERVICE: &str = Source::Enquiry.service();
const CONTACT: &str = "/contact";
const THANKS: &str = "/contact/thanks";
const STATIC: &str = "/static/enquiry/";

/// The public port.
#[must_use]
pub fn public(state: State) -> Routes {
    Routes::public(SERVICE, state.metrics.http.clone())
        .data(Data::new(state))
        .get(CONTACT, contact_page::show)
        .post(CONTACT, contact_page::submit)
        .get(THANKS, thanks_page::show)
        .post("/v1/enquiries", enquiry_api::submit)
        .get("/v1/openapi/enquiry.json", openapi::show)
        .get("/static/enquiry/{file}", static_files::show)
}

/// The admin port; behind the bearer token.
#[must_use]
pub fn admin(state: State) -> Routes {
    Routes::admin(SERVICE)
        .data(Data::new(state))
        .get("/admin/v1/enquiry/enquiries", admin::enquiries::list)
        .get("/admin/v1/enquiry/enquiries/{id}", admin::enquiries::show)
}
