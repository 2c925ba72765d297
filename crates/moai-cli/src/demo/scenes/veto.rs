//! A person says no with seconds left.

use std::time::Duration;

use moai_flow::consensus::{Ask, Basis, Choice, Elector, Electorate, OnDeadline};
use moai_flow::store::MemoryStore;
use moai_flow::swarm::Agent;
use moai_flow::{
    AgentId, Batch, InvalidInput, KeyRange, MemoryProvider as _, Namespace, StateKey, agent_id, namespace, value,
};

use super::super::fact::{Fact, tenths};
use super::super::stage::{Stage, Upset};
use super::super::troupe::{Line, Troupe, drawn};

/// Nobody is against it.
const LINES: [Line; 5] = [
    Line::new("planner", Choice::For, "it is in the plan"),
    Line::new("coder", Choice::For, "a dry run went through"),
    Line::new("tester", Choice::For, "the backup was tested"),
    Line::new("critic", Choice::For, "no objection for once"),
    Line::new("scribe", Choice::For, "the runbook says so"),
];

/// What would be dropped.
const OLD: [&str; 3] = ["invoices-2014", "invoices-2015", "invoices-2016"];
const TABLES: Namespace = namespace!("tables");

/// The person.
const OWNER: AgentId = agent_id!("owner");

/// For how long a person can say no.
const WINDOW: Duration = Duration::from_secs(30);

pub(super) async fn play(stage: &Stage) -> Result<(), Upset> {
    let mut troupe = Troupe::new();
    for (line, millis) in drawn(stage, LINES.to_vec()) {
        troupe.votes(stage, line, millis).await?;
    }
    troupe.joins(Agent::builder(OWNER)).await?;
    let manager = stage.manager(troupe.swarm.clone(), stage.options(agent_id!("consensus-manager"))).await?;
    let agents = Electorate::of(LINES.iter().map(Line::id).collect::<Result<Vec<_>, _>>()?)?;
    let (store, swarm) = (MemoryStore::new()?, troupe.swarm.swarm_id().clone());
    let put = |batch: Batch, table| Ok::<_, InvalidInput>(batch.put(TABLES, StateKey::new(table)?, "rows"));
    store.commit(&swarm, OLD.into_iter().try_fold(Batch::new(), put)?).await?;
    let question = value!({"proposal_id": "drop-tables", "question": "drop the old tables?"});
    let agreed = manager.request_consensus(question, Ask::new().among(agents)).await?;
    stage.teller.fact(
        Fact::check(
            "agents",
            agreed.is_approved(),
            format!("the agents have {} it; nothing is done for {} s", agreed.decision, WINDOW.as_secs()),
        )
        .with("votes_for", agreed.votes_for),
    )?;

    let owner = Electorate::new([Elector::new(OWNER).with_veto()])?;
    let hold = value!({"proposal_id": "drop-tables.hold", "question": "does a person object?"});
    let ask = Ask::new().among(owner).within(WINDOW).on_deadline(OnDeadline::Approve);
    let mut ticket = manager.open(hold, ask).await?;
    let left = Duration::from_millis(stage.between(1_500, 5_000));
    tokio::time::sleep(WINDOW.saturating_sub(left)).await;
    manager.veto(ticket.proposal().clone(), OWNER, "the tax office wants them until June").await?;
    let held = ticket.outcome().await?;

    let left = WINDOW.saturating_sub(held.duration());
    let millis = u64::try_from(left.as_millis())?;
    stage.teller.fact(
        Fact::check(
            "vetoed",
            held.basis == Basis::Vetoed && !held.is_approved() && !left.is_zero() && left < WINDOW,
            format!("{} by a veto, with {} s left", held.decision, tenths(millis)),
        )
        .with("decision", held.decision.as_str())
        .with("left_ms", millis),
    )?;
    if agreed.is_approved() && held.is_approved() {
        let drop_all = Batch::new().delete_range(TABLES, KeyRange::ALL);
        store.commit(&swarm, drop_all).await?;
    }
    let left = store.list(&swarm, &TABLES, &KeyRange::ALL, None, OLD.len() + 1).await?.entries.len();
    stage.teller.fact(
        Fact::check("not_done", left == OLD.len(), format!("of {} old tables {left} are there", OLD.len()))
            .with("tables", left),
    )?;
    manager.shutdown().await;
    troupe.leave().await
}
