//! A world that stopped for ever in a design before this one: an expired outcome is notarized in view 1, two finalize it, one
//! nullifies the view; then the fourth, silent so far, shows a late ballot that would have changed the verdict.

use std::collections::VecDeque;
use std::sync::Arc;

use moai_consensus::one_shot::{Agent, Input, Kind, Message, Output, Part, Said, Setting, Statement};
use moai_consensus::{Choice, Decision, Ratio, Rule, Threshold};

use crate::world::{DELTA, agent, at, setting, signer};

const DEADLINE: i64 = 1_000_000;

struct Table {
    setting: Setting,
    agents: Vec<Agent>,
    liar: u32,
    waiting: VecDeque<(u32, u32, Arc<[u8]>)>,
    held: Vec<(u32, u32, Arc<[u8]>)>,
}

impl Table {
    fn input(&mut self, now: i64, place: u32, input: Input) {
        for output in self.agents[place as usize].handle(at(now), input) {
            if let Output::Send { to, bytes } = output {
                let others = (0..4).filter(|other| *other != place && to.is_none_or(|to| to == *other));
                self.waiting.extend(others.map(|other| (place, other, bytes.clone())));
            }
        }
    }

    /// Delivers everything; what may not pass is held.
    fn settle(&mut self, now: i64, passes: impl Fn(u32, u32, &[u8]) -> bool) {
        while let Some((from, to, bytes)) = self.waiting.pop_front() {
            if to == self.liar {
                continue;
            }
            if passes(from, to, &bytes) {
                self.input(now, to, Input::Packet { from, bytes });
            } else {
                self.held.push((from, to, bytes));
            }
        }
    }

    fn honest(&self) -> Vec<u32> {
        (0..4).filter(|place| *place != self.liar).collect()
    }
}

fn says(bytes: &[u8], kind: Kind) -> bool {
    Part::unpack(bytes).unwrap().iter().any(|part| matches!(part, Part::Said(said) if said.kind() == kind))
}

/// The outcome of each honest agent, after so many rounds of timers.
fn play(content: u64, rounds: i64) -> Vec<Option<Decision>> {
    let rule = Threshold::more_than(Ratio::HALF).unwrap().shared();
    let setting = setting(content, &[1; 4], 1, rule, DEADLINE);
    let liar = setting.leader(4);
    let agents = (0..4).map(|place| agent(&setting, place)).collect();
    let mut table = Table { setting, agents, liar, waiting: VecDeque::new(), held: Vec::new() };
    let honest = table.honest();
    // The leaders of views 2 and 3 finalize; that of view 1 is cut off in time.
    let slow = table.setting.leader(1);
    for place in honest.clone() {
        table.input(0, place, Input::Start);
    }
    // Two are for it: a third would make a majority of four.
    for place in honest.iter().copied().filter(|place| *place != slow) {
        table.input(0, place, Input::Vote(Statement::ballot(Choice::For)));
    }
    table.settle(0, |_, _, _| true);
    for place in honest.clone() {
        table.input(DEADLINE, place, Input::Tick);
    }
    // The slow one proposes and notarizes, and sees no notarization of the others: they finalize alone.
    table.settle(DEADLINE, |_, to, bytes| to != slow || !says(bytes, Kind::Notarize) && !says(bytes, Kind::Finalize));
    let views: Vec<u64> = honest.iter().map(|place| table.agents[*place as usize].view()).collect();
    let expected: Vec<u64> = honest.iter().map(|place| if *place == slow { 1 } else { 2 }).collect();
    assert_eq!(views, expected);
    // Its timer fires: it nullifies view 1, and will never finalize there.
    let mut now = DEADLINE + 3 * DELTA;
    table.input(now, slow, Input::Tick);
    // The liar shows its ballot to two of them.
    let ballot = Message::Statement(Statement::ballot(Choice::For));
    let late = Said::sign(&table.setting, liar, signer(liar).as_ref(), &ballot);
    for place in honest.iter().copied().take(2) {
        let bytes = Part::pack(&[Part::Said(late.clone())]).into();
        table.input(now, place, Input::Packet { from: liar, bytes });
    }
    let held = std::mem::take(&mut table.held);
    table.waiting.extend(held);
    table.settle(now, |_, _, _| true);
    for _ in 0..rounds {
        now += DELTA;
        for place in honest.clone() {
            table.input(now, place, Input::Tick);
        }
        table.settle(now, |_, _, _| true);
    }
    honest.iter().map(|place| table.agents[*place as usize].agreed().map(|agreed| agreed.record.verdict())).collect()
}

#[test]
fn a_late_ballot_blocks_every_later_view_for_ever() {
    for content in 0..50 {
        assert_eq!(play(content, 60), [Some(Decision::Timeout); 3], "world {content}");
    }
}
