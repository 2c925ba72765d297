//! Messages, proofs and records of one-shot agreement from any bytes; and an agent that hears whatever somebody says who
//! can sign for everybody, and is restarted from its journal in between.

use std::sync::Arc;
use std::time::Duration;

use moai_consensus::one_shot::{Agent, Input, Kind, Message, Output, Part, Proof, Record, Setting, Statement};
use moai_consensus::{
    Choice, Domain, Draft, Elector, Electorate, Ratio, Rule, Signature, Signer, Threshold, Verifier, VoterKey,
};
use moai_core::{AgentId, InvalidInput, Limits, Timestamp, agent_id, value};

const KINDS: [Kind; 5] = [Kind::Statement, Kind::Propose, Kind::Notarize, Kind::Nullify, Kind::Finalize];

/// The first byte chooses what stands behind it.
pub(crate) fn check(data: &[u8]) {
    accepted(data);
}

/// The same, and whether it was taken.
pub(crate) fn accepted(data: &[u8]) -> bool {
    let Some((kind, bytes)) = data.split_first() else { return false };
    match kind % 9 {
        0 => one_form(bytes, Part::unpack, |parts| Part::pack(parts)),
        1 => one_form(bytes, Proof::from_bytes, Proof::to_bytes),
        2 => one_form(bytes, Record::from_bytes, |record| record.as_bytes().to_vec()),
        kind @ 3..=7 => {
            let kind = KINDS[usize::from(kind - 3)];
            one_form(bytes, |bytes| Message::read(kind, bytes), Message::to_bytes)
        }
        _ => listen(bytes),
    }
}

fn one_form<T>(bytes: &[u8], read: impl Fn(&[u8]) -> Result<T, InvalidInput>, write: impl Fn(&T) -> Vec<u8>) -> bool {
    match read(bytes) {
        Ok(read) => {
            assert!(write(&read) == bytes, "one message has two forms");
            true
        }
        Err(refused) => {
            assert!(!refused.to_string().is_empty());
            false
        }
    }
}

/// Whoever may sign for everybody.
struct Anybody(VoterKey);

impl Signer for Anybody {
    fn key(&self) -> VoterKey {
        self.0
    }

    fn sign(&self, _: &Domain, _: &[u8]) -> Signature {
        Signature::from_bytes([0; 64])
    }
}

impl Verifier for Anybody {
    fn verifies(&self, _: &VoterKey, _: &Domain, _: &[u8], _: &Signature) -> bool {
        true
    }
}

fn key(place: u8) -> VoterKey {
    VoterKey::from_bytes(*value!(i64::from(place)).digest().as_bytes())
}

fn setting() -> Setting {
    let draft = Draft::from(value!(1));
    let proposal = draft.identify(agent_id!("lead"), [0; 16], &Limits::default()).unwrap();
    let elector = |place: u8| Elector::new(AgentId::new(format!("agent-{place}")).unwrap()).with_key(key(place));
    let electorate = Electorate::new((0..4).map(elector)).unwrap();
    let (deadline, delta) = (Timestamp::from_unix_micros(1_000_000).unwrap(), Duration::from_millis(100));
    Setting::new(&proposal, electorate, Threshold::more_than(Ratio::HALF).unwrap().shared(), 1, deadline, delta)
        .unwrap()
}

/// Tells an agent one thing after another. Whether it heard anything that it could read.
fn listen(mut bytes: &[u8]) -> bool {
    let (setting, signer) = (setting(), || Arc::new(Anybody(key(0))));
    let mut agent = Agent::new(setting.clone(), 0, signer(), signer());
    let (mut journal, mut now, mut heard) = (Vec::new(), 0, false);
    let mut take = |agent: &mut Agent, now: i64, input: Input, journal: &mut Vec<Arc<[u8]>>| {
        let is_packet = matches!(input, Input::Packet { .. });
        let mut refused = false;
        for output in agent.handle(Timestamp::from_unix_micros(now).unwrap(), input) {
            match output {
                Output::Persist(record) => journal.push(record),
                Output::Send { bytes, .. } => assert!(Part::unpack(&bytes).is_ok(), "it says what nobody can read"),
                Output::Evidence(proof) => assert!(proof.verify(&setting, signer().as_ref()).is_ok()),
                Output::Decided(agreed) => assert_eq!(agreed.verify(&setting, signer().as_ref()), Ok(())),
                Output::Refused { .. } => refused = true,
                _ => {}
            }
        }
        heard |= is_packet && !refused;
        assert!(agent.held() <= 1_000 + usize::try_from(agent.view()).unwrap(), "it holds {}", agent.held());
    };
    take(&mut agent, now, Input::Start, &mut journal);
    while let Some((what, rest)) = bytes.split_first() {
        bytes = rest;
        match what % 8 {
            from @ 0..=4 => {
                let Some((length, rest)) = bytes.split_at_checked(2) else { break };
                let length = usize::from(u16::from_le_bytes([length[0], length[1]])).min(rest.len());
                let (packet, rest) = rest.split_at(length);
                bytes = rest;
                let packet = Input::Packet { from: u32::from(from), bytes: packet.into() };
                take(&mut agent, now, packet, &mut journal);
            }
            5 => {
                let statement = Statement::ballot(Choice::For);
                take(&mut agent, now, Input::Vote(statement), &mut journal);
            }
            6 => {
                now += 50_000;
                take(&mut agent, now, Input::Tick, &mut journal);
            }
            _ => {
                agent = Agent::restore(setting.clone(), 0, signer(), signer(), &journal).expect("its own journal");
                take(&mut agent, now, Input::Start, &mut journal);
            }
        }
    }
    heard
}
