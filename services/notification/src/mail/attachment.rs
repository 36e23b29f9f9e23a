//! A file, encoded once and shared by all mails that carry it.

use std::fmt;
use std::sync::Arc;

use data_encoding::BASE64_MIME;

/// A file in base64 with lines of 76 characters (RFC 2045 §6.8). Clones share it.
#[derive(Clone)]
pub struct EncodedFile(Arc<str>);

impl EncodedFile {
    /// Octets of the encoded form.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the file is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for EncodedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncodedFile({} octets)", self.len())
    }
}

/// Octets of a file that make one line of base64.
const LINE: usize = 57;

/// Encodes a file as its chunks come, so that it is never in memory twice.
pub struct FileEncoder {
    text: String,
    /// Less than a line, that waits for the next chunk.
    rest: Vec<u8>,
}

impl fmt::Debug for FileEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileEncoder({} octets)", self.text.len())
    }
}

impl FileEncoder {
    /// For a file of so many octets.
    #[must_use]
    pub fn new(octets: usize) -> Self {
        Self {
            text: String::with_capacity(BASE64_MIME.encode_len(octets)),
            rest: Vec::new(),
        }
    }

    /// The next chunk, of any length.
    pub fn push(&mut self, chunk: &[u8]) {
        self.rest.extend_from_slice(chunk);
        let whole = self.rest.len() - self.rest.len() % LINE;
        BASE64_MIME.encode_append(&self.rest[..whole], &mut self.text);
        self.rest.drain(..whole);
    }

    /// No more chunks.
    #[must_use]
    pub fn finish(mut self) -> EncodedFile {
        BASE64_MIME.encode_append(&self.rest, &mut self.text);
        EncodedFile(self.text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_of_any_length_encode_as_the_whole_file_does() {
        let file: Vec<u8> = (0..5_000_u32)
            .map(|i| u8::try_from(i % 251).expect("small"))
            .collect();
        let mut encoder = FileEncoder::new(file.len());
        file.chunks(512).for_each(|chunk| encoder.push(chunk));
        let encoded = encoder.finish();
        assert_eq!(encoded.as_bytes(), BASE64_MIME.encode(&file).as_bytes());
        assert!(encoded.0.lines().all(|line| line.len() <= 76));
    }
}
