//! The side that is asked, and sends symbols.

use std::mem;

use super::sketch::Symbols;
use super::{Message, ReconcileError, ReconcileKey, ReconcileLimits, ReconcileSet, Symbol};

/// So many symbols come with the first answer: they tell about how many will be needed.
const FIRST: usize = 32;

/// One exchange, seen by who is asked. **It sends nothing itself: what it returns must be carried out.**
///
/// A question under a new key makes it go over all entries of the set once. Whoever is asked by strangers holds them to a
/// rate.
///
/// ```
/// use moai_core::value;
/// use moai_sync::reconcile::{Answered, Answerer, Asked, Asker, ReconcileKey, ReconcileLimits, ReconcileSet};
///
/// let mut ours = ReconcileSet::new();
/// ours.insert("task/1", &value!("open").digest());
/// let mut theirs = ours.clone();
///
/// let (mut asker, open) = Asker::open(&ours, ReconcileKey::from_bytes([7; 16]), ReconcileLimits::default());
/// let Answered::Send(same) = Answerer::new(ReconcileLimits::default()).receive(&mut theirs, &open)? else { panic!() };
/// assert_eq!(open.len() + same.len(), 52);
/// assert_eq!(asker.receive(&mut ours, &same)?, Asked::Same);
/// # Ok::<(), moai_sync::reconcile::ReconcileError>(())
/// ```
#[derive(Debug)]
pub struct Answerer {
    limits: ReconcileLimits,
    stage: Stage,
}

/// What the answerer's caller does next.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "what it says must be carried out"]
#[non_exhaustive]
pub enum Answered<K> {
    /// Send this. Whether another question follows is seen when one comes: after `same` and `too different` none does.
    Send(Vec<u8>),
    /// The asker knows what differs, and lacks these. The exchange is over.
    Wanted {
        /// The keys of the entries that the asker lacks: send what stands under them. Hardly ever is there one more than it
        /// lacks.
        keys: Vec<K>,
        /// How many it lacks that are here no more: the set has changed meanwhile.
        gone: usize,
    },
    /// The asker found the sets too different: it will take pages of a snapshot. The exchange is over.
    TooDifferent,
    /// The asker's set has changed: it will begin anew. The exchange is over.
    Changed,
}

#[derive(Debug)]
enum Stage {
    Waiting,
    Sending(Sending),
    Over,
}

#[derive(Debug)]
struct Sending {
    key: ReconcileKey,
    /// Our symbols, as they were when the question came, and the set's revision then.
    symbols: Symbols,
    revision: u64,
    sent: usize,
    /// Of the second order, with its first, which is never sent.
    sent_second: usize,
    limit: usize,
}

impl Answerer {
    /// Waits for the first message of one exchange.
    #[must_use]
    pub const fn new(limits: ReconcileLimits) -> Self {
        Self { limits, stage: Stage::Waiting }
    }

    /// Takes a question; `set` is the same set each time.
    ///
    /// # Errors
    ///
    /// What the other side sent does not parse, does not belong here, or cannot be true. The set is as it was, the exchange
    /// is over.
    pub fn receive<K: Clone>(
        &mut self,
        set: &mut ReconcileSet<K>,
        question: &[u8],
    ) -> Result<Answered<K>, ReconcileError> {
        // Whatever goes wrong below, it is over.
        let stage = mem::replace(&mut self.stage, Stage::Over);
        match (stage, Message::from_bytes(question, &self.limits)?) {
            (Stage::Waiting, Message::Open { key, root, entries }) => {
                let ours = set.len();
                if root == set.root() {
                    return match entries == ours {
                        true => Ok(Answered::Send(Message::Same.to_bytes())),
                        false => {
                            Err(ReconcileError::nonsense("entries", "the roots are equal, and their numbers differ"))
                        }
                    };
                }
                if ours.abs_diff(entries) > self.limits.differences_of(ours, entries) {
                    return Ok(Answered::Send(Message::TooDifferent.to_bytes()));
                }
                let limit = self.limits.symbols_for(ours, entries);
                let first = FIRST.min(self.limits.batch.into()).min(limit);
                let symbols = set.symbols(key, first);
                let answer = Message::First { entries: ours, symbols: part(&symbols.first, 0, first) }.to_bytes();
                let revision = set.revision();
                self.stage = Stage::Sending(Sending { key, symbols, revision, sent: first, sent_second: 1, limit });
                Ok(Answered::Send(answer))
            }
            (Stage::Sending(sending), Message::More { from, how_many }) => self.more(set, sending, from, how_many),
            (Stage::Sending(mut sending), Message::Few { from, how_many }) => {
                let start = sending.sent_second;
                if usize::from(from) != start {
                    return Err(ReconcileError::nonsense("first symbol", "it is not the one behind the last"));
                }
                sending.sent_second = start + usize::from(how_many);
                let symbols = part(&sending.symbols.second, start, sending.sent_second);
                self.stage = Stage::Sending(sending);
                Ok(Answered::Send(Message::Next { symbols }.to_bytes()))
            }
            (Stage::Sending(sending), Message::Want(wanted)) => {
                if wanted.len() >= sending.sent + sending.sent_second {
                    return Err(ReconcileError::nonsense("references", "they are more than the symbols"));
                }
                let (mut keys, mut gone) = (Vec::new(), 0);
                for reference in wanted.references() {
                    let before = keys.len();
                    keys.extend(set.referred(reference, sending.key).cloned());
                    gone += usize::from(keys.len() == before);
                }
                Ok(Answered::Wanted { keys, gone })
            }
            (Stage::Sending(_), Message::TooDifferent) => Ok(Answered::TooDifferent),
            (Stage::Sending(_), Message::Changed) => Ok(Answered::Changed),
            (stage, other) => Err(ReconcileError::Unexpected { kind: other.kind(), here: stage.here() }),
        }
    }

    fn more<K: Clone>(
        &mut self,
        set: &mut ReconcileSet<K>,
        mut sending: Sending,
        from: u32,
        how_many: u16,
    ) -> Result<Answered<K>, ReconcileError> {
        let start = sending.sent;
        if u64::from(from) != start as u64 {
            return Err(ReconcileError::nonsense("first symbol", "it is not the one behind the last"));
        }
        let end = start.saturating_add(how_many.into());
        if end > sending.limit {
            return Ok(Answered::Send(Message::TooDifferent.to_bytes()));
        }
        if end > sending.symbols.first.len() {
            if set.revision() != sending.revision {
                return Ok(Answered::Send(Message::Changed.to_bytes()));
            }
            sending.symbols = set.symbols(sending.key, end);
        }
        let answer = Message::Next { symbols: part(&sending.symbols.first, start, end) }.to_bytes();
        sending.sent = end;
        self.stage = Stage::Sending(sending);
        Ok(Answered::Send(answer))
    }
}

impl Stage {
    const fn here(&self) -> &'static str {
        match self {
            Self::Waiting => "as the first question",
            Self::Sending(_) => "while symbols are sent",
            Self::Over => "behind the end of the exchange",
        }
    }
}

fn part(symbols: &[Symbol], start: usize, end: usize) -> Vec<Symbol> {
    symbols.get(start..end).unwrap_or_default().to_vec()
}
