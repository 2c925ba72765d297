//! The verdict of a record, worked out anew.

use std::collections::BTreeMap;

use moai_consensus::one_shot::{Message, Record, Setting};
use moai_consensus::{Choice, Decision, Standing, Status, Tally, determine};

use super::{Keys, Ruling};
use crate::Violation;
use crate::invariant::exact_tally;

/// That a record's verdict follows from what stands in it, and that it did not expire too early: with `ended` as the time
/// at which somebody decided first, and clocks that are ahead by less than `ahead`.
pub(super) fn follows(
    record: &Record,
    setting: &Setting,
    keys: &Keys,
    ruling: Ruling,
    ended: i64,
    ahead: i64,
) -> Result<(), Violation> {
    let mut choices: BTreeMap<u32, Vec<Option<Choice>>> = BTreeMap::new();
    for said in record.said() {
        let verifies = said.verify(setting, keys.verifier().as_ref()).is_ok();
        let Ok(Message::Statement(statement)) = said.message() else {
            return Err(Violation::new("exact tally", "what stands in a record is no statement"));
        };
        if !verifies {
            return Err(Violation::new("exact tally", format!("{} has not signed what is counted", said.by())));
        }
        choices.entry(said.by()).or_default().push(statement.choice);
    }
    let mut tally = Tally::new(setting.electorate().clone());
    for (place, said) in &choices {
        match said.as_slice() {
            [Some(choice)] => tally.record(*place as usize, (*choice).into()),
            [None] => continue,
            _ => tally.record(*place as usize, Standing::Spoiled),
        };
    }
    let rule = ruling.rule().map_err(|why| Violation::new("a plan fits", why.to_string()))?;
    let verdict = match determine(rule.as_ref(), &tally).status {
        Status::Pass => Decision::Approved,
        Status::Fail => Decision::Rejected,
        Status::Open => Decision::Timeout,
    };
    exact_tally(&record.verdict(), &verdict)?;
    if verdict == Decision::Timeout {
        let electors = setting.electorate().electors();
        let weight = |place: &u32| electors.get(*place as usize).map_or(0, |elector| elector.weight);
        if choices.keys().map(weight).sum::<u64>() < setting.honest() {
            return Err(Violation::new("exact tally", "it expired, and too few were asked"));
        }
        if ended.saturating_add(ahead) < setting.deadline().unix_micros() {
            return Err(Violation::new("exact tally", "it expired before the deadline"));
        }
    }
    Ok(())
}
