//! One agreement without a coordinator: the state machines alone, on a network that delivers at once, without cryptography.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use moai_consensus::one_shot::{Agent, Input, Output, Setting, Statement};
use moai_consensus::{
    Choice, Domain, Draft, Elector, Electorate, Ratio, Rule, Signature, Signer, Threshold, Verifier, VoterKey,
};
use moai_core::{AgentId, DigestBuilder, Limits, Timestamp, agent_id, value};

use crate::contest::Contest;
use crate::gauge::Gauge;
use crate::report::Report;
use crate::unit::Unit;

pub(super) fn run(report: &mut Report) {
    // As recorded for the prototype.
    for (time, messages, agents, took, sent) in [
        ("one-shot-4", "one-shot-4-messages", 4, 52e3, 63.0),
        ("one-shot-10", "one-shot-10-messages", 10, 0.32e6, 436.0),
        ("one-shot-31", "one-shot-31-messages", 31, 3.9e6, 5_172.0),
    ] {
        let table = Table::new(agents);
        let rounds = 2_000 / agents;
        Contest::new(time, Unit::Time, |gauge: &mut Gauge| {
            let tables: Vec<Vec<Agent>> = (0..rounds).map(|_| table.agents()).collect();
            gauge.time(rounds, || tables.into_iter().map(agree).collect::<Vec<_>>());
        })
        .peer("recorded:prototype", 1.0, move |gauge| gauge.recorded(took))
        .run(report);
        Contest::new(messages, Unit::Messages, |gauge: &mut Gauge| gauge.bytes(1, agree(table.agents())))
            .peer("recorded:prototype", 1.0, move |gauge| gauge.recorded(sent))
            .run(report);
    }
}

/// Who agrees, on what.
struct Table {
    setting: Setting,
    signers: Vec<Arc<Named>>,
}

impl Table {
    fn new(agents: usize) -> Self {
        let draft = Draft::from(value!({"action": "deploy"}));
        let proposal = draft.identify(agent_id!("lead"), [0; 16], &Limits::default()).expect("a proposal");
        let name = |place: usize| format!("agent-{place:02}");
        let key = |place: usize| VoterKey::from_bytes(*DigestBuilder::new("bench/key/1").text(&name(place)).finish().as_bytes());
        let id = |place: usize| AgentId::new(name(place)).expect("a name");
        let electors = (0..agents).map(|place| Elector::new(id(place)).with_key(key(place)));
        let electorate = Electorate::new(electors).expect("an electorate");
        let rule = Threshold::more_than(Ratio::HALF).expect("a threshold").shared();
        let deadline = Timestamp::from_unix_micros(30_000_000).expect("a time");
        let (faults, delta) = ((agents as u64 - 1) / 3, Duration::from_millis(100));
        let setting = Setting::new(&proposal, electorate, rule, faults, deadline, delta).expect("a setting");
        Self { setting, signers: (0..agents).map(|place| Arc::new(Named(key(place)))).collect() }
    }

    fn agents(&self) -> Vec<Agent> {
        let agent = |(place, signer): (u32, &Arc<Named>)| {
            Agent::new(self.setting.clone(), place, signer.clone(), Arc::new(Hashes))
        };
        (0..).zip(&self.signers).map(agent).collect()
    }
}

/// All are for it, and go on until all have decided. How many messages that takes, each counted for each receiver.
fn agree(mut agents: Vec<Agent>) -> usize {
    let (all, mut messages) = (agents.len() as u32, 0);
    let mut inputs: VecDeque<(u32, Input)> = VecDeque::new();
    for place in 0..all {
        inputs.push_back((place, Input::Start));
        inputs.push_back((place, Input::Vote(Statement::ballot(Choice::For))));
    }
    while let Some((place, input)) = inputs.pop_front() {
        for output in agents[place as usize].handle(Timestamp::UNIX_EPOCH, input) {
            if let Output::Send { to, bytes } = output {
                for other in (0..all).filter(|other| *other != place && to.is_none_or(|to| to == *other)) {
                    messages += 1;
                    inputs.push_back((other, Input::Packet { from: place, bytes: bytes.clone() }));
                }
            }
        }
    }
    assert!(agents.iter().all(|agent| agent.agreed().is_some()), "somebody has not decided");
    messages
}

/// Signs with a keyed hash, and the key is no secret: what is measured is the protocol.
struct Named(VoterKey);

struct Hashes;

impl Signer for Named {
    fn key(&self) -> VoterKey {
        self.0
    }

    fn sign(&self, domain: &Domain, bytes: &[u8]) -> Signature {
        keyed(&self.0, domain, bytes)
    }
}

impl Verifier for Hashes {
    fn verifies(&self, key: &VoterKey, domain: &Domain, bytes: &[u8], signature: &Signature) -> bool {
        keyed(key, domain, bytes) == *signature
    }
}

fn keyed(key: &VoterKey, domain: &Domain, bytes: &[u8]) -> Signature {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64 ^ bytes.len() as u64;
    let instance = domain.instance();
    for part in [key.as_bytes().as_slice(), domain.kind().as_bytes(), instance.as_bytes(), bytes] {
        for chunk in part.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            state = (state ^ u64::from_le_bytes(word)).wrapping_mul(0xBF58_476D_1CE4_E5B9).rotate_left(29);
        }
    }
    let mut all = [0; 64];
    all[..8].copy_from_slice(&state.to_le_bytes());
    Signature::from_bytes(all)
}
