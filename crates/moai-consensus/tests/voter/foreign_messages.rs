//! What is no question does no harm.

use moai_consensus::{Choice, Reply, message_kinds, voter_fn};
use moai_core::{CorrelationId, Envelope, Handled, Handler, MessageKind, agent_id, message_kind, swarm_id};

use crate::asker::{Asker, half, in_round, me, question, request};

fn nothing(handled: Handled) -> bool {
    matches!(handled, Handled::Done(outgoing) if outgoing.is_empty())
}

#[tokio::test]
async fn garbage_is_answered_or_kills() {
    let mut handler = half(voter_fn(|_| Choice::For));
    let good = request("deploy-v2.0").to_bytes();
    let mut refused = 0;
    let mut give = |kind: &MessageKind, bytes: &[u8]| {
        refused += 1;
        assert!(nothing(handler.handle(&Asker::envelope(kind.clone(), bytes))), "{kind}: {bytes:?}");
        assert_eq!((handler.counts().refused, handler.thinking()), (refused, 0));
    };
    for kind in [message_kinds::REQUEST, message_kinds::CLOSED] {
        for bytes in [b"".as_slice(), b"\x01", b"\x02garbage", &[0xff; 1_000]] {
            give(&kind, bytes);
        }
    }
    for cut in 0..good.len() {
        give(&message_kinds::REQUEST, &good[..cut]);
    }
    give(&message_kinds::REQUEST, &[&good[..], b"more"].concat());
    give(&message_kinds::CLOSED, &good);
}

#[tokio::test]
async fn a_round_that_the_vote_does_not_have_is_answered() {
    let mut handler = half(voter_fn(|_| Choice::For));
    for (number, round) in [0, 101, u32::MAX].into_iter().enumerate() {
        assert!(nothing(handler.handle(&question(&in_round(&request("deploy-v2.0"), round)))));
        assert_eq!((handler.counts().flawed, handler.thinking()), (number as u64 + 1, 0));
    }
    assert!(matches!(handler.handle(&question(&in_round(&request("deploy-v2.0"), 100))), Handled::Later(_)));
}

#[tokio::test]
async fn a_question_of_another_swarm_is_answered() {
    let mut handler = half(voter_fn(|_| Choice::For));
    let ours = question(&request("deploy-v2.0"));
    let foreign = |kind| {
        let correlation = CorrelationId::from_bytes([7; 16]);
        Envelope::new(swarm_id!("swarm-002"), agent_id!("manager"), kind, correlation, ours.payload().clone())
    };
    assert!(nothing(handler.handle(&foreign(message_kinds::REQUEST))));
    assert!(nothing(handler.handle(&foreign(message_kinds::CLOSED))));
    assert!(matches!(handler.handle(&foreign(message_kind!("state_request"))), Handled::NotMine));
    assert_eq!(handler.counts().refused, 2);
    assert!(matches!(handler.handle(&ours), Handled::Later(_)));
}

#[tokio::test]
async fn messages_for_other_halves_are_taken() {
    let mut handler = half(voter_fn(|_| Choice::For));
    let ballot = Reply::Ballot(request("deploy-v2.0").ballot(me(), Choice::For)).to_bytes();
    for (kind, bytes) in [
        (message_kinds::VOTE, ballot),
        (message_kind!("state_request"), b"?".to_vec()),
        (message_kind!("state_update"), Vec::new()),
        (message_kind!("heartbeat"), Vec::new()),
    ] {
        assert!(matches!(handler.handle(&Asker::envelope(kind, bytes)), Handled::NotMine));
    }
    assert_eq!(handler.counts(), moai_consensus::VoterCounts::default());
}
