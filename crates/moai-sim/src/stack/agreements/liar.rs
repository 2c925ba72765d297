//! Owners who do not keep to the rules.

use std::sync::Arc;

use moai_consensus::one_shot::{Message, Part, Said, Setting, Statement};
use moai_consensus::{Choice, message_kinds};
use moai_core::{Coordinator, CorrelationId, Envelope, Mailbox};

use super::notes::HEAD;
use super::owner::Owning;
use super::plan::{self, Owner};
use crate::stack::SimCoordinator;

/// How many messages a liar answers in one life: enough to do harm, and an end.
const MOST: usize = 60;

/// Lies until it crashes, each in its manner.
pub(super) async fn lie(owner: Owner, me: &Owning, mut mailbox: Box<dyn Mailbox>, door: Arc<SimCoordinator>) {
    if owner == Owner::TwoFaced {
        for (_, setting) in &me.notes.questions {
            for (choice, side) in [(Choice::For, 0), (Choice::Against, 1)] {
                let said = say(me, setting, &Message::Statement(Statement::ballot(choice)));
                tell(me, &door, setting, said, |place| place % 2 == side).await;
            }
        }
    }
    let mut left = MOST;
    while let Some(heard) = mailbox.recv().await {
        if left == 0 || owner == Owner::Silent || *heard.kind() != message_kinds::AGREEMENT {
            continue;
        }
        left = left.saturating_sub(1);
        if owner == Owner::Garbler {
            garble(me, &door, &heard).await;
        } else {
            contradict(me, &door, &heard).await;
        }
    }
}

/// For and against everything that is proposed.
async fn contradict(me: &Owning, door: &SimCoordinator, heard: &Envelope) {
    let its = |setting: &Setting| heard.payload().get(1..HEAD) == Some(setting.instance().as_bytes().as_slice());
    let Some((_, setting)) = me.notes.questions.iter().find(|(_, setting)| its(setting)) else { return };
    let parts = heard.payload().get(HEAD..).map(Part::unpack);
    for part in parts.into_iter().flatten().flatten() {
        let Part::Said(said) = part else { continue };
        let Ok(Message::Propose(it)) = said.message() else { continue };
        let (view, record, proposal) = (it.view, it.record.digest(), said.digest());
        let other = setting.instance();
        for (message, side) in [
            (Message::Notarize { view, record, proposal }, 0),
            (Message::Notarize { view, record: other, proposal: other }, 1),
            (Message::Finalize { view, record }, 0),
            (Message::Nullify { view }, 1),
        ] {
            let said = say(me, setting, &message);
            tell(me, door, setting, said, |place| place % 2 == side).await;
        }
    }
}

/// What it heard, with a bit turned.
async fn garble(me: &Owning, door: &SimCoordinator, heard: &Envelope) {
    let mut bytes = heard.payload().to_vec();
    let at = bytes.len() / 2;
    bytes.get_mut(at).into_iter().for_each(|byte| *byte ^= 1);
    for place in (0..me.notes.plan.owners.len()).filter(|place| *place != me.place as usize) {
        send(me, door, place, heard.correlation(), bytes.clone()).await;
    }
}

fn say(me: &Owning, setting: &Setting, message: &Message) -> Option<Said> {
    let signer = me.notes.keys.signer(me.place)?;
    Some(Said::sign(setting, me.place, signer.as_ref(), message))
}

async fn tell(me: &Owning, door: &SimCoordinator, setting: &Setting, said: Option<Said>, whom: impl Fn(usize) -> bool) {
    let Some(said) = said else { return };
    let instance = setting.instance();
    let [correlation, ..] = instance.as_bytes().as_chunks().0 else { return };
    let mut bytes = vec![1];
    bytes.extend_from_slice(instance.as_bytes());
    bytes.extend(Part::pack(&[Part::Said(said)]));
    for place in (0..me.notes.plan.owners.len()).filter(|place| *place != me.place as usize && whom(*place)) {
        send(me, door, place, CorrelationId::from_bytes(*correlation), bytes.clone()).await;
    }
}

async fn send(me: &Owning, door: &SimCoordinator, place: usize, correlation: CorrelationId, bytes: Vec<u8>) {
    let Some(to) = plan::owner(place) else { return };
    me.notes.ground.fault("a lie was told");
    let swarm = door.swarm_id().clone();
    let envelope = Envelope::new(swarm, me.id.clone(), message_kinds::AGREEMENT, correlation, bytes);
    // Whoever it is for may be gone.
    let _ = door.send(&to, envelope).await;
}
