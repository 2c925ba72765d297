//! The statements that are known: at most two of an agent, and those two prove that it lies.

use std::collections::BTreeMap;

use moai_core::planted::planted;

use super::{Message, Said, Setting};
use crate::{Decision, Electorate, Standing, Status, Tally, determine};

/// The statements that are known: a map that only grows. It is merged by taking each.
#[derive(Clone)]
pub(super) struct Statements {
    /// The first of each agent, and another one if it said something else as well.
    said: BTreeMap<u32, (Said, Option<Said>)>,
    tally: Tally,
}

impl Statements {
    pub(super) fn new(electorate: Electorate) -> Self {
        Self { said: BTreeMap::new(), tally: Tally::new(electorate) }
    }

    /// Whether it would say anything new, were it genuine.
    pub(super) fn lacks(&self, said: &Said) -> bool {
        match self.said.get(&said.by()) {
            None => true,
            Some((first, second)) => second.is_none() && !first.repeats(said),
        }
    }

    /// Takes a statement that is genuine. Whether it said anything new.
    pub(super) fn take(&mut self, said: &Said) -> bool {
        let Ok(Message::Statement(statement)) = said.message() else { return false };
        let place = said.by() as usize;
        if self.tally.standing(place).is_none() || !self.lacks(said) {
            return false;
        }
        match self.said.get_mut(&said.by()) {
            None => {
                self.said.insert(said.by(), (said.clone(), None));
                if let Some(choice) = statement.choice {
                    self.tally.record(place, choice.into());
                }
            }
            Some((_, second)) => {
                *second = Some(said.clone());
                if !planted("counting_a_proven_liar") {
                    self.tally.record(place, Standing::Spoiled);
                }
            }
        }
        true
    }

    /// What an agent said first.
    pub(super) fn first(&self, by: u32) -> Option<&Said> {
        self.said.get(&by).map(|(first, _)| first)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Said> {
        self.said.values().flat_map(|(first, second)| [Some(first), second.as_ref()]).flatten()
    }

    /// Whether the rule is determined: what is still to come changes nothing, unless somebody is shown to lie.
    pub(super) fn is_determined(&self, setting: &Setting) -> bool {
        self.verdict(setting) != Decision::Timeout
    }

    /// What follows from these statements, when no more come.
    pub(super) fn verdict(&self, setting: &Setting) -> Decision {
        match determine(setting.rule().as_ref(), &self.tally).status {
            Status::Pass => Decision::Approved,
            Status::Fail => Decision::Rejected,
            Status::Open => Decision::Timeout,
        }
    }

    /// What all agents weigh that have said something.
    pub(super) fn weight(&self, setting: &Setting) -> u64 {
        setting.weights(self.said.keys().copied())
    }
}
