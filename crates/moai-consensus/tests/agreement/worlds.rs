//! Real agents, by seed: messages are lost, late, doubled; some are cut off; some crash and come back; one lies.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use moai_consensus::one_shot::{Agreement, Input, Offence, Setting};
use moai_consensus::{Choice, message_kinds};
use moai_core::{CorrelationId, Envelope, Role};
use moai_store::MemoryJournal;

use crate::agent::{DELTA, Ground, Up, half, id, join, setting_of};
use crate::leaders::{Corrupter, Turncoat};
use crate::liars::{Forger, Liar, Sends, Silent, Twins, Withholder};
use crate::network::{Network, Weather};
use crate::scheme::Hashes;
use crate::seeds::Seeds;

/// Lets a liar speak over the wire.
async fn lies(ground: Ground, setting: Setting, me: usize, mut liar: Box<dyn Liar + Send>, mut seeds: Seeds) {
    let mut mailbox = ground.swarm.join(id(me), Role::Member).await.unwrap();
    let start = tokio::time::Instant::now();
    let mut tick = tokio::time::interval(DELTA * 2);
    let mut input = Input::Start;
    loop {
        let now = start.elapsed().as_micros() as i64;
        let sends: Sends = liar.handle(now, &input, &mut seeds);
        for (to, packet) in sends.into_iter().filter(|(to, _)| *to as usize != me) {
            let mut payload = vec![1];
            payload.extend(setting.instance().as_bytes());
            payload.extend_from_slice(&packet);
            let none = CorrelationId::from_bytes([0; 16]);
            let swarm = ground.swarm.swarm_id().clone();
            let envelope = Envelope::new(swarm, id(me), message_kinds::AGREEMENT, none, payload);
            // Whoever is down hears nothing.
            let _ = ground.swarm.send(&id(to as usize), envelope).await;
        }
        input = tokio::select! {
            biased;
            _ = tick.tick() => Input::Tick,
            envelope = mailbox.recv() => match envelope {
                None => return,
                Some(envelope) => {
                    let from = setting.electorate().index_of(envelope.sender()).unwrap() as u32;
                    Input::Packet { from, bytes: envelope.payload()[33..].into() }
                }
            },
        };
    }
}

#[derive(Default)]
struct Seen {
    verdicts: BTreeMap<&'static str, u64>,
    offences: BTreeMap<Offence, u64>,
    crashes: u64,
    lost: u64,
}

async fn world(seed: u64, seen: &mut Seen) {
    let mut seeds = Seeds::new(seed);
    let members = seeds.pick(&[4, 4, 4, 7]).unwrap();
    let setting = setting_of(seed, members, (members as u64 - 1) / 3, half(), 20);
    let weather = Weather {
        lost: seeds.pick(&[0, 10, 40, 80]).unwrap(),
        twice: seeds.pick(&[0, 20]).unwrap(),
        longest: seeds.pick(&[0, 100, 1_500]).unwrap(),
    };
    let network = Network::new(seed, weather);
    let ground = Ground::new(network.clone());
    let liar = seeds.below(members as u64) as usize;
    let me = liar as u32;
    let boxed: Box<dyn Liar + Send> = match seeds.below(7) {
        0 => Box::new(Silent),
        1 => Box::new(Twins::new(&setting, me, &mut seeds)),
        2 => Box::new(Withholder::new(&setting, me, &mut seeds)),
        4 => Box::new(Turncoat::new(&setting, me)),
        3 => Box::new(Corrupter::new(&setting, me, &mut seeds)),
        _ => Box::new(Forger::new(&setting, me, &mut seeds)),
    };
    let lying = tokio::spawn(lies(ground.clone(), setting.clone(), liar, boxed, Seeds::new(seed ^ 77)));
    let journals: Vec<Arc<MemoryJournal>> = (0..members).map(|_| Arc::new(MemoryJournal::new())).collect();
    let mut ups: BTreeMap<usize, (Up, Agreement)> = BTreeMap::new();
    let choices: Vec<Choice> =
        (0..members).map(|_| seeds.pick(&[Choice::For, Choice::For, Choice::Against]).unwrap()).collect();
    for place in (0..members).filter(|place| *place != liar) {
        let up = join(&ground, place, journals[place].clone()).await;
        let agreement = up.agree(seed, &setting, choices[place]).await;
        ups.insert(place, (up, agreement));
    }
    // The disorder.
    for _ in 0..seeds.below(8) {
        tokio::time::sleep(Duration::from_millis(seeds.below(2_000))).await;
        match seeds.below(3) {
            0 => network.cut_off((0..members).filter(|_| seeds.chance(40)).map(id).collect::<Vec<_>>()),
            1 => {
                let places: Vec<usize> = ups.keys().copied().collect();
                let place = seeds.pick(&places).unwrap();
                let (up, agreement) = ups.remove(&place).unwrap();
                let before = agreement.look().unwrap();
                up.crash().await;
                seen.crashes += 1;
                tokio::time::sleep(Duration::from_millis(seeds.below(3_000))).await;
                let up = join(&ground, place, journals[place].clone()).await;
                // Another answer, should the voter be asked again.
                let agreement = up.agree(seed, &setting, Choice::Against).await;
                if let Some(before) = before {
                    assert_eq!(agreement.outcome().await.unwrap(), before, "seed {seed}: an outcome is forgotten");
                }
                ups.insert(place, (up, agreement));
            }
            _ => {}
        }
    }
    network.heal();
    let mut outcomes = Vec::new();
    for (place, (_, agreement)) in &ups {
        let outcome = tokio::time::timeout(Duration::from_secs(600), agreement.outcome()).await;
        let outcome = outcome.unwrap_or_else(|_| panic!("seed {seed}: agent {place} never ends")).unwrap();
        assert_eq!(outcome.verify(&setting, &Hashes), Ok(()), "seed {seed}");
        outcomes.push(outcome);
        for proof in agreement.evidence() {
            assert_eq!(proof.verify(&setting, &Hashes), Ok(&id(liar)), "seed {seed}: the honest are accused");
            *seen.offences.entry(proof.offence).or_default() += 1;
        }
    }
    assert!(outcomes.iter().all(|outcome| outcome.record == outcomes[0].record), "seed {seed}: two outcomes");
    *seen.verdicts.entry(outcomes[0].record.verdict().as_str()).or_default() += 1;
    seen.lost += network.lost();
    lying.abort();
}

#[test]
fn agents_over_a_bad_network_end_apart_or_never() {
    let worlds = std::env::var("MOAI_WORLDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_u64);
    let mut seen = Seen::default();
    for seed in 0..150 * worlds {
        // Each world has a clock of its own, and nothing of one is left in another.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(world(seed, &mut seen));
    }
    let Seen { verdicts, offences, crashes, lost } = seen;
    println!("{verdicts:?} {offences:?}, {crashes} crashes, {lost} lost");
    assert!(crashes > 50 && lost > 1_000 && offences.len() >= 4, "worlds in which nothing happens prove nothing");
    assert_eq!(verdicts.len(), 3);
}
