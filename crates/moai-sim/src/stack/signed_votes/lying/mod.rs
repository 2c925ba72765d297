//! Voters that sign whatever they like, one way of lying a file.

mod double_voter;
mod turncoat;

use moai_consensus::{Reply, Request, Signer, message_kinds};
use moai_core::{AgentId, Coordinator, Limits, Mailbox};

use super::plan::SignedVoter;
use crate::stack::{Ground, SimCoordinator};

/// Lies until it crashes.
pub(super) async fn lie(
    manner: SignedVoter,
    (me, signer): (&AgentId, &dyn Signer),
    ground: &Ground,
    mut mailbox: Box<dyn Mailbox>,
    door: &SimCoordinator,
) {
    let mut times = 0_u64;
    while let Some(asked) = mailbox.recv().await {
        if *asked.kind() != message_kinds::REQUEST {
            continue;
        }
        let Ok(request) = Request::from_bytes(asked.payload(), &Limits::default()) else { continue };
        let ballots = match manner {
            SignedVoter::Turncoat => turncoat::ballots(&request, me, times),
            SignedVoter::DoubleVoter | SignedVoter::Honest => double_voter::ballots(&request, me),
        };
        times += 1;
        for ballot in ballots {
            ground.fault("a voter lied");
            let bytes = Reply::Ballot(ballot.sign(signer)).to_bytes();
            // Whoever asked may be gone.
            let _ = door.send(asked.sender(), asked.reply(me.clone(), message_kinds::VOTE, bytes)).await;
        }
    }
}
