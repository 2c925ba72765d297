//! Ends whatever voters leave behind.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use std::{fs, io};

use rustix::process::{
    Pid, Resource, Rlimit, Signal, WaitOptions, getrlimit, kill_process, kill_process_group, setrlimit, waitpid,
};

use super::groups::group_apart;
use super::process_tree::{descend, parents};

/// What could not be ended.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Left {
    /// What has become another user's.
    pub(super) others: BTreeSet<i32>,
    /// Why it is not known whether there is more.
    pub(super) unknown: Option<String>,
}

/// How long it is tried to end what always begins anew.
const PATIENCE: Duration = Duration::from_secs(5);

/// Ends every process below this one but for those that are spared, and takes in what is left of them. Whatever loses its
/// parent becomes a child of this process, which must be a [subreaper](super::process_tree::adopt) for that. Gives what may not
/// be ended: it has become another user's. What that has below it is ended as well, and is waited for by nobody here: it is not
/// ours to take in.
#[expect(clippy::disallowed_methods, reason = "how long something outside of this process takes")]
pub(super) fn end_all(spared: &BTreeSet<i32>) -> Left {
    let me = rustix::process::getpid().as_raw_nonzero().get();
    let begun = Instant::now();
    let mut before = BTreeSet::new();
    loop {
        end_children(spared);
        let parents = match parents().or_else(|_| restore_handles().and_then(|()| parents())) {
            Ok(parents) => parents,
            Err(why) => {
                let why = format!("processes cannot be looked at: {why}");
                return Left { others: BTreeSet::new(), unknown: Some(why) };
            }
        };
        let below = descend(&parents, me, spared);
        let (others, ended): (BTreeSet<i32>, BTreeSet<i32>) =
            below.iter().partition(|pid| kill(**pid) == Err(rustix::io::Errno::PERM));
        // One that has ended, whosever it is, is taken in by its parent.
        let others = others.into_iter().filter(|pid| parents.get(pid) != Some(&me) || !take_in(*pid)).collect();
        let children: Vec<i32> = ended.iter().copied().filter(|pid| parents.get(pid) == Some(&me)).collect();
        children.iter().for_each(|pid| await_end(*pid));
        // What was started just before its parent was ended is seen by the next look.
        if children.is_empty() && ended.is_subset(&before) {
            return Left { others, unknown: None };
        }
        if begun.elapsed() > PATIENCE {
            let why = format!("they begin anew, or stay, whatever ends them: {} at the last look", ended.len());
            return Left { others, unknown: Some(why) };
        }
        before = ended;
    }
}

/// Ends a process, and with it its whole group: also whatever that has begun just now, and nobody has seen yet. Groups of this
/// process's own session are left alone: voters have sessions of their own, and somebody may work in this one.
fn kill(pid: i32) -> rustix::io::Result<()> {
    let Some(pid) = Pid::from_raw(pid) else { return Ok(()) };
    let group = group_apart(pid);
    let ended = kill_process(pid, Signal::KILL);
    // One may be gone by now, or another user's.
    let _ = group.map(|group| kill_process_group(group, Signal::KILL));
    ended
}

/// Takes in a child that has ended; whether it had.
fn take_in(child: i32) -> bool {
    let Some(pid) = Pid::from_raw(child) else { return true };
    // One that was taken in by somebody else has ended as well.
    !matches!(waitpid(Some(pid), WaitOptions::NOHANG), Ok(None) | Err(rustix::io::Errno::INTR))
}

/// Takes in the children of this process that have ended, but for one that somebody waits for.
pub(super) fn take_in_orphans(spared: Option<i32>) {
    #[cfg(target_os = "linux")]
    {
        use nix::sys::wait::{Id, WaitPidFlag, waitid};

        let look = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT | WaitPidFlag::WNOHANG;
        let next = || waitid(Id::All, look).ok()?.pid().map(nix::unistd::Pid::as_raw);
        while let Some(pid) = next().filter(|pid| Some(*pid) != spared) {
            take_in(pid);
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = spared;
}

/// Waits until a child that was ended has, and takes it in. Not for long: whoever traces it can keep it.
fn await_end(child: i32) {
    #[cfg(target_os = "linux")]
    {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        use rustix::process::{PidfdFlags, pidfd_open};

        const MOMENT: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
        // It can be read when the process has ended.
        let handle = Pid::from_raw(child).and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok());
        if let Some(handle) = handle {
            let _ = poll(&mut [PollFd::new(&handle, PollFlags::IN)], Some(&MOMENT));
        }
    }
    take_in(child);
}

/// Ends the children of this process, one after the other, as long as there are some. Looking at these alone is much faster
/// than looking at all processes, and faster than one can begin another and end: so also a line of those comes to its end.
fn end_children(spared: &BTreeSet<i32>) {
    let mut ended = BTreeSet::new();
    for _ in 0..10_000 {
        let Ok(threads) = fs::read_dir("/proc/self/task") else { return };
        let lists = threads.flatten().filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
        let children: Vec<i32> = lists
            .flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
            .filter(|pid| !spared.contains(pid))
            .collect();
        let mut is_new = false;
        for child in children {
            is_new |= kill(child).is_ok() && (take_in(child) || ended.insert(child));
        }
        // Those that take their time are waited for when all have been told to end.
        if !is_new {
            return;
        }
    }
}

/// Takes back the handles that this process may have, where somebody has lowered their number.
fn restore_handles() -> io::Result<()> {
    let limit = getrlimit(Resource::Nofile);
    Ok(setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })?)
}
