//! The route table: the only place with paths.

mod admin;
mod openapi;

use actix_web::web::Data;
use contracts::Source;
use web::Routes;

use crate::state::State;

pub use openapi::document;

const SERVICE: &str = Source::Notification.service();

/// The public port.
#[must_use]
pub fn public(state: &State) -> Routes {
    Routes::public(SERVICE, state.metrics.http.clone()).get("/v1/openapi/notification.json", openapi::show)
}

/// The admin port; behind the bearer token.
#[must_use]
pub fn admin(state: State) -> Routes {
    Routes::admin(SERVICE)
        .data(Data::new(state))
        .get("/admin/v1/notification/notifications", admin::notifications::list)
}
