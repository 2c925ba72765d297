//! Everything that honest agents were told, looked through for lies.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use moai_consensus::one_shot::{Certificate, Kind, Message, Offence, Part, Proof, Said, Setting};

use super::Keys;

/// What honest agents were told, looked through for lies about votes on outcomes.
#[derive(Default)]
pub(super) struct Audit {
    said: BTreeMap<(u32, Kind, u64), Vec<Said>>,
    proposals: Vec<Said>,
    looked: BTreeSet<Arc<[u8]>>,
}

impl Audit {
    pub(super) fn hear(&mut self, bytes: &Arc<[u8]>) {
        if self.looked.insert(bytes.clone()) {
            Part::unpack(bytes).unwrap_or_default().iter().for_each(|part| self.look(part));
        }
    }

    fn look(&mut self, part: &Part) {
        match part {
            Part::Said(said) => self.add(said),
            Part::Certificate(certificate) => self.look_at(certificate),
            Part::Proof(proof) => {
                self.add(&proof.first);
                proof.second.iter().for_each(|said| self.add(said));
            }
            _ => {}
        }
    }

    fn look_at(&mut self, certificate: &Certificate) {
        certificate.said.iter().for_each(|said| self.add(said));
    }

    fn add(&mut self, said: &Said) {
        let Ok(message) = said.message() else { return };
        let Some(view) = message.view() else { return };
        if let Message::Propose(it) = &message {
            let shown = it.justification.parent.iter().chain(&it.justification.nullified);
            shown.for_each(|certificate| self.look_at(certificate));
            self.proposals.push(said.clone());
        }
        let all = self.said.entry((said.by(), said.kind(), view)).or_default();
        if !all.iter().any(|known| known.as_bytes() == said.as_bytes()) {
            all.push(said.clone());
        }
    }

    /// Who is proven to have lied.
    pub(super) fn proven(&self, setting: &Setting, keys: &Keys) -> BTreeSet<u32> {
        let mut proven = BTreeSet::new();
        let mut hold = |offence, first: &Said, second: &Said| {
            let proof = Proof::new(offence, first.clone(), Some(second.clone()));
            if proof.verify(setting, keys.verifier().as_ref()).is_ok() {
                proven.insert(proof.accused());
            }
        };
        for ((by, kind, view), all) in &self.said {
            let offence = match kind {
                Kind::Notarize => Offence::DoubleNotarize,
                Kind::Finalize => Offence::DoubleFinalize,
                _ => continue,
            };
            for (place, first) in all.iter().enumerate() {
                all.iter().skip(place + 1).for_each(|second| hold(offence, first, second));
                if *kind == Kind::Finalize {
                    let nullified = self.said.get(&(*by, Kind::Nullify, *view)).into_iter().flatten();
                    nullified.for_each(|nullify| hold(Offence::NullifyAndFinalize, nullify, first));
                }
                let about = match first.message() {
                    Ok(Message::Notarize { proposal, .. }) => Some(proposal),
                    _ => None,
                };
                let proposals = self.proposals.iter().filter(|it| Some(it.digest()) == about);
                proposals.for_each(|it| hold(Offence::NotarizedBadProposal, it, first));
            }
        }
        proven
    }
}
