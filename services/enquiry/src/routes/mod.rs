//! The route table: the only place with paths.

mod admin;
mod contact_page;
mod contact_view;
mod openapi;
mod stylesheet;
mod submit_enquiry;
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
        .get("/contact", contact_page::show)
        .post("/contact", contact_page::submit)
        .get("/contact/thanks", thanks_page::show)
        .post("/v1/enquiries", submit_enquiry::submit)
        .get("/v1/openapi/enquiry.json", openapi::show)
        .get("/static/enquiry/{file}", stylesheet::show)
}

/// The admin port; behind the bearer token.
#[must_use]
pub fn admin(state: State) -> Routes {
    Routes::admin(SERVICE)
        .data(Data::new(state))
        .get("/admin/v1/enquiry/enquiries", admin::enquiries::list)
        .get("/admin/v1/enquiry/enquiries/{id}", admin::enquiries::show)
}
