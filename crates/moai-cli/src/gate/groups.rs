//! Groups and sessions of processes. In a container they may be those of a process outside of it: their number is 0 then, and
//! nobody here can tell which it is.

use std::os::fd::AsFd;

use nix::unistd::{Pid, getpgid, getpgrp, getsid, tcgetpgrp};

/// Whether what is typed at this terminal reaches this process.
pub(super) fn is_in_front(terminal: impl AsFd) -> bool {
    tcgetpgrp(terminal) == Ok(getpgrp())
}

/// The group of a process that belongs to another session than this process does. Only a group that is known can be told
/// anything.
pub(super) fn group_apart(pid: rustix::process::Pid) -> Option<rustix::process::Pid> {
    let pid = Some(Pid::from_raw(pid.as_raw_nonzero().get()));
    let session = getsid(pid).ok().filter(|session| session.as_raw() > 0)?;
    let is_apart = getsid(None).is_ok_and(|ours| ours != session);
    getpgid(pid).ok().filter(|_| is_apart).and_then(|group| rustix::process::Pid::from_raw(group.as_raw()))
}
