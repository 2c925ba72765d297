//! What the world of signed votes knows of what was shown, signed and told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use moai_consensus::{Ballot, Certificate, Decision, Entry, Outcome, Proven, Reply, Request, message_kinds};
use moai_core::{AgentId, Digest, Envelope, InvalidInput, Limits};
use tokio::sync::Notify;

use super::ballot_box::BallotBox;
use super::plan::{self, SignedVoter, SignedVotesPlan};
use crate::Violation;
use crate::invariant::{CertificatesHold, NobodyAccused, ShownAndSigned};
use crate::stack::{Ground, JournalDisk};

/// What the world knows, past every process. It is the oracle: nothing of it comes from a manager.
pub(super) struct Notes {
    pub(super) plan: SignedVotesPlan,
    pub(super) ground: Ground,
    pub(super) ballots: BallotBox,
    /// What the honest manager has written down.
    pub(super) disk: JournalDisk,
    /// What each honest voter has written down.
    pub(super) journals: BTreeMap<AgentId, JournalDisk>,
    state: Mutex<State>,
    ended: Notify,
}

#[derive(Default)]
struct State {
    shown: ShownAndSigned,
    accused: NobodyAccused,
    held: CertificatesHold,
    /// All signed ballots that anybody ever sent, as they were sent: liars may have them all.
    heard: BTreeMap<Digest, Vec<Arc<Ballot>>>,
    ended: BTreeSet<usize>,
}

impl Notes {
    pub(super) fn new(plan: &SignedVotesPlan, ground: &Ground) -> Result<Self, InvalidInput> {
        let honest = plan.voters.iter().enumerate().filter(|(_, manner)| **manner == SignedVoter::Honest);
        let journals = honest.filter_map(|(number, _)| Some((plan::voter(number)?, JournalDisk::default()))).collect();
        let state = State { held: CertificatesHold::with_liars(plan.liars()), ..State::default() };
        let (ballots, disk) = (BallotBox::of(plan)?, JournalDisk::default());
        let (plan, ground, state) = (plan.clone(), ground.clone(), Mutex::new(state));
        Ok(Self { plan, ground, ballots, disk, journals, state, ended: Notify::new() })
    }

    /// Nothing that can panic runs while it is held, so a poisoned lock is as good as any.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An honest voter is shown this, and thinks so.
    pub(super) fn thought(&self, voter: &AgentId, request: &Request, reason: &str) {
        self.state().shown.show(voter, request, reason);
    }

    /// A message is sent.
    pub(super) fn witness(&self, envelope: &Envelope) {
        if *envelope.kind() != message_kinds::VOTE {
            return;
        }
        let Ok(Reply::Ballot(ballot)) = Reply::from_bytes(envelope.payload(), &Limits::default()) else { return };
        let mut state = self.state();
        if self.journals.contains_key(&ballot.voter)
            && let Some(key) = self.ballots.electorate.key(&ballot.voter)
        {
            let checked = state.accused.hear(&ballot, key, self.ballots.keys.verifier().as_ref());
            self.ground.check(state.shown.sign(&ballot).and(checked));
        }
        let heard = state.heard.entry(ballot.instance).or_default();
        if !heard.iter().any(|known| **known == ballot) {
            heard.push(Arc::new(ballot));
        }
    }

    /// All ballots that anybody signed under this instance.
    pub(super) fn heard(&self, instance: &Digest) -> Vec<Arc<Ballot>> {
        self.state().heard.get(instance).cloned().unwrap_or_default()
    }

    /// Somebody shows a certificate: whoever knows the terms of some question checks it.
    pub(super) fn shown(&self, certificate: &Certificate) {
        for (_, counted, terms) in &self.ballots.questions {
            let verifier = self.ballots.keys.verifier().as_ref();
            match self.state().held.show(certificate, terms, *counted, verifier) {
                Ok(Some(_)) => self.ground.reach("a certificate proved a decision"),
                Ok(None) => {}
                broken @ Err(_) => self.ground.check(broken.map(drop)),
            }
        }
    }

    /// The manager has told an outcome.
    pub(super) fn told(&self, number: usize, outcome: &Outcome) {
        self.ground.reach(outcome.decision.as_str());
        self.ground.note([outcome.proposal.as_str().as_bytes(), outcome.why.as_bytes()]);
        let is_honest = |id: &AgentId| self.journals.contains_key(id);
        if let Some(id) = outcome.evidence.iter().map(|evidence| evidence.voter()).find(|id| is_honest(id)) {
            let what = format!("{id} on {}", outcome.proposal);
            self.ground.broke(Violation::new("nobody honest is accused", what));
        }
        let records = self.disk.records();
        let entries =
            records.iter().filter_map(|record| Entry::from_payload(&record.kind, &record.payload).ok().flatten());
        let certificate = Certificate::of_record(&outcome.proposal, entries);
        if let Some(certificate) = &certificate {
            self.shown(certificate);
        }
        if outcome.decision == Decision::Approved {
            self.ground.check(self.proves_itself(number, outcome, certificate.as_ref()));
        }
        self.ended(number);
    }

    /// What is approved is proven to anyone who knows the terms.
    fn proves_itself(&self, number: usize, outcome: &Outcome, proof: Option<&Certificate>) -> Result<(), Violation> {
        let Some((_, _, terms)) = self.ballots.questions.get(number) else { return Ok(()) };
        let proven = proof.map(|certificate| certificate.verify(terms, self.ballots.keys.verifier().as_ref()));
        match proven {
            Some(Ok(Proven::Decision(Decision::Approved))) => Ok(()),
            other => Err(Violation::new("an approval proves itself", format!("{}: {other:?}", outcome.proposal))),
        }
    }

    /// A question has ended, with an outcome or without.
    pub(super) fn ended(&self, number: usize) {
        self.state().ended.insert(number);
        self.ended.notify_one();
    }

    pub(super) fn has_ended(&self, number: usize) -> bool {
        self.state().ended.contains(&number)
    }

    /// Waits until everything has ended.
    pub(super) async fn all_ended(&self) {
        while self.state().ended.len() < self.plan.questions.len() {
            self.ended.notified().await;
        }
    }
}
