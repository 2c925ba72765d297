//! A rule as it was written.

use moai_flow::consensus::{
    Algorithm, Electorate, Extremes, FinalTally, Measure, OpenError, Opening, Parts, Ratio, Rule, RuleAlgorithm,
    Session, SharedRule, Why,
};
use moai_flow::{AlgorithmName, InvalidInput};
use sha2::{Digest as _, Sha256};

use super::compile::compile;
use super::expression::Expression;
use super::{RuleError, parse};

/// A rule as it was written. As an algorithm it reads the text for whoever may vote, so that it is known by its text alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WrittenRule {
    text: String,
    whole: Expression,
}

impl WrittenRule {
    /// Reads a rule.
    ///
    /// # Errors
    ///
    /// What cannot be read, and where.
    pub(crate) fn read(text: &str) -> Result<Self, RuleError> {
        let text = text.trim();
        Ok(Self { text: text.into(), whole: parse::parse(text)? })
    }

    /// As it was written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The rule for these voters.
    ///
    /// # Errors
    ///
    /// What does not fit them, and where it stands.
    pub(crate) fn for_voters(&self, electorate: &Electorate) -> Result<SharedRule, RuleError> {
        compile(&self.text, &self.whole, electorate)
    }

    /// Under which name votes by it are opened: the same text has the same name everywhere.
    ///
    /// # Errors
    ///
    /// None: it is a name.
    pub(crate) fn name(&self) -> Result<AlgorithmName, InvalidInput> {
        let digest = Sha256::digest(self.text.as_bytes());
        let hex: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        AlgorithmName::new(format!("rule-{hex}"))
    }
}

impl Algorithm for WrittenRule {
    fn open(&self, opening: Opening) -> Result<Box<dyn Session>, OpenError> {
        let malformed = |why: RuleError| InvalidInput::Malformed { field: "rule", why: why.to_string() };
        let rule = self.for_voters(&opening.electorate).map_err(malformed)?;
        RuleAlgorithm::new(Compiled(rule)).open(opening)
    }
}

/// The compiled rule, as one.
struct Compiled(SharedRule);

impl Rule for Compiled {
    fn holds(&self, tally: &FinalTally<'_>) -> Result<(), Why> {
        self.0.holds(tally)
    }

    fn words(&self) -> String {
        self.0.words()
    }

    fn words_for(&self, electorate: &Electorate) -> String {
        self.0.words_for(electorate)
    }

    fn threshold(&self) -> Option<Ratio> {
        self.0.threshold()
    }

    fn measure(&self) -> Measure {
        self.0.measure()
    }

    fn extremes(&self) -> Extremes {
        self.0.extremes()
    }

    fn parts(&self) -> Parts<'_> {
        self.0.parts()
    }
}
