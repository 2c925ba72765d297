//! How often living agents that stall are held to be dead, by simulated time.

use std::time::Duration;

use moai_core::{Chance, SeededChance, agent_id};
use moai_swarm::heartbeat::{Health, HeartbeatOptions, Input, Monitor};

use crate::contest::Contest;
use crate::report::Report;
use crate::unit::Unit;

const HOURS: u32 = 100;

/// How often each detector was wrong.
#[derive(Default)]
struct Wrong {
    phi: f64,
    ten: f64,
    thirty: f64,
    critical: f64,
    failed: f64,
}

pub(super) fn run(report: &mut Report) {
    if !report.wants("false-failures") && !report.wants("false-suspicions") {
        return;
    }
    let wrong = watch();
    let row = |name, ours: f64| Contest::new(name, Unit::PerHour, move |gauge| gauge.recorded(ours));
    row("false-failures", wrong.failed)
        .peer("silence-of-30-s", 1.0, |gauge| gauge.recorded(wrong.thirty))
        .peer("silence-of-10-s", None, |gauge| gauge.recorded(wrong.ten))
        .peer("plain-phi-8", None, |gauge| gauge.recorded(wrong.phi))
        .run(report);
    row("false-suspicions", wrong.critical)
        .peer("plain-phi-8", 3.0, |gauge| gauge.recorded(wrong.phi))
        .peer("silence-of-10-s", None, |gauge| gauge.recorded(wrong.ten))
        .run(report);
}

fn fraction(chance: &SeededChance) -> f64 {
    let mut bytes = [0; 4];
    chance.fill(&mut bytes).expect("chance");
    (f64::from(u32::from_be_bytes(bytes)) + 0.5) / 4_294_967_296.0
}

/// A beat each second, give or take a tenth; one in 200 comes behind a stall of one to 59 seconds (Pareto, 1.5).
fn gap(chance: &SeededChance) -> f64 {
    let stall = if fraction(chance) < 0.005 { fraction(chance).powf(-1.0 / 1.5).min(59.0) } else { 0.0 };
    0.9 + 0.2 * fraction(chance) + stall
}

/// When phi reaches 8, by the mean and the deviation of the last 32 gaps, the deviation being a tenth of a second at the
/// least.
fn phi_8(gaps: &[f64]) -> f64 {
    let gaps = &gaps[gaps.len().saturating_sub(32)..];
    let count = gaps.len() as f64;
    let mean = gaps.iter().sum::<f64>() / count;
    let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / count;
    mean + 5.612 * variance.sqrt().max(0.1)
}

/// An agent after the other for an hour each, per agent-hour.
fn watch() -> Wrong {
    let (chance, mut wrong) = (SeededChance::new(7), Wrong::default());
    let one = |is_wrong: bool| f64::from(u8::from(is_wrong)) / f64::from(HOURS);
    for _ in 0..HOURS {
        let mut monitor = Monitor::new(HeartbeatOptions::default()).expect("a monitor");
        let agent = agent_id!("agent-1");
        monitor.handle(Duration::ZERO, Input::Join(agent.clone(), None)).expect("a member");
        let (mut now, mut gaps) = (0.0, Vec::new());
        while now < 3_600.0 {
            let gap = gap(&chance);
            now += gap;
            wrong.phi += one(gaps.len() > 3 && gap > phi_8(&gaps));
            wrong.ten += one(gap > 10.0);
            wrong.thirty += one(gap > 30.0);
            gaps.push(gap);
            let to = Duration::from_secs_f64(now);
            while monitor.next() <= to {
                for event in monitor.handle(monitor.next(), Input::Tick).expect("a round") {
                    wrong.critical += one(event.to == Health::Critical);
                    wrong.failed += one(event.to == Health::Failed);
                }
            }
            monitor.handle(to, Input::Beat(agent.clone(), None)).expect("a beat");
        }
    }
    wrong
}
