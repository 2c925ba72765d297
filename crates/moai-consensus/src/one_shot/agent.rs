//! One honest agent: what it holds, and how it takes in what happens.

use std::collections::BTreeMap;
use std::sync::Arc;

use moai_core::{Digest, Timestamp};

use super::chain::Chain;
use super::mine::Mine;
use super::packet::Raw;
use super::relay::Outgoing;
use super::statements::Statements;
use super::views::Views;
use super::{Agreed, Breach, Certificate, Kind, Offence, Part, Proof, Record, Refusal, Setting, Statement};
use crate::{Signer, Verifier};

/// One honest agent of an agreement, as a state machine.
///
/// The driver carries outputs out in their order, and a [`Persist`](Output::Persist) durably before anything behind it.
/// After a crash [`restore`](Self::restore) goes on from what was persisted: it answers with the same bytes, and never asks
/// its voter again. The [module](super) shows four of them.
///
/// It is cloned and hashed by whoever explores what can happen: **of two clones that both speak, one lies**.
#[derive(Clone)]
pub struct Agent {
    pub(super) setting: Setting,
    pub(super) me: u32,
    pub(super) signer: Arc<dyn Signer>,
    pub(super) verifier: Arc<dyn Verifier>,
    pub(super) statements: Statements,
    pub(super) mine: Mine,
    /// The view that it is in; 0 is phase A.
    pub(super) view: u64,
    pub(super) entered: Timestamp,
    /// When it has waited long enough.
    pub(super) timer: Timestamp,
    /// How often it has said everything again in phase A.
    pub(super) repeated: u32,
    pub(super) views: Views,
    pub(super) chain: Chain,
    pub(super) records: BTreeMap<Digest, Record>,
    pub(super) finalization: Option<Certificate>,
    pub(super) agreed: Option<Arc<Agreed>>,
    /// When each other agent was last told the outcome.
    pub(super) told: BTreeMap<u32, Timestamp>,
    pub(super) accused: BTreeMap<(u32, Offence), Arc<Proof>>,
    /// More lie than may: it says nothing more.
    pub(super) breach: Option<Arc<Breach>>,
    /// The last view in which it showed ballots that a proposal lacks.
    pub(super) objected: u64,
    pub(super) out: Outgoing,
}

/// What can happen to an agent.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Input {
    /// Begin, or go on after a restart: it comes first.
    Start,
    /// Its voter has answered. Only the first answer counts.
    Vote(Statement),
    /// Another agent sent this.
    Packet {
        /// Who carried it: what is in it proves itself, and may be of others.
        from: u32,
        /// The bytes.
        bytes: Arc<[u8]>,
    },
    /// Time has passed.
    Tick,
}

/// What a driver has to do.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Output {
    /// Make this durable before anything behind it: one record, for [`Agent::restore`].
    Persist(Arc<[u8]>),
    /// An agent has lied: show the proof to whoever should know. It is persisted, and [restored](Agent::evidence) after a crash.
    Evidence(Arc<Proof>),
    /// Send this: to one, or to all others.
    Send {
        /// To whom; to all others when it is nobody.
        to: Option<u32>,
        /// The bytes.
        bytes: Arc<[u8]>,
    },
    /// It is decided.
    Decided(Arc<Agreed>),
    /// More lie than may. No outcome can be relied on, not even one that was [decided](Self::Decided); the agent says
    /// nothing more.
    FaultBoundExceeded(Arc<Breach>),
    /// Something that arrived had no effect.
    Refused {
        /// Who carried it.
        from: u32,
        /// Why.
        why: Refusal,
    },
    /// Come back with an [`Input::Tick`] at this time.
    Arm(Timestamp),
}

impl Agent {
    /// The agent at a place of the electorate, which has not said anything yet.
    #[must_use]
    pub fn new(setting: Setting, me: u32, signer: Arc<dyn Signer>, verifier: Arc<dyn Verifier>) -> Self {
        Self {
            statements: Statements::new(setting.electorate().clone()),
            setting,
            me,
            signer,
            verifier,
            mine: Mine::default(),
            view: 0,
            entered: Timestamp::MIN,
            timer: Timestamp::MAX,
            repeated: 0,
            views: Views::default(),
            chain: Chain::default(),
            records: BTreeMap::new(),
            finalization: None,
            agreed: None,
            told: BTreeMap::new(),
            accused: BTreeMap::new(),
            breach: None,
            objected: 0,
            out: Outgoing::default(),
        }
    }

    /// What was agreed on, once it is; nothing once more lie than may.
    #[must_use]
    pub const fn agreed(&self) -> Option<&Arc<Agreed>> {
        match self.breach {
            None => self.agreed.as_ref(),
            Some(_) => None,
        }
    }

    /// What shows that more lie than may, if they do.
    #[must_use]
    pub const fn breach(&self) -> Option<&Arc<Breach>> {
        self.breach.as_ref()
    }

    /// The view that it is in; 0 while ballots are collected.
    #[must_use]
    pub const fn view(&self) -> u64 {
        self.view
    }

    /// The lies that are proven so far: each kind once of each liar. A crash takes none of them away.
    pub fn evidence(&self) -> impl Iterator<Item = &Arc<Proof>> {
        self.accused.values()
    }

    /// How many messages, records and certificates it holds. However many others send, that stays within a multiple of the
    /// electorate and of the views that really were nullified in a row.
    #[must_use]
    pub fn held(&self) -> usize {
        let known = self.statements.all().count() + self.records.len() + self.chain.all().count();
        known + self.views.held() + self.mine.len() + self.accused.len() + self.told.len()
    }

    /// Takes in what happened, and says what to do.
    pub fn handle(&mut self, now: Timestamp, input: Input) -> Vec<Output> {
        match input {
            Input::Start => self.start(now),
            Input::Vote(statement) => self.vote(now, statement),
            Input::Packet { from, bytes } => self.receive(now, from, &bytes),
            Input::Tick => {}
        }
        if self.breach.is_none() {
            self.advance(now);
        }
        self.flush(now)
    }

    /// Does everything that has become possible.
    fn advance(&mut self, now: Timestamp) {
        loop {
            let before = (self.view, self.agreed.is_some(), self.out.len());
            self.decide(now);
            if self.agreed.is_some() {
                return;
            }
            self.end_phase_a(now);
            self.propose(now);
            self.notarize(now);
            self.expire(now);
            if before == (self.view, self.agreed.is_some(), self.out.len()) {
                return;
            }
        }
    }

    fn receive(&mut self, now: Timestamp, from: u32, bytes: &[u8]) {
        let parts = match Raw::unpack(bytes) {
            Ok(parts) => parts,
            Err(why) => return self.refuse(from, why.into()),
        };
        let mut finalized = None;
        let mut knows = false;
        for part in &parts {
            if self.breach.is_some() {
                knows |= part.is_proof();
            }
            let read = part.read_if(
                |digest| self.wants_record(digest),
                |kind, view, record| {
                    if kind == Kind::Finalize {
                        let other = finalized.replace(record).is_some_and(|before| before != record);
                        knows |= other || self.breach.is_none();
                    }
                    self.wants(kind, view, record)
                },
            );
            let taken = match read {
                Ok(None) => Ok(()),
                Ok(Some(_)) if self.breach.is_some() => Ok(()),
                Ok(Some(Part::Certificate(certificate))) => self.take_foreign(now, certificate),
                Ok(Some(Part::Proof(proof))) => self.take_proof(*proof),
                Ok(Some(_)) if self.agreed.is_some() => Ok(()),
                Ok(Some(Part::Said(said))) => self.take(now, said),
                Ok(Some(Part::Record(record))) => {
                    self.learn_record(record);
                    Ok(())
                }
                Err(why) => Err(why.into()),
            };
            if let Err(why) = taken {
                self.refuse(from, why);
            }
        }
        if !knows {
            self.tell(now, from);
        }
    }

    fn refuse(&mut self, from: u32, why: Refusal) {
        self.out.outputs.push(Output::Refused { from, why });
    }
}

impl std::fmt::Debug for Agent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut parts = f.debug_struct("Agent");
        parts.field("me", &self.me).field("view", &self.view).field("agreed", &self.agreed).finish_non_exhaustive()
    }
}
