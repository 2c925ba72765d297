//! The side that begins an exchange, decodes, and learns what differs.

use std::mem;

use super::decoder::{Decoder, Order};
use super::item_id::ItemId;
use super::message::Wanted;
use super::sketch::{SECOND, Symbols};
use super::{Message, ReconcileError, ReconcileKey, ReconcileLimits, ReconcileSet, Symbol};

/// One exchange, seen by who asks. **It sends nothing itself: what it returns must be carried out.**
///
/// The set may change while the exchange goes on: it compares what the set held when the first symbols came. What is found
/// to differ is true of that moment.
///
/// ```
/// use moai_core::value;
/// use moai_sync::reconcile::{Answered, Answerer, Asked, Asker, ReconcileKey, ReconcileLimits, ReconcileSet};
///
/// let (mut ours, mut theirs) = (ReconcileSet::new(), ReconcileSet::new());
/// for number in 0..1_000 {
///     let content = value!("open").digest();
///     ours.insert(format!("task/{number}"), &content);
///     theirs.insert(format!("task/{number}"), &content);
/// }
/// theirs.replace("task/7".into(), &value!("open").digest(), &value!("done").digest());
///
/// // The key comes from the caller's chance.
/// let (key, limits) = (ReconcileKey::from_bytes([7; 16]), ReconcileLimits::default());
/// let (mut asker, mut bytes) = Asker::open(&ours, key, limits.clone());
/// let mut answerer = Answerer::new(limits);
/// loop {
///     match answerer.receive(&mut theirs, &bytes)? {
///         Answered::Send(answer) => bytes = answer,
///         Answered::Wanted { keys, .. } => {
///             assert_eq!(keys, ["task/7"], "they send the new one");
///             break;
///         }
///         other => panic!("{other:?}"),
///     }
///     match asker.receive(&mut ours, &bytes)? {
///         Asked::Send(question) => bytes = question,
///         Asked::Differ { offer, wanted, send } => {
///             assert_eq!((offer, wanted), (vec!["task/7".to_owned()], 1), "we send the old one");
///             bytes = send;
///         }
///         other => panic!("{other:?}"),
///     }
/// }
/// # Ok::<(), moai_sync::reconcile::ReconcileError>(())
/// ```
#[derive(Debug)]
pub struct Asker {
    key: ReconcileKey,
    limits: ReconcileLimits,
    /// The set's revision when it began.
    opened_at: u64,
    stage: Stage,
}

/// What the asker's caller does next.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "what it says must be carried out"]
#[non_exhaustive]
pub enum Asked<K> {
    /// Send this, and hand in the answer.
    Send(Vec<u8>),
    /// The sets are equal. The exchange is over.
    Same,
    /// The sets differ, and it is known how. The exchange is over when this was sent.
    Differ {
        /// The keys of the entries that we have and the other side lacks: send what stands under them.
        offer: Vec<K>,
        /// How many entries the other side has and we lack: it sends them when it got `send`.
        wanted: usize,
        /// What tells the other side what we lack.
        send: Vec<u8>,
    },
    /// The sets differ too much: take pages of a snapshot. The exchange is over.
    TooDifferent {
        /// What tells the other side, unless it told us.
        send: Option<Vec<u8>>,
    },
    /// A set changed, and more symbols of what it was cannot be had: begin anew. The exchange is over.
    Changed {
        /// What tells the other side, unless it told us.
        send: Option<Vec<u8>>,
    },
}

#[derive(Debug)]
enum Stage {
    Opened,
    Decoding(Decoding),
    Over,
}

#[derive(Debug)]
struct Decoding {
    decoder: Decoder,
    /// Our symbols, as they were when the first of the other side came, and the revision and size of our set then.
    symbols: Symbols,
    revision: u64,
    ours: u64,
    theirs: u64,
    /// How many symbols were asked for, and of which order.
    awaited: (Order, usize),
}

impl Asker {
    /// Begins an exchange: the message is for the other side. The key is drawn by chance, or is the one of the last exchange,
    /// to save work.
    #[must_use]
    pub fn open<K>(set: &ReconcileSet<K>, key: ReconcileKey, limits: ReconcileLimits) -> (Self, Vec<u8>) {
        let open = Message::Open { key, root: set.root(), entries: set.len() };
        (Self { key, limits, opened_at: set.revision(), stage: Stage::Opened }, open.to_bytes())
    }

    /// Takes an answer; `set` is the same set each time.
    ///
    /// # Errors
    ///
    /// What the other side sent does not parse, does not belong here, or cannot be true. The set is as it was, the exchange
    /// is over.
    pub fn receive<K: Clone>(&mut self, set: &mut ReconcileSet<K>, answer: &[u8]) -> Result<Asked<K>, ReconcileError> {
        // Whatever goes wrong below, it is over.
        let stage = mem::replace(&mut self.stage, Stage::Over);
        match (stage, Message::from_bytes(answer, &self.limits)?) {
            (Stage::Opened, Message::Same) => Ok(Asked::Same),
            (Stage::Opened, Message::First { entries, symbols }) => self.first(set, entries, &symbols),
            (Stage::Decoding(decoding), Message::Next { symbols }) => {
                if symbols.len() != decoding.awaited.1 {
                    return Err(ReconcileError::nonsense("symbols", "another number of them was asked for"));
                }
                self.decode(set, decoding, &symbols)
            }
            (Stage::Opened | Stage::Decoding(_), Message::TooDifferent) => Ok(Asked::TooDifferent { send: None }),
            (Stage::Opened | Stage::Decoding(_), Message::Changed) => Ok(Asked::Changed { send: None }),
            (stage, other) => Err(ReconcileError::Unexpected { kind: other.kind(), here: stage.here() }),
        }
    }

    fn first<K: Clone>(
        &mut self,
        set: &mut ReconcileSet<K>,
        theirs: u64,
        symbols: &[Symbol],
    ) -> Result<Asked<K>, ReconcileError> {
        let ours = set.len();
        if ours.abs_diff(theirs) > self.limits.differences_of(ours, theirs) {
            return Ok(Asked::TooDifferent { send: Some(Message::TooDifferent.to_bytes()) });
        }
        let decoding = Decoding {
            decoder: Decoder::new(self.key),
            symbols: set.symbols(self.key, symbols.len()),
            revision: set.revision(),
            ours,
            theirs,
            awaited: (Order::First, symbols.len()),
        };
        self.decode(set, decoding, symbols)
    }

    fn decode<K: Clone>(
        &mut self,
        set: &mut ReconcileSet<K>,
        mut decoding: Decoding,
        theirs: &[Symbol],
    ) -> Result<Asked<K>, ReconcileError> {
        let (order, _) = decoding.awaited;
        let start = decoding.decoder.len(order);
        let end = start + theirs.len();
        if order == Order::First && end > decoding.symbols.first.len() {
            if set.revision() != decoding.revision {
                return Ok(Asked::Changed { send: Some(Message::Changed.to_bytes()) });
            }
            decoding.symbols = set.symbols(self.key, end);
        }
        let ours = match order {
            Order::First => &decoding.symbols.first,
            Order::Second => &decoding.symbols.second,
        };
        decoding.decoder.receive(order, theirs, ours.get(start..end).unwrap_or_default())?;
        if decoding.decoder.is_complete() {
            return self.finish(set, decoding);
        }
        let batch = usize::from(self.limits.batch);
        let few = decoding.few().min(batch);
        if few > 0 {
            let from = decoding.decoder.len(Order::Second);
            decoding.awaited = (Order::Second, few);
            self.stage = Stage::Decoding(decoding);
            // Both are below the number of such symbols.
            let small = |number: usize| u8::try_from(number).unwrap_or(u8::MAX);
            return Ok(Asked::Send(Message::Few { from: small(from), how_many: small(few) }.to_bytes()));
        }
        let limit = self.limits.symbols_for(decoding.ours, decoding.theirs);
        let end = decoding.decoder.len(Order::First);
        let how_many = decoding.next_batch().min(limit.saturating_sub(end)).min(batch);
        if how_many == 0 {
            return Ok(Asked::TooDifferent { send: Some(Message::TooDifferent.to_bytes()) });
        }
        decoding.awaited = (Order::First, how_many);
        self.stage = Stage::Decoding(decoding);
        // Both are within their limits.
        let from = u32::try_from(end).unwrap_or(u32::MAX);
        let how_many = u16::try_from(how_many).unwrap_or(u16::MAX);
        Ok(Asked::Send(Message::More { from, how_many }.to_bytes()))
    }

    fn finish<K: Clone>(&self, set: &ReconcileSet<K>, decoding: Decoding) -> Result<Asked<K>, ReconcileError> {
        let difference = decoding.decoder.into_difference();
        let (only_ours, only_theirs) = (difference.ours.len() as u64, difference.theirs.len() as u64);
        if decoding.ours.saturating_add(only_theirs) != decoding.theirs.saturating_add(only_ours) {
            return Err(ReconcileError::nonsense("entries", "the symbols hold another number of them"));
        }
        let steady = set.revision() == decoding.revision;
        if only_ours + only_theirs == 0 {
            return match decoding.revision == self.opened_at {
                true => Err(ReconcileError::nonsense("symbols", "the roots differ, and they do not")),
                false => Ok(Asked::Same),
            };
        }
        let mut offer = Vec::with_capacity(difference.ours.len());
        for id in difference.ours {
            match set.find(id, self.key) {
                Some(key) => offer.push(key.clone()),
                None if steady => return Err(ReconcileError::nonsense("symbols", "they lack what we do not have")),
                None => {}
            }
        }
        if steady && difference.theirs.iter().any(|id| set.find(*id, self.key).is_some()) {
            return Err(ReconcileError::nonsense("symbols", "they hold as new what we have"));
        }
        let wanted = Wanted::new(difference.theirs.into_iter().map(ItemId::reference).collect());
        let send = Message::Want(wanted).to_bytes();
        Ok(Asked::Differ { offer, wanted: usize::try_from(only_theirs).unwrap_or(usize::MAX), send })
    }
}

impl Decoding {
    /// How many symbols to ask for: nearly what the difference will take, and then few at a time.
    ///
    /// d items take about 1.4·d symbols. The first 32 tell d within a quarter, two hundred within a tenth.
    fn next_batch(&self) -> usize {
        let have = self.decoder.len(Order::First);
        let estimate = self.decoder.left(self.surplus()).saturating_add(self.decoder.found());
        let aim = estimate.saturating_mul(if have < 64 { 80 } else { 120 }) / 100;
        aim.saturating_sub(have).max(have / 20).max(4)
    }

    /// How many symbols of the second order to ask for, if they are worth it.
    ///
    /// When all but a few items are found, these stand in the same symbols, and a further symbol holds one of them hardly ever:
    /// of k items behind n symbols it tells one from the rest with chance 2k/n. In the second order they are alone, and
    /// about 3k/2 symbols tell all of them apart.
    fn few(&self) -> usize {
        let have = self.decoder.len(Order::First);
        let left = self.decoder.left(self.surplus()).max(2);
        if left > SECOND / 2 || left * (3 * left + 4) > have {
            return 0;
        }
        let asked = self.decoder.len(Order::Second);
        let want = if asked == 1 { left * 3 / 2 + 2 } else { left };
        want.min(SECOND - asked.min(SECOND))
    }

    /// How many entries more the other set has.
    fn surplus(&self) -> i64 {
        i64::try_from(self.theirs).unwrap_or(i64::MAX) - i64::try_from(self.ours).unwrap_or(i64::MAX)
    }
}

impl Stage {
    const fn here(&self) -> &'static str {
        match self {
            Self::Opened => "as the answer to `open`",
            Self::Decoding(_) => "as the answer to `more`",
            Self::Over => "behind the end of the exchange",
        }
    }
}
