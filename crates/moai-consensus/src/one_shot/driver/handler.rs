//! How an agent's loop drives its agreements.

use std::pin::pin;
use std::sync::PoisonError;
use std::task::{Context, Poll};

use moai_core::{Digest, Envelope, Handled, Handler, Outgoing};

use super::super::setting::limits;
use super::Agreements;
use crate::codec::{Reader, Writer};
use crate::message_kinds;

/// The payload of an envelope: what the packet is bound to, and the packet.
pub(super) fn payload(instance: &Digest, packet: &[u8]) -> Vec<u8> {
    Writer::new(40 + packet.len()).digest(instance).array(packet).finish()
}

impl Agreements {
    /// Puts a packet into the inbox of its agreement.
    fn take(&self, envelope: &Envelope) -> Result<(), &'static str> {
        if *envelope.swarm() != self.setup.swarm {
            return Err("it belongs to another swarm");
        }
        let read = || {
            let mut from = Reader::new("consensus_agreement", envelope.payload(), limits()).ok()?;
            Some((from.digest().ok()?, envelope.payload().slice_ref(from.rest())))
        };
        let (instance, packet) = read().ok_or("it cannot be read")?;
        let mut desk = self.desk.held();
        let open = desk.open.get(&instance).ok_or("it is of an agreement that is not open here")?;
        let place = open.setting.electorate().index_of(envelope.sender()).and_then(|place| u32::try_from(place).ok());
        let place = place.filter(|_| *envelope.sender() != self.setup.agent).ok_or("its sender does not take part")?;
        let inbox = open.inbox.clone();
        desk.counts.taken += 1;
        drop(desk);
        let displaced = inbox.push(place, packet);
        self.desk.held().counts.displaced += displaced;
        Ok(())
    }
}

impl Handler for Agreements {
    fn handle(&mut self, envelope: &Envelope) -> Handled {
        if *envelope.kind() != message_kinds::AGREEMENT {
            return Handled::NotMine;
        }
        if let Err(cause) = self.take(envelope) {
            self.desk.held().counts.refused += 1;
            tracing::debug!(agent = %self.setup.agent, from = %envelope.sender(), cause, "a packet is refused");
        }
        Handled::NOTHING
    }

    fn poll_unasked(&mut self, context: &mut Context<'_>) -> Poll<Vec<Outgoing>> {
        loop {
            let begun = {
                let mut desk = self.desk.held();
                desk.waker = Some(context.waker().clone());
                std::mem::take(&mut desk.begun)
            };
            let working = self.working.get_mut().unwrap_or_else(PoisonError::into_inner);
            begun.into_iter().for_each(|work| working.begin(work));
            let ended = pin!(working.next()).poll(context).is_ready();
            let outgoing = std::mem::take(&mut self.desk.held().outgoing);
            if !outgoing.is_empty() {
                return Poll::Ready(outgoing);
            }
            if !ended {
                return Poll::Pending;
            }
        }
    }

    /// Ready once nothing is being written down that others are about to be told.
    fn poll_leave(&mut self, _: &mut Context<'_>) -> Poll<()> {
        if self.desk.held().writing == 0 { Poll::Ready(()) } else { Poll::Pending }
    }
}
