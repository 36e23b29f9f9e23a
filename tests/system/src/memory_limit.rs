//! A limit to the memory of a running process, beyond which the kernel kills it: a control group, where a test may make one.

use std::fs;
use std::path::{Path, PathBuf};

use uuid::Uuid;

const V1: &str = "/sys/fs/cgroup/memory";
const V2: &str = "/sys/fs/cgroup";

/// A group of processes whose memory is limited from now on; gone with this value, when its processes are.
#[derive(Debug)]
pub struct MemoryLimit(PathBuf);

impl MemoryLimit {
    /// What `process` takes from now on counts, up to `mebibytes`. `None`, said aloud, where no group can be made: that is
    /// for root, and for machines whose memory is controlled at all.
    #[must_use]
    pub fn of(process: u32, mebibytes: u64) -> Option<Self> {
        let name = format!("leadstream-{}", Uuid::now_v7().simple());
        let bytes = (mebibytes * 1024 * 1024).to_string();
        let versions = [(V1, "memory.limit_in_bytes"), (V2, "memory.max")];
        let limited = versions.into_iter().find_map(|(root, limit)| {
            let group = Self(Path::new(root).join(&name));
            fs::create_dir(&group.0).ok()?;
            fs::write(group.0.join(limit), &bytes).ok()?;
            fs::write(group.0.join("cgroup.procs"), process.to_string()).ok()?;
            Some(group)
        });
        if limited.is_none() {
            crate::skipped("a limit to memory wants root and the memory controller");
        }
        limited
    }
}

impl Drop for MemoryLimit {
    fn drop(&mut self) {
        let _still_in_use = fs::remove_dir(&self.0);
    }
}
