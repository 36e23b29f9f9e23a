//! The route table: the only place with paths.

mod admin;
mod bounces;
mod openapi;

use actix_web::web::Data;
use contracts::Source;
use web::{RateGroup, Routes};

use crate::state::State;

pub use openapi::document;

const SERVICE: &str = Source::Notification.service();

/// The public port.
#[must_use]
pub fn public(state: State) -> Routes {
    Routes::public(SERVICE, state.metrics.http.clone())
        .data(Data::new(state))
        .get("/v1/openapi/notification.json", openapi::show)
        // Providers tell of many mails from few addresses, and what is not signed goes no further.
        .post("/v1/bounces/{provider}", bounces::take)
        .in_group(RateGroup::Unlimited)
}

/// The admin port; behind the bearer token.
#[must_use]
pub fn admin(state: State) -> Routes {
    Routes::admin(SERVICE)
        .data(Data::new(state))
        .get("/admin/v1/notification/notifications", admin::notifications::list)
        .post(
            "/admin/v1/notification/notifications/retry",
            admin::notification::retry_all,
        )
        .get(
            "/admin/v1/notification/notifications/{id}",
            admin::notification::show,
        )
        .post(
            "/admin/v1/notification/notifications/{id}/retry",
            admin::notification::retry,
        )
        .post(
            "/admin/v1/notification/notifications/{id}/cancel",
            admin::notification::cancel,
        )
        .get("/admin/v1/notification/suppressions", admin::suppressions::list)
        .post("/admin/v1/notification/suppressions", admin::suppressions::add)
        .post(
            "/admin/v1/notification/suppressions/{person_id}/lift",
            admin::suppressions::lift,
        )
        .post("/admin/v1/notification/bounces", admin::bounces::take)
        .get(
            "/admin/v1/notification/bounces/ses/subscription",
            admin::bounces::subscription,
        )
}
