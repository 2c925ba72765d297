//! One journal, and several processes that write into it.

use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use moai_flow::store::{OpenError, SqliteJournal};
use moai_flow::{Head, Journal, JournalError, NewRecord, Persistence, Record};
use tokio::time::timeout;

use crate::home::Home;

/// The journal of a folder, of which several gates in several processes write. A [`SqliteJournal`] is one process's alone:
/// so whoever has something to write or read waits for its turn, opens it, and closes it again. The kernel passes the turn
/// on, also when a process dies.
#[derive(Debug, Clone)]
pub(crate) struct SharedJournal {
    place: Arc<Place>,
}

#[derive(Debug)]
struct Place {
    journal: PathBuf,
    turn: PathBuf,
}

impl SharedJournal {
    /// The journal of this folder; it is made by the first record.
    pub(crate) fn of(home: &Home) -> Self {
        let journal = home.journal();
        Self { place: Arc::new(Place { turn: turn_of(&journal), journal }) }
    }

    /// Does something with the journal alone.
    async fn in_turn<T, W, D>(&self, work: W) -> Result<T, JournalError>
    where
        T: Send + 'static,
        W: FnOnce(SqliteJournal) -> D + Send + 'static,
        D: Future<Output = Result<T, JournalError>> + Send,
    {
        let place = self.place.clone();
        let runtime = tokio::runtime::Handle::current();
        // Whoever waits for it no more gives it up with that.
        let asked = Asked::default();
        let asks = asked.clone();
        let _asking = GivenUp(asked.clone());
        let mut worked = runtime.clone().spawn_blocking(move || {
            let turn = turn(&place.turn)?;
            if !asks.settle() {
                return Err(JournalError::Unavailable { why: "nobody waits for it any more".into() });
            }
            let _no_fork = no_fork();
            is_regular(&place.journal)?;
            is_not_gone(&place.journal)?;
            let is_new = !place.journal.exists();
            let journal = SqliteJournal::open(&place.journal).map_err(unopened)?;
            if is_new {
                be_private(&place.journal);
            }
            let done = runtime.block_on(work(journal));
            // The journal is closed: it went with the work.
            drop(turn);
            done
        });
        let worked = match timeout(PATIENCE, &mut worked).await {
            Err(_) if asked.settle() => {
                let turn = self.place.turn.display();
                let why = format!("another process has held {turn} for {} s", PATIENCE.as_secs());
                return Err(JournalError::Unavailable { why });
            }
            // It is at work, and is waited for.
            Err(_) => worked.await,
            Ok(worked) => worked,
        };
        worked.map_err(|why| JournalError::Unavailable { why: why.to_string() })?
    }
}

/// How long a turn is waited for: each takes a few milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether somebody still waits for what is to be done. It is begun, or given up, and never both.
#[derive(Debug, Clone, Default)]
struct Asked(Arc<AtomicBool>);

impl Asked {
    /// Begins it, or gives it up; whether that was still open.
    fn settle(&self) -> bool {
        !self.0.swap(true, Ordering::SeqCst)
    }
}

/// Gives it up when it goes, if it was not begun.
struct GivenUp(Asked);

impl Drop for GivenUp {
    fn drop(&mut self) {
        self.0.settle();
    }
}

/// Behind the name of a journal, that of the witness of what was acknowledged.
pub(crate) const WITNESS: &str = "-lock";

/// What belongs to a journal, beside it.
pub(crate) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// That a journal is there of which a witness says that it was. Whoever has the turn sees no one else make it just now.
fn is_not_gone(path: &Path) -> Result<(), JournalError> {
    let has_witness = fs::metadata(beside(path, WITNESS)).is_ok_and(|its| its.len() > 0);
    if !has_witness || path.exists() {
        return Ok(());
    }
    let why = "it is gone, and what lies beside it says that it was there".into();
    Err(JournalError::Corrupted { what: path.display().to_string(), why })
}

/// That a file is one, and not something at which opening it would wait; or that there is none.
fn is_regular(path: &Path) -> Result<(), JournalError> {
    let why = match fs::metadata(path) {
        Ok(its) if its.is_file() => return Ok(()),
        Err(why) if why.kind() == ErrorKind::NotFound => return Ok(()),
        Ok(_) => "it is no regular file".into(),
        Err(why) => why.to_string(),
    };
    Err(JournalError::Unavailable { why: format!("{}: {why}", path.display()) })
}

/// From here on the journal is this user's alone, also where its folder is not: voters' words stand in it.
fn be_private(path: &Path) {
    // A file system that knows no such thing is as good.
    let _ = fs::set_permissions(path, fs::Permissions::from_mode(0o600));
}

/// As long as this is held, this program starts no process. A process that begins holds for a moment everything that is open
/// here, locks too, until it becomes another program: so nobody starts one while the journal is open.
pub(crate) fn no_fork() -> MutexGuard<'static, ()> {
    static NO_FORK: Mutex<()> = Mutex::new(());
    NO_FORK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for the turn, which goes with what is returned.
fn turn(path: &Path) -> Result<File, JournalError> {
    is_regular(path)?;
    // Should it become something else in this moment, that does not wait either.
    let at_once = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
    let open = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).custom_flags(at_once).open(path);
    let waited = open.and_then(|file| file.lock().map(|()| file));
    waited.map_err(|why| JournalError::Unavailable { why: format!("{}: {why}", path.display()) })
}

/// The file whose lock whoever writes into this journal holds.
pub(crate) fn turn_of(journal: &Path) -> PathBuf {
    journal.with_extension("turn")
}

/// Why a journal was not opened: what can be read and is no journal, or no more, is damaged.
pub(crate) fn unopened(why: OpenError) -> JournalError {
    let damaged = |path: PathBuf, why| JournalError::Corrupted { what: path.display().to_string(), why };
    match why {
        OpenError::Corrupted { path, why } => damaged(path, why),
        OpenError::Foreign { path, why } => damaged(path, format!("it is no journal: {why}")),
        OpenError::UnknownFormat { path, found } => damaged(path, format!("no program ever wrote format {found}")),
        why => JournalError::Unavailable { why: why.to_string() },
    }
}

impl SharedJournal {
    /// Appends behind what was written before, in one turn.
    ///
    /// # Errors
    ///
    /// Where that is not there any more nothing is written: somebody has put another journal in its place.
    pub(crate) async fn append_behind(
        &self,
        known: Option<Head>,
        records: Vec<NewRecord>,
    ) -> Result<Head, JournalError> {
        self.in_turn(move |journal| async move {
            if let Some(known) = known {
                let there = journal.read(known.seq, 1).await?;
                if there.first().is_none_or(|record| record.head() != known) {
                    let why = format!(
                        "record {} is not the one that was written: somebody has put another journal in its place",
                        known.seq
                    );
                    return Err(JournalError::Failed { why });
                }
            }
            journal.append(records).await
        })
        .await
    }
}

#[async_trait]
impl Journal for SharedJournal {
    fn persistence(&self) -> Persistence {
        Persistence::Crash
    }

    async fn append(&self, records: Vec<NewRecord>) -> Result<Head, JournalError> {
        self.in_turn(|journal| async move { journal.append(records).await }).await
    }

    async fn read(&self, from: u64, limit: usize) -> Result<Vec<Record>, JournalError> {
        self.in_turn(move |journal| async move { journal.read(from, limit).await }).await
    }

    async fn head(&self) -> Result<Head, JournalError> {
        self.in_turn(|journal| async move { journal.head().await }).await
    }
}
