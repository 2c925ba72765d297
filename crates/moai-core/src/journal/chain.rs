//! Following the chain of records, to find the first that does not hold.

use crate::{Aftermath, Coded, Head, Journal, JournalError, Record};

/// Follows a journal record by record. It reads nothing itself: records are put in, in order.
///
/// ```
/// use moai_core::{Chain, Head, NewRecord, Record, Timestamp, record_kind};
///
/// let new = NewRecord::new(record_kind!("decision"), Timestamp::UNIX_EPOCH, "approved");
/// let mut record = Record::after(Head::EMPTY, new).ok_or("full")?;
/// assert!(Chain::new().follow(&record).is_ok());
///
/// record.payload = "rejected".into();
/// assert_eq!(Chain::new().follow(&record).unwrap_err().seq, 1);
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone)]
pub struct Chain {
    head: Head,
    witnesses: Vec<Head>,
}

impl Chain {
    /// Starts before the first record.
    #[must_use]
    pub fn new() -> Self {
        Self { head: Head::EMPTY, witnesses: Vec::new() }
    }

    /// Also demands that the journal goes through `witness`, a head that was written down earlier. There may be several.
    #[must_use]
    pub fn through(mut self, witness: Head) -> Self {
        self.witnesses.push(witness);
        self
    }

    /// Where the chain stands.
    #[must_use]
    pub fn head(&self) -> Head {
        self.head
    }

    /// Takes the next record.
    ///
    /// # Errors
    ///
    /// What is wrong with it; the chain stays where it was.
    pub fn follow(&mut self, record: &Record) -> Result<(), BadRecord> {
        let next = self.head.seq.saturating_add(1);
        let bad = |flaw| Err(BadRecord { seq: next, flaw });
        if record.seq != next {
            return bad(Flaw::Number { got: record.seq });
        }
        if record.previous != self.head.digest {
            return bad(Flaw::Link);
        }
        if !record.is_intact() {
            return bad(Flaw::Digest);
        }
        if self.witnesses.iter().any(|witness| witness.seq == next && witness.digest != record.digest) {
            return bad(Flaw::Witness);
        }
        self.head = record.head();
        Ok(())
    }

    /// Says that there are no more records, and gives the head.
    ///
    /// # Errors
    ///
    /// When the witness saw more records than there are, or an empty journal's witness does not say so.
    pub fn finish(&self) -> Result<Head, BadRecord> {
        for witness in &self.witnesses {
            if witness.seq > self.head.seq {
                let flaw = Flaw::Missing { witnessed: witness.seq };
                return Err(BadRecord { seq: self.head.seq.saturating_add(1), flaw });
            }
            if witness.seq == 0 && *witness != Head::EMPTY {
                return Err(BadRecord { seq: 0, flaw: Flaw::Witness });
            }
        }
        Ok(self.head)
    }
}

impl Default for Chain {
    fn default() -> Self {
        Self::new()
    }
}

/// The first record that does not hold. Nothing behind it can be trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("record {seq} {flaw}; nothing changed")]
#[non_exhaustive]
pub struct BadRecord {
    /// The number of the record.
    pub seq: u64,
    /// What is wrong with it.
    pub flaw: Flaw,
}

impl BadRecord {
    /// A record, by its number, and what is wrong with it.
    #[must_use]
    pub const fn new(seq: u64, flaw: Flaw) -> Self {
        Self { seq, flaw }
    }
}

/// What is wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Flaw {
    /// Another number stands where this record is due.
    #[error("is due, but number {got} stands there: a record is missing or was put in")]
    Number {
        /// The number that was found.
        got: u64,
    },
    /// It is not tied to the record before it.
    #[error("is not tied to the record before it")]
    Link,
    /// Its digest is not the one of what it holds: it was changed.
    #[error("was changed: its digest is not the one of what it holds")]
    Digest,
    /// The head that was written down earlier is another one: the journal was rewritten.
    #[error("is not the one that was witnessed: the journal was rewritten")]
    Witness,
    /// The head that was written down earlier lies behind the end: the journal was cut.
    #[error("is missing: a head at record {witnessed} was witnessed, the journal was cut")]
    Missing {
        /// The number of the witnessed record.
        witnessed: u64,
    },
}

impl BadRecord {
    /// Every code that this error can carry.
    pub const CODES: &'static [&'static str] =
        &["journal.number", "journal.link", "journal.digest", "journal.witness", "journal.missing"];
}

impl Coded for BadRecord {
    fn code(&self) -> &'static str {
        match self.flaw {
            Flaw::Number { .. } => "journal.number",
            Flaw::Link => "journal.link",
            Flaw::Digest => "journal.digest",
            Flaw::Witness => "journal.witness",
            Flaw::Missing { .. } => "journal.missing",
        }
    }

    fn aftermath(&self) -> Aftermath {
        Aftermath::NothingChanged
    }
}

/// Reads a whole journal and follows its chain, through the head that it named when the reading began and beyond.
///
/// A changed record is always found. **A cut tail, or a journal rewritten as a whole, is found only against a
/// `witness`**: a head that was written down where the writer of the journal cannot reach it.
///
/// # Errors
///
/// [`JournalError::Bad`] names the first record that does not hold; otherwise what reading met.
pub async fn verify_journal(journal: &dyn Journal, witness: Option<Head>) -> Result<Head, JournalError> {
    const PAGE: usize = 1_000;
    // The journal itself is the first witness: it must hold what it says that it holds.
    let promised = Chain::new().through(journal.head().await?);
    let mut chain = match witness {
        Some(witness) => promised.through(witness),
        None => promised,
    };
    loop {
        let records = journal.read(chain.head.seq.saturating_add(1), PAGE).await?;
        if records.is_empty() {
            break;
        }
        for record in &records {
            chain.follow(record)?;
        }
    }
    Ok(chain.finish()?)
}
