//! More liars than may be: honest agents can be brought to disagree, and never so that nobody is accused.

mod world;

use std::collections::{BTreeMap, BTreeSet};

use moai_consensus::one_shot::{Agreed, Kind, Message, Offence, Part, Proof, Said, Setting};
use moai_consensus::{Choice, Ratio, Rule, Threshold};

use crate::scheme::Hashes;
use crate::seeds::Seeds;
use crate::world::{DELTA, setting};
use world::{Network, World};

/// The same liars play two halves of the honest against each other: in each half they do all that is right.
struct Split {
    setting: Setting,
    liars: BTreeSet<u32>,
    halves: [World; 2],
}

fn split(seed: u64) -> Split {
    let mut seeds = Seeds::new(seed);
    let members = seeds.pick(&[4, 4, 7, 10]).unwrap();
    let faults = (members as u64 - 1) / 3;
    let rule = Threshold::more_than(Ratio::HALF).unwrap().shared();
    let setting = setting(seed, &vec![1; members], faults, rule, 1_000_000);
    // More than may lie; but some honest agent stands in every quorum.
    let most = setting.quorum() - 1;
    let count = faults + 1 + seeds.below(most - faults);
    let mut places: Vec<u32> = (0..members as u32).collect();
    for last in (1..places.len()).rev() {
        places.swap(last, seeds.below(last as u64 + 1) as usize);
    }
    let (liars, honest) = places.split_at(count as usize);
    let halves = [honest.split_at(honest.len() / 2).0, honest.split_at(honest.len() / 2).1];
    let halves = [0, 1].map(|which| {
        let choice = [Choice::For, Choice::Against][which];
        let network = Network {
            good_from: seeds.below(3_000_000) as i64,
            longest: seeds.pick(&[1, DELTA, 6 * DELTA]).unwrap(),
            lost: seeds.pick(&[0, 20, 60]).unwrap(),
            twice: 10,
            crash: seeds.pick(&[0, 2]).unwrap(),
        };
        let members = liars.iter().chain(halves[which]).copied();
        let liars = liars.iter().copied().collect();
        World::new(&setting, members, liars, choice, network, Seeds::new(seed ^ which as u64))
    });
    Split { setting, liars: liars.iter().copied().collect(), halves }
}

impl Split {
    fn honest(&self, half: usize) -> Vec<u32> {
        self.halves[half].honest()
    }

    /// All that an honest agent has written down.
    fn written(&self, half: usize, place: u32) -> Vec<Part> {
        self.halves[half].journal(place).iter().flat_map(|bytes| Part::unpack(bytes).unwrap()).collect()
    }

    /// What each half has decided, as honest agents know it, as long as they claim it.
    fn claimed(&self, half: usize) -> Vec<std::sync::Arc<Agreed>> {
        let world = &self.halves[half];
        let claims = self.honest(half).into_iter().filter(|place| !world.breaches.contains_key(place));
        claims.filter_map(|place| world.agreed.get(&place).cloned()).collect()
    }

    /// Who is accused by what honest agents have written down, of both halves.
    fn accused(&self) -> BTreeSet<u32> {
        let mut said = Vec::new();
        for half in 0..2 {
            self.honest(half).into_iter().flat_map(|place| self.written(half, place)).for_each(|it| add(it, &mut said));
        }
        let mut kept: BTreeMap<(u32, Kind, Option<u64>), Said> = BTreeMap::new();
        let mut accused = BTreeSet::new();
        for said in said {
            let view = said.message().unwrap().view();
            let other = match said.kind() {
                Kind::Nullify => kept.get(&(said.by(), Kind::Finalize, view)),
                Kind::Finalize => kept.get(&(said.by(), Kind::Nullify, view)),
                _ => None,
            };
            let mut proofs = Vec::from_iter(
                other.map(|other| Proof::new(Offence::NullifyAndFinalize, said.clone(), Some(other.clone()))),
            );
            if let Some(first) = kept.get(&(said.by(), said.kind(), view)) {
                let offence = match said.kind() {
                    Kind::Statement => Offence::DoubleStatement,
                    Kind::Propose => Offence::DoubleProposal,
                    Kind::Notarize => Offence::DoubleNotarize,
                    _ => Offence::DoubleFinalize,
                };
                proofs.push(Proof::new(offence, first.clone(), Some(said.clone())));
            }
            let proven = proofs.iter().filter(|proof| proof.verify(&self.setting, &Hashes).is_ok());
            accused.extend(proven.map(Proof::accused));
            kept.entry((said.by(), said.kind(), view)).or_insert(said);
        }
        accused
    }

    fn run(&mut self, until: i64) {
        self.halves.iter_mut().for_each(|half| half.run(until));
    }

    /// The halves meet: honest agents show each other all that they have written down.
    fn meet(&mut self) {
        for (from, to) in [(0, 1), (1, 0)] {
            for sender in self.honest(from) {
                let bytes: std::sync::Arc<[u8]> = Part::pack(&self.written(from, sender)).into();
                for receiver in self.honest(to) {
                    self.halves[to].receive(receiver, sender, bytes.clone());
                }
            }
        }
    }
}

/// Everything that somebody signed, however deep it stands.
fn add(part: Part, to: &mut Vec<Said>) {
    match part {
        Part::Record(record) => to.extend_from_slice(record.said()),
        Part::Certificate(certificate) => to.extend(certificate.said),
        Part::Proof(proof) => to.extend([Some(proof.first), proof.second].into_iter().flatten()),
        Part::Said(said) => {
            if let Ok(Message::Propose(it)) = said.message() {
                to.extend_from_slice(it.record.said());
                let chain = it.justification.parent.into_iter().chain(it.justification.nullified);
                to.extend(chain.flat_map(|certificate| certificate.said));
            }
            to.push(said);
        }
        other => panic!("nothing is known of {other:?}"),
    }
}

#[test]
fn honest_agents_disagree_and_nobody_is_accused() {
    let worlds = std::env::var("MOAI_WORLDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_u64);
    let (mut disagreed, mut kept_from_it, mut undecided, mut other_views) = (0, 0, 0, 0);
    for seed in 0..400 * worlds {
        let mut split = split(seed);
        let mut seeds = Seeds::new(seed ^ 0xABCD);
        // In half of the worlds they meet before they have decided.
        let patient = seeds.chance(50);
        let until = if patient { 400 * DELTA } else { 400_000 + seeds.below(2_000_000) as i64 };
        split.run(until);
        let both: Vec<_> = [0, 1].into_iter().map(|half| split.claimed(half)).collect();
        let disagrees = match both.as_slice() {
            [one, other] => one.iter().any(|one| other.iter().any(|other| one.record != other.record)),
            _ => false,
        };
        if disagrees {
            disagreed += 1;
            let [one, other] = [&both[0][0], &both[1][0]];
            other_views += u64::from(one.finalization.view != other.finalization.view);
            let accused = split.accused();
            assert!(accused.is_subset(&split.liars), "seed {seed}: the honest are accused");
            let bound = split.setting.faults() as usize;
            assert!(
                accused.len() > bound,
                "seed {seed}: two outcomes, and {accused:?} are accused of {:?}",
                split.liars
            );
        }
        // Once they have met, no two outcomes are claimed.
        split.meet();
        split.run(until + 400 * DELTA);
        split.meet();
        let claims: Vec<_> = (0..2).flat_map(|half| split.claimed(half)).collect();
        assert!(claims.iter().all(|claim| claim.record == claims[0].record), "seed {seed}: two outcomes are claimed");
        for breach in split.halves.iter().flat_map(|half| half.breaches.values()) {
            assert!(breach.verify(&split.setting, &Hashes).is_ok(), "seed {seed}: a breach that shows nothing");
        }
        if !disagrees && split.halves.iter().any(|half| !half.breaches.is_empty()) {
            kept_from_it += 1;
        } else if !disagrees {
            undecided += 1;
        }
    }
    println!(
        "{disagreed} disagreed ({other_views} in other views), {kept_from_it} were kept from it, {undecided} neither"
    );
    assert!(disagreed > 50 && kept_from_it > 20 && other_views > 10, "worlds in which nothing happens prove nothing");
}
