//! Reading a journal to its end, and verifying all of it.

use moai_consensus::audit::Audit;
use moai_core::{Aftermath, Coded, Journal, JournalError, MemoryProvider, Record, StoreError};

use super::{Flawed, Report, Step, Trail};

/// How many records are read at once.
const PAGE: usize = 1_000;

/// Why a trail is not verified.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// A record does not hold: it is named.
    #[error(transparent)]
    Flawed(#[from] Flawed),
    /// The journal could not be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Coded for VerifyError {
    fn code(&self) -> &'static str {
        match self {
            Self::Flawed(inner) => inner.code(),
            Self::Journal(inner) => inner.code(),
            Self::Store(inner) => inner.code(),
        }
    }

    fn aftermath(&self) -> Aftermath {
        match self {
            Self::Flawed(inner) => inner.aftermath(),
            Self::Journal(inner) => inner.aftermath(),
            Self::Store(inner) => inner.aftermath(),
        }
    }
}

/// Verifies a journal from its first record to its last: the chain, the votes, the commits. With a memory, also that it
/// holds what was committed last, and nothing else; nobody should commit meanwhile.
///
/// The `audit` knows the algorithms, and the heads that the journal must go through.
///
/// # Errors
///
/// [`Flawed`](VerifyError::Flawed) names the first record that does not hold; otherwise what reading met.
///
/// ```
/// use moai_consensus::audit::Audit;
/// use moai_core::{Journal, NewRecord, Timestamp, record_kind};
/// use moai_store::MemoryJournal;
/// use moai_swarm::audit::verify;
///
/// # pollster::block_on(async {
/// let journal = MemoryJournal::new();
/// journal.append(vec![NewRecord::new(record_kind!("note"), Timestamp::UNIX_EPOCH, "first")]).await?;
/// let report = verify(&journal, Audit::new(), None).await?;
/// let pinned = report.head(); // to be kept elsewhere
///
/// // A journal that was cut does not go through it.
/// let cut = verify(&MemoryJournal::new(), Audit::new().through(pinned), None).await.unwrap_err();
/// assert!(cut.to_string().contains("the journal was cut"), "{cut}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub async fn verify(
    journal: &dyn Journal,
    audit: Audit,
    memory: Option<&dyn MemoryProvider>,
) -> Result<Report, VerifyError> {
    let mut trail = follow(journal, audit, |_, _| {}).await?;
    if let Some(memory) = memory {
        trail.against(memory).await?;
    }
    Ok(trail.finish()?)
}

/// Verifies a journal, and tells each record in words once it holds: who asked what, who said what and why, what was
/// decided and committed.
///
/// # Errors
///
/// As [`verify`]. What was told before holds.
pub async fn tell(journal: &dyn Journal, audit: Audit, mut line: impl FnMut(String)) -> Result<Report, VerifyError> {
    let told = |record: &Record, step: &Step| line(format!("{} {} {step}", record.seq, record.time));
    Ok(follow(journal, audit, told).await?.finish()?)
}

async fn follow(
    journal: &dyn Journal,
    audit: Audit,
    mut step: impl FnMut(&Record, &Step),
) -> Result<Trail, VerifyError> {
    // The journal itself is the first witness: it must hold what it says that it holds.
    let mut trail = Trail::new(audit.through(journal.head().await?));
    loop {
        let records = journal.read(trail.head().seq.saturating_add(1), PAGE).await?;
        if records.is_empty() {
            return Ok(trail);
        }
        for record in &records {
            let taken = trail.take(record)?;
            step(record, &taken);
        }
    }
}
