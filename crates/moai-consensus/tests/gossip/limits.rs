//! Every limit at one below, at, and one above.

use moai_consensus::{Decision, GossipConfig, GossipMode, GossipProtocol, Ratio};
use moai_core::InvalidInput;

use crate::{ballots, ratio};

fn refused<T: std::fmt::Debug>(result: Result<T, InvalidInput>) -> &'static str {
    let error = result.unwrap_err();
    assert!(matches!(error, InvalidInput::OutOfRange { .. }), "{error:?}");
    error.field()
}

fn snowball(k: u32, alpha: u32, beta: u32) -> Result<GossipConfig, InvalidInput> {
    GossipConfig::new(GossipMode::Snowball { k, alpha, beta })
}

#[test]
fn a_fanout_outside_of_1_to_10_is_taken() {
    let config = GossipConfig::default();
    assert_eq!([0, 11].map(|fanout| refused(config.with_fanout(fanout))), ["fanout"; 2]);
    assert_eq!([1, 2, 9, 10].map(|fanout| config.with_fanout(fanout).unwrap().fanout()), [1, 2, 9, 10]);
}

#[test]
fn rounds_outside_of_1_to_20_are_taken() {
    let config = GossipConfig::default();
    assert_eq!([0, 21].map(|rounds| refused(config.with_max_rounds(rounds))), ["max_rounds"; 2]);
    assert_eq!([1, 2, 19, 20].map(|rounds| config.with_max_rounds(rounds).unwrap().max_rounds()), [1, 2, 19, 20]);
}

#[test]
fn a_convergence_outside_of_51_percent_to_1_is_taken() {
    let config = GossipConfig::default();
    for outside in ["0", "0.5", "0.509999", "1.000001", "2"] {
        assert_eq!(refused(config.with_convergence(ratio(outside))), "convergence", "{outside}");
    }
    for inside in ["0.51", "0.510001", "0.999999", "1"] {
        assert_eq!(config.with_convergence(ratio(inside)).unwrap().convergence(), ratio(inside));
    }
}

#[test]
fn a_threshold_above_1_is_taken() {
    let gossip = GossipProtocol::default();
    assert_eq!(refused(gossip.decide(&ballots([3, 0, 0, 0]), ratio("1.000001"))), "threshold");
    assert_eq!(gossip.decide(&ballots([3, 0, 0, 0]), Ratio::ONE).unwrap().decision(), Decision::Approved);
    assert_eq!(gossip.decide(&ballots([1, 2, 0, 0]), Ratio::ZERO).unwrap().decision(), Decision::Approved);
}

#[test]
fn ballots_spread_in_a_swarm_that_takes_all_the_memory() {
    let epidemic = GossipConfig::default();
    assert!(epidemic.check_for(19_999).is_ok() && epidemic.check_for(20_000).is_ok());
    assert_eq!(refused(epidemic.check_for(20_001)), "members");
    assert_eq!(refused(GossipProtocol::new(epidemic).run(&ballots([0, 0, 0, 20_001]))), "members");
    let majority = GossipConfig::new(GossipMode::MajorityDynamics).unwrap();
    assert!(majority.check_for(usize::MAX).is_ok());
}

#[test]
fn an_alpha_that_two_sides_can_reach_is_taken() {
    for (k, low) in [(1, 1), (2, 2), (3, 2), (20, 11), (21, 11)] {
        assert_eq!(refused(snowball(k, low - 1, 1)), "alpha");
        assert_eq!(refused(snowball(k, k + 1, 1)), "alpha");
        assert!(snowball(k, low, 1).is_ok() && snowball(k, k, 1).is_ok());
    }
    assert_eq!((refused(snowball(0, 0, 1)), refused(snowball(3, 2, 0))), ("k", "beta"));
}

#[test]
fn snowball_asks_all_but_one() {
    let config = snowball(10, 6, 5).unwrap();
    assert_eq!([0, 1, 2, 11].map(|members| refused(config.check_for(members))), ["k"; 4]);
    assert!(config.check_for(12).is_ok());
    assert_eq!(refused(GossipProtocol::new(config).run(&ballots([11, 0, 0, 0]))), "k");
    assert!(GossipProtocol::new(config).run(&ballots([12, 0, 0, 0])).is_ok());
}

#[test]
fn snowball_wants_more_successes_than_there_are_rounds() {
    let config = |rounds| snowball(10, 6, 5).unwrap().with_max_rounds(rounds).unwrap();
    assert_eq!(refused(config(4).check_for(1_000)), "beta");
    assert!(config(5).check_for(1_000).is_ok() && config(6).check_for(1_000).is_ok());
}

#[test]
fn a_small_snowball_does_not_warn() {
    let warning =
        |members| GossipProtocol::new(snowball(10, 6, 5).unwrap()).run(&ballots([members, 0, 0, 0])).unwrap().warning;
    assert!(warning(49).unwrap().contains("with 49"));
    assert_eq!((warning(50), warning(51)), (None, None));
    assert_eq!(GossipProtocol::default().run(&ballots([3, 0, 0, 0])).unwrap().warning, None);
}

#[test]
fn what_is_read_is_not_checked() {
    let read = |json: &str| serde_json::from_str::<GossipConfig>(json);
    assert_eq!(read("{}").unwrap(), GossipConfig::default());
    for json in [
        r#"{"fanout":0}"#,
        r#"{"fanout":11}"#,
        r#"{"max_rounds":21}"#,
        r#"{"convergence":"0.5"}"#,
        r#"{"mode":{"snowball":{"k":3,"alpha":1,"beta":1}}}"#,
        r#"{"mode":"rumour"}"#,
        r#"{"rounds":3}"#,
    ] {
        assert!(read(json).is_err(), "{json}");
    }
    let config = snowball(20, 15, 5).unwrap().with_fanout(7).unwrap().with_seed(u64::MAX);
    assert_eq!(read(&serde_json::to_string(&config).unwrap()).unwrap(), config);
}

#[test]
fn a_ballot_too_many_or_too_few_is_taken() {
    let three = moai_consensus::Electorate::of(["a", "b", "c"].map(|id| moai_core::AgentId::new(id).unwrap())).unwrap();
    let decide =
        |members| GossipProtocol::default().decide_by(&three, &ballots([members, 0, 0, 0]), &moai_consensus::Unanimous);
    assert_eq!((refused(decide(2)), refused(decide(4))), ("ballots", "ballots"));
    assert_eq!(decide(3).unwrap().decision(), Decision::Approved);
}
