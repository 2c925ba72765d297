//! Rules as they are written on a command line: `2of3`, `majority and no-veto`, `2of(lint,tests) or weight>60%`.

mod compile;
mod expression;
mod named;
mod parse;
mod rule_error;
mod written_rule;

pub(crate) use rule_error::RuleError;
pub(crate) use written_rule::WrittenRule;
