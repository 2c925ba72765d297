//! What an agent is made with, what it holds, and what it keeps over a crash.

use std::sync::Arc;
use std::time::Duration;

use moai_consensus::one_shot::{Agent, Input, Kind, Message, Output, Part, Said, Setting, Statement};
use moai_consensus::{Choice, Elector, Electorate, OpenError, Ratio, Rule, SharedRule, Threshold};
use moai_core::{InvalidInput, Limits, Timestamp, agent_id, value};

use crate::scheme::{Hashes, key};
use crate::world::{DELTA, agent, at, setting, signer};

fn rule() -> SharedRule {
    Threshold::more_than(Ratio::HALF).unwrap().shared()
}

fn of(electors: Vec<Elector>, faults: u64) -> Result<Setting, OpenError> {
    let draft = moai_consensus::Draft::from(value!(1));
    let proposal = draft.identify(agent_id!("lead"), [0; 16], &Limits::default())?;
    let electorate = Electorate::new(electors)?;
    Setting::new(&proposal, electorate, rule(), faults, Timestamp::UNIX_EPOCH, Duration::from_millis(100))
}

#[test]
fn a_setting_that_cannot_be_safe_is_taken() {
    let with_key = |id: moai_core::AgentId| Elector::new(id.clone()).with_key(key(id.as_str()));
    let three = || vec![with_key(agent_id!("a")), with_key(agent_id!("b")), with_key(agent_id!("c"))];
    assert!(of(three(), 0).is_ok());
    assert_eq!(of(three(), 1).unwrap_err(), OpenError::NeedMembers { need: 4, got: 3 });
    assert_eq!(of(three(), u64::MAX).unwrap_err(), OpenError::NeedMembers { need: u64::MAX, got: 3 });
    assert_eq!(of(vec![], 0).unwrap_err(), OpenError::NeedMembers { need: 1, got: 0 });
    let nameless = vec![Elector::new(agent_id!("a"))];
    assert_eq!(of(nameless, 0).unwrap_err(), OpenError::Input(InvalidInput::Empty { field: "key of a voter" }));
    let twice = vec![with_key(agent_id!("a")), Elector::new(agent_id!("b")).with_key(key("a"))];
    assert!(matches!(of(twice, 0), Err(OpenError::Input(InvalidInput::DuplicateKey { .. }))));
}

#[test]
fn the_quorum_is_two_thirds_whatever_may_lie() {
    for (members, faults, quorum) in [(4, 1, 3), (7, 2, 5), (10, 3, 7), (31, 10, 21), (100, 1, 51), (5, 0, 3)] {
        assert_eq!(setting(1, &vec![1; members], faults, rule(), 1).quorum(), quorum);
    }
}

#[test]
fn a_flood_of_votes_for_views_to_come_is_kept() {
    let setting = setting(1, &[1; 4], 1, rule(), 1_000_000);
    let mut agent = agent(&setting, 0);
    agent.handle(at(0), Input::Start);
    for view in 1..20_000 {
        let record = value!(1).digest();
        for message in [Message::Nullify { view }, Message::Notarize { view, record, proposal: record }] {
            let said = Said::sign(&setting, 3, signer(3).as_ref(), &message);
            let bytes = Part::pack(&[Part::Said(said)]).into();
            agent.handle(at(1), Input::Packet { from: 3, bytes });
        }
    }
    assert!(agent.held() <= 2 * 17, "{} messages of one liar", agent.held());
}

#[test]
fn an_agent_answers_with_other_bytes_after_a_restart() {
    let setting = setting(1, &[1; 4], 1, rule(), 1_000_000);
    let mut agent = agent(&setting, 0);
    let mut journal: Vec<Arc<[u8]>> = Vec::new();
    let said = |outputs: Vec<Output>, journal: &mut Vec<Arc<[u8]>>| {
        let mut all = Vec::new();
        for output in outputs {
            match output {
                Output::Persist(bytes) => journal.push(bytes),
                Output::Send { bytes, .. } => all.extend(Part::unpack(&bytes).unwrap()),
                _ => {}
            }
        }
        all.retain(|part| matches!(part, Part::Said(said) if said.by() == 0));
        all
    };
    agent.handle(at(0), Input::Start);
    let ballot = said(agent.handle(at(0), Input::Vote(Statement::ballot(Choice::For))), &mut journal);
    // Nobody else is there: it enters the first view at the deadline, and nullifies it.
    let mut now = 1_000_000;
    said(agent.handle(at(now), Input::Tick), &mut journal);
    now += 3 * DELTA;
    let before = said(agent.handle(at(now), Input::Tick), &mut journal);
    assert!(before.iter().any(|part| matches!(part, Part::Said(said) if said.kind() == Kind::Nullify)));
    assert!(before.contains(&ballot[0]));

    let mut again = Agent::restore(setting, 0, signer(0), Arc::new(Hashes), &journal).unwrap();
    let nothing = &mut Vec::new();
    assert_eq!(said(again.handle(at(now), Input::Start), nothing), before);
    assert_eq!(said(again.handle(at(now), Input::Vote(Statement::ballot(Choice::Against))), nothing), []);
    assert!(nothing.is_empty(), "nothing new is to be said");
}
