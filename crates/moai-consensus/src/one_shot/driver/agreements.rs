//! The half of an agent that agrees with others without a coordinator.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use moai_core::planted::planted;
use moai_core::{AgentId, Clock, Journal, SwarmId, SystemClock};

use super::super::{Agent, Setting};
use super::agreement::Seen;
use super::desk::{Desk, Open, Setup};
use super::inbox::Inbox;
use super::index::words;
use super::recorded::Recorded;
use super::run::Run;
use super::{Agreement, AgreementCounts, AgreementError};
use crate::voter::{Working, told};
use crate::{Proposal, RecoverError, Signer, Verifier, Voter};

/// The half of an agent that agrees with others without a trusted coordinator: it takes part in any number of agreements
/// over one mailbox. [`serve`](crate::serve) drives it, beside the agent's other halves.
///
/// # What it promises
///
/// - **Nothing is said before it is in the journal.** A journal that does not answer or has no room is tried again, and
///   nothing leaves meanwhile; one that fails ends the agreement for this agent.
/// - **After a restart it answers with the same bytes**, and asks no voter again whose ballot is written down: take the same
///   journal.
///   Without it a restarted agent contradicts itself, and is accused.
/// - **Its voter can do no harm**: it is asked once, thinks beside everything else, and is dropped at the deadline or with
///   the outcome. When it fails or panics the agent has no ballot, and says so at the deadline.
/// - **It answers whoever asks, after the outcome as well**, until it is told to [`end`](Agreement::end), is dropped, or the
///   place is needed: see [`with_most_open`](Self::with_most_open). What everybody has, nobody asks for.
/// - **A flood is bounded**: of each sender a few packets wait, the latest displace the others, and senders are served in
///   turn. Whoever does not take part is refused and counted. What is lost is said again by whoever said it.
/// - A rule, a signer or a verifier that panics ends the one agreement.
/// - **When more lie than may it claims no outcome**: [`FaultBoundExceeded`](AgreementError::FaultBoundExceeded) shows why.
/// - Nothing is spawned: dropped, all of it is gone.
///
/// What it is to agree on is given to each agent by its owner, and is never taken from a message: packets of another
/// proposal, electorate, rule, deadline or bound are of another agreement. Deadlines are wall time.
///
/// Cloning gives another handle to the same half.
///
/// ```
/// # #[cfg(feature = "signing")]
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// use std::{sync::Arc, time::Duration};
/// use moai_consensus::one_shot::{Agreements, Setting};
/// use moai_consensus::{Choice, Decision, Draft, Ed25519, Elector, Electorate, Ratio, Rule, Signer, SigningKey, Threshold};
/// use moai_consensus::{serve, voter_fn};
/// use moai_core::{AgentId, Clock, Coordinator, Limits, LocalCoordinator, Role, SystemClock, Timestamp};
/// use moai_core::{agent_id, swarm_id, value};
/// use moai_store::MemoryJournal;
///
/// // What all owners know: who takes part, by which rule, until when, and that one of the four may lie.
/// let keys: Vec<Arc<SigningKey>> = (1..=4).map(|n| Arc::new(SigningKey::from_bytes([n; 32]))).collect();
/// let names = ["a", "b", "c", "d"].map(AgentId::new).into_iter().collect::<Result<Vec<_>, _>>()?;
/// let electors = names.iter().zip(&keys).map(|(id, key)| Elector::new(id.clone()).with_key(key.key()));
/// let (electorate, rule) = (Electorate::new(electors)?, Threshold::more_than(Ratio::HALF)?.shared());
/// let proposal = Draft::from(value!({"action": "deploy"})).identify(agent_id!("a"), [0; 16], &Limits::default())?;
/// let deadline = Timestamp::from_unix_micros(SystemClock.now().unix_micros() + 30_000_000)?;
/// let setting = Setting::new(&proposal, electorate, rule, 1, deadline, Duration::from_millis(200))?;
///
/// // What each owner does.
/// let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
/// let mut agents = Vec::new();
/// for (name, key) in names.iter().zip(keys) {
///     let journal = Arc::new(MemoryJournal::new()); // one on a disk outlives the process
///     let mailbox = swarm.join(name.clone(), Role::Member).await?;
///     let half = Agreements::new(swarm_id!("swarm-001"), name.clone(), key, Arc::new(Ed25519), journal).await?;
///     tokio::spawn(serve(mailbox, swarm.clone(), vec![Box::new(half.clone())]));
///     let choice = if name.as_str() == "a" { Choice::Against } else { Choice::For };
///     agents.push(half.agree(&proposal, setting.clone(), voter_fn(move |_| choice)).await?);
/// }
/// for agent in &agents {
///     let agreed = agent.outcome().await?;
///     assert_eq!(agreed.record.verdict(), Decision::Approved);
///     assert_eq!(agreed.verify(&setting, &Ed25519), Ok(()), "it proves itself to anyone");
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub struct Agreements {
    pub(super) setup: Arc<Setup>,
    pub(super) desk: Arc<Desk>,
    /// What this handle drives. The other handles drive what they have come across first. Nobody waits for the lock: it lets
    /// the handle be shared, and what [`agree`](Self::agree) gives be moved to other threads.
    pub(super) working: Mutex<Working>,
}

impl Agreements {
    /// The agreeing half of this agent in this swarm, which signs with this key and remembers in this journal. It reads the
    /// whole journal once, and at each agreement what was written since; other records may stand in it, those of other
    /// agents included.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub async fn new(
        swarm: SwarmId,
        agent: AgentId,
        signer: Arc<dyn Signer>,
        verifier: Arc<dyn Verifier>,
        journal: Arc<dyn Journal>,
    ) -> Result<Self, RecoverError> {
        let desk = Arc::new(Desk::default());
        desk.read_on(journal.as_ref(), signer.key()).await?;
        let clock = Arc::new(SystemClock);
        let setup = Setup { swarm, agent, signer, verifier, journal, clock, most_open: 1_000 };
        Ok(Self { setup: Arc::new(setup), desk, working: Mutex::default() })
    }

    /// Where the wall time comes from. Default: [`SystemClock`]. It is looked at when an agreement begins; from then on the
    /// time goes by tokio's clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        Arc::make_mut(&mut self.setup).clock = clock;
        self
    }

    /// How many agreements it takes part in at once, those that are decided included. For one more, the oldest that is
    /// decided ends, once that one begins: those that wait for the journal meanwhile are as many more at the most. Default:
    /// 1,000.
    #[must_use]
    pub fn with_most_open(mut self, most: usize) -> Self {
        Arc::make_mut(&mut self.setup).most_open = most.max(1);
        self
    }

    /// Takes part in an agreement on this proposal. The voter is asked, unless the journal holds what it has said; the
    /// [`instance`](crate::Request::instance) of its question is the setting's [`question`](Setting::question).
    ///
    /// It waits for the journal, in which others may have written. Dropped half way, it is as if it had not been called.
    ///
    /// # Errors
    ///
    /// When the agent cannot take part: nothing changed. [`Recover`](AgreementError::Recover) when the journal cannot be
    /// read, and when two words of the agent stand there of which nobody honest says both: it says neither.
    pub async fn agree(
        &self,
        proposal: &Proposal,
        setting: Setting,
        voter: impl Voter + 'static,
    ) -> Result<Agreement, AgreementError> {
        let Setup { agent, signer, verifier, journal, .. } = self.setup.as_ref();
        let me = setting.electorate().index_of(agent).and_then(|place| u32::try_from(place).ok());
        let me = me.ok_or_else(|| AgreementError::NotEligible { agent: agent.clone() })?;
        let key = signer.key();
        if setting.key(me) != Some(&key) {
            return Err(AgreementError::OtherKey { agent: agent.clone() });
        }
        if !setting.is_about(proposal) {
            return Err(AgreementError::OtherProposal { proposal: proposal.id().clone() });
        }
        let instance = setting.instance();
        let (seen, inbox) = (Arc::new(Seen::new()), Arc::new(Inbox::default()));
        // The place is taken before anything is awaited, and left again should anything fail.
        let place = Place::take(self, &setting, &seen, &inbox)?;
        if self.desk.held().unsettled.contains(&instance) {
            return Err(AgreementError::Unsettled { instance });
        }
        // Another half over the same journal may have spoken since, and what it was writing when it was dropped may have
        // come about.
        self.desk.read_on(journal.as_ref(), key).await?;
        let known = self.desk.held().index.get(&instance).filter(|_| !planted("agreeing_without_the_journal"));
        let words = match known {
            Some(known) => words(journal.as_ref(), Recorded { key, instance }, known).await?,
            None => Vec::new(),
        };
        let mut seq = 0;
        let records = words.iter().inspect(|(number, _)| seq = *number).map(|(_, record)| record);
        let restore = || Agent::restore(setting.clone(), me, signer.clone(), verifier.clone(), records);
        let restored = catch_unwind(AssertUnwindSafe(restore));
        let agent = restored.map_err(|panic| AgreementError::Panicked { why: told(panic) })?;
        let agent = agent.map_err(|why| RecoverError::BadRecord { seq, why })?;
        agent.evidence().for_each(|proof| seen.accuse(proof.clone()));
        let run = Run::new(self.setup.clone(), place, agent, proposal.clone(), Arc::new(voter));
        let agreement = Agreement { setting, seen, inbox };
        let (waker, ended) = {
            let mut desk = self.desk.held();
            desk.begun.push(Box::pin(run.run()));
            // Only now: an agreement that does not begin ends no other.
            (desk.waker.take(), desk.begin(&instance, self.setup.most_open))
        };
        if let Some(ended) = ended {
            ended.end();
        }
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(agreement)
    }

    /// What it has done so far.
    #[must_use]
    pub fn counts(&self) -> AgreementCounts {
        self.desk.held().counts
    }

    /// How many agreements it takes part in.
    #[must_use]
    pub fn open(&self) -> usize {
        self.desk.held().open.len()
    }
}

impl Clone for Agreements {
    fn clone(&self) -> Self {
        Self { setup: self.setup.clone(), desk: self.desk.clone(), working: Mutex::default() }
    }
}

impl std::fmt::Debug for Agreements {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut parts = f.debug_struct("Agreements");
        parts.field("agent", &self.setup.agent).field("open", &self.open()).finish_non_exhaustive()
    }
}

/// A place on the desk. Dropped, it is free again, and who waits for the outcome waits no more.
pub(super) struct Place {
    pub(super) desk: Arc<Desk>,
    pub(super) setting: Setting,
    pub(super) seen: Arc<Seen>,
    pub(super) inbox: Arc<Inbox>,
    ticket: u64,
}

impl Place {
    fn take(
        half: &Agreements,
        setting: &Setting,
        seen: &Arc<Seen>,
        inbox: &Arc<Inbox>,
    ) -> Result<Self, AgreementError> {
        let instance = setting.instance();
        let mut desk = half.desk.held();
        if desk.open.contains_key(&instance) {
            return Err(AgreementError::AlreadyOpen { instance });
        }
        let limit = half.setup.most_open;
        if desk.undecided() >= limit {
            return Err(AgreementError::TooMany { limit });
        }
        desk.tickets += 1;
        let ticket = desk.tickets;
        let open =
            Open { setting: setting.clone(), inbox: inbox.clone(), seen: seen.clone(), ticket, has_begun: false };
        desk.open.insert(instance, open);
        drop(desk);
        let (desk, setting) = (half.desk.clone(), setting.clone());
        Ok(Self { desk, setting, seen: seen.clone(), inbox: inbox.clone(), ticket })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.desk.remove(&self.setting.instance(), self.ticket);
        self.seen.end(Err(AgreementError::Ended));
    }
}
