//! How often living agents are suspected, on synthetic agents that stall.

use moai_core::{Chance, SeededChance};
use moai_swarm::heartbeat::{Health, Input};

use super::{agent, monitor, ms, run_to};

fn uniform(chance: &SeededChance) -> f64 {
    let mut bytes = [0; 4];
    chance.fill(&mut bytes).unwrap();
    (f64::from(u32::from_be_bytes(bytes)) + 0.5) / 4_294_967_296.0
}

/// A beat each second, give or take a tenth; one in 200 comes behind a stall of a second or more (Pareto, 1.5), and
/// below a minute.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below a minute")]
fn gap(chance: &SeededChance) -> u64 {
    let stall = if uniform(chance) < 0.005 { uniform(chance).powf(-1.0 / 1.5).min(59.0) } else { 0.0 };
    (900.0 + 200.0 * uniform(chance) + stall * 1_000.0) as u64
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn phi_8(gaps: &[u64]) -> f64 {
    let gaps = &gaps[gaps.len().saturating_sub(32)..];
    let count = gaps.len() as f64;
    let mean = gaps.iter().sum::<u64>() as f64 / count;
    let variance = gaps.iter().map(|gap| (*gap as f64 - mean).powi(2)).sum::<f64>() / count;
    mean + 5.612 * variance.sqrt().max(100.0)
}

#[test]
#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn agents_that_only_stall_are_given_up() {
    let chance = SeededChance::new(7);
    let hours: u32 = 100;
    let (mut phi, mut ten, mut thirty, mut suspected, mut failed) = (0, 0, 0, 0, 0);
    for _ in 0..hours {
        let mut monitor = monitor();
        monitor.handle(ms(0), Input::Join(agent(1), None)).unwrap();
        let (mut now, mut gaps) = (0, Vec::new());
        while now < 3_600_000 {
            let gap = gap(&chance);
            now += gap;
            phi += u32::from(gaps.len() > 3 && gap as f64 > phi_8(&gaps));
            ten += u32::from(gap > 10_000);
            thirty += u32::from(gap > 30_000);
            gaps.push(gap);
            for event in run_to(&mut monitor, ms(now)) {
                suspected += u32::from(event.to == Health::Critical);
                failed += u32::from(event.to == Health::Failed);
            }
            monitor.handle(ms(now), Input::Beat(agent(1), None)).unwrap();
        }
    }
    let per_hour = [phi, ten, thirty, suspected, failed].map(|count| f64::from(count) / f64::from(hours));
    for (detector, wrong) in
        ["plain phi 8", "fixed 10 s", "fixed 30 s", "ours, critical", "ours, failed"].iter().zip(per_hour)
    {
        println!("{detector}: {wrong:.2} an agent-hour");
    }
    let [phi, ten, thirty, suspected, failed] = per_hour;
    assert!(suspected < phi / 3.0 && suspected >= ten, "{per_hour:?}");
    assert!(failed <= thirty && failed < 0.2 && failed > 0.0, "{per_hour:?}");
}
