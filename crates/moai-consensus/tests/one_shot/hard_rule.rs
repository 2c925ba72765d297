//! A rule of which nobody knows what is best for it: what it does is tried out, and not without end.

use std::sync::Arc;
use std::time::Duration;

use moai_consensus::one_shot::{
    Flaw, Justification, Message, NoProof, Offence, Proof, Proposition, Record, Said, Setting, Statement,
};
use moai_consensus::{
    All, Any, Choice, Decision, Draft, Elector, Electorate, FinalTally, Ratio, Rule, SharedRule, Threshold, Why,
};
use moai_core::{AgentId, Limits, Timestamp, agent_id, value};

use crate::scheme::{Hashes, Named, key, name};

/// Somebody is for it. That FOR votes help it does not say.
struct Somebody;

impl Rule for Somebody {
    fn holds(&self, tally: &FinalTally<'_>) -> Result<(), Why> {
        if tally.in_favour().heads > 0 { Ok(()) } else { Err(Why::Other("nobody is for it")) }
    }

    fn words(&self) -> String {
        "somebody is for it".into()
    }
}

/// Agents of whom no two weigh the same, so that each is a class of its own.
fn setting(members: usize, rule: SharedRule) -> Setting {
    let elector = |place: usize| {
        let id = AgentId::new(name(place)).unwrap();
        Elector::new(id).weighing(1_000 + place as u64).with_key(key(&name(place)))
    };
    let electorate = Electorate::new((0..members).map(elector)).unwrap();
    let faults = (electorate.total_weight() - 1) / 3;
    let proposal = Draft::from(value!(1)).identify(agent_id!("lead"), [0; 16], &Limits::default()).unwrap();
    let deadline = Timestamp::from_unix_micros(30_000_000).unwrap();
    Setting::new(&proposal, electorate, rule, faults, deadline, Duration::from_millis(100)).unwrap()
}

fn say(setting: &Setting, by: u32, message: &Message) -> Said {
    Said::sign(setting, by, &Named(key(&name(by as usize))), message)
}

/// A record of those who come last, each of whom is for it.
fn record(setting: &Setting, verdict: Decision, silent: u32) -> Record {
    let heard = silent..setting.electorate().len() as u32;
    let ballot = Message::Statement(Statement::ballot(Choice::For));
    Record::new(verdict, heard.map(|by| say(setting, by, &ballot)).collect())
}

/// What the page says of rules without a best and a worst: how many ends are to be tried.
fn ends(open: &[u64]) -> u64 {
    open.iter().map(|heads| (heads + 1) * (heads + 2) * (heads + 3) / 6).product()
}

#[test]
fn an_honest_timeout_is_a_lie_where_more_can_happen_than_is_tried() {
    let setting = setting(22, Somebody.shared());
    // Seven are open, and those of them who may lie do not keep the others from it.
    assert_eq!((ends(&[1; 7]), ends(&[1; 6])), (16_384, 4_096));
    for (silent, found, missed) in
        [(7, Decision::Timeout, Decision::Approved), (6, Decision::Approved, Decision::Timeout)]
    {
        assert_eq!(record(&setting, found, silent).verify(&setting, &Hashes), Ok(()), "{silent} are silent");
        assert_eq!(
            record(&setting, missed, silent).verify(&setting, &Hashes),
            Err(Flaw::Verdict),
            "{silent} are silent"
        );
        let leader = setting.leader(1);
        let accuses = |verdict| {
            let record = record(&setting, verdict, silent);
            let proposition = Proposition::new(1, record, Justification::default());
            let said = say(&setting, leader, &Message::Propose(Box::new(proposition)));
            Proof::new(Offence::BadProposal, said, None).verify(&setting, &Hashes).map(drop)
        };
        assert_eq!((accuses(found), accuses(missed)), (Err(NoProof), Ok(())), "{silent} are silent");
    }
}

#[test]
fn a_part_that_knows_its_best_decides_what_could_not_be_tried() {
    let some = || -> SharedRule { Arc::new(Somebody) };
    let majority = || Threshold::more_than(Ratio::HALF).unwrap().shared();
    // Either of two: one that always passes is enough. Both: the other one is not known, and cannot be tried.
    let either = setting(22, Any::of([majority(), some()]).unwrap().shared());
    assert_eq!(record(&either, Decision::Approved, 7).verify(&either, &Hashes), Ok(()));
    let both = setting(22, All::of([majority(), some()]).unwrap().shared());
    assert_eq!(record(&both, Decision::Timeout, 7).verify(&both, &Hashes), Ok(()));
    assert_eq!(record(&both, Decision::Approved, 7).verify(&both, &Hashes), Err(Flaw::Verdict));
}
