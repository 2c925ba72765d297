//! The port to memory: what a swarm must not forget.

mod batch;
mod error;
mod page;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Cursor, Epoch, KeyRange, Namespace, StateKey, SwarmId, Version};

pub use batch::{Batch, Change, Durability, Expected, Precondition};
pub use error::StoreError;
pub use page::{Changes, Entry, Happened, Held, Listing, SnapshotPage, SnapshotPlace, Standing};

/// Keeps the state of swarms: keys with values, in one numbered sequence of changes for each swarm.
///
/// ```text
///  commit ──▶ v7 put a   v8 delete b   v9 put a   v10 delete c..f ──▶ the sequence of one swarm
///                                       │
///  get a ───────────────────────────────┘          changes since v7: v8, v9, v10
///  compact to v9: the tombstone of b goes, and with it every cursor before v9 (`TooOld`: read a snapshot)
/// ```
///
/// # What an implementation promises
///
/// Each sentence is a check in [`conformance::memory_provider`](crate::conformance::memory_provider()) (feature
/// `conformance`).
///
/// - **A commit is atomic**: all of its changes are seen, or none, by every reader and after every crash.
/// - **Each change gets a number of its own**, consecutive within a batch; the first is
///   `max(last of the swarm, floor) + 1`. Numbers never go back and are never used twice, also after everything was
///   deleted.
/// - **A precondition that does not hold changes nothing**, and uses no number.
/// - **A cleared key is seen to be cleared**, until the horizon has passed its deletion: by
///   [`look`](MemoryProvider::look), and by preconditions.
/// - **Nothing leaks from one swarm, or from one namespace, into another.**
/// - **What is deleted is told**: deletions stand among the changes until the horizon has passed them.
/// - **A page of changes never splits a batch**, even when the page then holds more than was asked for.
/// - **When a commit returns under [`Durable`](Durability::Durable), it is as durable as
///   [`persistence`](MemoryProvider::persistence) says.**
/// - **What is read is what was written**, or an error: never something else.
/// - **After a write whose outcome is not known, every call is refused with [`Poisoned`](StoreError::Poisoned)** until
///   the store is opened again, reads too: they could show what a restart takes back. A full disk is no such case: reads
///   go on, and writes once there is room. No exam can see that from outside; whoever writes a provider over a disk tests
///   it with a disk that fails.
///
/// Methods may be called from many tasks at once. Dropping a future of [`commit`](MemoryProvider::commit) leaves either
/// the old or the new state, and a commit that is made after it comes after it; dropping the others leaves nothing.
#[async_trait]
pub trait MemoryProvider: Send + Sync {
    /// What a [`Durable`](Durability::Durable) commit survives.
    fn persistence(&self) -> Persistence;

    /// Whether the store still answers: whoever keeps what it has read asks before it hands that out. It is cheap, and
    /// waits for nothing.
    ///
    /// A store that can be poisoned without a call that says so (a write of which nobody waited for the outcome, a journal
    /// in the same file) says so here. The default is for one that cannot.
    ///
    /// # Errors
    ///
    /// [`Poisoned`](StoreError::Poisoned) after [`Failed`](StoreError::Failed), as every other call.
    fn admit(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Makes the changes of a batch, all or none.
    ///
    /// It is not idempotent: a batch that is committed twice is in the sequence twice. Guard it with a precondition.
    ///
    /// # Errors
    ///
    /// [`Conflict`](StoreError::Conflict) names the first precondition that does not hold.
    /// [`Input`](StoreError::Input) when the batch does not fit the limits ([`Batch::check`]).
    /// [`SequenceExhausted`](StoreError::SequenceExhausted), [`Full`](StoreError::Full),
    /// [`Unavailable`](StoreError::Unavailable): nothing changed. [`Failed`](StoreError::Failed): it may be stored or
    /// not; every call after it is refused with [`Poisoned`](StoreError::Poisoned), reads too.
    async fn commit(&self, swarm: &SwarmId, batch: Batch) -> Result<Committed, StoreError>;

    /// What there is under a key: a value, the trace of a deletion, or nothing. Who writes what follows from it requires
    /// [`Held::expected`], so that nothing that happened in between is lost.
    ///
    /// # Errors
    ///
    /// [`Corrupted`](StoreError::Corrupted), [`Unavailable`](StoreError::Unavailable). After
    /// [`Failed`](StoreError::Failed) every call is refused with [`Poisoned`](StoreError::Poisoned), reads too.
    async fn look(&self, swarm: &SwarmId, namespace: &Namespace, key: &StateKey) -> Result<Held, StoreError>;

    /// The entry under a key, or `None` when there is none or it was deleted.
    ///
    /// It is what [`look`](MemoryProvider::look) sees, and a provider that finds values faster alone may say so itself.
    ///
    /// # Errors
    ///
    /// [`Corrupted`](StoreError::Corrupted), [`Unavailable`](StoreError::Unavailable). After
    /// [`Failed`](StoreError::Failed) every call is refused with [`Poisoned`](StoreError::Poisoned), reads too.
    async fn get(&self, swarm: &SwarmId, namespace: &Namespace, key: &StateKey) -> Result<Option<Entry>, StoreError> {
        Ok(self.look(swarm, namespace, key).await?.into_entry())
    }

    /// Up to `limit` entries of a range of a namespace behind the key `after`, in the order of their keys.
    ///
    /// `after` may lie anywhere: before the range, the list begins with the range; behind it, it is empty, and so is the
    /// list of a range without keys. `limit` is at least 1 and is cut to the provider's own limit, and a page takes no
    /// further entry once its keys and values have reached [`page_bytes`](crate::Limits::page_bytes). Fewer entries than
    /// asked for do not mean the end, `next` does: it is `None` on the page that holds the last entry.
    ///
    /// # Errors
    ///
    /// [`Input`](StoreError::Input) for a limit of 0; [`Corrupted`](StoreError::Corrupted),
    /// [`Unavailable`](StoreError::Unavailable). After [`Failed`](StoreError::Failed) every call is refused with
    /// [`Poisoned`](StoreError::Poisoned), reads too.
    async fn list(
        &self,
        swarm: &SwarmId,
        namespace: &Namespace,
        range: &KeyRange,
        after: Option<&StateKey>,
        limit: usize,
    ) -> Result<Listing, StoreError>;

    /// What happened after `since`, in the order of versions: about `limit` changes, whole batches only. A page takes no
    /// further batch once it holds `limit` changes, or once its keys and values have reached
    /// [`page_bytes`](crate::Limits::page_bytes); `limit` is at least 1 and is cut to the provider's own limit.
    ///
    /// `since` may stand at any number up to the last. `None` reads from the beginning, as a cursor at zero does: once the
    /// horizon has moved, that is [`TooOld`](StoreError::TooOld).
    ///
    /// Costs what changed, not what is stored. Nothing new is an empty page whose `next` is where the reader stands.
    ///
    /// # Errors
    ///
    /// [`TooOld`](StoreError::TooOld) behind the horizon, or for another epoch, wherever the cursor stands;
    /// [`CursorAhead`](StoreError::CursorAhead); [`Input`](StoreError::Input) for a limit of 0;
    /// [`Corrupted`](StoreError::Corrupted), [`Unavailable`](StoreError::Unavailable). After
    /// [`Failed`](StoreError::Failed) every call is refused with [`Poisoned`](StoreError::Poisoned), reads too.
    async fn changes(&self, swarm: &SwarmId, since: Option<Cursor>, limit: usize) -> Result<Changes, StoreError>;

    /// Everything that a swarm holds, in pages of up to `limit` entries; `None` begins.
    ///
    /// `limit` is at least 1 and is cut to the provider's own limit, and a page takes no further entry once its keys and
    /// values have reached [`page_bytes`](crate::Limits::page_bytes). The page that holds the last entry is the last one.
    ///
    /// # Errors
    ///
    /// [`TooOld`](StoreError::TooOld) when the store was rebuilt since the first page: begin again. Should the horizon pass
    /// `start` in the meantime, it is the reading of changes after the last page that says so.
    /// [`Input`](StoreError::Input) for a limit of 0; [`Corrupted`](StoreError::Corrupted),
    /// [`Unavailable`](StoreError::Unavailable). After [`Failed`](StoreError::Failed) every call is refused with
    /// [`Poisoned`](StoreError::Poisoned), reads too.
    async fn snapshot(
        &self,
        swarm: &SwarmId,
        place: Option<SnapshotPlace>,
        limit: usize,
    ) -> Result<SnapshotPage, StoreError>;

    /// Where the swarm's memory stands. A swarm that nobody has written to stands at zero.
    ///
    /// # Errors
    ///
    /// [`Corrupted`](StoreError::Corrupted), [`Unavailable`](StoreError::Unavailable). After
    /// [`Failed`](StoreError::Failed) every call is refused with [`Poisoned`](StoreError::Poisoned), reads too.
    async fn standing(&self, swarm: &SwarmId) -> Result<Standing, StoreError>;

    /// Moves the horizon up to `horizon`, and forgets the tombstones up to and including it. Returns where things stand
    /// then.
    ///
    /// Values are never touched. The horizon never goes back, and never beyond the last change: asking for either moves
    /// it as far as it can go.
    ///
    /// # Errors
    ///
    /// As [`commit`](MemoryProvider::commit), without conflicts.
    async fn compact(&self, swarm: &SwarmId, horizon: Version) -> Result<Standing, StoreError>;
}

/// What a durable commit survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Persistence {
    /// Nothing but this process: for tests and swarms that live as long as it does.
    Process,
    /// A crash of the process or the machine.
    Crash,
}

/// The numbers that a commit's changes got: consecutive, in the order of the batch.
///
/// ```
/// use moai_core::{Committed, Epoch, Version};
///
/// let committed = Committed::new(Epoch::from_bytes([0; 8]), Version::new(7)?, Version::new(9)?);
/// assert_eq!(committed.versions().map(Version::get).collect::<Vec<_>>(), [7, 8, 9]);
/// assert_eq!(committed.cursor().version.get(), 9);
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Committed {
    /// The life of the store.
    pub epoch: Epoch,
    /// The number of the first change.
    pub first: Version,
    /// The number of the last change.
    pub last: Version,
}

impl Committed {
    /// The numbers from `first` to `last`, in this life of the store.
    #[must_use]
    pub fn new(epoch: Epoch, first: Version, last: Version) -> Self {
        Self { epoch, first, last }
    }

    /// The number of each change.
    pub fn versions(&self) -> impl Iterator<Item = Version> + use<> {
        // The range lies between two versions, so each number is one.
        (self.first.get()..=self.last.get()).filter_map(|number| Version::new(number).ok())
    }

    /// The place behind these changes.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Cursor { epoch: self.epoch, version: self.last }
    }
}
