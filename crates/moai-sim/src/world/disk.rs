//! What outlives a crash.

use std::sync::Arc;

use super::Mix;
use crate::{Seeds, Seen};

/// A log of records that outlives its node, or does not: what was written and not yet made durable may be lost, and a
/// record that a crash tears is gone when the log is read again, as behind a checksum.
///
/// ```
/// use moai_sim::world::Disk;
/// use moai_sim::{Seeds, Seen};
///
/// let (mut disk, mut seen) = (Disk::default(), Seen::default());
/// disk.write(b"one"[..].into());
/// disk.sync();
/// disk.write(b"two"[..].into());
/// disk.crash(&mut Seeds::new(1), &mut seen);
/// assert!(disk.records().iter().all(|record| **record == *b"one" || **record == *b"two"));
/// assert_eq!(disk.records().first().map(|record| &**record), Some(&b"one"[..]));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Disk {
    records: Vec<Arc<[u8]>>,
    durable: usize,
}

/// How a write that is to be durable ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// It is durable.
    Well,
    /// The node goes down: it was told that the disk fails, or crashed before it heard how it went.
    Down,
}

impl Disk {
    /// What a node that starts finds.
    #[must_use]
    pub fn records(&self) -> &[Arc<[u8]>] {
        &self.records
    }

    /// Writes a record behind the others; it is not durable yet.
    pub fn write(&mut self, record: Arc<[u8]>) {
        self.records.push(record);
    }

    /// Makes all that was written durable.
    pub const fn sync(&mut self) {
        self.durable = self.records.len();
    }

    /// A crash: some of what is not durable is lost, from the end.
    pub fn crash(&mut self, luck: &mut Seeds, seen: &mut Seen) {
        let loose = self.records.len().saturating_sub(self.durable);
        if loose > 0 {
            let kept = usize::try_from(luck.below(loose as u64 + 1)).unwrap_or_default();
            if kept < loose {
                seen.fault("what was not durable is lost");
            }
            self.records.truncate(self.durable + kept);
        }
        self.durable = self.records.len();
    }

    /// Writes a record that is to be durable, on a disk that fails as often as the mix says.
    pub(super) fn persist(&mut self, record: Arc<[u8]>, mix: &Mix, luck: &mut Seeds, seen: &mut Seen) -> Written {
        if mix.disk == 0 || luck.below(1_000) >= mix.disk {
            self.write(record);
            self.sync();
            return Written::Well;
        }
        let (fault, kept) = match luck.below(4) {
            0 => ("a write failed", false),
            1 => ("a write failed and is there", true),
            2 => ("a write was torn by a crash", false),
            _ => ("a crash behind a write", true),
        };
        seen.fault(fault);
        if kept {
            self.write(record);
            self.sync();
        }
        Written::Down
    }
}
