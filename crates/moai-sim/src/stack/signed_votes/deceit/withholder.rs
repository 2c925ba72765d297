//! Keeps ballots back, has the others counted, and claims whatever it likes of the certificate.

use moai_consensus::{Certificate, Input};
use moai_core::{Limits, Timestamp};

use super::super::notes::Notes;
use crate::Seeds;

/// How long a round of the vote is that it holds with itself, in microseconds.
const ROUND: i64 = 1_000_000;

pub(super) fn certify(notes: &Notes, seeds: &mut Seeds) {
    for number in 0..notes.ballots.questions.len() {
        for _ in 0..3 {
            let Some(certificate) = counted(notes, number, seeds) else { continue };
            notes.ground.fault("ballots were kept back");
            let mut bytes = certificate.to_bytes();
            // Each of the decisions that it could be said to be.
            for decision in [1, 2, 4] {
                bytes.get_mut(1).into_iter().for_each(|place| *place = decision);
                if let Ok(claimed) = Certificate::from_bytes(&bytes, &Limits::default()) {
                    notes.shown(&claimed);
                }
            }
        }
    }
}

/// What comes of a part of the ballots that were ever signed for this, in some order.
fn counted(notes: &Notes, number: usize, seeds: &mut Seeds) -> Option<Certificate> {
    let (proposal, counted, terms) = notes.ballots.questions.get(number)?;
    let rounds = notes.ballots.ruling(*counted).rounds();
    let at = |micros| Timestamp::from_unix_micros(micros).unwrap_or(Timestamp::MAX);
    let opening = notes.ballots.opening(proposal.clone(), *counted, at(ROUND * i64::from(rounds)));
    let mut session = notes.ballots.algorithm(*counted).1.open(opening).ok()?;
    session.handle(at(0), Input::Start);
    let (keeps, turns) = (seeds.below(60), seeds.chance(50));
    let mut heard = notes.heard(&terms.instance());
    if turns {
        heard.reverse();
    }
    for round in 1..=rounds {
        for ballot in heard.iter().filter(|ballot| ballot.round == round && !seeds.chance(keeps)) {
            session.handle(at(ROUND * i64::from(round) - ROUND / 2), Input::Ballot(ballot.clone()));
        }
        session.handle(at(ROUND * i64::from(round)), Input::Tick);
    }
    session.certificate().map(|certificate| Certificate::clone(&certificate))
}
