//! The route table: every path of this service, and nothing else. HTTP comes in here, becomes types of `domain`, and
//! calls one command.

mod admin;
mod answer;
mod byte_range;
mod confirm;
mod content_disposition;
mod cors;
mod dead_link;
mod download;
mod landing_page;
mod my_data;
mod openapi;
mod page;
mod page_form;
mod request_signup;
mod signup_api;
mod signup_body;
mod static_files;
mod unsubscribe;
mod visitor;

use actix_web::http::Method;
use actix_web::web::Data;
use web::{RateGroup, Routes};

use crate::state::State;
use page::Pages;

/// The public routes.
#[must_use]
pub fn public(state: State) -> Routes {
    let metrics = state.metrics.http.clone();
    let pages = Pages::new(&state.rules);
    Routes::public("signup", metrics)
        .data(Data::new(pages))
        .data(Data::new(state))
        .get("/c/{campaign}", landing_page::show)
        .post("/c/{campaign}", request_signup::by_form)
        .get("/c/{campaign}/thanks", landing_page::thanks)
        .post("/v1/signups", signup_api::request_signup)
        .route(Method::OPTIONS, "/v1/signups", cors::preflight)
        .in_group(RateGroup::GetPage)
        .get("/v1/openapi/signup.json", openapi::show)
        .get("/d", dead_link::show)
        .post("/d", dead_link::mail_fresh_links)
        .get("/d/{token}", download::send_file)
        .get("/u/{token}", unsubscribe::show)
        .in_group(RateGroup::Unlimited)
        .post("/u/{token}", unsubscribe::stop)
        .in_group(RateGroup::Unlimited)
        .get("/confirm/{token}", confirm::show)
        .post("/confirm/{token}", confirm::confirm)
        .get("/me", my_data::ask)
        .post("/me", my_data::mail_link)
        .get("/me/{token}", my_data::open)
        .post("/me/{token}", my_data::act)
        .get("/static/signup/{file}", static_files::send)
}

/// The admin routes, behind the bearer token.
#[must_use]
pub fn admin(state: State) -> Routes {
    Routes::admin("signup")
        .data(Data::new(state))
        .get("/admin/v1/signup/leads", admin::leads::list)
        .get("/admin/v1/signup/leads/{id}", admin::leads::show)
        .get("/admin/v1/signup/campaigns", admin::campaigns::list)
        .get("/admin/v1/signup/offers", admin::offers::list)
}
