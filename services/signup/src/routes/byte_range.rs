//! `Range` of RFC 9110 §14.2, one range of bytes at most: several are answered with the whole.

use actix_web::http::StatusCode;

/// What part of a file to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ByteRange {
    Whole,
    /// Both ends belong to it.
    Part {
        first: usize,
        last: usize,
    },
    /// The file ends before it begins.
    Outside,
}

impl ByteRange {
    /// Reads the header; what is not understood asks for the whole.
    pub(super) fn parse(header: &str, length: usize) -> Self {
        let Some(spec) = header.trim().strip_prefix("bytes=") else {
            return Self::Whole;
        };
        let Some((first, last)) = spec.split_once('-') else {
            return Self::Whole;
        };
        match (first.trim().parse::<usize>(), last.trim().parse::<usize>()) {
            (Ok(first), Ok(last)) if last < first => Self::Whole,
            (Ok(first), _) if first >= length => Self::Outside,
            (Ok(first), Ok(last)) => Self::Part {
                first,
                last: last.min(length - 1),
            },
            (Ok(first), Err(_)) if last.trim().is_empty() => Self::Part {
                first,
                last: length - 1,
            },
            (Err(_), Ok(0)) if first.trim().is_empty() => Self::Outside,
            (Err(_), Ok(count)) if first.trim().is_empty() && length > 0 => Self::Part {
                first: length.saturating_sub(count),
                last: length - 1,
            },
            _ => Self::Whole,
        }
    }

    /// The status that goes with it.
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::Whole => StatusCode::OK,
            Self::Part { .. } => StatusCode::PARTIAL_CONTENT,
            Self::Outside => StatusCode::RANGE_NOT_SATISFIABLE,
        }
    }

    /// The value of `Content-Range` that goes with it.
    pub(super) fn header(self, length: usize) -> Option<String> {
        match self {
            Self::Whole => None,
            Self::Part { first, last } => Some(format!("bytes {first}-{last}/{length}")),
            Self::Outside => Some(format!("bytes */{length}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_range_is_understood_and_all_else_means_the_whole() {
        let part = |first, last| ByteRange::Part { first, last };
        for (header, expected) in [
            ("bytes=0-3", part(0, 3)),
            ("bytes=4-", part(4, 9)),
            ("bytes=-3", part(7, 9)),
            ("bytes=-30", part(0, 9)),
            ("bytes=8-99", part(8, 9)),
            ("bytes=10-", ByteRange::Outside),
            ("bytes=-0", ByteRange::Outside),
            ("bytes=3-1", ByteRange::Whole),
            ("bytes=0-1,4-5", ByteRange::Whole),
            ("bytes=a-b", ByteRange::Whole),
            ("lines=0-1", ByteRange::Whole),
            ("", ByteRange::Whole),
        ] {
            assert_eq!(ByteRange::parse(header, 10), expected, "{header}");
        }
    }

    proptest! {
        #[test]
        fn a_part_always_lies_in_the_file(header in "bytes=[0-9]{0,4}-[0-9]{0,4}|\\PC{0,20}", length in 0_usize..2_000) {
            if let ByteRange::Part { first, last } = ByteRange::parse(&header, length) {
                prop_assert!(first <= last && last < length);
            }
        }
    }
}
