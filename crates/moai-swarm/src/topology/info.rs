//! What a topology looks like at one moment.

use std::fmt;

use moai_core::{AgentId, Topology};
use serde::{Deserialize, Serialize};

use super::picture::picture;
use super::{Roster, Shape, hierarchical, ring, star};

/// Whether the members reach each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Reach {
    /// Nobody has failed.
    Healthy,
    /// Somebody has, and all that live reach each other around it.
    Degraded,
    /// Of those that live, some no longer reach each other.
    Critical,
    /// Nobody lives.
    Failed,
}

moai_core::words! {
    Reach "reach":
    Healthy "healthy"
    Degraded "degraded"
    Critical "critical"
    Failed "failed"
}

/// What has been carried so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SwarmTraffic {
    /// Messages that were put into mailboxes.
    pub delivered: u64,
    /// The hops that they took.
    pub hops: u64,
    /// Those that went over somebody else.
    pub relayed: u64,
    /// Those that were refused: a full mailbox, or no way.
    pub refused: u64,
}

/// What a topology looks like at one moment. Its `Display` is a picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TopologyInfo {
    /// What was asked for.
    pub topology: Topology,
    /// The shape that it has now: another one where it is adaptive.
    pub shape: Topology,
    /// The members in the order in which they joined.
    pub agents: Vec<AgentId>,
    /// Those of them that have failed.
    pub failed: Vec<AgentId>,
    /// Who relays for all others: the hub of a star, the root of a tree.
    pub center: Option<AgentId>,
    /// How many pairs reach each other without a relay.
    pub connections: u64,
    /// Over how many hops the two go that are furthest apart, of those that live and reach each other.
    pub widest: usize,
    /// Whether they reach each other.
    pub health: Reach,
    /// What has been carried so far.
    pub traffic: SwarmTraffic,
}

pub(crate) fn info(topology: Topology, shape: Shape, roster: &Roster, traffic: SwarmTraffic) -> TopologyInfo {
    let (len, living) = (roster.len(), roster.living());
    let pairs = len as u64 * (len as u64).saturating_sub(1) / 2;
    let line = (len as u64).saturating_sub(1);
    let widest = match shape {
        Shape::Mesh => living.saturating_sub(1).min(1),
        Shape::Star => living.saturating_sub(1).min(2),
        Shape::Ring => ring::widest(roster),
        Shape::Hierarchical => hierarchical::widest(living),
    };
    let connections = match shape {
        Shape::Mesh => pairs,
        Shape::Star | Shape::Hierarchical => line,
        // Of two there is one, and not one each way.
        Shape::Ring => {
            if len < 3 {
                line
            } else {
                len as u64
            }
        }
    };
    let health = match (roster.failed(), shape) {
        ([], _) => Reach::Healthy,
        _ if living == 0 => Reach::Failed,
        (_, Shape::Ring) if !ring::is_whole(roster) => Reach::Critical,
        _ => Reach::Degraded,
    };
    let center = match shape {
        Shape::Star | Shape::Hierarchical if len > 0 => roster.at(star::hub(roster)).cloned(),
        _ => None,
    };
    let agents = roster.seats().iter().map(|seat| seat.id.clone()).collect();
    let failed = roster.failed().iter().filter_map(|place| roster.at(*place)).cloned().collect();
    let shape = shape.as_topology();
    TopologyInfo { topology, shape, agents, failed, center, connections, widest, health, traffic }
}

impl fmt::Display for TopologyInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        picture(self, f)
    }
}
