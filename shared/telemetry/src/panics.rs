use std::any::Any;
use std::panic::{self, PanicHookInfo};

/// Makes panics log lines. Only messages that stand in the source are shown: a formatted one (`unwrap` on an error,
/// for instance) may hold personal data, and the location is enough to find it.
pub(crate) fn log_them() {
    panic::set_hook(Box::new(|info: &PanicHookInfo<'_>| {
        let location = info.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(location, reason = literal(info.payload()), "panic");
    }));
}

fn literal(payload: &(dyn Any + Send)) -> &'static str {
    payload
        .downcast_ref::<&'static str>()
        .copied()
        .unwrap_or("not shown: it was formatted at run time")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_made_at_run_time_is_not_shown() {
        let literal_message = panic::catch_unwind(|| panic!("in the source")).expect_err("a panic");
        assert_eq!(literal(&*literal_message), "in the source");

        let address = "ann@example.org".to_owned();
        let formatted = panic::catch_unwind(|| panic!("no mail to {address}")).expect_err("a panic");
        assert_eq!(literal(&*formatted), "not shown: it was formatted at run time");
    }
}
