use std::cell::Cell;
use std::fmt;
use std::hash::{BuildHasher, RandomState};

/// Name of the whole journey of one request through HTTP, outbox, Kafka and SMTP. Never zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceId([u8; 16]);

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

/// Name of one step of a trace. Never zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SpanId([u8; 8]);

impl SpanId {
    fn random() -> Self {
        Self(random_id())
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

/// A `traceparent` (W3C Trace Context, version 00): which trace, which step of it, and its flags. `tracestate` is
/// never read or sent: it would carry a stranger's text through our events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceParent {
    trace_id: TraceId,
    span_id: SpanId,
    parent_id: Option<SpanId>,
    flags: u8,
}

/// The only flag that says something to us.
const SAMPLED: u8 = 1;

impl TraceParent {
    /// Begins a trace.
    pub fn new_root() -> TraceParent {
        let mut trace_id = [0; 16];
        trace_id[..8].copy_from_slice(&random_id());
        trace_id[8..].copy_from_slice(&random_id());
        TraceParent {
            trace_id: TraceId(trace_id),
            span_id: SpanId::random(),
            parent_id: None,
            flags: SAMPLED,
        }
    }

    /// Reads the header's value; `None` for what the specification calls invalid, which then is to be ignored.
    pub fn parse(value: &str) -> Option<TraceParent> {
        let bytes = value.as_bytes();
        let (version, rest) = (hex::<1>(bytes.get(..2)?)?[0], bytes.get(55..)?);
        let dashes = [2, 35, 52].iter().all(|&at| bytes[at] == b'-');
        let longer_is_allowed = version != 0 && (rest.is_empty() || rest[0] == b'-');
        if !dashes || version == 0xff || !(rest.is_empty() || longer_is_allowed) {
            return None;
        }
        let trace_id = TraceId(hex(&bytes[3..35])?);
        let span_id = SpanId(hex(&bytes[36..52])?);
        let flags = hex::<1>(&bytes[53..55])?[0] & SAMPLED;
        let valid = trace_id.0 != [0; 16] && span_id.0 != [0; 8];
        valid.then_some(TraceParent {
            trace_id,
            span_id,
            parent_id: None,
            flags,
        })
    }

    /// The next step of the same trace, which this one caused.
    pub fn child(&self) -> TraceParent {
        TraceParent {
            span_id: SpanId::random(),
            parent_id: Some(self.span_id),
            ..*self
        }
    }

    pub fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// Which step this is.
    pub fn span_id(&self) -> SpanId {
        self.span_id
    }

    /// The step that caused this one, if it was made by [`TraceParent::child`].
    pub fn parent_id(&self) -> Option<SpanId> {
        self.parent_id
    }
}

/// The header's value.
impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{}-", self.trace_id)?;
        write!(f, "{}-{:02x}", self.span_id, self.flags)
    }
}

fn write_hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

/// Exactly `2 * N` lower-case hexadecimal digits.
fn hex<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    (digits.len() == 2 * N).then_some(bytes)
}

fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        _ => None,
    }
}

/// Never zero. A keyed hash over a counter: ids must be unique and need not be secret, and asking the kernel for
/// every request would show in a profile.
fn random_id() -> [u8; 8] {
    thread_local! {
        static STATE: (RandomState, Cell<u64>) = (RandomState::new(), const { Cell::new(0) });
    }
    STATE.with(|(key, counter)| {
        counter.set(counter.get() + 1);
        key.hash_one(counter.get()).max(1).to_be_bytes()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    const EXAMPLE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn what_is_written_is_read_again() {
        assert_eq!(TraceParent::parse(EXAMPLE).expect("valid").to_string(), EXAMPLE);
        let root = TraceParent::new_root();
        assert_eq!(TraceParent::parse(&root.to_string()), Some(root));
    }

    #[test]
    fn a_child_stays_in_the_trace_under_a_name_of_its_own() {
        let parent = TraceParent::parse(EXAMPLE).expect("valid");
        let child = parent.child();
        assert_eq!(child.trace_id(), parent.trace_id());
        assert_ne!(child.span_id(), parent.span_id());
        assert_eq!(child.parent_id(), Some(parent.span_id()));
        assert_eq!(child.trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    }

    #[test]
    fn what_the_specification_calls_invalid_is_ignored() {
        for wrong in [
            "",
            "00",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
            "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",
        ] {
            assert_eq!(TraceParent::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_later_version_is_read_as_far_as_we_know_it() {
        let later = "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff-more";
        assert_eq!(TraceParent::parse(later).expect("valid").to_string(), EXAMPLE);
    }

    #[test]
    fn ids_do_not_repeat_across_threads() {
        let many = || {
            (0..10_000)
                .map(|_| TraceParent::new_root().trace_id())
                .collect::<Vec<_>>()
        };
        let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(many)).collect();
        let ids: HashSet<TraceId> = threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("no panic"))
            .collect();
        assert_eq!(ids.len(), 40_000);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_ignored_without_a_panic(text in "\\PC{0,80}") {
            if let Some(parsed) = TraceParent::parse(&text) {
                prop_assert_eq!(TraceParent::parse(&parsed.to_string()), Some(parsed));
            }
        }
    }
}
