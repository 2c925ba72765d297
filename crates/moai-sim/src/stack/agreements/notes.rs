//! What the world of agreements knows of what was said and agreed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use moai_consensus::one_shot::{Agreed, Kind, Offence, Part, Proof, Said, Setting};
use moai_consensus::{Proposal, message_kinds};
use moai_core::{Digest, Envelope};
use tokio::sync::Notify;

use super::plan::{self, AgreementsPlan};
use crate::Violation;
use crate::invariant::{agreement, evidence_kept, evidence_sound, validity};
use crate::one_shot::Keys;
use crate::stack::{Ground, JournalDisk};

/// What the world knows, past every process. It is the oracle: nothing of it comes from the owners.
pub(super) struct Notes {
    pub(super) plan: AgreementsPlan,
    pub(super) ground: Ground,
    pub(super) keys: Keys,
    pub(super) questions: Vec<(Proposal, Setting)>,
    /// What each owner has written down.
    pub(super) disks: Vec<JournalDisk>,
    state: Mutex<State>,
    decided: Notify,
}

#[derive(Default)]
struct State {
    /// What each honest owner has said, by agreement, view and kind.
    said: BTreeMap<(u32, Digest, u64, Kind), Said>,
    /// Which lies each owner has shown, in each agreement.
    shown: BTreeMap<(usize, u32), BTreeSet<(u32, Offence)>>,
    /// The outcome of each agreement, of each owner.
    agreed: BTreeMap<(usize, u32), Arc<Agreed>>,
}

/// The bytes of an envelope before the packet: a version and what it is bound to.
pub(super) const HEAD: usize = 33;

/// The bytes of a record before what was said: a version, by whose key, and what it is bound to.
const KEPT: usize = 65;

impl Notes {
    pub(super) fn new(plan: &AgreementsPlan, ground: &Ground) -> Result<Self, String> {
        let keys = plan.keys();
        let questions = plan.settings(&keys)?;
        let disks = plan.owners.iter().map(|_| JournalDisk::default()).collect();
        let (state, decided) = (Mutex::default(), Notify::new());
        Ok(Self { plan: plan.clone(), ground: ground.clone(), keys, questions, disks, state, decided })
    }

    /// Nothing that can panic runs while it is held, so a poisoned lock is as good as any.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A message is sent.
    pub(super) fn witness(&self, envelope: &Envelope) {
        let honest =
            |place: &usize| self.plan.is_honest(*place) && plan::owner(*place).as_ref() == Some(envelope.sender());
        let Some(place) = (0..self.plan.owners.len()).find(honest) else { return };
        let question = |(_, setting): &&(Proposal, Setting)| {
            envelope.payload().get(1..HEAD) == Some(setting.instance().as_bytes().as_slice())
        };
        let Some((_, setting)) = self.questions.iter().find(question) else { return };
        if *envelope.kind() != message_kinds::AGREEMENT {
            return;
        }
        let parts = envelope.payload().get(HEAD..).map(Part::unpack);
        let Some(Ok(parts)) = parts else {
            return self
                .ground
                .broke(Violation::new("what is sent can be read", format!("a packet of {place} cannot")));
        };
        for part in parts {
            if let Part::Said(said) = part
                && said.by() as usize == place
            {
                self.ground.check(self.one_word(place, setting, &said));
            }
        }
    }

    /// The same bytes in every life, and on the disk before they leave.
    fn one_word(&self, place: usize, setting: &Setting, said: &Said) -> Result<(), Violation> {
        let view = said.message().ok().and_then(|message| message.view()).unwrap_or_default();
        let word = |kind| (said.by(), setting.instance(), view, kind);
        let mut state = self.state();
        if let Some(before) = state.said.get(&word(said.kind())) {
            if before != said {
                let what = format!("{place} says two different {:?} in view {view}", said.kind());
                return Err(Violation::new("the same bytes after a restart", what));
            }
            return Ok(());
        }
        let other = match said.kind() {
            Kind::Nullify => Kind::Finalize,
            _ => Kind::Nullify,
        };
        let crosses = matches!(said.kind(), Kind::Nullify | Kind::Finalize) && state.said.contains_key(&word(other));
        if crosses {
            return Err(Violation::new(
                "the same bytes after a restart",
                format!("{place} nullifies and finalizes {view}"),
            ));
        }
        state.said.insert(word(said.kind()), said.clone());
        drop(state);
        let holds = |payload: &[u8]| {
            let mut parts = payload.get(KEPT..).map(Part::unpack).into_iter().flatten().flatten();
            parts.any(|part| matches!(part, Part::Said(kept) if kept == *said))
        };
        let records = self.disks.get(place).map(JournalDisk::records).unwrap_or_default();
        if records.iter().any(|record| holds(&record.payload)) {
            return Ok(());
        }
        let what = format!("{:?} of {place} in view {view}", said.kind());
        Err(Violation::new("a word is written down before it is given", what))
    }

    /// An owner has an outcome.
    pub(super) fn decide(&self, question: usize, place: u32, agreed: &Arc<Agreed>) {
        self.ground.reach(agreed.record.verdict().as_str());
        self.ground.note([agreed.record.digest().as_bytes().as_slice()]);
        let Some((_, setting)) = self.questions.get(question) else { return };
        if let Err(flaw) = agreed.verify(setting, self.keys.verifier().as_ref()) {
            let what = format!("that of {place} does not: {flaw}");
            return self.ground.broke(Violation::new("an outcome proves itself", what));
        }
        let mut state = self.state();
        if let Some(before) = state.agreed.insert((question, place), agreed.clone()) {
            self.ground.reach("an outcome was given again after a crash");
            self.ground.check(agreement([(place, before.record.digest()), (place, agreed.record.digest())]));
        }
        let all = state.agreed.iter().filter(|((of, _), _)| *of == question);
        self.ground.check(agreement(all.map(|((_, place), agreed)| (*place, agreed.record.digest()))));
        // What is counted of whoever is honest is what it said.
        for said in agreed.record.said().iter().filter(|said| self.plan.is_honest(said.by() as usize)) {
            let own = state.said.get(&(said.by(), setting.instance(), 0, Kind::Statement));
            self.ground.check(validity(said.by(), std::slice::from_ref(said), own));
        }
        drop(state);
        self.decided.notify_one();
    }

    /// An owner shows that somebody has lied.
    pub(super) fn accused(&self, question: usize, proof: &Proof) {
        self.ground.reach("a liar was caught");
        let Some((_, setting)) = self.questions.get(question) else { return };
        let accused = proof.accused();
        let lies = !self.plan.is_honest(accused as usize);
        let proves = proof.verify(setting, self.keys.verifier().as_ref()).is_ok();
        self.ground.check(evidence_sound(accused, lies, proves, "a proof"));
    }

    /// All the lies that an owner shows: also those that it showed before it crashed.
    pub(super) fn shown(&self, question: usize, place: u32, proofs: &[Arc<Proof>]) {
        let lies: BTreeSet<_> = proofs.iter().map(|proof| (proof.accused(), proof.offence)).collect();
        let mut state = self.state();
        let before = state.shown.entry((question, place)).or_default();
        if !before.is_empty() {
            self.ground.reach("a lie was shown again after a crash");
        }
        before.iter().for_each(|lie| self.ground.check(evidence_kept(true, usize::from(lies.contains(lie)))));
        before.extend(lies);
    }

    /// Which honest owners have no outcome, of which agreement.
    pub(super) fn open(&self) -> Vec<(usize, u32)> {
        let state = self.state();
        let honest = (0..self.plan.owners.len()).filter(|place| self.plan.is_honest(*place));
        let honest: Vec<u32> = honest.filter_map(|place| u32::try_from(place).ok()).collect();
        let all = (0..self.questions.len()).flat_map(|question| honest.iter().map(move |place| (question, *place)));
        all.filter(|open| !state.agreed.contains_key(open)).collect()
    }

    /// Waits until everybody honest has every outcome.
    pub(super) async fn all_decided(&self) {
        while !self.open().is_empty() {
            self.decided.notified().await;
        }
    }
}
