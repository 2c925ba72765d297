//! What the world of votes knows of what was said and told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use moai_consensus::{Ballot, Entry, Outcome, Reply, message_kinds};
use moai_core::{AgentId, Envelope, Limits, ProposalId};
use tokio::sync::Notify;

use super::plan::{self, Manner, VotesPlan};
use crate::Violation;
use crate::invariant::{OneWord, ToldOutcomes, fair_count};
use crate::stack::{Ground, JournalDisk};

/// What the world knows, past every process. It is the oracle: nothing of it comes from the manager.
pub(super) struct Notes {
    pub(super) plan: VotesPlan,
    pub(super) ground: Ground,
    /// What the manager has written down.
    pub(super) disk: JournalDisk,
    /// What each honest voter has written down.
    pub(super) journals: BTreeMap<AgentId, JournalDisk>,
    state: Mutex<State>,
    ended: Notify,
}

#[derive(Default)]
struct State {
    /// Every ballot that somebody has given in its own name.
    given: BTreeMap<(AgentId, ProposalId), Vec<Ballot>>,
    word: OneWord,
    told: ToldOutcomes,
    ended: BTreeSet<ProposalId>,
}

impl Notes {
    pub(super) fn new(plan: &VotesPlan, ground: &Ground) -> Self {
        let honest = plan.voters.iter().enumerate().filter(|(_, manner)| **manner == Manner::Honest);
        let journals = honest.filter_map(|(number, _)| Some((plan::voter(number)?, JournalDisk::default()))).collect();
        let (disk, state, ended) = (JournalDisk::default(), Mutex::default(), Notify::new());
        Self { plan: plan.clone(), ground: ground.clone(), disk, journals, state, ended }
    }

    /// Nothing that can panic runs while it is held, so a poisoned lock is as good as any.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A message is sent.
    pub(super) fn witness(&self, envelope: &Envelope) {
        if *envelope.kind() != message_kinds::VOTE {
            return;
        }
        let Ok(Reply::Ballot(ballot)) = Reply::from_bytes(envelope.payload(), &Limits::default()) else { return };
        if ballot.voter != *envelope.sender() {
            return;
        }
        if let Some(disk) = self.journals.get(&ballot.voter) {
            self.ground.check(self.state().word.hear(&ballot));
            let reason = ballot.reason.as_bytes();
            let holds = |payload: &[u8]| payload.windows(reason.len().max(1)).any(|part| part == reason);
            if !disk.records().iter().any(|record| holds(&record.payload)) {
                let what = format!("{} of {} on {}", ballot.reason, ballot.voter, ballot.proposal);
                self.ground.broke(Violation::new("a word is written down before it is given", what));
            }
        }
        self.give(ballot);
    }

    /// Somebody gives a ballot.
    pub(super) fn give(&self, ballot: Ballot) {
        let place = (ballot.voter.clone(), ballot.proposal.clone());
        let mut state = self.state();
        let given = state.given.entry(place).or_default();
        if !given.contains(&ballot) {
            given.push(ballot);
        }
    }

    /// The manager has acknowledged a ballot.
    pub(super) fn acknowledged(&self, ballot: &Ballot) {
        self.ground.reach("a ballot was acknowledged");
        let is_kept = self.disk.records().iter().any(|record| {
            let entry = Entry::from_payload(&record.kind, &record.payload).ok().flatten();
            matches!(entry, Some(Entry::Ballot(kept) | Entry::Late(kept)) if *kept == *ballot)
        });
        if !is_kept {
            let what = format!("the ballot of {} on {}", ballot.voter, ballot.proposal);
            self.ground.broke(Violation::new("acknowledged is durable", what));
        }
    }

    /// The manager has told an outcome.
    pub(super) fn told(&self, number: usize, outcome: &Arc<Outcome>) {
        self.ground.reach(match outcome.decision {
            moai_consensus::Decision::Approved => "approved",
            moai_consensus::Decision::Rejected => "rejected",
            moai_consensus::Decision::Timeout => "timed out",
        });
        self.ground.note([outcome.proposal.as_str().as_bytes(), outcome.why.as_bytes()]);
        let durable = self.disk.records();
        let mut state = self.state();
        self.ground.check(state.told.tell(outcome, &durable));
        let gave = |ballot: &Ballot| {
            let place = (ballot.voter.clone(), ballot.proposal.clone());
            state.given.get(&place).is_some_and(|given| given.contains(ballot))
        };
        if let Some(question) = self.plan.questions.get(number) {
            self.ground.check(fair_count(question.by, outcome, &durable, gave));
        }
        self.ground.check(self.nobody_is_accused(outcome));
        drop(state);
        self.ended(&outcome.proposal);
    }

    /// The manager knows this of a question after it was started again.
    pub(super) fn remembered(&self, question: &ProposalId, known: Option<&Arc<Outcome>>) {
        self.ground.check(self.state().told.remembered(question, known));
    }

    /// A question has ended, with an outcome or without.
    pub(super) fn ended(&self, question: &ProposalId) {
        self.state().ended.insert(question.clone());
        self.ended.notify_one();
    }

    pub(super) fn has_ended(&self, question: &ProposalId) -> bool {
        self.state().ended.contains(question)
    }

    /// Waits until everything has ended.
    pub(super) async fn all_ended(&self) {
        while self.state().ended.len() < self.plan.questions.len() {
            self.ended.notified().await;
        }
    }

    /// Nobody who is honest is said to contradict itself.
    fn nobody_is_accused(&self, outcome: &Outcome) -> Result<(), Violation> {
        let is_honest = |id: &AgentId| self.journals.contains_key(id);
        let accused = outcome.evidence.iter().map(|evidence| evidence.voter()).find(|id| is_honest(id));
        match accused {
            Some(id) => Err(Violation::new("nobody honest is accused", format!("{id} on {}", outcome.proposal))),
            None => Ok(()),
        }
    }
}
