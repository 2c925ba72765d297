//! Models of one family err together: a rule asks for a second one.

use std::collections::BTreeSet;

use moai_flow::consensus::{
    All, Ask, Choice, Diversity, Elector, Electorate, Entry, Group, Ratio, Rule, RuleAlgorithm, Standing, Status,
    Tally, Threshold, determine,
};
use moai_flow::{AlgorithmName, InvalidInput, agent_id, algorithm_name, value};

use super::super::fact::Fact;
use super::super::stage::{Stage, Upset};
use super::super::troupe::{Line, Troupe, drawn};

/// Under this name the vote of this scene runs.
pub(super) const ALGORITHM: AlgorithmName = algorithm_name!("diverse");

/// Three run on models of one family and two on another. The first three speak first.
const NORTH: [Line; 3] = [
    Line::new("planner", Choice::For, "the log has no errors"),
    Line::new("coder", Choice::For, "the log is clean"),
    Line::new("tester", Choice::For, "nothing in the log"),
];
const SOUTH: [Line; 2] = [
    Line::new("critic", Choice::Against, "the log is empty: logging is off"),
    Line::new("scribe", Choice::For, "it is off on purpose, says the manual"),
];

/// More than half of the members.
fn majority() -> Result<Threshold, InvalidInput> {
    Threshold::more_than(Ratio::HALF)
}

/// The same, and from two families.
fn diverse() -> Result<All, InvalidInput> {
    All::of([majority()?.shared(), Diversity::new(3, 2).shared()])
}

pub(super) fn algorithm() -> Result<RuleAlgorithm, InvalidInput> {
    Ok(RuleAlgorithm::new(diverse()?))
}

pub(super) async fn play(stage: &Stage) -> Result<(), Upset> {
    let (mut troupe, mut electors, mut last) = (Troupe::new(), Vec::new(), 0);
    for (family, lines) in [("north", NORTH.to_vec()), ("south", SOUTH.to_vec())] {
        let before = last;
        for (line, millis) in drawn(stage, lines) {
            last = before + millis;
            electors.push(Elector::new(line.id()?).in_group(Group::new(family)?));
            troupe.votes(stage, line, last).await?;
        }
    }
    let electorate = Electorate::new(electors)?;
    let manager = stage.manager(troupe.swarm.clone(), stage.options(agent_id!("consensus-manager"))).await?;
    manager.register_algorithm(ALGORITHM, algorithm()?)?;
    let begun = stage.journal.head().await?.seq;
    let question = value!({"proposal_id": "remove-logs", "question": "remove the old logs?"});
    let outcome = manager.request_consensus(question, Ask::by(ALGORITHM).among(electorate.clone())).await?;

    // The same ballots again, one by one, under both rules.
    let (plain, plain_families) = decided(stage, begun, &electorate, &majority()?).await?;
    let (at, families) = decided(stage, begun, &electorate, &diverse()?).await?;
    stage.teller.fact(Fact::event("rule", format!("rule: {}", outcome.rule)).with("rule", outcome.rule.as_str()))?;
    stage.teller.fact(
        Fact::check(
            "correlated",
            plain < at && plain_families.len() == 1,
            format!(
                "a plain majority would have passed at vote {plain}, on the word of {} family: {}",
                plain_families.len(),
                plain_families.join(", ")
            ),
        )
        .with("at_vote", plain)
        .with("families", plain_families),
    )?;
    stage.teller.fact(
        Fact::check(
            "second_family",
            outcome.is_approved() && outcome.decided_at_vote == Some(at) && families.len() == 2,
            format!(
                "it was {} at vote {at}, when a second family was for it: {}",
                outcome.decision,
                families.join(", ")
            ),
        )
        .with("decision", outcome.decision.as_str())
        .with("at_vote", at)
        .with("families", families),
    )?;
    manager.shutdown().await;
    troupe.leave().await
}

/// At which vote of what is recorded a rule passes, and which families are for it then.
async fn decided(
    stage: &Stage,
    begun: u64,
    electorate: &Electorate,
    rule: &dyn Rule,
) -> Result<(u64, Vec<String>), Upset> {
    let (mut tally, mut votes, mut families) = (Tally::new(electorate.clone()), 0, BTreeSet::new());
    for record in stage.journal.read(begun + 1, 100).await? {
        let Some(Entry::Ballot(ballot)) = Entry::from_payload(&record.kind, &record.payload)? else { continue };
        let place = electorate.index_of(&ballot.voter).ok_or("a stranger voted")?;
        let standing = if ballot.choice == Choice::For { Standing::For } else { Standing::Against };
        tally.record(place, standing);
        votes += 1;
        if ballot.choice == Choice::For {
            families.extend(electorate.get(place).and_then(|it| it.group.as_ref()).map(|it| it.as_str().to_owned()));
        }
        if determine(rule, &tally).status == Status::Pass {
            return Ok((votes, families.into_iter().collect()));
        }
    }
    Err("it never passes".into())
}
