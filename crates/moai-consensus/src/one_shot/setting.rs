//! What one agreement is about, and who takes part: the same for all agents.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use moai_core::planted::planted;
use moai_core::{AgentId, Digest, DigestBuilder, InvalidInput, Limits, Timestamp};

use crate::{Electorate, OpenError, Proposal, Ruling, SharedRule, VoterKey};

/// What one agreement is about, who takes part, and how much weight may lie. All agents must have the same; it costs a
/// pointer to copy.
///
/// ```
/// use std::time::Duration;
/// use moai_consensus::one_shot::Setting;
/// use moai_consensus::{Draft, Elector, Electorate, Ratio, Rule, Threshold, VoterKey};
/// use moai_core::{AgentId, Limits, Timestamp, agent_id, value};
///
/// let proposal = Draft::from(value!({"action": "deploy"})).identify(agent_id!("lead"), [0; 16], &Limits::default())?;
/// let elector = |name: &str| Ok(Elector::new(AgentId::new(name)?).with_key(VoterKey::from_bytes(*value!(name).digest().as_bytes())));
/// let four = ["a", "b", "c", "d"].into_iter().map(elector).collect::<Result<Vec<_>, moai_core::InvalidInput>>()?;
/// let rule = Threshold::more_than(Ratio::HALF)?.shared();
/// let deadline = Timestamp::from_unix_micros(30_000_000)?;
/// let electorate = Electorate::new(four)?;
/// let setting = Setting::new(&proposal, electorate, rule, 1, deadline, Duration::from_millis(200))?;
/// assert_eq!(setting.quorum(), 3); // of 4, one of which may lie
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Setting(Arc<Inner>);

struct Inner {
    question: Digest,
    instance: Digest,
    electorate: Electorate,
    keys: Vec<VoterKey>,
    rule: SharedRule,
    faults: u64,
    quorum: u64,
    deadline: Timestamp,
    delta: i64,
}

impl Setting {
    /// An agreement on what becomes of a proposal: under a rule, among an electorate of whose weight at most `faults` may
    /// lie. Ballots count until the deadline. `delta` is how long a message takes at the most when all is well: a wrong
    /// one costs time, never agreement.
    ///
    /// # Errors
    ///
    /// `NeedMembers` when the weight is less than `3 · faults + 1`; `Empty` for a voter without a key, `DuplicateKey` for
    /// a key that two have: whoever has it would count twice; `SmallOrder` for a key that anybody can sign for; `TooMany`
    /// voters.
    pub fn new(
        proposal: &Proposal,
        electorate: Electorate,
        rule: SharedRule,
        faults: u64,
        deadline: Timestamp,
        delta: Duration,
    ) -> Result<Self, OpenError> {
        let total = electorate.total_weight();
        let need = u128::from(faults) * 3 + 1;
        if u128::from(total) < need {
            return Err(OpenError::NeedMembers { need: u64::try_from(need).unwrap_or(u64::MAX), got: total });
        }
        if u32::try_from(electorate.len()).is_err() {
            let got = electorate.len() as u64;
            return Err(InvalidInput::TooMany { field: "electorate", limit: u32::MAX.into(), got }.into());
        }
        OpenError::check_orders(&electorate)?;
        let mut owners = BTreeMap::new();
        for elector in electorate.electors() {
            let key = elector.key.ok_or(InvalidInput::Empty { field: "key of a voter" })?;
            if owners.insert(key, &elector.id).is_some() {
                return Err(InvalidInput::DuplicateKey { field: "keys of voters", key: key.to_string() }.into());
            }
        }
        let keys = electorate.electors().iter().filter_map(|elector| elector.key).collect();
        // Two quorums share more than may lie, so an honest agent.
        let quorum = u64::try_from(u128::midpoint(total.into(), faults.into()) + 1).unwrap_or(u64::MAX);
        let quorum = if planted("quorum_of_2f_plus_1") { 2 * faults + 1 } else { quorum };
        let question = proposal.instance_under(electorate.digest(), Ruling::of(rule.as_ref()).digest());
        // Who bears other faults needs other quorums, and who ends at another time expires earlier: neither is in this one.
        let end = deadline.unix_micros().cast_unsigned();
        let instance = DigestBuilder::new("moai/one-shot/1").digest(&question).u64(faults).u64(end).finish();
        let delta = i64::try_from(delta.as_micros()).unwrap_or(i64::MAX).clamp(1, 1 << 40);
        Ok(Self(Arc::new(Inner { question, instance, electorate, keys, rule, faults, quorum, deadline, delta })))
    }

    /// What the voters are asked about: the [`instance`](Proposal::instance_under) of proposal, electorate and rule.
    #[must_use]
    pub fn question(&self) -> Digest {
        self.0.question
    }

    /// What everything that is signed is bound to: SHA-256 by [`DigestBuilder`] under `moai/one-shot/1` of the
    /// [question](Self::question), the weight that may lie, and the deadline in microseconds since 1970. Agents that differ
    /// in any of it do not hear each other.
    #[must_use]
    pub fn instance(&self) -> Digest {
        self.0.instance
    }

    /// Whether it is about this proposal, to the last byte of its content.
    #[must_use]
    pub fn is_about(&self, proposal: &Proposal) -> bool {
        proposal.instance_under(self.0.electorate.digest(), Ruling::of(self.0.rule.as_ref()).digest())
            == self.0.question
    }

    /// Who takes part. In messages an agent is its place in here.
    #[must_use]
    pub fn electorate(&self) -> &Electorate {
        &self.0.electorate
    }

    /// The weight that may lie.
    #[must_use]
    pub fn faults(&self) -> u64 {
        self.0.faults
    }

    /// When a ballot counts no more.
    #[must_use]
    pub fn deadline(&self) -> Timestamp {
        self.0.deadline
    }

    /// The weight that a certificate takes: `floor((W + f) / 2) + 1`.
    #[must_use]
    pub fn quorum(&self) -> u64 {
        self.0.quorum
    }

    /// The weight that is there even when all who lie are silent: `W - f`.
    #[must_use]
    pub fn honest(&self) -> u64 {
        self.0.electorate.total_weight().saturating_sub(self.0.faults)
    }

    /// Who leads a view: all in turn, from a place that nobody chose.
    #[must_use]
    pub fn leader(&self, view: u64) -> u32 {
        let [a, b, c, d, e, f, g, h, ..] = *self.0.instance.as_bytes();
        let start = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
        let leader = start.wrapping_add(view.wrapping_sub(1)).checked_rem(self.0.keys.len() as u64);
        u32::try_from(leader.unwrap_or_default()).unwrap_or_default()
    }

    /// The name of the agent at a place.
    #[must_use]
    pub fn name(&self, place: u32) -> Option<&AgentId> {
        self.0.electorate.get(place as usize).map(|elector| &elector.id)
    }

    pub(super) fn rule(&self) -> &SharedRule {
        &self.0.rule
    }

    pub(super) fn key(&self, place: u32) -> Option<&VoterKey> {
        self.0.keys.get(place as usize)
    }

    /// Of nobody: 0.
    pub(super) fn weight(&self, place: u32) -> u64 {
        self.0.electorate.get(place as usize).map_or(0, |elector| elector.weight)
    }

    /// What all of these weigh; each is to be there once.
    pub(super) fn weights(&self, places: impl Iterator<Item = u32>) -> u64 {
        places.map(|place| self.weight(place)).fold(0, u64::saturating_add)
    }

    pub(super) fn members(&self) -> usize {
        self.0.keys.len()
    }

    /// Δ, in microseconds.
    pub(super) fn delta(&self) -> i64 {
        self.0.delta
    }

    /// How long to wait in a view: 3Δ, doubled for each full round of leaders.
    pub(super) fn patience(&self, view: u64) -> i64 {
        let rounds = view.saturating_sub(1).checked_div(self.0.keys.len() as u64).unwrap_or_default();
        self.0.delta.saturating_mul(3) << rounds.min(MOST_DOUBLINGS)
    }
}

/// So that after a long disorder nobody waits much longer than that disorder took.
const MOST_DOUBLINGS: u64 = 6;

/// The moment so many microseconds later; the last one there is, when that is behind it.
pub(super) fn after(time: Timestamp, micros: i64) -> Timestamp {
    Timestamp::from_unix_micros(time.unix_micros().saturating_add(micros)).unwrap_or(Timestamp::MAX)
}

/// The readers' limits that do not matter here: messages of an agreement hold no values. They are the same for all, or
/// agents would disagree about what can be read.
pub(super) fn limits() -> &'static Limits {
    static LIMITS: LazyLock<Limits> = LazyLock::new(Limits::default);
    &LIMITS
}

/// Bytes of a packet, and of everything in it, at the most.
pub(super) const MOST_BYTES: usize = 8 << 20;

/// Holds what is to be read against that.
pub(super) fn bounded<'a>(field: &'static str, bytes: &'a [u8]) -> Result<&'a [u8], InvalidInput> {
    if bytes.len() > MOST_BYTES {
        let (limit, got) = (MOST_BYTES as u64, bytes.len() as u64);
        return Err(InvalidInput::TooLong { field, limit, got });
    }
    Ok(bytes)
}

impl std::fmt::Debug for Setting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut parts = f.debug_struct("Setting");
        parts.field("instance", &self.0.instance).field("members", &self.0.keys.len());
        parts.field("faults", &self.0.faults).field("quorum", &self.0.quorum).finish_non_exhaustive()
    }
}
