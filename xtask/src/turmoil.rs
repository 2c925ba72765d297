//! Agents that join and leave for about a minute while others vote.

use crate::cargo;
use crate::step::Step;

pub(crate) fn campaign() -> Vec<Step> {
    let command = &["test", "--locked", "-p", "moai-swarm", "--test", "agent", "turmoil"];
    let advice = "what it names came out otherwise although those who stay were enough";
    vec![cargo::step_with("a minute of agents that come and go", command, &[("MOAI_VOTES", "3500")], advice)]
}
