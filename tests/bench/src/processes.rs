//! What Linux tells about processes: CPU, memory, and who started whom.

use std::fs;
use std::io;

/// Ticks of `/proc/<pid>/stat` a second: `USER_HZ`, which is 100 on every Linux of today.
const TICKS_PER_SECOND: f64 = 100.0;

/// A line of `/proc/<pid>/stat`, without what is not needed.
#[derive(Debug, Clone)]
struct Stat {
    pid: u32,
    parent: u32,
    name: String,
    /// Its own, and of its children that have ended.
    ticks: u64,
}

/// All processes of one moment.
#[derive(Debug)]
pub struct Processes(Vec<Stat>);

impl Processes {
    /// Reads all of them; those that end meanwhile are left out.
    ///
    /// # Errors
    /// Where there is no `/proc`.
    pub fn read() -> io::Result<Self> {
        let numbers = fs::read_dir("/proc")?
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let stats = numbers.filter_map(|pid| parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?));
        Ok(Self(stats.collect()))
    }

    /// CPU seconds of a process and all that it started.
    pub fn cpu_of_tree(&self, root: u32) -> f64 {
        let ticks: u64 = self
            .0
            .iter()
            .filter(|stat| self.descends(stat, root))
            .map(|stat| stat.ticks)
            .sum();
        ticks as f64 / TICKS_PER_SECOND
    }

    /// The process of this name below `root` that is nearest to it.
    pub fn named(&self, name: &str, root: u32) -> Option<u32> {
        let is_head = |stat: &&Stat| self.get(stat.parent).is_none_or(|parent| parent.name != name);
        self.0
            .iter()
            .filter(|stat| stat.name == name && self.descends(stat, root))
            .find(is_head)
            .map(|stat| stat.pid)
    }

    fn get(&self, pid: u32) -> Option<&Stat> {
        self.0.iter().find(|stat| stat.pid == pid)
    }

    fn descends(&self, stat: &Stat, root: u32) -> bool {
        let mut at = Some(stat);
        while let Some(stat) = at {
            if stat.pid == root {
                return true;
            }
            at = self.get(stat.parent);
        }
        false
    }
}

/// The name stands in brackets and may hold anything, so the fields count from the last bracket.
fn parse(line: &str) -> Option<Stat> {
    let (before, after) = line.rsplit_once(") ")?;
    let (pid, name) = before.split_once(" (")?;
    let fields: Vec<&str> = after.split(' ').collect();
    let number = |place: usize| fields.get(place)?.parse::<u64>().ok();
    Some(Stat {
        pid: pid.parse().ok()?,
        parent: fields.get(1)?.parse().ok()?,
        name: name.to_owned(),
        ticks: number(11)? + number(12)? + number(13)? + number(14)?,
    })
}

/// Resident memory of a process in bytes.
///
/// # Errors
/// When it has ended.
pub fn resident_bytes(pid: u32) -> io::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    Ok(kibibytes.unwrap_or(0) * 1024)
}

/// CPU seconds that the whole machine has spent on anything.
///
/// # Errors
/// Where there is no `/proc`.
pub fn machine_cpu() -> io::Result<f64> {
    let stat = fs::read_to_string("/proc/stat")?;
    let first = stat.lines().next().unwrap_or_default();
    let ticks: Vec<u64> = first
        .split_whitespace()
        .skip(1)
        .filter_map(|field| field.parse().ok())
        .collect();
    // user, nice, system, then idle and iowait, then interrupts.
    let busy = |place: &usize| ![3, 4].contains(place) && *place < 8;
    let spent: u64 = ticks
        .iter()
        .enumerate()
        .filter(|(place, _)| busy(place))
        .map(|(_, ticks)| ticks)
        .sum();
    Ok(spent as f64 / TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_and_spaces_is_read() {
        let line = "42 (a) b (c) S 7 1 1 0 -1 0 0 0 0 0 1 2 3 4 20 0";
        let stat = parse(line).unwrap();
        assert_eq!((stat.pid, stat.parent, stat.ticks), (42, 7, 10));
        assert_eq!(stat.name, "a) b (c");
    }

    #[test]
    fn a_process_descends_from_itself_and_from_its_parent() {
        let own = std::process::id();
        let parent = std::os::unix::process::parent_id();
        let all = Processes::read().unwrap();
        let stat = all.get(own).unwrap();
        assert!(all.descends(stat, own) && all.descends(stat, parent));
    }
}
