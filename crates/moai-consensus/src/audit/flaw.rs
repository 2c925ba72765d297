//! What can be wrong with a record.

use moai_core::{Aftermath, AgentId, Coded, InvalidInput, ProposalId, RecordKind};

use crate::BallotFlaw;

/// The first record that does not hold. Nothing behind it can be trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("record {seq}{} {flaw}; nothing changed", self.kind.as_ref().map(|kind| format!(" ({kind})")).unwrap_or_default())]
#[non_exhaustive]
pub struct Flawed {
    /// The number of the record.
    pub seq: u64,
    /// Its kind; none where a record is missing.
    pub kind: Option<RecordKind>,
    /// What is wrong with it.
    pub flaw: Box<Flaw>,
}

/// What is wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Flaw {
    /// It is not the record that belongs there.
    #[error(transparent)]
    Chain(moai_core::Flaw),
    /// It says of itself what it is, and is not.
    #[error("does not read: {0}")]
    Unreadable(InvalidInput),
    /// Nothing under that name was opened, or that was over and nothing counts any more.
    #[error("is about {proposal}, which is not open")]
    NotOpened {
        /// Which proposal.
        proposal: ProposalId,
    },
    /// The algorithm of that name does not open such a vote, or opens it otherwise.
    #[error("opens {proposal} as its algorithm does not: {why}")]
    Opening {
        /// Which proposal.
        proposal: ProposalId,
        /// What differs.
        why: String,
    },
    /// It is bound to something else than this proposal, this electorate and this rule.
    #[error("is bound to something else than {proposal} as it was asked, or the algorithm has other settings")]
    Instance {
        /// Which proposal.
        proposal: ProposalId,
    },
    /// Somebody spoke who may not vote.
    #[error("is of {voter}, who may not vote on {proposal}")]
    Stranger {
        /// Which proposal.
        proposal: ProposalId,
        /// Who.
        voter: AgentId,
    },
    /// A voter has a key, and the ballot is not its word.
    #[error("is no word of {voter} on {proposal}: {flaw}")]
    Signature {
        /// Which proposal.
        proposal: ProposalId,
        /// In whose name it stands.
        voter: AgentId,
        /// Why not.
        flaw: BallotFlaw,
    },
    /// The same was recorded before, or something else of the same voter that stands.
    #[error("would count {voter} twice on {proposal}")]
    Twice {
        /// Which proposal.
        proposal: ProposalId,
        /// Who.
        voter: AgentId,
    },
    /// The vote does not take what was recorded.
    #[error("does not count on {proposal}: {why}")]
    Refused {
        /// Which proposal.
        proposal: ProposalId,
        /// Why.
        why: String,
    },
    /// What was recorded as evidence shows no contradiction.
    #[error("shows no contradiction of {voter} on {proposal}")]
    Evidence {
        /// Which proposal.
        proposal: ProposalId,
        /// Who is accused.
        voter: AgentId,
    },
    /// A ballot was recorded as late that counts.
    #[error("puts aside a ballot of {voter} on {proposal} that counts")]
    NotLate {
        /// Which proposal.
        proposal: ProposalId,
        /// Whose.
        voter: AgentId,
    },
    /// What follows from the records before it is not there.
    #[error("stands where a {due} of {proposal} is due: a record is missing")]
    Due {
        /// Which proposal.
        proposal: ProposalId,
        /// The kind of the missing record.
        due: RecordKind,
    },
    /// A decision was recorded, and by then nothing was decided.
    #[error("decides {proposal}, which was still open")]
    Undecided {
        /// Which proposal.
        proposal: ProposalId,
    },
    /// The recomputation gives something else.
    #[error("says of {proposal} in `{field}` {recorded}, and {recomputed} is what follows from the records")]
    Recomputed {
        /// Which proposal.
        proposal: ProposalId,
        /// The first field that differs.
        field: String,
        /// What was recorded, as JSON.
        recorded: String,
        /// What it comes to, as JSON.
        recomputed: String,
    },
    /// Its time is before that of what came before it in the same vote, or not the one that it tells itself.
    #[error("has a time that does not fit {proposal}")]
    Time {
        /// Which proposal.
        proposal: ProposalId,
    },
}

impl Flawed {
    /// Every code of this error's own; what is wrong with the chain has the codes of
    /// [`BadRecord`](moai_core::BadRecord).
    pub const CODES: &'static [&'static str] = &[
        "audit.unreadable",
        "audit.not_opened",
        "audit.opening",
        "audit.instance",
        "audit.stranger",
        "audit.signature",
        "audit.twice",
        "audit.refused",
        "audit.evidence",
        "audit.not_late",
        "audit.due",
        "audit.undecided",
        "audit.recomputed",
        "audit.time",
    ];

    /// A record, by its number and its kind, and what is wrong with it.
    #[must_use]
    pub fn new(seq: u64, kind: Option<RecordKind>, flaw: Flaw) -> Self {
        Self { seq, kind, flaw: Box::new(flaw) }
    }
}

impl Coded for Flawed {
    fn code(&self) -> &'static str {
        match self.flaw.as_ref() {
            Flaw::Chain(flaw) => moai_core::BadRecord::new(self.seq, flaw.clone()).code(),
            Flaw::Unreadable(_) => "audit.unreadable",
            Flaw::NotOpened { .. } => "audit.not_opened",
            Flaw::Opening { .. } => "audit.opening",
            Flaw::Instance { .. } => "audit.instance",
            Flaw::Stranger { .. } => "audit.stranger",
            Flaw::Signature { .. } => "audit.signature",
            Flaw::Twice { .. } => "audit.twice",
            Flaw::Refused { .. } => "audit.refused",
            Flaw::Evidence { .. } => "audit.evidence",
            Flaw::NotLate { .. } => "audit.not_late",
            Flaw::Due { .. } => "audit.due",
            Flaw::Undecided { .. } => "audit.undecided",
            Flaw::Recomputed { .. } => "audit.recomputed",
            Flaw::Time { .. } => "audit.time",
        }
    }

    fn aftermath(&self) -> Aftermath {
        Aftermath::NothingChanged
    }
}
