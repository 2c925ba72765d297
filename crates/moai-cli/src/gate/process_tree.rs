//! Processes and their parents.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use rustix::process::{Pid, Signal, WaitOptions, kill_process, wait};

/// Who is whose child, as the system tells it at this moment; nothing where it does not.
fn parents() -> BTreeMap<i32, i32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let parent = |name: &str| {
        let stat = fs::read_to_string(format!("/proc/{name}/stat")).ok()?;
        // The name of the program stands in parentheses, and may hold any.
        let behind = stat.rsplit_once(')')?.1;
        Some((name.parse().ok()?, behind.split_whitespace().nth(1)?.parse().ok()?))
    };
    processes.filter_map(|process| parent(process.file_name().to_str()?)).collect()
}

/// All processes below this one, but for those that are spared, with all that is below them.
pub(super) fn below(root: i32, spared: &BTreeSet<i32>) -> BTreeSet<i32> {
    let parents = parents();
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

/// Whether a process is below another one, or is it; nothing where it is gone.
pub(super) fn is_below(pid: i32, root: i32) -> Option<bool> {
    let parents = parents();
    let mut at = pid;
    parents.get(&pid)?;
    // No longer than there are processes.
    for _ in 0..=parents.len() {
        if at == root {
            return Some(true);
        }
        match parents.get(&at) {
            Some(parent) if *parent > 0 => at = *parent,
            _ => return Some(false),
        }
    }
    Some(true)
}

/// Ends every process below this one but for those that are spared, and takes in what is left of them. Whatever loses its
/// parent becomes a child of this process, which must be a [subreaper](adopt) for that. Gives what may not be ended: it has
/// become another user's.
pub(super) fn end_all(spared: &BTreeSet<i32>) -> BTreeSet<i32> {
    let me = rustix::process::getpid().as_raw_nonzero().get();
    loop {
        let below = below(me, spared);
        let kill = |pid: &i32| Pid::from_raw(*pid).map_or(Ok(()), |pid| kill_process(pid, Signal::KILL));
        let refused: BTreeSet<i32> =
            below.iter().filter(|pid| kill(pid) == Err(rustix::io::Errno::PERM)).copied().collect();
        if refused.len() == below.len() {
            return refused;
        }
        // Something of what was ended can be taken in; it is waited for, and then looked again.
        match wait(WaitOptions::empty()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return BTreeSet::new(),
        }
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
