//! One-shot agreement, model-checked over millions of states.

use crate::cargo;
use crate::step::Step;

pub(crate) fn campaign() -> Vec<Step> {
    let command = &["test", "--locked", "-p", "moai-consensus", "--all-features", "--test", "model"];
    let advice = "some order of events breaks what one-shot agreement promises: the path that is named shows which";
    vec![cargo::step_with("a model check of one-shot agreement", command, &[("MOAI_MODEL", "full")], advice)]
}
