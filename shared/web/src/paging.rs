//! Lists page by page: `?limit=&cursor=` → `{items, next_cursor}`. A cursor is the key of the last item.

use std::str::FromStr;

use actix_web::HttpRequest;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{FieldError, Form, Problem};

const LIMIT: u16 = 50;
const LIMIT_MAX: u16 = 500;

/// What part of a list is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageWanted<C> {
    limit: u16,
    /// The key of the last item of the page before; none for the first page.
    pub cursor: Option<C>,
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    items: Vec<T>,
    /// Where the next page begins; none after the last one.
    next_cursor: Option<String>,
}

impl<C: FromStr> PageWanted<C> {
    /// Reads the query of a request: at most 500 items, 50 if nothing is said.
    ///
    /// # Errors
    /// 422 for a limit that is no number from 1 to 500, and for a cursor that is none of this list.
    pub fn read(request: &HttpRequest) -> Result<Self, Problem> {
        let query = Form::lenient(request.query_string());
        let limit = query.get("limit").map_or(Ok(LIMIT), str::parse);
        let limit = limit.ok().filter(|limit| (1..=LIMIT_MAX).contains(limit));
        let limit = limit.ok_or_else(|| wrong_parameter("limit", "must be a number from 1 to 500"))?;
        let cursor = match query.get("cursor") {
            None => None,
            Some(text) => Some(cursor(text).ok_or_else(unknown_cursor)?),
        };
        Ok(Self { limit, cursor })
    }
}

impl<C> PageWanted<C> {
    /// How many rows to read: one more than the page holds, to know whether it is the last.
    #[must_use]
    pub fn rows(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// The page that these rows make.
    #[must_use]
    pub fn page<R, T: From<R>>(&self, mut rows: Vec<R>, key: impl Fn(&R) -> String) -> Page<T> {
        let limit = usize::from(self.limit);
        let is_last = rows.len() <= limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| !is_last).map(key);
        Page {
            items: rows.into_iter().map(T::from).collect(),
            next_cursor,
        }
    }
}

fn cursor<C: FromStr>(text: &str) -> Option<C> {
    (!text.is_empty()).then(|| text.parse().ok())?
}

fn unknown_cursor() -> Problem {
    wrong_parameter("cursor", "must be one that a page before this one gave")
}

/// 422 for a parameter of the query.
#[must_use]
pub fn wrong_parameter(name: &str, detail: &'static str) -> Problem {
    Problem::invalid(vec![FieldError::new(format!("/{name}"), detail)])
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn read(query: &str) -> Result<PageWanted<u32>, Problem> {
        let request = TestRequest::with_uri(&format!("/list?{query}")).to_http_request();
        PageWanted::read(&request)
    }

    #[test]
    fn a_page_says_where_the_next_begins_unless_it_is_the_last() {
        let wanted = read("limit=2&cursor=7").expect("a page");
        assert_eq!((wanted.rows(), wanted.cursor), (3, Some(7)));
        let page: Page<u32> = wanted.page(vec![8, 9, 10], u32::to_string);
        assert_eq!((page.items, page.next_cursor.as_deref()), (vec![8, 9], Some("9")));
        let page: Page<u32> = wanted.page(vec![8, 9], u32::to_string);
        assert_eq!((page.items, page.next_cursor), (vec![8, 9], None));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        assert_eq!(read("").expect("a page").rows(), 51);
        for query in [
            "limit=0",
            "limit=501",
            "limit=-1",
            "limit=x",
            "cursor=",
            "cursor=x",
            "cursor=%00",
        ] {
            assert!(read(query).is_err(), "{query}");
        }
    }
}
