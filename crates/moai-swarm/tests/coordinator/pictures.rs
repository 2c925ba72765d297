//! What a topology looks like.

use moai_core::{AgentState, Coordinator, Topology, swarm_id};
use moai_swarm::SwarmCoordinator;

use crate::{agent, join};

#[test]
fn a_picture_shows_another_shape() {
    pollster::block_on(async {
        let swarm = SwarmCoordinator::new(swarm_id!("swarm-001"), Topology::Mesh);
        assert_eq!(swarm.topology().to_string(), "mesh of 0, 0 connections, 0 hops at the most\n");
        let _mailboxes = join(&swarm, 0..7).await;
        swarm.set_state(&agent(2), AgentState::Failed).await.unwrap();
        let mut pictures = String::new();
        for topology in [Topology::Mesh, Topology::Star, Topology::Ring, Topology::Hierarchical] {
            swarm.switch_topology(topology);
            pictures += &swarm.topology().to_string();
        }
        assert_eq!(pictures, include_str!("pictures.txt"));
        // Nobody draws ten thousand.
        let _more = join(&swarm, 7..100).await;
        for topology in [Topology::Mesh, Topology::Star, Topology::Ring, Topology::Hierarchical] {
            swarm.switch_topology(topology);
            let picture = swarm.topology().to_string();
            assert!(picture.len() < 2_500 && picture.ends_with("… and 68 more\n"), "{picture}");
        }
    });
}
