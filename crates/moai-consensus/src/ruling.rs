//! How a vote is decided, as its voters are told.

use std::sync::Arc;

use moai_core::{Digest, DigestBuilder};

use crate::Rule;

/// How a vote is decided, as its voters are told: the rule in words, and how many rounds there are. Its digest stands in every
/// ballot, so whoever is asked can work out what it is about to sign for.
///
/// ```
/// use moai_consensus::{Ruling, Threshold};
///
/// let majority = Ruling::of(&Threshold::MAJORITY);
/// assert_eq!((majority.words(), majority.rounds()), ("more than 1/2 of members", 1));
/// assert_eq!(majority.digest(), Ruling::new("more than 1/2 of members").digest());
/// assert_ne!(majority.digest(), Ruling::new("more than 1/2 of members").over(3).digest());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling {
    words: Arc<str>,
    rounds: u32,
}

impl Ruling {
    /// A vote of one round under the rule that has these words, and no other rule has.
    #[must_use]
    pub fn new(words: impl Into<Arc<str>>) -> Self {
        Self { words: words.into(), rounds: 1 }
    }

    /// A vote of one round under this rule.
    #[must_use]
    pub fn of(rule: &(impl Rule + ?Sized)) -> Self {
        Self::new(rule.words())
    }

    /// The same over so many rounds; 0 counts as 1.
    #[must_use]
    pub fn over(mut self, rounds: u32) -> Self {
        self.rounds = rounds.max(1);
        self
    }

    /// The rule in words.
    #[must_use]
    pub fn words(&self) -> &str {
        &self.words
    }

    /// In how many rounds a voter may be asked.
    #[must_use]
    pub const fn rounds(&self) -> u32 {
        self.rounds
    }

    /// What stands for it in ballots: SHA-256 by [`DigestBuilder`] under the domain `moai/rule/1` of the words and, where there is
    /// more than one round, their number.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let words = DigestBuilder::new("moai/rule/1").text(&self.words);
        if self.rounds == 1 { words.finish() } else { words.u64(self.rounds.into()).finish() }
    }
}
