//! A topology as text.

use std::fmt;

use moai_core::{AgentId, Topology};

use super::TopologyInfo;
use super::hierarchical::FAN_OUT;

/// How many members are drawn; of the others there is their number.
const MOST: usize = 32;

pub(super) fn picture(info: &TopologyInfo, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let count = info.agents.len();
    writeln!(f, "{} of {count}, {} connections, {} hops at the most", word(info.shape), info.connections, info.widest)?;
    let shown = info.agents.get(..count.min(MOST)).unwrap_or_default();
    match info.shape {
        Topology::Hierarchical => tree(info, f)?,
        Topology::Star => {
            let hub = info.center.as_ref();
            hub.map_or(Ok(()), |hub| writeln!(f, "{hub}"))?;
            let spokes: Vec<&AgentId> = shown.iter().filter(|agent| Some(*agent) != hub).collect();
            for (at, spoke) in spokes.iter().enumerate() {
                let branch = if at + 1 == spokes.len() && count <= MOST { "└──" } else { "├──" };
                writeln!(f, "{branch} {}", name(info, spoke))?;
            }
        }
        Topology::Ring => {
            let names: Vec<String> = shown.iter().map(|agent| name(info, agent)).collect();
            let back = if count > MOST { "… ─ and back" } else { "and back" };
            if !names.is_empty() {
                writeln!(f, "{} ─ {back}", names.join(" ─ "))?;
            }
        }
        _ => {
            let names: Vec<String> = shown.iter().map(|agent| name(info, agent)).collect();
            if !names.is_empty() {
                writeln!(f, "each reaches each: {}", names.join(", "))?;
            }
        }
    }
    if count > MOST { writeln!(f, "… and {} more", count - MOST) } else { Ok(()) }
}

fn tree(info: &TopologyInfo, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let living: Vec<&AgentId> = info.agents.iter().filter(|agent| !info.failed.contains(agent)).take(MOST).collect();
    // Depth first, without going down into itself: what stands before each line goes with it.
    let mut waiting = vec![(0, String::new(), String::new())];
    while let Some((rank, before, below)) = waiting.pop() {
        let Some(agent) = living.get(rank) else { continue };
        writeln!(f, "{before}{agent}")?;
        let first = rank * FAN_OUT + 1;
        let failed: &[AgentId] = if rank == 0 { &info.failed } else { &[] };
        let children: Vec<usize> = (first..first + FAN_OUT).filter(|child| *child < living.len()).collect();
        for child in children.iter().rev() {
            let is_last = children.last() == Some(child) && failed.is_empty();
            let (branch, under) = if is_last { ("└── ", "    ") } else { ("├── ", "│   ") };
            waiting.push((*child, format!("{below}{branch}"), format!("{below}{under}")));
        }
    }
    for (at, agent) in info.failed.iter().take(MOST).enumerate() {
        let branch = if at + 1 == info.failed.len() { "└──" } else { "├──" };
        writeln!(f, "{branch} {agent} (failed)")?;
    }
    Ok(())
}

fn name(info: &TopologyInfo, agent: &AgentId) -> String {
    if info.failed.contains(agent) { format!("{agent} (failed)") } else { agent.to_string() }
}

const fn word(shape: Topology) -> &'static str {
    match shape {
        Topology::Mesh => "mesh",
        Topology::Star => "star",
        Topology::Ring => "ring",
        Topology::Hierarchical => "tree",
        _ => "swarm",
    }
}
