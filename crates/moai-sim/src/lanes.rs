//! Every kind of world that the program runs.

use std::ops::Range;

use crate::one_shot::{Beyond, OneShot};
use crate::replicas::Replicas;
use crate::rumours::Rumours;
use crate::stack;
use crate::votes::Votes;
use crate::{Campaign, Report, Scenario};

/// A kind of world that the program runs.
#[derive(Debug, Clone, Copy)]
pub struct Lane {
    /// What its scenario is called.
    pub name: &'static str,
    /// Which group it belongs to: the `core` alone, or the whole `stack`.
    pub group: &'static str,
    /// One in how many of the seeds that are asked for it runs: worlds of some kinds cost more than others.
    pub share: u64,
    run: fn(&Order) -> Report,
}

/// What is asked of a lane.
#[derive(Debug, Clone)]
pub struct Order {
    /// The seeds.
    pub seeds: Range<u64>,
    /// After how many failures to stop.
    pub stop_after: usize,
    /// Only to know whether something is found: without the seeds that were kept, and as it is found.
    pub only_find: bool,
}

impl Lane {
    /// Runs its worlds.
    #[must_use]
    pub fn run(&self, order: &Order) -> Report {
        (self.run)(order)
    }
}

impl Order {
    fn of(&self, scenario: &impl Scenario) -> Report {
        let campaign = Campaign::new(scenario).seeds(self.seeds.clone()).stop_after(self.stop_after);
        if self.only_find { campaign.without_kept().tries(0).run() } else { campaign.run() }
    }
}

const fn core(name: &'static str, share: u64, run: fn(&Order) -> Report) -> Lane {
    Lane { name, group: "core", share, run }
}

const fn stack(name: &'static str, share: u64, run: fn(&Order) -> Report) -> Lane {
    Lane { name, group: "stack", share, run }
}

/// Every kind of world, one a line.
pub const LANES: &[Lane] = &[
    core("one-shot", 1, |order| order.of(&OneShot::new())),
    core("beyond", 1, |order| order.of(&Beyond)),
    core("replicas", 1, |order| order.of(&Replicas)),
    core("sessions", 1, |order| order.of(&Votes)),
    core("rumours", 1, |order| order.of(&Rumours)),
    #[cfg(feature = "signing")]
    core("one-shot-signed", 50, |order| order.of(&OneShot::signed())),
    stack("votes", 1, |order| order.of(&stack::Votes)),
    stack("votes-signed", 1, |order| order.of(&stack::SignedVotes)),
    stack("tasks", 1, |order| order.of(&stack::Tasks)),
    stack("states", 1, |order| order.of(&stack::States)),
    stack("crowd", 1, |order| order.of(&stack::Crowd)),
    stack("agreements", 1, |order| order.of(&stack::Agreements)),
];
