//! Lists page by page: `?limit=&cursor=` → `{items, next_cursor}`. A cursor is the key of the last item.

use actix_web::HttpRequest;
use serde::Serialize;
use web::{FieldError, Form, Problem};

const LIMIT: u16 = 50;
const LIMIT_MAX: u16 = 500;

/// What part of a list is wanted.
#[derive(Debug)]
pub(super) struct Wanted {
    pub limit: u16,
    pub cursor: Option<String>,
}

/// One page of a list.
#[derive(Debug, Serialize)]
pub(super) struct Page<T> {
    items: Vec<T>,
    /// Where the next page begins; none after the last one.
    next_cursor: Option<String>,
}

impl Wanted {
    /// Reads the query.
    ///
    /// # Errors
    /// 422 for a limit that is no number from 1 to 500.
    pub(super) fn read(request: &HttpRequest) -> Result<Self, Problem> {
        let query = Form::lenient(request.query_string());
        let limit = query.get("limit").map_or(Ok(LIMIT), str::parse);
        let limit = limit.ok().filter(|limit| (1..=LIMIT_MAX).contains(limit));
        let limit = limit.ok_or_else(|| wrong("limit", "must be a number from 1 to 500"))?;
        let cursor = query.get("cursor").filter(|cursor| !cursor.is_empty());
        Ok(Self {
            limit,
            cursor: cursor.map(str::to_owned),
        })
    }
}

impl<T> Page<T> {
    /// A page that is full has one after it, perhaps an empty one.
    pub(super) fn new(items: Vec<T>, wanted: &Wanted, key: impl Fn(&T) -> String) -> Self {
        let is_full = items.len() >= usize::from(wanted.limit);
        let next_cursor = items.last().filter(|_| is_full).map(key);
        Self { items, next_cursor }
    }
}

/// 422 for a parameter of the query.
pub(super) fn wrong(name: &str, detail: &'static str) -> Problem {
    Problem::invalid(vec![FieldError::new(format!("/{name}"), detail)])
}
