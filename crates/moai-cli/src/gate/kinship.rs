//! Whether a process stands below a gate, below another one, or apart.

use std::fs;
use std::os::unix::fs::MetadataExt as _;

use super::keeper::KEEP;
use super::process_tree::{AGAIN, Seen};

/// What gates, and what watches over their voters, are called in the list of processes: nobody but the process itself can change
/// that, and no file is called so. So another installation of this program is known as well.
pub(super) const KNOWN_AS: &str = "moai/gate";

/// From here on this process is known as one of these.
pub(super) fn be_known() {
    #[cfg(target_os = "linux")]
    if let Ok(name) = std::ffi::CString::new(KNOWN_AS) {
        // It knows no reason to refuse.
        let _ = nix::sys::prctl::set_name(&name);
    }
}

/// A process, and whether it runs this program.
fn look_closely(pid: i32) -> Option<Seen> {
    let seen = Seen::look(pid).ok()??;
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let keeps = line.split(|byte| *byte == 0).nth(1) == Some(KEEP.as_bytes());
    Some(Seen { is_ours: seen.is_ours || runs_ours(pid) || keeps, ..seen })
}

/// Whether it runs the same file as this process does.
fn runs_ours(pid: i32) -> bool {
    let id = |path: &str| fs::metadata(path).ok().map(|its| (its.dev(), its.ino()));
    id(&format!("/proc/{pid}/exe")).is_some_and(|it| Some(it) == id("/proc/self/exe"))
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

/// Whether a process was put there by a voter: it runs another program than this one, below a gate. A gate below a gate is a
/// gate.
#[cfg(target_os = "linux")]
pub(super) fn is_a_voters(pid: i32) -> bool {
    !runs_ours(pid) && kinship(pid, 0) == Kinship::Elsewhere
}

/// Where a process stands to another one.
pub(super) fn kinship(pid: i32, root: i32) -> Kinship {
    traced(pid, root, look_closely)
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
    fn this_process_is_not_below_itself_and_below_what_it_starts() {
        let me = rustix::process::getpid().as_raw_nonzero().get();
        assert_eq!(kinship(me, me), Kinship::Below);
        // It ends with this end of its input.
        let piped = std::process::Stdio::piped;
        let mut child = std::process::Command::new("cat").stdin(piped()).stdout(piped()).spawn().unwrap();
        let its = i32::try_from(child.id()).unwrap();
        assert_eq!((kinship(its, me), kinship(me, its)), (Kinship::Below, Kinship::Apart));
        child.wait().unwrap();
    }
}
