//! Mailpit's API: the paths, names and defaults that its clients rely on.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use actix_web::error::{ErrorBadRequest, ErrorInternalServerError, ErrorNotFound};
use actix_web::http::header::{Charset, ContentType};
use actix_web::http::header::{ContentDisposition, DispositionParam, DispositionType, ExtendedValue};
use actix_web::web::{Bytes, Data, Json, Path, Query};
use actix_web::{Error, HttpResponse};
use serde::Deserialize;

use crate::message::{MailId, Message, MessageList, Summary};
use crate::mime;
use crate::store::{Selection, Store};

/// Mails on a page unless `limit` says otherwise.
pub(super) const PAGE: usize = 50;

#[derive(Deserialize)]
pub(super) struct Paging {
    #[serde(default)]
    pub(super) start: usize,
    #[serde(default)]
    pub(super) limit: usize,
}

/// `GET /api/v1/messages?start=&limit=`
pub(super) async fn list(store: Data<Store>, paging: Query<Paging>) -> Json<MessageList> {
    let limit = if paging.limit == 0 { PAGE } else { paging.limit };
    Json(store.page(paging.start, limit))
}

#[derive(Default, Deserialize)]
struct Deletion {
    #[serde(rename = "IDs", alias = "ids", default)]
    ids: Vec<String>,
}

/// `DELETE /api/v1/messages`: the mails that the body lists as `{"IDs": [...]}`, or all when there is no list.
pub(super) async fn delete(store: Data<Store>, body: Bytes) -> Result<&'static str, Error> {
    let deletion: Deletion = match body.trim_ascii() {
        [] => Deletion::default(),
        json => serde_json::from_slice(json).map_err(ErrorBadRequest)?,
    };
    let selection = match deletion.ids.as_slice() {
        [] => Selection::All,
        // An id that is none of ours names a mail that is not here: there is nothing to delete.
        ids => Selection::Only(ids.iter().filter_map(|id| id.parse().ok()).collect()),
    };
    store.delete(selection).await.map_err(|error| broken(&error))?;
    Ok("ok")
}

/// `GET /api/v1/message/{ID}`
pub(super) async fn message(store: Data<Store>, id: Path<String>) -> Result<Json<Message>, Error> {
    let found = find(&store, &id)?;
    let raw = load(&store, found.id).await?;
    Ok(Json(mime::message(&raw, &found)))
}

/// `GET /api/v1/message/{ID}/headers`: every name once, with all its values.
pub(super) async fn headers(store: Data<Store>, id: Path<String>) -> Result<HttpResponse, Error> {
    let raw = load(&store, find(&store, &id)?.id).await?;
    let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in mime::headers(&raw) {
        headers.entry(canonical(&name)).or_default().push(value);
    }
    Ok(HttpResponse::Ok().json(headers))
}

/// `GET /api/v1/message/{ID}/raw`
pub(super) async fn raw(store: Data<Store>, id: Path<String>) -> Result<HttpResponse, Error> {
    let raw = load(&store, find(&store, &id)?.id).await?;
    Ok(HttpResponse::Ok()
        .content_type(ContentType::plaintext())
        .body(raw))
}

/// `GET /api/v1/message/{ID}/part/{PartID}`: an attachment, always to be saved and never shown in place, as
/// whatever is in it comes from outside.
pub(super) async fn part(store: Data<Store>, path: Path<(String, String)>) -> Result<HttpResponse, Error> {
    let (id, part_id) = path.into_inner();
    let raw = load(&store, find(&store, &id)?.id).await?;
    let part = mime::part(&raw, &part_id).ok_or_else(|| ErrorNotFound("no such part"))?;
    Ok(HttpResponse::Ok()
        .content_type(part.content_type.as_str())
        .insert_header(saved_as(part.file_name))
        .body(part.content))
}

/// The mail that a path names, by its id or as `latest`.
pub(super) fn find(store: &Store, id: &str) -> Result<Arc<Summary>, Error> {
    let id = if id == "latest" {
        store.newest()
    } else {
        id.parse::<MailId>().ok()
    };
    id.and_then(|id| store.summary(id)).ok_or_else(no_such_mail)
}

pub(super) async fn load(store: &Store, id: MailId) -> Result<Vec<u8>, Error> {
    store
        .raw(id)
        .await
        .map_err(|error| broken(&error))?
        .ok_or_else(no_such_mail)
}

fn no_such_mail() -> Error {
    ErrorNotFound("no such mail")
}

fn broken(error: &io::Error) -> Error {
    tracing::error!(%error, "the mailbox folder cannot be used");
    ErrorInternalServerError("the mailbox folder cannot be used")
}

/// `x-mailer` as `X-Mailer`, the way Mailpit's (Go's) header maps spell it.
fn canonical(name: &str) -> String {
    let mut start = true;
    let spell = |letter: char| {
        let spelt = if start {
            letter.to_ascii_uppercase()
        } else {
            letter.to_ascii_lowercase()
        };
        start = letter == '-';
        spelt
    };
    name.chars().map(spell).collect()
}

fn saved_as(file_name: String) -> ContentDisposition {
    let name = if file_name.is_ascii() {
        DispositionParam::Filename(file_name)
    } else {
        let value = file_name.into_bytes();
        DispositionParam::FilenameExt(ExtendedValue {
            charset: Charset::Ext("UTF-8".into()),
            language_tag: None,
            value,
        })
    };
    ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![name],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_names_are_spelt_as_go_spells_them() {
        assert_eq!(canonical("list-unsubscribe-POST"), "List-Unsubscribe-Post");
        assert_eq!(canonical("Message-ID"), "Message-Id");
    }
}
