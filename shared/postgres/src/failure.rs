//! What a failed statement means, by its SQLSTATE (PostgreSQL manual, appendix A).

use sqlx::Error;

/// Whether the database is out of reach or out of order, so that the same statement may succeed later:
/// lost and refused connections, timeouts (also a cancelled statement, 57014, and a lock that was not
/// granted, 55P03), a server that stops or starts, is out of space, memory or connections, or is read-only.
#[must_use]
pub fn is_unavailable(error: &Error) -> bool {
    match error {
        Error::Io(_) | Error::Tls(_) | Error::PoolTimedOut | Error::PoolClosed | Error::WorkerCrashed => true,
        // A connection that was cut in the middle of a message, or after a statement was given up.
        Error::Protocol(_) => true,
        Error::Database(_) => code(error).is_some_and(|code| {
            matches!(code.get(..2), Some("08" | "53" | "57" | "58")) || matches!(&*code, "25006" | "55P03")
        }),
        _ => false,
    }
}

/// Whether the statement's own values are at fault (class 22, data exception, or 23, integrity
/// constraint violation): it fails again however often it is sent.
#[must_use]
pub fn is_data_error(error: &Error) -> bool {
    code(error).is_some_and(|code| matches!(code.get(..2), Some("22" | "23")))
}

/// Whether the server gave this transaction up for another one (40001, 40P01): sent once more, it may pass.
#[must_use]
pub fn is_serialization(error: &Error) -> bool {
    code(error).is_some_and(|code| matches!(&*code, "40001" | "40P01"))
}

fn code(error: &Error) -> Option<String> {
    error
        .as_database_error()
        .and_then(|error| error.code())
        .map(|code| code.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_connection_is_an_outage_and_no_fault_of_the_data() {
        let error = Error::Io(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
        assert!(is_unavailable(&error));
        assert!(!is_data_error(&error));
        assert!(!is_serialization(&error));
    }

    #[test]
    fn a_missing_row_is_neither_an_outage_nor_a_fault_of_the_data() {
        assert!(!is_unavailable(&Error::RowNotFound));
        assert!(!is_data_error(&Error::RowNotFound));
    }
}
