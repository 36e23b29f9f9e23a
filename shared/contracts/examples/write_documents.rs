//! Writes the AsyncAPI documents and the JSON Schemas into `docs/events`: `cargo run -p contracts --example write_documents`.

use std::fs;
use std::io;
use std::path::Path;

fn main() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/events");
    for (path, text) in contracts::documents() {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("a file has a folder"))?;
        fs::write(path, text)?;
    }
    Ok(())
}
