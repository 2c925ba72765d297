//! What is said where nothing happens.

use std::collections::BTreeMap;

use moai_core::AgentId;

use crate::world::{World, agent};

/// For so many minutes each of these agents says about once a minute where it stands, is told that this is so, and nothing
/// else is sent.
pub(crate) async fn only_renewals(world: &World, minutes: usize, agents: impl IntoIterator<Item = usize>) {
    let network = &world.network;
    let (count, renewed, stands) = (network.count(), network.renewed(), network.stands());
    world.pass(minutes as u64 * 60_000).await;
    let (renewed, stands) = (since(network.renewed(), &renewed), since(network.stands(), &stands));
    assert_eq!(renewed, stands, "each is answered once");
    assert_eq!(renewed.keys().cloned().collect::<Vec<_>>(), agents.into_iter().map(agent).collect::<Vec<_>>());
    // A quarter more or less, and one at the ends.
    let once_a_minute = minutes * 4 / 5 - 1..=minutes * 4 / 3 + 1;
    assert!(renewed.values().all(|times| once_a_minute.contains(times)), "{renewed:?}");
    assert_eq!(network.count() - count, 2 * renewed.values().sum::<usize>(), "it comes to rest");
}

fn since(now: BTreeMap<AgentId, usize>, before: &BTreeMap<AgentId, usize>) -> BTreeMap<AgentId, usize> {
    let since = now.into_iter().map(|(agent, now)| (before.get(&agent).map_or(now, |before| now - before), agent));
    since.filter(|(times, _)| *times > 0).map(|(times, agent)| (agent, times)).collect()
}
