//! Gossip: a whole run of the rounds, from the ballots to the decision.

use std::hint::black_box;

use moai_consensus::{Choice, Decision, GossipConfig, GossipMode, GossipProtocol, Ratio};

use crate::contest::Contest;
use crate::inputs::numbers;
use crate::report::Report;
use crate::unit::Unit;

/// The Python original at 10,000 agents, recorded once on the machine of the first measurements, in nanoseconds.
const PYTHON_AT_10_000: f64 = 6.1e9;

/// What a million agents may take, in nanoseconds.
const LIMIT_AT_1_000_000: f64 = 0.5e9;

/// Of a hundred agents so many are for it.
const CLEAR: u64 = 75;
const THIN: u64 = 51;

pub(super) fn run(report: &mut Report) {
    let (epidemic, majority) = (GossipMode::Epidemic, GossipMode::MajorityDynamics);
    row(report, "gossip/epidemic-20", epidemic, 20, CLEAR, None);
    row(report, "gossip/epidemic-1000", epidemic, 1_000, CLEAR, None);
    row(report, "gossip/epidemic-10000", epidemic, 10_000, CLEAR, None);
    row(report, "gossip/majority-20", majority, 20, CLEAR, None);
    row(report, "gossip/majority-1000", majority, 1_000, CLEAR, None);
    let python = Some(("recorded:python-original", 100.0, PYTHON_AT_10_000));
    row(report, "gossip/majority-10000", majority, 10_000, CLEAR, python);
    let limit = Some(("limit-of-0.5-s", 1.0, LIMIT_AT_1_000_000));
    row(report, "gossip/majority-1000000", majority, 1_000_000, CLEAR, limit);
    // It takes more rounds.
    row(report, "gossip/majority-1000000-thin", majority, 1_000_000, THIN, limit);
}

/// They stand in no order, and each asks five others.
fn row(
    report: &mut Report,
    name: &'static str,
    mode: GossipMode,
    agents: usize,
    in_favour: u64,
    held_against: Option<(&'static str, f64, f64)>,
) {
    if !report.wants(name) {
        return;
    }
    let ballots: Vec<Option<Choice>> = numbers(5, agents)
        .into_iter()
        .map(|number| Some(if number % 100 < in_favour { Choice::For } else { Choice::Against }))
        .collect();
    let config = GossipConfig::new(mode).and_then(|config| config.with_fanout(5)).unwrap_or_default();
    // Short runs are timed many at once, so that looking at the time does not count.
    let runs = (20_000 / agents).max(1);
    let contest = Contest::new(name, Unit::Time, |gauge| {
        for seed in 0..3 {
            let gossip = GossipProtocol::new(config.with_seed(seed));
            gauge.time(runs, || {
                for _ in 0..runs {
                    let decision = gossip.decide(black_box(&ballots), Ratio::HALF);
                    assert!(black_box(decision).is_ok_and(|decision| decision.decision() == Decision::Approved));
                }
            });
        }
    });
    let contest = match held_against {
        Some((whom, bar, figure)) => contest.peer(whom, bar, move |gauge| gauge.recorded(figure)),
        None => contest,
    };
    contest.run(report);
}
