//! The reference number that visitor and team call an enquiry by.

use std::fmt;

use uuid::Uuid;

/// Douglas Crockford's base 32: no I, L, O or U, so that it survives being read aloud.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const SYMBOLS: usize = 8;

/// Such as `Q-7K3M-9QXP`: 40 bits of the enquiry's id. Unique by a constraint of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference(String);

impl Reference {
    /// Of an enquiry with this id. The last 40 bits of a UUIDv7 are random.
    #[must_use]
    pub fn of(id: Uuid) -> Self {
        let mut bits = id.as_u128();
        let mut symbols = [0_u8; SYMBOLS];
        for symbol in symbols.iter_mut().rev() {
            *symbol = ALPHABET[(bits & 31) as usize];
            bits >>= 5;
        }
        Self::from_symbols(symbols)
    }

    /// Reads one as a person may write it: in any case, with or without dashes, with O for 0 and I or L for 1.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.trim().strip_prefix(['Q', 'q'])?;
        let mut symbols = [0_u8; SYMBOLS];
        let mut count = 0;
        for byte in rest.bytes().filter(|byte| *byte != b'-') {
            *symbols.get_mut(count)? = symbol(byte)?;
            count += 1;
        }
        (count == SYMBOLS).then(|| Self::from_symbols(symbols))
    }

    /// The number as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn from_symbols(symbols: [u8; SYMBOLS]) -> Self {
        let text: String = symbols.iter().map(|symbol| char::from(*symbol)).collect();
        let (left, right) = text.split_at(SYMBOLS / 2);
        Self(format!("Q-{left}-{right}"))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn symbol(byte: u8) -> Option<u8> {
    let byte = match byte.to_ascii_uppercase() {
        b'O' => b'0',
        b'I' | b'L' => b'1',
        other => other,
    };
    ALPHABET.contains(&byte).then_some(byte)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_read_aloud_and_typed_again_is_the_same_number() {
        let reference = Reference::parse("Q-7K3M-9QX0").expect("well formed");
        for typed in ["q-7k3m-9qx0", " Q7K3M9QX0 ", "Q-7K3M-9QXO"] {
            assert_eq!(Reference::parse(typed).as_ref(), Some(&reference), "{typed}");
        }
    }

    #[test]
    fn what_is_no_number_is_not_shown() {
        for wrong in [
            "",
            "Q",
            "Q-7K3M",
            "Q-7K3M-9QXPP",
            "X-7K3M-9QXP",
            "Q-7K3M-9QXU",
            "<b>",
            "Q-<i>-9QXP",
        ] {
            assert_eq!(Reference::parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn every_id_has_a_number_that_can_be_read_back(id: u128) {
            let reference = Reference::of(Uuid::from_u128(id));
            prop_assert_eq!(Reference::parse(reference.as_str()), Some(reference));
        }

        #[test]
        fn whatever_is_typed_never_panics(typed in "\\PC*") {
            let _ = Reference::parse(&typed);
        }
    }
}
