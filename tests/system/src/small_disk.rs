//! A disk that can be full, on machines where a test may mount one.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use uuid::Uuid;

/// A file system of a fixed size, in memory; gone with this value.
#[derive(Debug)]
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// `None`, said aloud, where it cannot be mounted: that is for root.
    ///
    /// # Panics
    /// When there is no folder to mount it on.
    pub fn mount(mebibytes: u32) -> Option<Self> {
        let folder = std::env::temp_dir().join(format!("leadstream-disk-{}", Uuid::now_v7().simple()));
        fs::create_dir_all(&folder).expect("a folder");
        let size = format!("size={mebibytes}m,mode=0755");
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "leadstream"])
            .arg(&folder)
            .output();
        if mount.is_ok_and(|mount| mount.status.success()) {
            return Some(Self(folder));
        }
        let _empty = fs::remove_dir(&folder);
        crate::skipped("a file system of one's own wants root");
        None
    }

    /// Where what is kept on it goes.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.0.join("engines")
    }

    /// Takes all the room that is left.
    ///
    /// # Panics
    /// When it ends in another way than by a full disk.
    pub fn fill(&self) {
        let mut file = File::create(self.filler()).expect("a file");
        let full = loop {
            if let Err(error) = file.write_all(&[0; 4096]) {
                break error;
            }
        };
        assert_eq!(full.kind(), std::io::ErrorKind::StorageFull, "{full}");
    }

    /// Gives the room back.
    ///
    /// # Panics
    /// When it was not filled.
    pub fn free(&self) {
        fs::remove_file(self.filler()).expect("it was filled");
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _still_in_use = Command::new("umount")
            .arg("--lazy")
            .arg(Path::new(&self.0))
            .status();
        let _still_in_use = fs::remove_dir(&self.0);
    }
}
