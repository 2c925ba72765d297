//! What is held of each view: one proposal, and one vote of each kind from each agent.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use moai_core::Digest;

use super::{Kind, Proposition, Said};

/// How many views before and behind its own an agent keeps votes of. What is outside comes as a certificate.
pub(super) const AROUND: u64 = 16;

/// Votes of one kind, with the outcome that each speaks of.
pub(super) type Votes = BTreeMap<u32, (Digest, Said)>;

/// What is held of one view.
#[derive(Clone, Default)]
pub(super) struct View {
    notarize: Votes,
    nullify: Votes,
    finalize: Votes,
    /// The first valid proposal.
    pub(super) proposal: Option<(Said, Arc<Proposition>)>,
    /// The first proposal of the leader that is not valid, and what stands for it.
    pub(super) flawed: Option<(Said, Digest)>,
}

/// What a proposal says stands in what was signed.
impl Hash for View {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { notarize, nullify, finalize, proposal, flawed } = self;
        (notarize, nullify, finalize, proposal.as_ref().map(|(said, _)| said), flawed).hash(state);
    }
}

impl View {
    /// Votes of a kind; proposals and statements are none.
    pub(super) const fn votes(&self, kind: Kind) -> Option<&Votes> {
        match kind {
            Kind::Notarize => Some(&self.notarize),
            Kind::Nullify => Some(&self.nullify),
            Kind::Finalize => Some(&self.finalize),
            Kind::Statement | Kind::Propose => None,
        }
    }

    pub(super) fn vote(&self, kind: Kind, by: u32) -> Option<&Said> {
        self.votes(kind)?.get(&by).map(|(_, said)| said)
    }

    pub(super) fn add(&mut self, record: Digest, said: Said) {
        let votes = match said.kind() {
            Kind::Notarize => &mut self.notarize,
            Kind::Nullify => &mut self.nullify,
            Kind::Finalize => &mut self.finalize,
            Kind::Statement | Kind::Propose => return,
        };
        votes.insert(said.by(), (record, said));
    }
}

/// The views around the one at hand.
#[derive(Clone, Default, Hash)]
pub(super) struct Views(BTreeMap<u64, View>);

impl Views {
    pub(super) fn get(&self, view: u64) -> Option<&View> {
        self.0.get(&view)
    }

    pub(super) fn at(&mut self, view: u64) -> &mut View {
        self.0.entry(view).or_default()
    }

    pub(super) fn proposals(&self) -> impl Iterator<Item = &Proposition> {
        self.0.values().filter_map(|view| view.proposal.as_ref()).map(|(_, proposition)| proposition.as_ref())
    }

    /// How many messages these are.
    pub(super) fn held(&self) -> usize {
        let of = |view: &View| {
            let votes = view.notarize.len() + view.nullify.len() + view.finalize.len();
            votes + usize::from(view.proposal.is_some()) + usize::from(view.flawed.is_some())
        };
        self.0.values().map(of).sum()
    }

    /// Forgets what is too far behind.
    pub(super) fn forget_before(&mut self, view: u64) {
        self.0 = self.0.split_off(&view);
    }
}
