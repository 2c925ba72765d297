//! What all parts of a world stand on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::Chaos;
use crate::{Ended, History, Seeds, Seen, Violation};

/// What all parts of a world stand on: its time, what goes wrong in it, what happened, and the first invariant that was
/// broken. Cloning gives another handle.
///
/// ```
/// use moai_sim::Violation;
/// use moai_sim::stack::{Chaos, Ground};
///
/// let ground = Ground::new(7, Chaos::NONE);
/// assert!(ground.is_calm());
/// ground.broke(Violation::new("nothing is lost", "one of two"));
/// ground.broke(Violation::new("nothing is lost", "and another one"));
/// assert_eq!(ground.ended().violation.map(|it| it.what).as_deref(), Some("one of two"));
/// ```
#[derive(Clone)]
pub struct Ground {
    shared: Arc<Shared>,
}

struct Shared {
    began: Instant,
    chaos: Chaos,
    state: Mutex<State>,
    broken: Notify,
}

struct State {
    seen: Seen,
    history: History,
    violation: Option<Violation>,
    network: Seeds,
    disks: Seeds,
}

impl Ground {
    /// A world that begins now.
    #[must_use]
    pub fn new(seed: u64, chaos: Chaos) -> Self {
        let mut seeds = Seeds::new(seed);
        let (network, disks) = (seeds.fork(), seeds.fork());
        let state = State { seen: Seen::default(), history: History::default(), violation: None, network, disks };
        let shared = Shared { began: Instant::now(), chaos, state: Mutex::new(state), broken: Notify::new() };
        Self { shared: Arc::new(shared) }
    }

    /// Nothing that can panic runs while it is held, so a poisoned lock is as good as any.
    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What goes wrong in it.
    #[must_use]
    pub fn chaos(&self) -> &Chaos {
        &self.shared.chaos
    }

    /// How long it has been going on.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.shared.began.elapsed()
    }

    /// Whether nothing goes wrong any more.
    #[must_use]
    pub fn is_calm(&self) -> bool {
        self.now() >= self.heals()
    }

    /// When nothing goes wrong any more.
    #[must_use]
    pub fn heals(&self) -> Duration {
        Duration::from_millis(self.shared.chaos.heals)
    }

    /// Waits until then.
    pub async fn until(&self, time: Duration) {
        tokio::time::sleep_until(self.shared.began + time).await;
    }

    /// A fault was injected.
    pub fn fault(&self, name: &'static str) {
        let micros = self.micros();
        let mut state = self.state();
        state.seen.fault(name);
        state.history.note(micros, name.as_bytes());
    }

    /// A point was reached.
    pub fn reach(&self, name: &'static str) {
        self.state().seen.reach(name);
    }

    /// Something happened, in these parts.
    pub fn note<'a>(&self, parts: impl IntoIterator<Item = &'a [u8]>) {
        let micros = self.micros();
        let mut state = self.state();
        parts.into_iter().for_each(|part| state.history.note(micros, part));
    }

    /// An invariant was broken. The first one is told, and the world ends.
    pub fn broke(&self, violation: Violation) {
        self.state().violation.get_or_insert(violation);
        self.shared.broken.notify_one();
    }

    /// Says so if this does not hold.
    pub fn check(&self, checked: Result<(), Violation>) {
        if let Err(violation) = checked {
            self.broke(violation);
        }
    }

    /// Waits until an invariant is broken.
    pub async fn broken(&self) {
        self.shared.broken.notified().await;
    }

    /// How it ended.
    #[must_use]
    pub fn ended(&self) -> Ended {
        let state = self.state();
        Ended { seen: state.seen.clone(), history: state.history, violation: state.violation.clone() }
    }

    pub(super) fn draw_of_network<T>(&self, draw: impl FnOnce(&mut Seeds) -> T) -> T {
        draw(&mut self.state().network)
    }

    pub(super) fn draw_of_disks<T>(&self, draw: impl FnOnce(&mut Seeds) -> T) -> T {
        draw(&mut self.state().disks)
    }

    fn micros(&self) -> i64 {
        i64::try_from(self.now().as_micros()).unwrap_or(i64::MAX)
    }
}

impl std::fmt::Debug for Ground {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ground").field("chaos", self.chaos()).finish_non_exhaustive()
    }
}
