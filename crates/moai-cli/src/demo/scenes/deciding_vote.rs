//! The decision falls at the deciding vote.

use moai_flow::consensus::{Ask, Choice};
use moai_flow::{agent_id, value};

use super::super::fact::Fact;
use super::super::picture::Mood;
use super::super::stage::{Stage, Upset};
use super::super::troupe::{Line, Troupe, drawn};

/// Four are for it, so at the latest the fourth vote decides.
const LINES: [Line; 5] = [
    Line::new("planner", Choice::For, "the date holds"),
    Line::new("coder", Choice::For, "it builds twice to the same bytes"),
    Line::new("tester", Choice::For, "the tests pass"),
    Line::new("critic", Choice::Against, "the changelog is empty"),
    Line::new("scribe", Choice::For, "the docs are there"),
];

pub(super) async fn play(stage: &Stage) -> Result<(), Upset> {
    let mut troupe = Troupe::new();
    for (line, millis) in drawn(stage, LINES.to_vec()) {
        troupe.votes(stage, line, millis).await?;
    }
    let manager = stage.manager(troupe.swarm.clone(), stage.options(agent_id!("consensus-manager"))).await?;

    let question = value!({"proposal_id": "release-2.0", "question": "ship release 2.0?"});
    let outcome = manager.request_consensus(question, Ask::new()).await?;
    let (members, needed) = (outcome.electorate.len() as u64, outcome.electorate.total_weight() / 2 + 1);
    let at = outcome.decided_at_vote.unwrap_or(0);
    stage.teller.fact(
        Fact::check(
            "decided",
            outcome.is_approved() && outcome.votes_for == needed && outcome.votes_for + outcome.votes_against == at,
            format!("{} at vote {at} of {members}: {} for it, {needed} needed", outcome.decision, outcome.votes_for),
        )
        .with("decision", outcome.decision.as_str())
        .with("at_vote", at)
        .with("votes_for", outcome.votes_for)
        .with("votes_against", outcome.votes_against),
    )?;

    let stopped = troupe.stopped().await;
    stage.teller.look(|picture| {
        for seat in &mut picture.seats {
            if seat.mood == Mood::Waits {
                (seat.mood, seat.says) = (Mood::Stopped, "told to stop".to_owned());
            }
        }
    })?;
    stage.teller.fact(
        Fact::check(
            "saved",
            stopped == outcome.votes_saved && stopped == members - at && stopped > 0,
            format!("{stopped} still thinking, and told to stop: their word could change nothing"),
        )
        .with("votes_saved", outcome.votes_saved),
    )?;
    manager.shutdown().await;
    troupe.leave().await
}
