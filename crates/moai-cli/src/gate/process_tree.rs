//! Processes and their parents.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use rustix::process::{Pid, Signal, WaitOptions, kill_process, wait};

/// How often it is looked again where what was seen does not fit together.
const AGAIN: usize = 16;

/// A process at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    parent: i32,
    /// When it began: a number that is used again belongs to another process.
    began: u64,
}

impl Seen {
    /// A process as the system tells it; nothing where it does not.
    fn look(pid: i32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name of the program stands in parentheses, and may hold any.
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
        let parent = fields.nth(1)?.parse().ok()?;
        Some(Self { parent, began: fields.nth(17)?.parse().ok()? })
    }
}

/// Who is whose child. They are looked at one by one: where a parent has gone meanwhile all is looked at again.
fn parents() -> BTreeMap<i32, i32> {
    let look = || -> BTreeMap<i32, i32> {
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = processes.filter_map(|process| process.file_name().to_str()?.parse().ok());
        pids.filter_map(|pid| Some((pid, Seen::look(pid)?.parent))).collect()
    };
    let fits = |all: &BTreeMap<i32, i32>| all.values().all(|parent| *parent <= 0 || all.contains_key(parent));
    let mut all = look();
    // Some may be out of sight for good.
    for _ in 1..AGAIN {
        if fits(&all) {
            break;
        }
        all = look();
    }
    all
}

/// All processes below this one, but for those that are spared, with all that is below them.
pub(super) fn below(root: i32, spared: &BTreeSet<i32>) -> BTreeSet<i32> {
    descend(&parents(), root, spared)
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
    /// It cannot be told; why.
    Unknown(String),
}

/// Where a process stands to another one.
pub(super) fn kinship(pid: i32, root: i32) -> Kinship {
    traced(pid, root, Seen::look)
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
                return if is_below { Kinship::Below } else { Kinship::Apart };
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

/// Ends every process below this one but for those that are spared, and takes in what is left of them. Whatever loses its
/// parent becomes a child of this process, which must be a [subreaper](adopt) for that. Gives what may not be ended: it has
/// become another user's. What that has below it is ended as well, and is waited for by nobody here: it is not ours to take in.
pub(super) fn end_all(spared: &BTreeSet<i32>) -> BTreeSet<i32> {
    let me = rustix::process::getpid().as_raw_nonzero().get();
    let mut before = BTreeSet::new();
    loop {
        let parents = parents();
        let below = descend(&parents, me, spared);
        let kill = |pid: &i32| Pid::from_raw(*pid).map_or(Ok(()), |pid| kill_process(pid, Signal::KILL));
        let (refused, ended): (BTreeSet<i32>, BTreeSet<i32>) =
            below.iter().partition(|pid| kill(pid) == Err(rustix::io::Errno::PERM));
        if ended.iter().any(|pid| parents.get(pid) == Some(&me)) {
            // One of what was ended can be taken in; it is waited for, and then looked again.
            match wait(WaitOptions::empty()) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(_) => return refused,
            }
        } else if ended.is_subset(&before) {
            return refused;
        }
        // What was started just before its parent was ended is seen by the next look.
        before = ended;
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
            look(pid).map(|parent| Seen { parent, began: u64::from(pid.unsigned_abs()) })
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
                (102, 1) => Some(Seen { parent: 101, began: 1 }),
                (102, _) => Some(Seen { parent: GATE, began: 1 }),
                (101, _) => Some(Seen { parent: SHELL, began: 9 }),
                (pid, _) => before(pid).map(|parent| Seen { parent, began: 0 }),
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
            (pid == 60).then_some(Seen { parent: 0, began: looks.unsigned_abs().into() })
        };
        let mut looks = 0;
        assert!(
            matches!(traced(60, GATE, |pid| restless(&mut looks, pid)), Kinship::Unknown(why) if why.contains("again"))
        );
    }

    #[test]
    fn this_process_is_not_below_itself_and_below_its_parent() {
        let me = rustix::process::getpid().as_raw_nonzero().get();
        assert_eq!(kinship(me, me), Kinship::Below);
        let parent = Seen::look(me).unwrap().parent;
        assert_eq!((kinship(me, parent), kinship(parent, me)), (Kinship::Below, Kinship::Apart));
    }
}
