//! The terms of a gate: who votes, by which rule, and for how long. All of it follows from what is approved.

use std::time::Duration;

use moai_flow::consensus::{Electorate, OnDeadline, Opening, Ruling, SharedRule, Unanimous};
use moai_flow::{AlgorithmName, Digest, InvalidInput, ProposalId, Timestamp, Value, algorithm_name, value};

use super::binding::Binding;
use super::rule::{RuleError, WrittenRule};
use super::voter::{electorate, holders};
use crate::failure::Failure;

/// The terms of a gate.
pub(crate) struct Terms {
    everybody: Electorate,
    holders: Electorate,
    rule: SharedRule,
    name: AlgorithmName,
}

/// How long an approval is good for, beyond all that may be waited for; and how far a clock may be put back.
pub(crate) const SLACK: Duration = Duration::from_secs(60);

/// How long what is approved is good for, from when it is asked.
pub(crate) const fn good_for(timeout: Duration, veto: Duration) -> Duration {
    timeout.saturating_add(veto).saturating_add(SLACK)
}

pub(crate) fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

/// When what is approved runs at the earliest, in microseconds: not before it was put to the voters.
pub(crate) fn earliest_start(binding: &Binding) -> i64 {
    let (timeout, veto) = (binding.timeout_s.time(), binding.veto_s.time());
    let open_for = good_for(timeout.unwrap_or_default(), veto.unwrap_or_default());
    binding.expires_at.unix_micros().saturating_sub(micros(open_for.saturating_add(SLACK)))
}

/// That what is approved is good for no longer than a gate makes it, where it is asked until this.
///
/// # Errors
///
/// When it is.
pub(crate) fn check_expiry(binding: &Binding, deadline: Timestamp) -> Result<(), &'static str> {
    let veto = binding.veto_s.time().unwrap_or_default();
    let last = deadline.unix_micros().saturating_add(micros(veto.saturating_add(SLACK).saturating_add(SLACK)));
    if binding.expires_at.unix_micros() > last { Err("an approval would be good for longer") } else { Ok(()) }
}

/// A time may be off by so much: it is written in seconds.
const TOLERANCE: Duration = Duration::from_millis(1);

impl Terms {
    /// The terms that stand in what is approved.
    ///
    /// # Errors
    ///
    /// What does not stand.
    pub(crate) fn of(binding: &Binding) -> Result<Self, Failure> {
        let voters = binding.voters()?;
        let (everybody, holders) = (electorate(&voters)?, holders(&voters)?);
        let unruly = |why: RuleError| Failure::usage("gate.rule", why);
        let written = WrittenRule::read(&binding.rule).map_err(unruly)?;
        let rule = written.for_voters(&everybody).map_err(unruly)?;
        Ok(Self { name: written.name().map_err(|why| Failure::of(&why))?, everybody, holders, rule })
    }

    /// Who may speak: all voters; in the time for a veto, those who may stop it.
    pub(crate) const fn electorate(&self, held: bool) -> &Electorate {
        if held { &self.holders } else { &self.everybody }
    }

    /// The rule to which ballots are bound.
    pub(crate) fn ruling(&self, held: bool) -> Ruling {
        if held { Ruling::of(&Unanimous) } else { Ruling::of(self.rule.as_ref()) }
    }

    /// The rule in words.
    pub(crate) fn rule_in_words(&self) -> String {
        self.rule.words_for(&self.everybody)
    }

    /// That a vote was opened under these terms, and not under others.
    ///
    /// # Errors
    ///
    /// What is another thing than what stands in what is approved.
    pub(crate) fn check(&self, opening: &Opening, held: bool, lasts: Option<Duration>) -> Result<(), &'static str> {
        let (name, at_the_end) =
            if held { (hold_algorithm(), OnDeadline::Approve) } else { (self.name.clone(), OnDeadline::Timeout) };
        let open_for = opening.deadline.unix_micros().checked_sub(opening.opened_at.unix_micros());
        let open_for = open_for.and_then(|micros| u64::try_from(micros).ok()).map(Duration::from_micros);
        let fits = open_for.zip(lasts).is_some_and(|(is, due)| is.abs_diff(due) <= TOLERANCE);
        match () {
            () if opening.electorate.digest() != self.electorate(held).digest() => Err("its voters are others"),
            () if opening.algorithm != name => Err("its rule is another one"),
            () if opening.on_deadline != at_the_end || opening.changes_allowed => Err("it ends in another way"),
            () if !fits => Err("it is open for another time"),
            () => Ok(()),
        }
    }
}

/// The rule of the time for a veto: nobody says no.
pub(crate) const fn hold_algorithm() -> AlgorithmName {
    algorithm_name!("unanimous")
}

/// What stands behind a gate's name in the name of that vote.
const HOLD: &str = ".hold";

/// The name of that vote.
///
/// # Errors
///
/// None: it is a name.
pub(super) fn hold_of(gate: &ProposalId) -> Result<ProposalId, InvalidInput> {
    ProposalId::new(format!("{gate}{HOLD}"))
}

/// Of which gate a vote is that; nothing for any other.
pub(crate) fn held_by(proposal: &ProposalId) -> Option<ProposalId> {
    proposal.as_str().strip_suffix(HOLD).and_then(|id| ProposalId::new(id).ok())
}

/// What is asked in the time for a veto.
pub(crate) fn hold_content(gate: &ProposalId, content: Digest) -> Value {
    value!({"action": "hold", "gate": (gate.as_str()), "content": (content.to_string())})
}
