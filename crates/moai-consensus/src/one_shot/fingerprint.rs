//! Which agents are in the same state: they do the same with whatever happens next.

use std::hash::{Hash, Hasher};

use super::agent::Agent;

/// Over all that an agent holds, of one and the same setting.
impl Hash for Agent {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { setting, me, signer: _, verifier: _, statements, mine, view, entered, timer, repeated, .. } = self;
        (setting.instance(), me, mine, view, entered, timer, repeated).hash(state);
        statements.all().for_each(|said| said.hash(state));
        let Self { views, chain, records, finalization, agreed, told, accused, breach, objected, out, .. } = self;
        (views, chain, finalization, agreed, told, accused, breach, objected, out.armed).hash(state);
        records.keys().for_each(|digest| digest.hash(state));
    }
}
