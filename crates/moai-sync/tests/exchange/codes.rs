//! What does not begin has a code, and says that nothing changed.

use std::collections::BTreeSet;
use std::sync::Arc;

use moai_core::{Aftermath, Chance, ChanceError, Coded};
use moai_sync::ExchangeError;

use crate::world::{World, agent};

struct NoChance;

impl Chance for NoChance {
    fn fill(&self, _: &mut [u8]) -> Result<(), ChanceError> {
        Err(ChanceError::new("none to be had"))
    }
}

#[test]
fn an_exchange_that_does_not_begin_leaves_something() {
    let mut world = World::new(2);
    let mut met = BTreeSet::new();
    for nobody in [agent(7), agent(0)] {
        let refused = world.halves[0].begin(&nobody).unwrap_err();
        assert_eq!((refused.code(), refused.aftermath()), ("exchange.not_a_peer", Aftermath::NothingChanged));
        assert_eq!(refused.to_string(), format!("{nobody} is not named as a peer; nothing changed"));
        met.insert(refused.code());
    }
    assert_eq!(met, ExchangeError::CODES.iter().copied().collect());
    let mut unlucky = world.halves.remove(0).with_chance(Arc::new(NoChance));
    let refused = unlucky.begin(&agent(1)).unwrap_err();
    assert_eq!((refused.code(), refused.aftermath()), ("chance.unavailable", Aftermath::NothingChanged));
    assert_eq!((unlucky.under_way(), unlucky.counts().begun), (0, 0));
}
