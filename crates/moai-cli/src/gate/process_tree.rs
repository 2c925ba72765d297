//! Processes and their parents.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt as _;
use std::time::{Duration, Instant};
use std::{fs, io};

use rustix::process::{Pid, Resource, Rlimit, Signal, WaitOptions, getrlimit, kill_process, setrlimit, waitpid};

use super::keeper::KEEP;

/// How often it is looked again where what was seen does not fit together.
const AGAIN: usize = 16;

/// A process at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    parent: i32,
    /// When it began: a number that is used again belongs to another process.
    began: u64,
    /// Whether it runs this program; it is not always asked.
    is_ours: bool,
}

impl Seen {
    /// A process as the system tells it; nothing where it does not.
    ///
    /// # Errors
    ///
    /// Where this process cannot look at any: it has no handle left.
    fn look(pid: i32) -> io::Result<Option<Self>> {
        let stat = match fs::read_to_string(format!("/proc/{pid}/stat")) {
            Err(why) if is_ours_alone(&why) => return Err(why),
            Err(_) => return Ok(None),
            Ok(stat) => stat,
        };
        let read = || {
            // The name of the program stands in parentheses, and may hold any.
            let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
            let parent = fields.nth(1)?.parse().ok()?;
            Some(Self { parent, began: fields.nth(17)?.parse().ok()?, is_ours: false })
        };
        Ok(read())
    }

    /// The same, and whether it runs this program.
    fn look_closely(pid: i32) -> Option<Self> {
        let seen = Self::look(pid).ok()??;
        let id = |path: &str| fs::metadata(path).ok().map(|its| (its.dev(), its.ino()));
        let runs_ours = id(&format!("/proc/{pid}/exe")).is_some_and(|it| Some(it) == id("/proc/self/exe"));
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let keeps = line.split(|byte| *byte == 0).nth(1) == Some(KEEP.as_bytes());
        Some(Self { is_ours: runs_ours || keeps, ..seen })
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
fn parents() -> io::Result<BTreeMap<i32, i32>> {
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

/// All processes below this one, but for those that are spared, with all that is below them.
///
/// # Errors
///
/// Where no process can be looked at.
pub(super) fn below(root: i32, spared: &BTreeSet<i32>) -> io::Result<BTreeSet<i32>> {
    Ok(descend(&parents()?, root, spared))
}

fn descend(parents: &BTreeMap<i32, i32>, root: i32, spared: &BTreeSet<i32>) -> BTreeSet<i32> {
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

/// Where a process stands to another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kinship {
    /// It is that process, or below it.
    Below,
    /// It is not below it.
    Apart,
    /// It is below another process of this program: another gate, or what watches over its voters.
    Elsewhere,
    /// It cannot be told; why.
    Unknown(String),
}

/// Where a process stands to another one.
pub(super) fn kinship(pid: i32, root: i32) -> Kinship {
    traced(pid, root, Seen::look_closely)
}

/// The ancestors are looked at one by one, and may change meanwhile: whoever loses its parent gets another one. So they count
/// when they were the same twice, one look after the other: no process gets back a parent that it had before, so that all
/// of them were so at the moment between. Whose ancestors stay out of sight is not known to be apart.
fn traced(pid: i32, root: i32, mut look: impl FnMut(i32) -> Option<Seen>) -> Kinship {
    let mut before = None;
    let mut missing = pid;
    for _ in 0..AGAIN {
        match line(pid, root, &mut look) {
            Ok(line) if before.as_ref() == Some(&line) => {
                let is_below = line.last().is_some_and(|(pid, _)| *pid == root);
                let is_elsewhere = line.iter().skip(1).any(|(_, seen)| seen.is_ours);
                return match (is_below, is_elsewhere) {
                    (true, _) => Kinship::Below,
                    (false, true) => Kinship::Elsewhere,
                    (false, false) => Kinship::Apart,
                };
            }
            Ok(line) => before = Some(line),
            Err(gone) => (before, missing) = (None, gone),
        }
    }
    Kinship::Unknown(match before {
        Some(_) => format!("the parents of process {pid} change again and again"),
        None if missing == pid => format!("process {pid} is gone, or out of sight"),
        None => format!("process {missing}, an ancestor of process {pid}, is gone or out of sight"),
    })
}

/// A process and all above it, up to this root or to the first of all.
///
/// # Errors
///
/// The one that is not there.
fn line(pid: i32, root: i32, look: &mut impl FnMut(i32) -> Option<Seen>) -> Result<Vec<(i32, Seen)>, i32> {
    let (mut line, mut at) = (Vec::new(), pid);
    loop {
        let seen = look(at).ok_or(at)?;
        line.push((at, seen));
        // A circle is no line: what was seen belongs to several moments.
        if line.len() > LONGEST {
            return Err(at);
        }
        if at == root || seen.parent <= 0 {
            return Ok(line);
        }
        at = seen.parent;
    }
}

/// No line is longer.
const LONGEST: usize = 10_000;

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
/// parent becomes a child of this process, which must be a [subreaper](adopt) for that. Gives what may not be ended: it has
/// become another user's. What that has below it is ended as well, and is waited for by nobody here: it is not ours to take in.
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

fn kill(pid: i32) -> rustix::io::Result<()> {
    Pid::from_raw(pid).map_or(Ok(()), |pid| kill_process(pid, Signal::KILL))
}

/// Takes in a child that has ended; whether it had.
fn take_in(child: i32) -> bool {
    let Some(pid) = Pid::from_raw(child) else { return true };
    // One that was taken in by somebody else has ended as well.
    !matches!(waitpid(Some(pid), WaitOptions::NOHANG), Ok(None) | Err(rustix::io::Errno::INTR))
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

#[cfg(test)]
mod tests {
    use super::*;

    const GATE: i32 = 100;
    const SHELL: i32 = 50;

    /// Processes that change while somebody looks: at each look the next of these is asked.
    fn seen(looks: &[&dyn Fn(i32) -> Option<i32>], pid: i32) -> Kinship {
        let mut number = 0;
        traced(pid, GATE, |pid| {
            let look = looks.get(number).or(looks.last()).unwrap();
            number += 1;
            look(pid).map(|parent| Seen { parent, began: u64::from(pid.unsigned_abs()), is_ours: false })
        })
    }

    /// 102 is below the gate, by 101; 60 is not.
    fn before(pid: i32) -> Option<i32> {
        match pid {
            102 => Some(101),
            101 => Some(GATE),
            GATE | 60 => Some(SHELL),
            SHELL => Some(1),
            1 => Some(0),
            _ => None,
        }
    }

    /// 101 is gone, and what it left has become the gate's.
    fn behind(pid: i32) -> Option<i32> {
        match pid {
            102 => Some(GATE),
            101 => None,
            pid => before(pid),
        }
    }

    #[test]
    fn whose_parent_ends_while_it_is_looked_at_is_not_below() {
        assert_eq!(seen(&[&before], 102), Kinship::Below);
        assert_eq!(seen(&[&before], 60), Kinship::Apart);
        assert_eq!(seen(&[&before], GATE), Kinship::Below);
        // At each place of the walk.
        assert_eq!(seen(&[&before, &behind], 102), Kinship::Below);
        assert_eq!(seen(&[&before, &before, &behind], 102), Kinship::Below);
        assert_eq!(seen(&[&before, &before, &before, &behind], 102), Kinship::Below);
    }

    #[test]
    fn whose_ancestor_stays_out_of_sight_is_let_through() {
        let hidden = |pid: i32| before(pid).filter(|_| pid != 101);
        let told = seen(&[&hidden], 102);
        assert!(matches!(&told, Kinship::Unknown(why) if why.contains("process 101, an ancestor of process 102")));
        assert!(matches!(seen(&[&hidden], 777), Kinship::Unknown(why) if why.contains("777 is gone")));
    }

    #[test]
    fn a_number_that_is_used_again_passes_for_the_process_before() {
        // 101 ends, and somebody who is apart gets its number before it is looked at.
        let mut number = 0;
        let told = traced(102, GATE, |pid| {
            number += 1;
            match (pid, number) {
                (102, 1) => Some(Seen { parent: 101, began: 1, is_ours: false }),
                (102, _) => Some(Seen { parent: GATE, began: 1, is_ours: false }),
                (101, _) => Some(Seen { parent: SHELL, began: 9, is_ours: false }),
                (pid, _) => before(pid).map(|parent| Seen { parent, began: 0, is_ours: false }),
            }
        });
        assert_eq!(told, Kinship::Below);
    }

    #[test]
    fn a_line_without_an_end_is_followed_for_ever() {
        let circle = |pid: i32| Some(if pid == 60 { 61 } else { 60 });
        assert!(matches!(seen(&[&circle], 60), Kinship::Unknown(_)));
        let restless = |looks: &mut i32, pid: i32| {
            *looks += 1;
            (pid == 60).then_some(Seen { parent: 0, began: looks.unsigned_abs().into(), is_ours: false })
        };
        let mut looks = 0;
        assert!(
            matches!(traced(60, GATE, |pid| restless(&mut looks, pid)), Kinship::Unknown(why) if why.contains("again"))
        );
    }

    #[test]
    fn who_is_below_another_gate_is_apart() {
        let kin = |ours: i32, pid: i32| {
            traced(pid, GATE, |pid| before(pid).map(|parent| Seen { parent, began: 0, is_ours: pid == ours }))
        };
        assert_eq!(kin(SHELL, 60), Kinship::Elsewhere);
        assert_eq!(kin(60, 60), Kinship::Apart, "it calls, and nothing above it does");
        assert_eq!(kin(101, 102), Kinship::Below);
    }

    #[test]
    fn this_process_is_not_below_itself_and_below_its_parent() {
        let me = rustix::process::getpid().as_raw_nonzero().get();
        assert_eq!(kinship(me, me), Kinship::Below);
        let parent = Seen::look(me).unwrap().unwrap().parent;
        assert_eq!((kinship(me, parent), kinship(parent, me)), (Kinship::Below, Kinship::Apart));
    }
}
