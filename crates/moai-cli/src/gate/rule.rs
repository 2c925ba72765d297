//! Temporary: the rule language is being written.

use moai_flow::AlgorithmName;
use moai_flow::consensus::RuleAlgorithm;

pub(crate) fn algorithm(_text: &str) -> Option<(AlgorithmName, RuleAlgorithm)> {
    None
}
