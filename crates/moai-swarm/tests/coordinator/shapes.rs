//! Shapes that change, and what does not.

use moai_core::{AgentState, Coordinator, CoordinatorError, Role, Topology, agent_id, swarm_id};
use moai_swarm::{Reach, SwarmCoordinator};

use crate::{agent, join, message};

fn swarm(topology: Topology) -> SwarmCoordinator {
    SwarmCoordinator::new(swarm_id!("swarm-001"), topology)
}

#[test]
fn a_switch_loses_a_message_or_a_state() {
    pollster::block_on(async {
        let swarm = swarm(Topology::Mesh);
        let mut mailboxes = join(&swarm, 0..6).await;
        swarm.set_state(&agent(3), AgentState::Busy).await.unwrap();
        let shapes = [Topology::Star, Topology::Ring, Topology::Hierarchical, Topology::Adaptive, Topology::Mesh];
        for (at, topology) in shapes.into_iter().enumerate() {
            swarm.send(&agent(5), message(agent(1), &format!("before {at}"))).await.unwrap();
            swarm.switch_topology(topology);
            swarm.send(&agent(5), message(agent(1), &format!("after {at}"))).await.unwrap();
            let view = swarm.view().await.unwrap();
            assert_eq!((view.topology, view.members[3].state), (topology, AgentState::Busy));
        }
        for at in 0..shapes.len() {
            for when in ["before", "after"] {
                assert_eq!(mailboxes[5].recv().await.unwrap().payload(), format!("{when} {at}").as_bytes());
            }
        }
    });
}

#[test]
fn a_swarm_that_adapts_turns_over_with_each_who_comes_and_goes() {
    pollster::block_on(async {
        let swarm = swarm(Topology::Adaptive);
        let mut mailboxes = Vec::new();
        let mut shapes = Vec::new();
        for number in 0..12 {
            mailboxes.extend(join(&swarm, [number]).await);
            shapes.push(swarm.topology().shape);
        }
        let grown = [vec![Topology::Mesh; 4], vec![Topology::Star; 6], vec![Topology::Hierarchical; 2]].concat();
        assert_eq!(shapes, grown);
        shapes.clear();
        while mailboxes.pop().is_some() {
            shapes.push(swarm.topology().shape);
        }
        // At 11, 10 and 9 it stays a tree, down to 4 a star.
        let shrunk = [vec![Topology::Hierarchical; 3], vec![Topology::Star; 5], vec![Topology::Mesh; 4]].concat();
        assert_eq!(shapes, shrunk);
        assert_eq!(swarm.topology().topology, Topology::Adaptive);
    });
}

#[test]
fn a_hub_that_carries_nearly_everything_stays_the_hub() {
    pollster::block_on(async {
        let swarm = swarm(Topology::Adaptive);
        let mut mailboxes = join(&swarm, 0..6).await;
        assert_eq!(swarm.topology().shape, Topology::Star);
        for _ in 0..1_024 {
            swarm.send(&agent(4), message(agent(2), "past the hub")).await.unwrap();
            mailboxes[4].recv().await.unwrap();
        }
        assert_eq!(swarm.topology().shape, Topology::Mesh);
        // A third of it is no reason to go back, less than a quarter is.
        for (relayed, shape) in [(400, Topology::Mesh), (100, Topology::Star)] {
            for number in 0..1_024 {
                let (from, to) = if number < relayed { (2, 4) } else { (0, 4) };
                swarm.send(&agent(to), message(agent(from), "to the hub")).await.unwrap();
                mailboxes[4].recv().await.unwrap();
            }
            assert_eq!(swarm.topology().shape, shape);
        }
    });
}

#[test]
fn a_ring_that_is_cut_twice_drops_what_it_cannot_carry() {
    pollster::block_on(async {
        let swarm = swarm(Topology::Ring);
        let mut mailboxes = join(&swarm, 0..6).await;
        swarm.set_state(&agent(1), AgentState::Failed).await.unwrap();
        assert_eq!(swarm.route(&agent(0), &agent(2)).unwrap(), [agent(5), agent(4), agent(3)]);
        assert_eq!(swarm.topology().health, Reach::Degraded);
        swarm.set_state(&agent(4), AgentState::Failed).await.unwrap();
        assert_eq!(swarm.topology().health, Reach::Critical);
        let delivered = swarm.broadcast(message(agent(0), "hello"), &[agent(5)]).await.unwrap();
        // Who has failed is reached, and carries nothing on.
        assert_eq!(delivered.ids, [agent(1), agent(4)]);
        let refused: Vec<_> = delivered.refused.iter().map(|(id, _)| id.clone()).collect();
        assert_eq!(refused, [agent(2), agent(3)]);
        let (_, why) = &delivered.refused[0];
        assert!(matches!(why, CoordinatorError::Unreachable { .. }) && why.to_string().contains("agent-1 and agent-4"));
        assert_eq!(swarm.topology().traffic.refused, 2);
        assert_eq!(mailboxes[1].recv().await.unwrap().payload(), "hello");
        // A service stands outside of the shape.
        let _manager = swarm.join(agent_id!("manager"), Role::Service).await.unwrap();
        let delivered = swarm.broadcast(message(agent_id!("manager"), "hello"), &[]).await.unwrap();
        assert_eq!((delivered.ids.len(), delivered.refused.len()), (6, 0));
        swarm.set_state(&agent(4), AgentState::Active).await.unwrap();
        assert_eq!(swarm.topology().health, Reach::Degraded);
    });
}

#[test]
fn a_name_that_leaves_and_comes_again_keeps_its_old_seat() {
    pollster::block_on(async {
        let swarm = swarm(Topology::Star);
        let mut mailboxes = join(&swarm, 0..3).await;
        swarm.leave(&agent(0)).await.unwrap();
        let again = join(&swarm, [0]).await;
        assert_eq!(swarm.topology().center, Some(agent(1)));
        // The mailbox of its former life goes late, and takes nobody with it.
        drop(mailboxes.remove(0));
        assert_eq!(swarm.topology().agents, [agent(1), agent(2), agent(0)]);
        drop(again);
        assert_eq!(swarm.topology().agents, [agent(1), agent(2)]);
    });
}
