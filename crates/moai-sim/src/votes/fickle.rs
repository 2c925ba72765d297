//! Answers with whatever comes to its mind.

use std::sync::Arc;

use moai_consensus::{Ballot, Choice, Reply, Request};
use moai_core::{AgentId, Digest, Limits};

use super::Seat;
use super::plan::voter_id;
use crate::adversary::{Adversary, Scene};
use crate::world::Input;

/// Answers with whatever comes to its mind: ballots for both sides, of rounds that are over or to come, of another vote,
/// in the name of others, and answers that are none.
#[derive(Debug, Clone, Copy)]
pub struct Fickle {
    left: u32,
}

impl Default for Fickle {
    fn default() -> Self {
        Self { left: 60 }
    }
}

impl Fickle {
    fn lie(scene: &mut Scene<'_, Arc<[u8]>>, request: &Request) -> Option<Reply> {
        let own = AgentId::new(voter_id(scene.me)).ok()?;
        let choice = scene.seeds.pick(&Choice::ALL)?;
        let mut ballot: Ballot = request.ballot(own.clone(), choice);
        match scene.seeds.below(12) {
            0 => {
                scene.lie("voted in the name of another");
                let other = u32::try_from(scene.seeds.below(scene.members.into())).ok()?;
                ballot.voter = AgentId::new(voter_id(other)).ok()?;
            }
            1 => {
                scene.lie("voted with a ballot of another vote");
                ballot.instance = Digest::from_bytes([7; 32]);
            }
            2 | 3 => {
                scene.lie("voted in another round");
                ballot.round = u32::try_from(scene.seeds.below(6)).ok()?;
            }
            4 => {
                scene.lie("answered with what is no ballot");
                return Some(Reply::Failed {
                    voter: own,
                    proposal: request.proposal.id().clone(),
                    instance: request.instance,
                    round: request.round,
                    cause: "nothing".into(),
                });
            }
            5..=8 => {
                scene.lie("voted as it came to its mind");
                ballot.reason = ["a", "b"].get(usize::from(scene.seeds.chance(50)))?.to_string();
            }
            // Of one mind for a while.
            _ => ballot.choice = Choice::For,
        }
        Some(Reply::Ballot(ballot))
    }
}

impl Adversary<Seat> for Fickle {
    fn act(&mut self, scene: &mut Scene<'_, Arc<[u8]>>, input: Input<Arc<[u8]>, ()>) {
        let Input::Hear { from: 0, message } = input else { return };
        let Ok(request) = Request::from_bytes(&message, &Limits::default()) else { return };
        for _ in 0..=scene.seeds.below(3) {
            if self.left > 0
                && let Some(reply) = Self::lie(scene, &request)
            {
                self.left -= 1;
                scene.send(0, reply.to_bytes().into());
            }
        }
    }
}
