//! Held against a slow oracle that works everything out anew from the list of what happened.

use std::sync::Arc;

use moai_consensus::Choice::{self, Abstain, Against, For};
use moai_consensus::{Ballot, ByzantineConsensus, Decision, Input, Taken};
use proptest::prelude::*;

use crate::world::{SECONDS, World, after, agent};

const ROUNDS: u32 = 3;

/// What has happened, in order.
enum Event {
    /// A voter's ballot came while this round was at hand.
    Came { at_hand: u32, voter: usize, round: u32, choice: Choice },
    /// A round ended with its time.
    Closed { round: u32 },
}

/// What the events mean: nothing but the definitions, again and again over the whole list.
struct Oracle {
    events: Vec<Event>,
    members: usize,
    faults: usize,
}

impl Oracle {
    fn quorum(&self) -> usize {
        (self.members + self.faults) / 2 + 1
    }

    fn choices(&self, voter: usize) -> Vec<(u32, Choice)> {
        let mut choices = Vec::new();
        for (place, event) in self.events.iter().enumerate() {
            if let Event::Came { at_hand, voter: who, round, choice } = event
                && *who == voter
                && *round >= 1
                && round <= at_hand
            {
                // A round that closed without this voter takes its ballots no more, nor those of later rounds; but what
                // contradicts an earlier word is seen all the same.
                let known: Vec<(u32, Choice)> = choices.clone();
                let missed = self.events[..place].iter().any(
                    |before| matches!(before, Event::Closed { round } if !known.iter().any(|(of, _)| of == round)),
                );
                let contradicts = known.first().is_some_and(|(_, word)| word != choice);
                if !missed || contradicts {
                    choices.push((*round, *choice));
                }
            }
        }
        choices
    }

    fn strayed(&self, voter: usize) -> bool {
        let choices = self.choices(voter);
        choices.iter().any(|(_, choice)| *choice != choices[0].1)
    }

    fn missed_one(&self, voter: usize) -> bool {
        let choices = self.choices(voter);
        self.events
            .iter()
            .any(|event| matches!(event, Event::Closed { round } if !choices.iter().any(|(of, _)| of == round)))
    }

    fn decision(&self) -> Option<Decision> {
        let heard = (0..self.members).filter(|voter| !self.strayed(*voter) && !self.missed_one(*voter));
        let heard: Vec<_> = heard.map(|voter| self.choices(voter)).collect();
        let confirmed = |choices: &&Vec<(u32, Choice)>| {
            (1..=ROUNDS).all(|round| choices.iter().any(|(of, choice)| *of == round && *choice == For))
        };
        let possible = |choices: &&Vec<(u32, Choice)>| choices.iter().all(|(_, choice)| *choice == For);
        if heard.iter().filter(confirmed).count() >= self.quorum() {
            return Some(Decision::Approved);
        }
        (heard.iter().filter(possible).count() < self.quorum()).then_some(Decision::Rejected)
    }
}

/// A vote, and the oracle that is told the same.
struct Both {
    world: World,
    oracle: Oracle,
}

impl Both {
    fn of(members: usize, faults: usize) -> Self {
        let byzantine = ByzantineConsensus::new(faults as u64, ROUNDS).unwrap();
        let oracle = Oracle { events: Vec::new(), members, faults };
        Self { world: World::of(&byzantine, members), oracle }
    }

    fn say(&mut self, voter: usize, round: u32, choice: Choice) -> bool {
        if !self.world.is_open() {
            return false;
        }
        let at_hand = self.world.round();
        let taken = self.world.say(&agent(voter + 1), round, choice);
        self.oracle.events.push(Event::Came { at_hand, voter, round, choice });
        self.compare();
        matches!(taken.map(|receipt| receipt.taken), Ok(Taken::Counted | Taken::Again))
    }

    fn wait_until(&mut self, seconds: u64) {
        while self.world.is_open() && self.world.round() < ROUNDS {
            let round = self.world.round();
            if u64::from(round) * SECONDS / u64::from(ROUNDS) > seconds {
                break;
            }
            self.oracle.events.push(Event::Closed { round });
            self.world.tick(u64::from(round) * SECONDS / u64::from(ROUNDS));
            self.compare();
        }
        if self.world.is_open() && after(seconds) > self.world.now {
            self.world.tick(seconds.min(SECONDS - 1));
        }
    }

    fn compare(&self) {
        let decided = self.world.session.outcome().map(|outcome| outcome.decision);
        assert_eq!(decided, self.oracle.decision(), "in round {}", self.world.round());
        let Some(outcome) = self.world.session.outcome() else { return };
        let unstable = serde_json::to_value(outcome.metadata.get("unstable").unwrap()).unwrap();
        let strayed: Vec<_> = (0..self.oracle.members)
            .filter(|voter| self.oracle.strayed(*voter))
            .map(|voter| agent(voter + 1))
            .collect();
        assert_eq!(unstable, serde_json::to_value(strayed).unwrap());
    }
}

#[test]
fn every_four_voters_with_every_behaviour_in_two_orders_agree_with_the_oracle() {
    // What a voter says in each round; nothing stands for silence.
    let said = [Some(For), Some(Against), None];
    let behaviours: Vec<[Option<Choice>; 3]> =
        (0..27).map(|number| [said[number / 9], said[number / 3 % 3], said[number % 3]]).collect();
    let mut tried = 0;
    let count = behaviours.len();
    for a in 0..count {
        for b in a..count {
            for c in b..count {
                for d in c..count {
                    let voters = [a, b, c, d].map(|behaviour| behaviours[behaviour]);
                    run(&voters, false);
                    run(&voters, true);
                    tried += 1;
                }
            }
        }
    }
    assert_eq!(tried, 27_405);
}

fn run(voters: &[[Option<Choice>; 3]; 4], backwards: bool) {
    let mut both = Both::of(4, 1);
    for round in 1..=ROUNDS {
        for step in 0..4 {
            let voter = if backwards { 3 - step } else { step };
            if let Some(choice) = voters[voter][round as usize - 1] {
                both.say(voter, round, choice);
            }
        }
        if round < ROUNDS {
            both.wait_until(u64::from(round) * SECONDS / u64::from(ROUNDS));
        }
    }
}

/// One thing that happens: who, what kind, and how.
type Step = (u8, u8, u8);

fn choice_of(number: u8) -> Choice {
    [For, For, For, Against, Abstain][usize::from(number) % 5]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn whatever_liars_do_and_in_whatever_order_it_comes_honest_voters_are_blamed_for_nothing(
        members in 4_usize..=10,
        words in proptest::collection::vec(0_u8..5, 10),
        steps in proptest::collection::vec(any::<Step>(), 0..160),
    ) {
        let faults = (members - 1) / 3;
        // The first are the liars.
        let mut both = Both::of(members, faults);
        let mut counted = vec![std::collections::BTreeSet::new(); members];
        let mut seconds = 0;
        for (who, kind, how) in steps {
            if !both.world.is_open() {
                break;
            }
            if kind < 6 {
                seconds = (seconds + u64::from(how) % 5).min(SECONDS - 1);
                both.wait_until(seconds);
                continue;
            }
            let voter = usize::from(who) % members;
            if voter < faults {
                both.say(voter, u32::from(how) % 5, choice_of(kind));
            } else {
                // The journaled ballot, for the newest question mostly, and now and then for an old one.
                let asked = both.world.round();
                let round = if how % 4 == 0 { u32::from(how / 4) % asked + 1 } else { asked };
                if both.say(voter, round, choice_of(words[voter])) {
                    counted[voter].insert(round);
                }
            }
        }
        both.world.tick(SECONDS);
        let outcome = both.world.outcome();
        let blamed = |key: &str| -> Vec<String> { serde_json::from_value(both.world.told(key)).unwrap() };
        for list in ["proven", "unstable", "malicious_agents"] {
            for name in blamed(list) {
                let liar = (0..faults).any(|liar| agent(liar + 1).as_str() == name);
                prop_assert!(liar, "{} is honest and stands in {}", name, list);
            }
        }
        for name in outcome.evidence.iter().map(|evidence| evidence.voter()) {
            prop_assert!((0..faults).any(|liar| agent(liar + 1) == *name));
        }
        prop_assert!(outcome.metadata.get("byzantine_safe") == Some(&true.into()));
        if outcome.decision == Decision::Approved {
            let honest_for = (faults..members)
                .filter(|voter| choice_of(words[*voter]) == For && counted[*voter].len() == ROUNDS as usize)
                .count();
            prop_assert!(honest_for + faults >= both.oracle.quorum());
        }
    }

    #[test]
    fn the_order_within_a_round_changes_nothing_but_when_it_is_known(
        members in 4_usize..=10,
        words in proptest::collection::vec(0_u8..5, 10),
        keys in proptest::collection::vec(any::<u32>(), 30),
    ) {
        let faults = (members - 1) / 3;
        let decide = |sorted: bool| {
            let mut world = World::of(&ByzantineConsensus::new(faults as u64, ROUNDS).unwrap(), members);
            for round in 1..=ROUNDS {
                let mut order: Vec<usize> = (0..members).collect();
                if !sorted {
                    order.sort_by_key(|voter| keys[*voter + 10 * (round as usize - 1)]);
                }
                for voter in order {
                    if world.is_open() {
                        // The first of them change their mind in the second round.
                        let strays = voter < faults && round > 1;
                        let choice = if strays { Against } else { choice_of(words[voter]) };
                        let ballot: Ballot = world.ballot(&agent(voter + 1), round, choice);
                        world.give(Input::Ballot(Arc::new(ballot)));
                    }
                }
            }
            world.outcome().decision
        };
        prop_assert_eq!(decide(true), decide(false));
    }
}
