//! A leader that could propose and must not yet: the network hardly ever brings it there, so it is led there.

use moai_consensus::one_shot::{Agent, Certificate, Input, Kind, Message, Output, Part, Said, Setting, Statement};
use moai_consensus::{Choice, Decision, Ratio, Rule, Threshold};
use moai_core::Digest;

use crate::world::{agent, at, setting, signer};

const DEADLINE: i64 = 1_000_000;

struct Led {
    setting: Setting,
    me: u32,
    agent: Agent,
}

impl Led {
    /// The agent that leads this view, in view 1: three others are for it.
    fn leading(view: u64) -> Self {
        let rule = Threshold::more_than(Ratio::HALF).unwrap().shared();
        let setting = setting(5, &[1; 4], 1, rule, DEADLINE);
        let me = setting.leader(view);
        let mut led = Self { agent: agent(&setting, me), setting, me };
        led.agent.handle(at(0), Input::Start);
        for other in led.others() {
            led.tell(0, vec![led.statement(other, Choice::For)]);
        }
        assert_eq!(led.agent.view(), 1);
        led
    }

    fn others(&self) -> Vec<u32> {
        (0..4).filter(|other| *other != self.me).collect()
    }

    fn say(&self, by: u32, message: &Message) -> Said {
        Said::sign(&self.setting, by, signer(by).as_ref(), message)
    }

    fn statement(&self, by: u32, choice: Choice) -> Part {
        Part::Said(self.say(by, &Message::Statement(Statement::ballot(choice))))
    }

    fn nullification(&self, view: u64) -> Part {
        let said = self.others().into_iter().map(|by| self.say(by, &Message::Nullify { view })).collect();
        Part::Certificate(Certificate::new(Kind::Nullify, view, Digest::from_bytes([0; 32]), said))
    }

    /// What it proposes when it is told this.
    fn tell(&mut self, now: i64, parts: Vec<Part>) -> Option<Message> {
        let (from, bytes) = (self.others()[0], Part::pack(&parts).into());
        let outputs = self.agent.handle(at(now), Input::Packet { from, bytes });
        proposed(outputs)
    }
}

fn proposed(outputs: Vec<Output>) -> Option<Message> {
    outputs.into_iter().find_map(|output| match output {
        Output::Send { bytes, .. } => Part::unpack(&bytes).unwrap().into_iter().find_map(|part| match part {
            Part::Said(said) if said.kind() == Kind::Propose => said.message().ok(),
            _ => None,
        }),
        _ => None,
    })
}

/// It is brought from view 1 to view 3, and is shown only later that view 1 was nullified as well.
fn jumps() -> [Option<Message>; 2] {
    let mut led = Led::leading(3);
    let [last, first] = [led.nullification(2), led.nullification(1)];
    let hasty = led.tell(1, vec![last]);
    assert_eq!(led.agent.view(), 3);
    [hasty, led.tell(2, vec![first])]
}

/// One of three that are for it turns out to lie, so that the rule is open again, before the deadline and at it.
fn opens_again() -> [Option<Message>; 2] {
    let mut led = Led::leading(2);
    let (lie, nullified) = (led.statement(led.others()[0], Choice::Against), led.nullification(1));
    let hasty = led.tell(1, vec![lie, nullified]);
    assert_eq!(led.agent.view(), 2);
    [hasty, proposed(led.agent.handle(at(DEADLINE), Input::Tick))]
}

#[test]
fn a_leader_proposes_without_the_chain() {
    let [hasty, due] = jumps();
    assert_eq!(hasty, None);
    assert!(due.is_some(), "with the chain it does");
}

#[test]
fn an_outcome_expires_before_the_deadline() {
    let [hasty, due] = opens_again();
    assert_eq!(hasty, None);
    let Some(Message::Propose(due)) = due else { panic!("at the deadline it proposes") };
    assert_eq!(due.record.verdict(), Decision::Timeout);
}
