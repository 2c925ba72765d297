//! What people say of a gate, from this terminal or another.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use moai_flow::consensus::{
    Ballot, Choice, ConsensusManager, Ed25519, Electorate, Receipt, Request, VoteError, message_kinds,
};
use moai_flow::{AgentId, Coded as _, Digest, Envelope, Handled, Handler, Limits, ProposalId};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;

use super::voter::{Voter, What};

/// What people say of a gate.
#[derive(Clone)]
pub(super) struct People {
    pub(super) manager: ConsensusManager,
    pub(super) gate: ProposalId,
    pub(super) voters: Arc<[Voter]>,
    /// What is voted on, as JSON.
    pub(super) content: Arc<str>,
    happened: UnboundedSender<Happened>,
    /// How many wanted to speak who may not.
    refused: Arc<AtomicU64>,
    stage: watch::Sender<Option<Stage>>,
    /// How all voters stand.
    standings: Arc<Mutex<Vec<Stands>>>,
}

/// How a voter stands, for people.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Stands {
    pub(crate) voter: String,
    /// `for`, `against`, `abstain`, `failed`, or nothing yet.
    pub(crate) said: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) reason: String,
}

/// Of so many who may not speak it is kept what they wanted; of more, how many they were.
pub(super) const MOST_REFUSED: u64 = 16;

/// What is asked at this moment.
#[derive(Debug, Clone)]
pub(super) struct Stage {
    pub(super) proposal: ProposalId,
    pub(super) electorate: Electorate,
    /// The question as it goes to voters, once it has gone out.
    pub(super) request: Option<Request>,
    /// Whether it is approved already, and somebody can still stop it.
    pub(super) held: bool,
    /// Who has spoken.
    pub(super) spoke: Vec<AgentId>,
}

/// What whoever runs the gate must hear.
#[derive(Debug, Clone)]
pub(super) enum Happened {
    /// Somebody wanted to speak in a name, and may not.
    Refused { voter: String, why: String },
    /// Somebody signed two things.
    Fraud { voter: AgentId },
    /// Somebody has spoken.
    Spoke,
}

/// What a person says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Word {
    /// Let it run
    For,
    /// Do not let it run
    Against,
    /// Take no side
    Abstain,
    /// Stop it, whatever the others say
    Veto,
}

impl Word {
    pub(crate) const fn choice(self) -> Choice {
        match self {
            Self::For => Choice::For,
            Self::Against | Self::Veto => Choice::Against,
            Self::Abstain => Choice::Abstain,
        }
    }
}

impl People {
    pub(super) fn new(
        manager: ConsensusManager,
        gate: ProposalId,
        voters: &[Voter],
        content: &str,
        happened: UnboundedSender<Happened>,
        refused: Arc<AtomicU64>,
    ) -> Self {
        Self {
            manager,
            gate,
            voters: voters.into(),
            content: content.into(),
            happened,
            refused,
            stage: watch::Sender::new(None),
            standings: Arc::default(),
        }
    }

    /// How all voters stand, as it is on the record.
    pub(super) fn standings(&self) -> Vec<Stands> {
        self.standings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_standings(&self, standings: Vec<Stands>) {
        *self.standings.lock().unwrap_or_else(PoisonError::into_inner) = standings;
    }

    /// What is asked at this moment.
    pub(super) fn stage(&self) -> Option<Stage> {
        self.stage.borrow().clone()
    }

    /// Waits until something is asked. Between the vote and the time for a veto nothing is.
    pub(super) async fn asked(&self) -> Option<Stage> {
        let is_asked = |stage: &Option<Stage>| stage.as_ref().is_some_and(|stage| stage.request.is_some());
        self.stage.subscribe().wait_for(is_asked).await.ok()?.clone()
    }

    /// Asks something else, or nothing any more.
    pub(super) fn set_stage(&self, stage: Option<Stage>) {
        self.stage.send_replace(stage);
    }

    fn change(&self, change: impl FnOnce(&mut Stage)) {
        self.stage.send_modify(|stage| {
            if let Some(stage) = stage {
                change(stage);
            }
        });
    }

    fn tell(&self, happened: Happened) {
        // The gate may have ended.
        let _ = self.happened.send(happened);
    }

    /// Somebody wanted to speak in a name, and may not.
    pub(super) fn refuse(&self, voter: String, why: &str) {
        if self.refused.fetch_add(1, Ordering::Relaxed) < MOST_REFUSED {
            self.tell(Happened::Refused { voter, why: why.into() });
        }
    }

    /// The half of a person that takes questions: it keeps them for whoever asks.
    pub(super) fn ear(&self) -> impl Handler + 'static {
        let people = self.clone();
        move |envelope: &Envelope| {
            if *envelope.kind() == message_kinds::REQUEST
                && let Ok(request) = Request::from_envelope(envelope, &Limits::default())
            {
                people.change(|stage| {
                    if stage.proposal == *request.proposal.id() {
                        stage.request = Some(request);
                    }
                });
            }
            Handled::NOTHING
        }
    }

    /// Who stands under a name and may speak at this moment.
    ///
    /// # Errors
    ///
    /// Why nobody does.
    pub(super) fn speaker(&self, stage: &Stage, name: &str) -> Result<AgentId, String> {
        let id = stage.electorate.ids().find(|id| id.as_str() == name).cloned();
        let id = id.ok_or_else(|| format!("{name} has no voice here; {} has", self.names(stage)))?;
        let is_program = |voter: &Voter| voter.id == id && !voter.what.is_person();
        if self.voters.iter().any(is_program) {
            return Err(format!("{name} is a program: nobody else votes for it"));
        }
        Ok(id)
    }

    /// Those who may speak at this moment.
    pub(super) fn names(&self, stage: &Stage) -> String {
        let is_program = |id: &AgentId| self.voters.iter().any(|voter| voter.id == *id && !voter.what.is_person());
        let names: Vec<&str> = stage.electorate.ids().filter(|id| !is_program(id)).map(AgentId::as_str).collect();
        if names.is_empty() { "nobody".into() } else { names.join(", ") }
    }

    /// Takes what a person says who signs nothing; to what it looked at, if it did not look at the stage that is.
    ///
    /// # Errors
    ///
    /// Why it does not count.
    pub(super) async fn speak(
        &self,
        name: &str,
        word: Word,
        because: &str,
        instance: Option<Digest>,
    ) -> Result<(), String> {
        let stage = self.stage().ok_or("nothing is asked any more")?;
        let asked = stage.request.as_ref().map(|request| request.instance);
        if instance.is_some_and(|instance| asked != Some(instance)) {
            return Err("what was looked at is not asked any more: look again".into());
        }
        let id = self.speaker(&stage, name)?;
        if self.voters.iter().any(|voter| voter.id == id && matches!(voter.what, What::Keyed(_))) {
            return Err(format!("{name} has a key, and what is said in that name is signed: moai vote … --key FILE"));
        }
        let proposal = stage.proposal.clone();
        let taken = if word == Word::Veto {
            let why = if because.is_empty() { "without a reason" } else { because };
            self.manager.veto(proposal, id.clone(), why).await
        } else {
            let ballot =
                self.manager.ballot(&proposal, id.clone(), word.choice()).ok_or("nothing is asked any more")?;
            self.manager.record_vote(ballot.because(because)).await
        };
        self.taken(&id, taken)
    }

    /// Takes a ballot that a person has signed, and with a veto that as well.
    ///
    /// # Errors
    ///
    /// Why it does not count.
    pub(super) async fn take(&self, ballot: Ballot, veto: bool) -> Result<(), String> {
        let stage = self.stage().ok_or("nothing is asked any more")?;
        let (id, reason) = (self.speaker(&stage, ballot.voter.as_str())?, ballot.reason.clone());
        // Whoever brings it may be anybody: it must prove itself.
        let key = stage.electorate.key(&id).ok_or_else(|| format!("{id} has no key"))?;
        if !veto {
            let taken = self.manager.record_vote(ballot).await;
            return self.taken(&id, taken);
        }
        let asked = stage.request.as_ref().map(|request| (request.instance, request.proposal.id()));
        if ballot.choice != Choice::Against || asked != Some((ballot.instance, &ballot.proposal)) {
            return Err("a veto is signed as a ballot against what is asked".into());
        }
        ballot.verify(key, &Ed25519).map_err(|why| why.to_string())?;
        let taken = self.manager.veto(stage.proposal, id.clone(), reason).await;
        self.taken(&id, taken)?;
        // It comes too late to count, and is kept: it proves who said no.
        let _ = self.manager.record_vote(ballot).await;
        Ok(())
    }

    fn taken(&self, id: &AgentId, taken: Result<Receipt, VoteError>) -> Result<(), String> {
        match taken {
            Ok(_) => {
                self.change(|stage| stage.spoke.push(id.clone()));
                self.tell(Happened::Spoke);
                Ok(())
            }
            Err(why) => {
                if let VoteError::Conflicting(evidence) = &why
                    && evidence.first.is_signed()
                    && evidence.second.is_signed()
                {
                    self.tell(Happened::Fraud { voter: id.clone() });
                }
                Err(format!("{why} ({})", why.code()))
            }
        }
    }
}
