use actix_web::HttpResponse;
use actix_web::web::{self, Json, ServiceConfig};
use uuid::Uuid;

use super::signup::{Answer, Signup};

pub(super) fn routes(routes: &mut ServiceConfig) {
    routes.route("/v1/signups", web::post().to(take));
}

async fn take(signup: Json<Signup>) -> HttpResponse {
    let signup = signup.into_inner();
    // Read, so that no part of the parsing can be left out.
    if !signup.email.contains('@') || signup.campaign.is_empty() {
        return HttpResponse::UnprocessableEntity().finish();
    }
    HttpResponse::Accepted().json(Answer::new(Uuid::now_v7()))
}
