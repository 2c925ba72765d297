//! What all scenes stand on.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use moai_flow::consensus::{ConsensusManager, ManagerOptions, RequestError};
use moai_flow::sim::Seeds;
use moai_flow::sim::stack::{Chaos, Ground, SimClock};
use moai_flow::store::SqliteJournal;
use moai_flow::{AgentId, Chance, Clock, Coordinator, Journal, SeededChance};
use tokio::sync::mpsc::Sender;

use super::beat::{Beat, Title};
use super::teller::Teller;
use super::witnessed::Witnessed;
use crate::failure::Failure;
use crate::private_folder::PrivateFolder;

/// How a scene ends before its end.
pub(super) type Upset = Box<dyn std::error::Error + Send + Sync>;

/// What all scenes stand on: one clock that goes on when everybody waits, one seed, and one journal in a file.
pub(super) struct Stage {
    pub(super) teller: Teller,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) journal: Arc<dyn Journal>,
    seed: u64,
    seeds: Mutex<Seeds>,
    folder: PrivateFolder,
}

impl Stage {
    /// A stage inside of a runtime whose time is paused.
    ///
    /// # Errors
    ///
    /// When there is no place for the journal.
    pub(super) fn new(seed: u64, beats: Sender<Beat>) -> Result<Self, Failure> {
        let ground = Ground::new(seed, Chaos::NONE);
        let clock = Arc::new(SimClock::new(&ground, &mut Seeds::new(seed)));
        let (teller, folder) = (Teller::new(ground, beats), PrivateFolder::new("demo")?);
        let file = SqliteJournal::open(folder.file("journal.db"))
            .map_err(|why| Failure::failed("demo.journal", format!("the demo has no journal: {why}")))?;
        let journal = Arc::new(Witnessed::new(Arc::new(file), teller.clone()));
        Ok(Self { teller, clock, journal, seed, seeds: Mutex::new(Seeds::new(seed)), folder })
    }

    /// A scene begins, with chance of its own: what one scene draws does not move what another one gets.
    pub(super) fn scene(&self, title: Title) -> Result<(), Upset> {
        let number = u64::try_from(title.number)?;
        *self.seeds.lock().unwrap_or_else(PoisonError::into_inner) =
            Seeds::new(self.seed.wrapping_add(number.wrapping_mul(0x5851_F42D_4C95_7F2D)));
        Ok(self.teller.scene(title)?)
    }

    /// Draws something.
    pub(super) fn draw<T>(&self, draw: impl FnOnce(&mut Seeds) -> T) -> T {
        draw(&mut self.seeds.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A number from `low` up to below `end`.
    pub(super) fn between(&self, low: u64, end: u64) -> u64 {
        low.saturating_add(self.draw(|seeds| seeds.below(end.saturating_sub(low))))
    }

    /// Chance for somebody who draws by themselves.
    pub(super) fn chance(&self) -> Arc<dyn Chance> {
        Arc::new(SeededChance::new(self.draw(Seeds::next)))
    }

    /// What a manager on this stage is set up with.
    pub(super) fn options(&self, id: AgentId) -> ManagerOptions {
        ManagerOptions::default().with_id(id).with_clock(self.clock.clone()).with_chance(self.chance())
    }

    /// A manager that writes into the journal of the show.
    pub(super) async fn manager(
        &self,
        swarm: Arc<dyn Coordinator>,
        options: ManagerOptions,
    ) -> Result<ConsensusManager, RequestError> {
        ConsensusManager::with(swarm, options.with_journal(self.journal.clone())).await
    }

    /// A file of the show's own.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.file(name)
    }
}
