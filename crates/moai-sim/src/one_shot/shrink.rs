//! Smaller plans.

use moai_consensus::Choice;

use super::{Lie, Plan, Ruling};

impl Plan {
    /// Plans that lack something of this one.
    #[must_use]
    pub fn smaller(&self) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for place in self.liars.keys() {
            let mut honest = self.clone();
            honest.liars.remove(place);
            all.push(honest);
        }
        for place in self.liars.keys() {
            let mut silent = self.clone();
            silent.liars.insert(*place, Lie::Silent);
            all.push(silent);
        }
        all.extend(self.mix.smaller().into_iter().map(|mix| Self { mix, ..self.clone() }));
        let ones = self.weights.iter().map(|_| 1).collect();
        // Only if it can still bear as much.
        if u64::from(self.members()) > 3 * self.faults {
            all.push(Self { weights: ones, ..self.clone() });
        }
        all.push(Self { ruling: Ruling::Half, ..self.clone() });
        let votes = self.votes.iter().map(|(_, when)| (Choice::For, *when)).collect();
        all.push(Self { votes, ..self.clone() });
        let votes = self.votes.iter().map(|(choice, _)| (*choice, 0)).collect();
        all.push(Self { votes, ..self.clone() });
        all.retain(|smaller| smaller != self);
        all
    }
}
