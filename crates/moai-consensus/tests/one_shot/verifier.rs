//! A verifier that was written from `docs/trust.md` alone: it shares no code with what it judges but SHA-256 and Ed25519.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use moai_consensus::one_shot::{Agreed, Certificate, Proof, Setting};
use moai_consensus::{Draft, Ed25519, Elector, Electorate, Ratio, Rule, Ruling, Signer, SigningKey, Threshold};
use moai_core::{AgentId, Limits, Timestamp, agent_id, value};
use sha2::Digest as _;

use crate::samples::Samples;

/// What a verifier has to know.
struct Known {
    instance: [u8; 32],
    keys: Vec<[u8; 32]>,
    weights: Vec<u64>,
    faults: u64,
}

fn digest(domain: &str, fields: &[&[u8]]) -> [u8; 32] {
    let mut sha = sha2::Sha256::new();
    for field in [domain.as_bytes()].iter().chain(fields) {
        sha.update((field.len() as u64).to_be_bytes());
        sha.update(field);
    }
    sha.finalize().into()
}

/// Bytes that are read from the front.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }
    fn number(&mut self, count: usize) -> Option<u64> {
        Some(self.take(count)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }
    fn within(&mut self) -> Option<&'a [u8]> {
        let count = self.number(4)?;
        self.take(count as usize)
    }
    fn version(&mut self) -> Option<()> {
        (self.number(1)? == 1).then_some(())
    }
    fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
    fn signed(&mut self) -> Option<Signed<'a>> {
        let kind = self.number(1).filter(|kind| (1..=5).contains(kind))?;
        Some(Signed { kind, by: self.number(4)?, bytes: self.within()?, signature: self.take(64)? })
    }
    fn many(&mut self) -> Option<Vec<Signed<'a>>> {
        (0..self.number(4)?).map(|_| self.signed()).collect()
    }
    fn certificate(&mut self) -> Option<Votes<'a>> {
        let kind = self.number(1).filter(|kind| (3..=5).contains(kind))?;
        Some(Votes { kind, view: self.number(8)?, record: self.take(32)?, said: self.many()? })
    }
}

#[derive(Clone, Copy)]
struct Signed<'a> {
    kind: u64,
    by: u64,
    bytes: &'a [u8],
    signature: &'a [u8],
}

struct Votes<'a> {
    kind: u64,
    view: u64,
    record: &'a [u8],
    said: Vec<Signed<'a>>,
}

/// What a message says; only what a verifier looks at.
enum Said<'a> {
    Statement { choice: u64 },
    Propose { view: u64, record: &'a [u8], parent: Option<Votes<'a>>, nullified: Vec<Votes<'a>> },
    Vote { view: u64, record: &'a [u8], proposal: &'a [u8] },
}

impl Said<'_> {
    fn view(&self) -> u64 {
        match self {
            Said::Statement { .. } => 0,
            Said::Propose { view, .. } | Said::Vote { view, .. } => *view,
        }
    }
}

const ZEROS: &[u8] = &[0; 32];

impl<'a> Signed<'a> {
    fn read(&self) -> Option<Said<'a>> {
        let mut from = Bytes(self.bytes);
        from.version()?;
        let said = match self.kind {
            1 => {
                let choice = from.number(1).filter(|choice| *choice <= 3)?;
                from.take(32)?;
                match from.number(1)? {
                    0 => {}
                    1 => {
                        from.number(8)?;
                        from.number(8).filter(|denominator| *denominator > 0)?;
                    }
                    _ => return None,
                }
                Said::Statement { choice }
            }
            2 => {
                let (view, record) = (from.number(8)?, from.within()?);
                record_of(record)?;
                let parent = match from.number(1)? {
                    0 => None,
                    1 => Some(from.certificate()?),
                    _ => return None,
                };
                let nullified = (0..from.number(4)?).map(|_| from.certificate()).collect::<Option<_>>()?;
                Said::Propose { view, record, parent, nullified }
            }
            3 => Said::Vote { view: from.number(8)?, record: from.take(32)?, proposal: from.take(32)? },
            4 => Said::Vote { view: from.number(8)?, record: ZEROS, proposal: ZEROS },
            _ => Said::Vote { view: from.number(8)?, record: from.take(32)?, proposal: ZEROS },
        };
        from.end()?;
        Some(said)
    }

    fn digest(&self) -> [u8; 32] {
        digest("moai/one-shot/said/1", &[&self.kind.to_be_bytes(), &self.by.to_be_bytes(), self.bytes])
    }
}

/// A record's verdict and statements.
fn record_of(bytes: &[u8]) -> Option<(u64, Vec<Signed<'_>>)> {
    let mut from = Bytes(bytes);
    from.version()?;
    let verdict = from.number(1).filter(|verdict| (1..=3).contains(verdict))?;
    let said = from.many()?;
    from.end()?;
    Some((verdict, said))
}

impl Known {
    fn weigh(&self, places: impl Iterator<Item = u64>) -> u64 {
        places.map(|place| self.weights[place as usize]).sum()
    }

    fn total(&self) -> u64 {
        self.weights.iter().sum()
    }

    fn is_signed(&self, said: &Signed<'_>) -> bool {
        let domain = ["statement", "propose", "notarize", "nullify", "finalize"][said.kind as usize - 1];
        let domain = format!("moai/one-shot/{domain}/1");
        let message = digest("moai/signed/1", &[domain.as_bytes(), &self.instance, said.bytes]);
        let Some(key) = self.keys.get(said.by as usize) else { return false };
        let key = ed25519_zebra::VerificationKey::try_from(*key).unwrap();
        let signature = ed25519_zebra::Signature::from_bytes(said.signature.try_into().unwrap());
        key.verify(&signature, &message).is_ok()
    }

    fn certificate_holds(&self, votes: &Votes<'_>) -> bool {
        let alike = |said: &Signed<'_>| {
            let about = matches!(said.read(), Some(Said::Vote { view, record, .. }) if (view, record) == (votes.view, votes.record));
            said.kind == votes.kind && about
        };
        let places: BTreeSet<u64> = votes.said.iter().map(|said| said.by).collect();
        votes.said.iter().all(alike)
            && places.len() == votes.said.len()
            && votes.said.iter().all(|said| self.is_signed(said))
            && self.weigh(places.into_iter()) > (self.total() + self.faults) / 2
    }

    fn record_holds(&self, bytes: &[u8]) -> Option<u64> {
        let (verdict, said) = record_of(bytes)?;
        let ascending = said.windows(2).all(|two| (two[0].by, two[0].bytes) < (two[1].by, two[1].bytes));
        let mut choices: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        for said in &said {
            let Some(Said::Statement { choice }) = said.read() else { return None };
            choices.entry(said.by).or_default().push(choice);
        }
        if !ascending || choices.values().any(|all| all.len() > 2) || !said.iter().all(|said| self.is_signed(said)) {
            return None;
        }
        let (mut in_favour, mut open, mut heard) = (0, self.total(), 0);
        for (by, choices) in choices {
            let weight = self.weights[by as usize];
            heard += weight;
            if choices != [0] {
                open -= weight;
            }
            if choices == [1] {
                in_favour += weight;
            }
        }
        // The rule of these samples: more than half of all are for it.
        let follows = if in_favour * 2 > self.total() {
            1
        } else if (in_favour + open) * 2 <= self.total() {
            2
        } else {
            3
        };
        let enough = verdict != 3 || heard >= self.total() - self.faults;
        (verdict == follows && enough).then_some(verdict)
    }

    fn proposal_holds(&self, said: &Signed<'_>) -> bool {
        let Some(Said::Propose { view, record, parent, nullified }) = said.read() else { return false };
        let start = u64::from_be_bytes(self.instance[..8].try_into().unwrap());
        if view == 0 || start.wrapping_add(view - 1) % self.keys.len() as u64 != said.by {
            return false;
        }
        let mut from = 1;
        if let Some(parent) = parent {
            let same = parent.record == digest("moai/one-shot/record/1", &[record]);
            if parent.kind != 3 || !(1..view).contains(&parent.view) || !same || !self.certificate_holds(&parent) {
                return false;
            }
            from = parent.view + 1;
        }
        let due: Vec<u64> = (from..view).collect();
        let fits = nullified.iter().all(|it| it.kind == 4 && self.certificate_holds(it));
        fits && nullified.iter().map(|it| it.view).collect::<Vec<_>>() == due && self.record_holds(record).is_some()
    }

    /// The verdict of an outcome that holds.
    fn outcome(&self, bytes: &[u8]) -> Option<u64> {
        let mut from = Bytes(bytes);
        from.version()?;
        let (record, votes) = (from.within()?, from.certificate()?);
        from.end()?;
        let final_ = votes.kind == 5 && votes.record == digest("moai/one-shot/record/1", &[record]);
        if final_ && self.certificate_holds(&votes) { self.record_holds(record) } else { None }
    }

    fn certificate(&self, bytes: &[u8]) -> Option<()> {
        let mut from = Bytes(bytes);
        from.version()?;
        let votes = from.certificate()?;
        from.end()?;
        self.certificate_holds(&votes).then_some(())
    }

    /// Who is proven to lie.
    fn liar(&self, bytes: &[u8]) -> Option<u64> {
        let mut from = Bytes(bytes);
        from.version()?;
        let (offence, first) = (from.number(1)?, from.signed()?);
        let second = match from.number(1)? {
            0 => None,
            1 => Some(from.signed()?),
            _ => return None,
        };
        from.end()?;
        if !self.is_signed(&first) || second.is_some_and(|second| !self.is_signed(&second)) {
            return None;
        }
        let bad = |said: &Signed<'_>| said.kind == 2 && !self.proposal_holds(said);
        let (lies, liar) = match (offence, second) {
            (6, None) => (bad(&first), first.by),
            (7, Some(second)) => {
                let for_it = matches!(second.read(), Some(Said::Vote { proposal, .. }) if proposal == first.digest());
                (second.kind == 3 && for_it && bad(&first), second.by)
            }
            (1..=5, Some(second)) => {
                let kinds = [first.kind, second.kind];
                let fits = match offence {
                    5 => kinds == [4, 5] || kinds == [5, 4],
                    4 => kinds == [5, 5] && first.bytes != second.bytes,
                    _ => kinds == [offence; 2] && first.bytes != second.bytes,
                };
                let views = [first.read()?.view(), second.read()?.view()];
                (fits && first.by == second.by && views[0] == views[1], first.by)
            }
            _ => return None,
        };
        lies.then_some(liar)
    }
}

/// Samples under real keys, and what a verifier has to know of them.
fn signed() -> (Samples, Known) {
    let keys: Vec<Arc<SigningKey>> = (1..=4).map(|n| Arc::new(SigningKey::from_bytes([n; 32]))).collect();
    let draft = Draft::from(value!({"action": "deploy"}));
    let proposal = draft.identify(agent_id!("lead"), [0; 16], &Limits::default()).unwrap();
    let electors = keys
        .iter()
        .enumerate()
        .map(|(place, key)| Elector::new(AgentId::new(format!("agent-{place:02}")).unwrap()).with_key(key.key()));
    let (electorate, rule) = (Electorate::new(electors).unwrap(), Threshold::more_than(Ratio::HALF).unwrap().shared());
    let (faults, end) = (1_u64, 30_000_000_u64);
    let question = [proposal.digest(), electorate.digest(), Ruling::of(rule.as_ref()).digest()];
    let question = digest("moai/1", &question.each_ref().map(|digest| digest.as_bytes().as_slice()));
    let instance = digest("moai/one-shot/1", &[&question, &faults.to_be_bytes(), &end.to_be_bytes()]);
    let deadline = Timestamp::from_unix_micros(end as i64).unwrap();
    let setting = Setting::new(&proposal, electorate, rule, faults, deadline, Duration::from_millis(100)).unwrap();
    let bytes = keys.iter().map(|key| *key.key().as_bytes()).collect();
    let signers = keys.into_iter().map(|key| key as Arc<dyn Signer>).collect();
    (Samples::of(setting, signers), Known { instance, keys: bytes, weights: vec![1; 4], faults })
}

/// Every so many bits one is flipped: the two verifiers are of one mind about each.
fn agree(bytes: &[u8], ours: impl Fn(&[u8]) -> bool, theirs: impl Fn(&[u8]) -> bool) {
    assert!(ours(bytes) && theirs(bytes));
    for bit in (0..bytes.len() * 8).step_by(11) {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert_eq!((ours(&flipped), theirs(&flipped)), (false, false), "bit {bit}");
    }
}

#[test]
fn the_documentation_is_not_enough_to_verify() {
    let (samples, known) = signed();
    let setting = &samples.setting;
    assert_eq!(known.instance, *setting.instance().as_bytes());
    let agreed = samples.agreed();
    assert_eq!(known.outcome(&agreed.to_bytes()), Some(1), "approved");
    let ours = |bytes: &[u8]| Agreed::from_bytes(bytes).is_ok_and(|it| it.verify(setting, &Ed25519).is_ok());
    agree(&agreed.to_bytes(), ours, |bytes| known.outcome(bytes).is_some());
    for certificate in samples.certificates() {
        let ours = |bytes: &[u8]| Certificate::from_bytes(bytes).is_ok_and(|it| it.verify(setting, &Ed25519).is_ok());
        agree(&certificate.to_bytes(), ours, |bytes| known.certificate(bytes).is_some());
    }
    for proof in samples.proofs() {
        assert_eq!(known.liar(&proof.to_bytes()), Some(u64::from(proof.accused())), "{:?}", proof.offence);
        let ours = |bytes: &[u8]| Proof::from_bytes(bytes).is_ok_and(|it| it.verify(setting, &Ed25519).is_ok());
        agree(&proof.to_bytes(), ours, |bytes| known.liar(bytes).is_some());
    }
}

#[test]
fn a_verifier_by_the_documentation_accuses_the_honest() {
    let (samples, known) = signed();
    let proofs = samples.proofs();
    for proof in &proofs {
        let mut bytes = proof.to_bytes();
        // The same messages, held up as another lie.
        for offence in 0..=8 {
            bytes[1] = offence;
            let theirs = known.liar(&bytes).is_some();
            let ours = Proof::from_bytes(&bytes).is_ok_and(|it| it.verify(&samples.setting, &Ed25519).is_ok());
            assert_eq!((ours, theirs), (offence == proof.offence as u8, offence == proof.offence as u8));
        }
    }
}
