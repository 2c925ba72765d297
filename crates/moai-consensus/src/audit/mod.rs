//! Verifying the votes in a journal: everything that can be recomputed is.
//!
//! ```text
//!   record ─▶ chain ─▶ reads? ─▶ facts: opened, members,  ─▶ replay: the same session over the ─▶ nothing is wrong
//!                                bound, in time order         recorded inputs writes the same        so far
//! ```
//!
//! It reads no journal itself: records go in, one after the other, and **the first that does not hold is named**.

mod audited;
mod difference;
mod facts;
mod flaw;
mod past;
mod replay;
mod told;
mod vote;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;
use std::sync::Arc;

use moai_core::{AlgorithmName, Chain, Digest, Head, ProposalId, Record, algorithm_name};

pub use audited::Audited;
pub use flaw::{Flaw, Flawed};
pub use told::Told;

use crate::signing::ChosenScheme;
use crate::{Algorithm, Electorate, Entry, Opening, QuorumAlgorithm, UnanimousAlgorithm, Verifier, WeightedAlgorithm};
use past::Past;
use vote::{Ending, Vote};

/// Verifies the votes in a journal, record by record.
///
/// # What it checks
///
/// - **The chain**: each record has the next number, is tied to the one before it, and has the digest of what it holds.
/// - **The facts**: a vote is opened before anything else is said about it, and nothing counts behind its end; voters are
///   members; ballots and outcomes are bound to the digest of this proposal, this electorate and this rule; nobody is
///   counted twice; evidence shows a contradiction; ballots of voters with keys are signed by them; the time of one vote never goes back.
/// - **The outcome**: the same algorithm runs over what was recorded, with the recorded times, and must write the same, field
///   by field.
///
/// # What it cannot know
///
/// An algorithm that it was not given: such votes are counted as [not recomputed](Audited::not_recomputed), and are
/// never called verified. **A journal that its owner rewrote as a whole, and a cut tail, are found only against a
/// [head](Self::through)** that was written down where the owner cannot reach it.
///
/// ```
/// use moai_consensus::audit::Audit;
/// use moai_core::{Head, NewRecord, Record, Timestamp, record_kind};
///
/// let note = NewRecord::new(record_kind!("note"), Timestamp::UNIX_EPOCH, "of another kind");
/// let mut record = Record::after(Head::EMPTY, note).ok_or("full")?;
/// let mut audit = Audit::new();
/// assert_eq!(audit.take(&record)?, None); // it is in the chain, and no vote
/// assert_eq!(audit.finish()?.head, record.head());
///
/// record.payload = "changed".into();
/// assert_eq!(Audit::new().take(&record).unwrap_err().seq, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub struct Audit {
    algorithms: BTreeMap<AlgorithmName, Vec<Arc<dyn Algorithm>>>,
    scheme: ChosenScheme,
    chain: Chain,
    open: BTreeMap<ProposalId, Vote>,
    past: BTreeMap<ProposalId, Past>,
    /// Votes of one swarm mostly share a picture of it.
    electorates: BTreeMap<Digest, Electorate>,
    audited: Audited,
}

impl Audit {
    /// With the algorithms that a manager knows from the beginning: `quorum`, `weighted` and `unanimous`.
    pub fn new() -> Self {
        Self {
            algorithms: BTreeMap::new(),
            scheme: ChosenScheme::USUAL,
            chain: Chain::new(),
            open: BTreeMap::new(),
            past: BTreeMap::new(),
            electorates: BTreeMap::new(),
            audited: Audited::default(),
        }
        .with_algorithm(algorithm_name!("quorum"), QuorumAlgorithm::new())
        .with_algorithm(algorithm_name!("weighted"), WeightedAlgorithm::new())
        .with_algorithm(algorithm_name!("unanimous"), UnanimousAlgorithm)
    }

    /// Votes under this name run by this algorithm, and by no other: with the settings that the manager has.
    pub fn with_algorithm(mut self, name: AlgorithmName, algorithm: impl Algorithm + 'static) -> Self {
        self.algorithms.insert(name, vec![Arc::new(algorithm)]);
        self
    }

    /// Votes under this name may also have run by this one: with settings that were in use earlier. **A vote under any of
    /// them is taken for right**, so name only what really was in use.
    pub fn with_earlier(mut self, name: AlgorithmName, algorithm: impl Algorithm + 'static) -> Self {
        self.algorithms.entry(name).or_default().push(Arc::new(algorithm));
        self
    }

    /// Signatures are checked like this. Default: Ed25519 with feature `signing`; without it votes of electorates with keys
    /// cannot be recomputed.
    pub fn verified_by(mut self, verifier: Arc<dyn Verifier>) -> Self {
        self.scheme = ChosenScheme::of(verifier);
        self
    }

    /// The journal must go through this head, which was written down earlier. There may be several.
    pub fn through(mut self, head: Head) -> Self {
        self.chain = self.chain.through(head);
        self
    }

    /// Where it stands.
    pub fn head(&self) -> Head {
        self.chain.head()
    }

    /// Takes the next record, and gives what it says of a vote; nothing for a record of another kind.
    ///
    /// # Errors
    ///
    /// The first record that does not hold. Nothing behind it can be trusted, so nothing more is to be put in.
    pub fn take(&mut self, record: &Record) -> Result<Option<Entry>, Flawed> {
        let bad = |flaw| Flawed { seq: record.seq, kind: Some(record.kind.clone()), flaw: Box::new(flaw) };
        self.chain.follow(record).map_err(|bad| Flawed {
            seq: bad.seq,
            kind: Some(record.kind.clone()),
            flaw: Box::new(Flaw::Chain(bad.flaw)),
        })?;
        self.audited.count(&record.kind);
        let read = Entry::from_payload(&record.kind, &record.payload).map_err(|why| bad(Flaw::Unreadable(why)))?;
        let Some(mut entry) = read else { return Ok(None) };
        self.entry(record, &mut entry).map_err(bad)?;
        Ok(Some(entry))
    }

    fn entry(&mut self, record: &Record, entry: &mut Entry) -> Result<(), Flaw> {
        let id = entry.proposal().clone();
        if entry.time().is_some_and(|its| its != record.time) {
            return Err(Flaw::Time { proposal: id.clone() });
        }
        self.audited.note(entry);
        if let Entry::Opened(opening) = entry {
            return self.begin(opening, &record.payload);
        }
        let Slot::Occupied(mut open) = self.open.entry(id.clone()) else {
            if matches!(entry, Entry::Ended { .. }) && !self.past.contains_key(&id) {
                // The journal refused its opening.
                self.audited.ended += 1;
                return Ok(());
            }
            let past = self.past.get(&id).ok_or_else(|| Flaw::NotOpened { proposal: id.clone() })?;
            return past.take(entry);
        };
        let Some(ending) = open.get_mut().take(record, entry)? else { return Ok(()) };
        let vote = open.remove();
        match ending {
            Ending::Recomputed => self.audited.recomputed += 1,
            Ending::Decided => *self.audited.not_recomputed.entry(vote.algorithm()).or_default() += 1,
            Ending::WithoutOutcome => self.audited.ended += 1,
        }
        self.past.insert(id, vote.into_past());
        Ok(())
    }

    fn begin(&mut self, opening: &Arc<Opening>, payload: &[u8]) -> Result<(), Flaw> {
        let mut opening = Opening::clone(opening);
        let digest = opening.electorate.digest();
        opening.scheme = self.scheme.clone();
        opening.electorate = self.electorates.entry(digest).or_insert(opening.electorate).clone();
        let id = opening.proposal.id().clone();
        let known = self.algorithms.get(&opening.algorithm).map_or(&[][..], Vec::as_slice);
        let vote = Vote::open(Arc::new(opening), known, payload)?;
        self.past.remove(&id);
        if let Some(before) = self.open.insert(id.clone(), vote) {
            before.is_at_rest()?;
            self.audited.abandoned += 1;
        }
        Ok(())
    }

    /// Says that there are no more records, and tells what was found.
    ///
    /// # Errors
    ///
    /// When the journal was cut: behind a head that it must go through, or between records that are written at once.
    pub fn finish(mut self) -> Result<Audited, Flawed> {
        let cut = |seq, flaw| Flawed { seq, kind: None, flaw: Box::new(flaw) };
        self.audited.head = self.chain.finish().map_err(|bad| cut(bad.seq, Flaw::Chain(bad.flaw)))?;
        let next = self.audited.head.seq.saturating_add(1);
        self.open.values().try_for_each(Vote::is_at_rest).map_err(|flaw| cut(next, flaw))?;
        self.audited.open = self.open.into_keys().collect();
        Ok(self.audited)
    }
}

impl Default for Audit {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Audit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Audit").field("head", &self.head()).field("open", &self.open.len()).finish_non_exhaustive()
    }
}
