//! A piece of an offer's file arrives.

use contracts::offer::{CHUNK_BYTES, ChunkKey, FILE_MAX_BYTES};

use crate::error::Error;
use crate::state::State;
use crate::store::file_chunks;

/// Keeps a chunk until the manifest that names its file comes. False if it cannot be a chunk of a file that we take.
///
/// # Errors
/// What the database says.
pub async fn store_chunk(state: &State, key: ChunkKey, bytes: Vec<u8>) -> Result<bool, Error> {
    let Some(chunk) = i32::try_from(key.index)
        .ok()
        .filter(|_| is_possible(key.index, bytes.len()))
    else {
        return Ok(false);
    };
    state
        .database
        .transaction(move |connection| {
            Box::pin(async move { Ok(file_chunks::put(connection, &key.sha256, chunk, &bytes).await?) })
        })
        .await?;
    Ok(true)
}

fn is_possible(index: u32, octets: usize) -> bool {
    let most = FILE_MAX_BYTES.div_ceil(CHUNK_BYTES);
    octets <= CHUNK_BYTES && usize::try_from(index).is_ok_and(|index| index < most)
}
