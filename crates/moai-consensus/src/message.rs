//! What manager and voters say to each other.

use std::sync::Arc;

#[cfg(feature = "manager")]
use moai_core::CorrelationId;
use moai_core::{AgentId, AlgorithmName, Digest, Envelope, InvalidInput, Limits, Map, ProposalId, Timestamp, Value};

#[cfg(feature = "manager")]
use crate::Signer;
use crate::codec::{Reader, Writer};
use crate::seal::Seal;
#[cfg(feature = "manager")]
use crate::seal::of_failures;
use crate::{Ballot, Choice, Decision, Opening, Proposal, Ratio, RequestFlaw, Ruling, Signature};

/// The kinds of the envelopes that carry votes.
pub mod message_kinds {
    use moai_core::{MessageKind, message_kind};

    /// A [`Request`](crate::Request): a question to everybody who may vote.
    pub const REQUEST: MessageKind = message_kind!("consensus_request");
    /// A [`Reply`](crate::Reply): what a voter says.
    pub const VOTE: MessageKind = message_kind!("consensus_vote");
    /// A [`Closed`](crate::Closed): a voter may stop thinking.
    pub const CLOSED: MessageKind = message_kind!("consensus_closed");
    /// A packet of a one-shot agreement, behind what everything in it is bound to: see
    /// [`Agreements`](crate::one_shot::Agreements).
    pub const AGREEMENT: MessageKind = message_kind!("consensus_agreement");
}

/// A question to everybody who may vote.
///
/// ```
/// use moai_consensus::{Draft, Electorate, Opening, Request, Ruling, Threshold};
/// use moai_core::{Limits, Timestamp, agent_id, algorithm_name, value};
///
/// let limits = Limits::default();
/// let proposal = Draft::from(value!({"action": "deploy"})).identify(agent_id!("lead"), [0; 16], &limits)?;
/// let electorate = Electorate::of([agent_id!("a")])?;
/// let now = Timestamp::UNIX_EPOCH;
/// let opening = Opening::new(proposal, electorate, algorithm_name!("quorum"), now, now);
/// let asked = Request::of(&opening, Ruling::of(&Threshold::MAJORITY), 1);
/// assert_eq!(asked.check(), Ok(()));
/// assert_eq!(Request::from_bytes(&asked.to_bytes(), &limits)?, asked);
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// What is voted on.
    pub proposal: Proposal,
    /// What ballots are bound to: the [`instance`](Proposal::instance_under) of the proposal, the electorate and the rule that stand in
    /// it. Whether it is, [`check`](Self::check) says.
    pub instance: Digest,
    /// What stands for those who may vote: the [digest](crate::Electorate::digest) of the electorate.
    pub electorate: Digest,
    /// How it is decided.
    pub rule: Ruling,
    /// The name of the algorithm, as whoever asks calls it. Nothing is bound to it.
    pub algorithm: AlgorithmName,
    /// Which round this is; the first is 1.
    pub round: u32,
    /// Until when answers count.
    pub deadline: Timestamp,
}

impl Request {
    /// The question of one round of an opened vote.
    #[must_use]
    pub fn of(opening: &Opening, rule: Ruling, round: u32) -> Self {
        let bound_to = opening.proposal.instance_under(opening.electorate.digest(), rule.digest());
        Self::bound(opening, rule, bound_to, round)
    }

    /// The same where it is known what ballots are bound to.
    pub(crate) fn bound(opening: &Opening, rule: Ruling, instance: Digest, round: u32) -> Self {
        Self {
            proposal: opening.proposal.clone(),
            instance,
            electorate: opening.electorate.digest(),
            rule,
            algorithm: opening.algorithm.clone(),
            round,
            deadline: opening.deadline,
        }
    }

    /// Whether ballots are bound to what stands in it: this proposal to the last byte, this electorate and this rule; and whether a
    /// vote under that rule has this round. Whoever signed without that would vote on what it was not shown.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), RequestFlaw> {
        let (round, rounds) = (self.round, self.rule.rounds());
        if !(1..=rounds).contains(&round) {
            return Err(RequestFlaw::NoSuchRound { round, rounds });
        }
        let shown = self.proposal.instance_under(self.electorate, self.rule.digest());
        if self.instance == shown { Ok(()) } else { Err(RequestFlaw::OtherInstance) }
    }

    /// The ballot of a voter who chooses so.
    #[must_use]
    pub fn ballot(&self, voter: AgentId, choice: Choice) -> Ballot {
        Ballot::new(voter, self.proposal.id().clone(), self.instance, choice).in_round(self.round)
    }

    /// The bytes to send.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        Writer::new(256)
            .text(self.proposal.id().as_str())
            .text(self.proposal.proposer().as_str())
            .value(self.proposal.content())
            .digest(&self.instance)
            .digest(&self.electorate)
            .text(self.rule.words())
            .u32(self.rule.rounds())
            .text(self.algorithm.as_str())
            .u32(self.round)
            .time(self.deadline)
            .finish()
    }

    /// Reads what was sent.
    ///
    /// # Errors
    ///
    /// What does not fit.
    pub fn from_bytes(bytes: &[u8], limits: &Limits) -> Result<Self, InvalidInput> {
        Self::read_from(None, bytes, limits)
    }

    /// Reads the question in an envelope. Whoever holds the same envelope and reads within the same limits shares what the
    /// first one has read.
    ///
    /// # Errors
    ///
    /// `Malformed` for an envelope of another kind, and what does not fit.
    pub fn from_envelope(envelope: &Envelope, limits: &Limits) -> Result<Self, InvalidInput> {
        if *envelope.kind() != message_kinds::REQUEST {
            let why = format!("it stands in a message of kind {}", envelope.kind());
            return Err(InvalidInput::Malformed { field: "consensus_request", why });
        }
        let read = || Self::read_from(Some(envelope.sender()), envelope.payload(), limits);
        let shared = envelope.read_once(|_| read().map(|request| Arc::new((limits.clone(), request))))?;
        if shared.0 == *limits { Ok(shared.1.clone()) } else { read() }
    }

    /// Nearly always whoever asks proposes, so that its name needs no second copy.
    fn read_from(sender: Option<&AgentId>, bytes: &[u8], limits: &Limits) -> Result<Self, InvalidInput> {
        let mut from = Reader::new("consensus_request", bytes, limits)?;
        let id = from.name(PROPOSAL, |text| ProposalId::new(text))?;
        let proposer = from.name(AGENT, |text| known(sender, text).map_or_else(|| AgentId::new(text), Ok))?;
        let content = from.value("proposal", limits.value_bytes)?;
        let (instance, electorate) = (from.digest()?, from.digest()?);
        let (words, rounds) = (from.text("rule", limits.value_bytes)?, from.u32()?);
        if rounds == 0 {
            return Err(from.malformed("a vote has one round or more"));
        }
        let read = Self {
            proposal: Proposal::assemble(id, proposer, content),
            instance,
            electorate,
            rule: Ruling::new(words).over(rounds),
            algorithm: from.name("algorithm name", |text| AlgorithmName::new(text))?,
            round: from.u32()?,
            deadline: from.time()?,
        };
        from.end()?;
        Ok(read)
    }
}

/// What errors call these names, as the names themselves do.
const AGENT: &str = "agent id";
const PROPOSAL: &str = "proposal id";

/// The name that is known already, if this is it.
fn known<T: Clone + AsRef<str>>(known: Option<&T>, text: &str) -> Option<T> {
    known.filter(|known| (*known).as_ref() == text).cloned()
}

/// What a voter says to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reply {
    /// A ballot.
    Ballot(Ballot),
    /// That it has none: it failed while it thought.
    Failed {
        /// Who.
        voter: AgentId,
        /// On which proposal.
        proposal: ProposalId,
        /// What the question was bound to.
        instance: Digest,
        /// In which round.
        round: u32,
        /// What went wrong.
        cause: String,
    },
}

/// The first byte behind the version; that of a ballot is its choice.
const FAILED: u8 = 3;
/// Behind it stand the bytes of another reply, and the signature over them.
const SIGNED: u8 = 4;

fn sealed(seal: &Seal) -> Vec<u8> {
    Writer::new(5 + seal.bytes().len() + 64)
        .byte(SIGNED)
        .bytes(seal.bytes())
        .array(seal.signature().as_bytes())
        .finish()
}

impl Reply {
    /// The bytes to send.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Failed { voter, proposal, instance, round, cause } => {
                // Tag, three lengths, digest, round: 49 bytes.
                let names = voter.as_str().len() + proposal.as_str().len();
                let written = Writer::new(49 + names + cause.len()).byte(FAILED).text(voter.as_str());
                written.text(proposal.as_str()).digest(instance).u32(*round).text(cause).finish()
            }
            Self::Ballot(ballot) => match &ballot.seal {
                Some(seal) => sealed(seal),
                None => ballot.to_bytes(),
            },
        }
    }

    /// The bytes of a failure as a voter signs it that has a key; `asked` is the correlation of the question.
    #[cfg(feature = "manager")]
    pub(crate) fn to_signed_bytes(&self, signer: &dyn Signer, asked: CorrelationId) -> Vec<u8> {
        let Self::Failed { instance, .. } = self else { return self.to_bytes() };
        sealed(&Seal::by(signer, &of_failures(*instance, asked), self.to_bytes()))
    }

    /// Who says it, on which proposal, of bytes of which nothing else is read.
    #[cfg(feature = "manager")]
    pub(crate) fn names(bytes: &[u8], limits: &Limits) -> Result<(AgentId, ProposalId), InvalidInput> {
        let mut from = Reader::new("consensus_vote", bytes, limits)?;
        if from.byte()? == SIGNED {
            from = Reader::new("consensus_vote", from.bytes("signed answer", bytes.len())?, limits)?;
            from.byte()?;
        }
        Ok((from.name(AGENT, |text| AgentId::new(text))?, from.name(PROPOSAL, |text| ProposalId::new(text))?))
    }

    /// Whether these bytes are those of a signed reply, if they are any.
    #[cfg(feature = "manager")]
    pub(crate) fn is_signed(bytes: &[u8]) -> bool {
        bytes.get(1) == Some(&SIGNED)
    }

    /// Who says it, and on which proposal.
    #[cfg(feature = "manager")]
    pub(crate) const fn about(&self) -> (&AgentId, &ProposalId) {
        match self {
            Self::Ballot(ballot) => (&ballot.voter, &ballot.proposal),
            Self::Failed { voter, proposal, .. } => (voter, proposal),
        }
    }

    /// Reads what was sent.
    ///
    /// # Errors
    ///
    /// What does not fit.
    pub fn from_bytes(bytes: &[u8], limits: &Limits) -> Result<Self, InvalidInput> {
        Self::read_from(None, None, bytes, limits).map(|(reply, _)| reply)
    }

    /// Reads what this sender sent, and the signature of a failure that is signed; that of a ballot stands in it. Nearly
    /// always its own name is in there, and the proposal that was read last. Neither needs a second copy.
    pub(crate) fn read_from(
        sender: Option<&AgentId>,
        last: Option<&ProposalId>,
        bytes: &[u8],
        limits: &Limits,
    ) -> Result<(Self, Option<Seal>), InvalidInput> {
        let mut from = Reader::new("consensus_vote", bytes, limits)?;
        let tag = from.byte()?;
        if tag != SIGNED {
            return Self::read_plain(sender, last, tag, from).map(|reply| (reply, None));
        }
        // What is longer is no answer, whatever it says: both texts, the names, and what stands between.
        let inner = from.bytes("signed answer", limits.ballot_bytes.saturating_add(limits.reason_bytes) + 512)?;
        let seal = Seal::new(inner, Signature::from_bytes(from.array()?));
        from.end()?;
        let mut from = Reader::new("consensus_vote", inner, limits)?;
        let tag = from.byte()?;
        match Self::read_plain(sender, last, tag, from)? {
            Self::Ballot(ballot) => Ok((Self::Ballot(Ballot { seal: Some(Box::new(seal)), ..ballot }), None)),
            failed @ Self::Failed { .. } => Ok((failed, Some(seal))),
        }
    }

    fn read_plain(
        sender: Option<&AgentId>,
        last: Option<&ProposalId>,
        tag: u8,
        mut from: Reader<'_>,
    ) -> Result<Self, InvalidInput> {
        let limits = from.limits();
        let voter = from.name(AGENT, |text| known(sender, text).map_or_else(|| AgentId::new(text), Ok))?;
        let proposal = from.name(PROPOSAL, |text| known(last, text).map_or_else(|| ProposalId::new(text), Ok))?;
        let (instance, round) = (from.digest()?, from.u32()?);
        let read = if tag == FAILED {
            let cause = from.text("cause", limits.reason_bytes)?.to_owned();
            Self::Failed { voter, proposal, instance, round, cause }
        } else {
            let choice = Choice::ALL.into_iter().find(|choice| *choice as u8 == tag);
            let choice = choice.ok_or_else(|| from.malformed(format!("{tag} is no choice")))?;
            let reason = from.text("reason", limits.reason_bytes)?.to_owned();
            let written = (from.u64()?, from.u64()?);
            let confidence = match written {
                (0, 0) => None,
                (part, whole) => Some(Ratio::new(part, whole)?),
            };
            // One form for each reply: a fraction in lowest terms.
            if confidence.is_some_and(|sure| (sure.numerator(), sure.denominator()) != written) {
                return Err(from.malformed("the confidence is not in lowest terms"));
            }
            let metadata = metadata(&mut from)?;
            let ballot = Ballot { voter, proposal, instance, round, choice, reason, confidence, metadata, seal: None };
            ballot.check(limits)?;
            Self::Ballot(ballot)
        };
        from.end()?;
        Ok(read)
    }
}

/// What else a voter said: nothing, or a map.
fn metadata(from: &mut Reader<'_>) -> Result<Map, InvalidInput> {
    let limits = from.limits();
    let bytes = from.bytes("metadata", limits.ballot_bytes)?;
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    // The limit that whoever wrote it was held against: a larger one than that of values counts too.
    let limits = Limits { value_bytes: limits.ballot_bytes, ..limits.clone() };
    match Value::from_canonical(bytes, &limits)? {
        Value::Map(metadata) if !metadata.is_empty() => Ok(metadata),
        _ => Err(from.malformed("the metadata is neither nothing nor a map with something in it")),
    }
}

/// That a voter may stop thinking.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Closed {
    /// Which proposal.
    pub proposal: ProposalId,
    /// What its ballots were bound to.
    pub instance: Digest,
    /// What was decided.
    pub decision: Decision,
}

impl Closed {
    /// What to tell.
    #[must_use]
    pub const fn new(proposal: ProposalId, instance: Digest, decision: Decision) -> Self {
        Self { proposal, instance, decision }
    }

    /// The bytes to send.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let writer = Writer::new(128).text(self.proposal.as_str()).digest(&self.instance);
        writer.byte(self.decision as u8).finish()
    }

    /// Reads what was sent.
    ///
    /// # Errors
    ///
    /// What does not fit.
    pub fn from_bytes(bytes: &[u8], limits: &Limits) -> Result<Self, InvalidInput> {
        let mut from = Reader::new("consensus_closed", bytes, limits)?;
        let (proposal, instance) = (from.name(PROPOSAL, |text| ProposalId::new(text))?, from.digest()?);
        let tag = from.byte()?;
        let all = [Decision::Approved, Decision::Rejected, Decision::Timeout];
        let decision = all.into_iter().find(|decision| *decision as u8 == tag);
        let decision = decision.ok_or_else(|| from.malformed(format!("{tag} is no decision")))?;
        from.end()?;
        Ok(Self { proposal, instance, decision })
    }
}
