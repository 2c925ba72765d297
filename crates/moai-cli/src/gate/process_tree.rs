//! Processes and their parents.

use std::collections::{BTreeMap, BTreeSet};
use std::{fs, io};

use super::kinship::KNOWN_AS;

/// How often it is looked again where what was seen does not fit together.
pub(super) const AGAIN: usize = 16;

/// A process at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) parent: i32,
    /// When it began: a number that is used again belongs to another process.
    pub(super) began: u64,
    /// Whether it is a gate, or watches over voters, as far as was looked.
    pub(super) is_ours: bool,
}

impl Seen {
    /// A process as the system tells it; nothing where it does not.
    ///
    /// # Errors
    ///
    /// Where this process cannot look at any: it has no handle left.
    pub(super) fn look(pid: i32) -> io::Result<Option<Self>> {
        let stat = match fs::read_to_string(format!("/proc/{pid}/stat")) {
            Err(why) if is_ours_alone(&why) => return Err(why),
            Err(_) => return Ok(None),
            Ok(stat) => stat,
        };
        let read = || {
            // The name of the program stands in parentheses, and may hold any.
            let (name, fields) = stat.rsplit_once(')')?;
            let is_ours = name.split_once('(').is_some_and(|(_, name)| name == KNOWN_AS);
            let mut fields = fields.split_whitespace();
            let parent = fields.nth(1)?.parse().ok()?;
            Some(Self { parent, began: fields.nth(17)?.parse().ok()?, is_ours })
        };
        Ok(read())
    }
}

/// That what can be looked at here are the processes among which this one is, and not those of another container: there its number
/// is somebody else's.
///
/// # Errors
///
/// Where they are others.
pub(super) fn are_ours() -> io::Result<()> {
    match fs::read_link("/proc/self") {
        // There is no such thing on this system, or it is not there: others notice that.
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(()),
        Ok(me) if me.to_str().and_then(|me| me.parse().ok()) == Some(std::process::id()) => Ok(()),
        Ok(_) => Err(io::Error::other("/proc shows the processes of another container")),
        Err(why) => Err(why),
    }
}

/// Whether it is this process that lacks something, and not the other one that is out of sight.
fn is_ours_alone(why: &io::Error) -> bool {
    use rustix::io::Errno;
    let lacks = [Errno::MFILE, Errno::NFILE, Errno::NOMEM].map(Errno::raw_os_error);
    why.raw_os_error().is_some_and(|number| lacks.contains(&number))
}

/// Who is whose child. They are looked at one by one: where a parent has gone meanwhile all is looked at again.
///
/// # Errors
///
/// Where none can be looked at.
pub(super) fn parents() -> io::Result<BTreeMap<i32, i32>> {
    let look = || -> io::Result<BTreeMap<i32, i32>> {
        let mut all = BTreeMap::new();
        let processes = match fs::read_dir("/proc") {
            // There is no such thing on this system: nothing is known of any process.
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(all),
            processes => processes?,
        };
        for process in processes {
            if let Some(pid) = process?.file_name().to_str().and_then(|name| name.parse().ok())
                && let Some(seen) = Seen::look(pid)?
            {
                all.insert(pid, seen.parent);
            }
        }
        Ok(all)
    };
    let fits = |all: &BTreeMap<i32, i32>| all.values().all(|parent| *parent <= 0 || all.contains_key(parent));
    let mut all = look()?;
    // Some may be out of sight for good.
    for _ in 1..AGAIN {
        if fits(&all) {
            break;
        }
        all = look()?;
    }
    Ok(all)
}

/// All processes below this one, and when they began: their numbers may be used again.
///
/// # Errors
///
/// Where no process can be looked at.
pub(super) fn below_with_age(root: i32) -> io::Result<BTreeMap<i32, u64>> {
    let below = descend(&parents()?, root, &BTreeSet::new());
    let aged = below.into_iter().map(|pid| Ok(Seen::look(pid)?.map(|seen| (pid, seen.began))));
    aged.filter_map(Result::transpose).collect()
}

/// Those of these that are there still, or of which that cannot be told.
pub(super) fn still(processes: &BTreeMap<i32, u64>) -> BTreeSet<i32> {
    let is_same =
        |pid: i32, began: u64| Seen::look(pid).map_or(true, |seen| seen.is_some_and(|seen| seen.began == began));
    processes.iter().filter(|(pid, began)| is_same(**pid, **began)).map(|(pid, _)| *pid).collect()
}

pub(super) fn descend(parents: &BTreeMap<i32, i32>, root: i32, spared: &BTreeSet<i32>) -> BTreeSet<i32> {
    let mut found = BTreeSet::new();
    loop {
        let is_new = |pid: &i32, parent: &i32| {
            (*parent == root || found.contains(parent)) && !found.contains(pid) && !spared.contains(pid)
        };
        let more: Vec<i32> = parents.iter().filter(|(pid, parent)| is_new(pid, parent)).map(|(pid, _)| *pid).collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}

/// Orphans below this process become its children, or do not any more.
pub(super) fn adopt(yes: bool) {
    #[cfg(target_os = "linux")]
    {
        // It knows no reason to refuse.
        let _ = rustix::process::set_child_subreaper(yes.then(rustix::process::getpid));
    }
    #[cfg(not(target_os = "linux"))]
    let _ = yes;
}
