//! Voters that do not keep to the rules.

use std::sync::Arc;
use std::time::Duration;

use moai_consensus::{Ballot, Choice, Reply, Request, message_kinds};
use moai_core::{Coordinator, Envelope, Limits, Mailbox};

use super::plan::{self, Manner};
use super::voter::Voting;
use crate::stack::SimCoordinator;

/// Lies until it crashes, each in its manner.
pub(super) async fn lie(manner: Manner, me: &Voting, mut mailbox: Box<dyn Mailbox>, door: Arc<SimCoordinator>) {
    let (mut said, mut times) = (Vec::new(), 0_u32);
    while let Some(asked) = mailbox.recv().await {
        if *asked.kind() != message_kinds::REQUEST {
            continue;
        }
        let Ok(request) = Request::from_bytes(asked.payload(), &Limits::default()) else { continue };
        times += 1;
        let say = |choice| request.ballot(me.id.clone(), choice);
        let both = || vec![say(Choice::For), say(Choice::Against)];
        let ballots = match manner {
            Manner::Double => both(),
            Manner::Turncoat if times % 2 == 0 => vec![say(Choice::Against)],
            Manner::Turncoat => vec![say(Choice::For)],
            Manner::Replayer => {
                said.push(say(Choice::For));
                let again = said.clone();
                said.iter().chain(&again).cloned().collect()
            }
            Manner::Forger => forged(me, &request),
            Manner::Late => {
                tokio::time::sleep(Duration::from_millis(700)).await;
                both()
            }
            Manner::Flooder => {
                flood(me, &asked, &door).await;
                (0..10).map(|round| say(Choice::For).in_round(round)).collect()
            }
            _ => Vec::new(),
        };
        for ballot in ballots {
            me.notes.ground.fault("a lie was told");
            give(me, &asked, &door, ballot).await;
        }
    }
}

/// Ballots in the names of the others.
fn forged(me: &Voting, request: &Request) -> Vec<Ballot> {
    let others = (0..me.notes.plan.voters.len()).filter_map(plan::voter).filter(|id| *id != me.id);
    others.map(|id| request.ballot(id, Choice::Against)).collect()
}

async fn give(me: &Voting, asked: &Envelope, door: &SimCoordinator, ballot: Ballot) {
    let reply = asked.reply(me.id.clone(), message_kinds::VOTE, Reply::Ballot(ballot).to_bytes());
    // Whoever asked may be gone.
    let _ = door.send(asked.sender(), reply).await;
}

async fn flood(me: &Voting, asked: &Envelope, door: &SimCoordinator) {
    for length in 0..20_usize {
        let rubbish = vec![u8::try_from(length).unwrap_or(0); length];
        let _ = door.send(asked.sender(), asked.reply(me.id.clone(), message_kinds::VOTE, rubbish)).await;
    }
}
