//! Three agents answer a question; the answers are kept in memory and recorded in a journal that verifies.

use moai_flow::store::{MemoryJournal, MemoryStore};
use moai_flow::{
    AgentId, Batch, Clock, Coordinator, CorrelationId, Envelope, Journal, LocalCoordinator, Mailbox, MemoryProvider,
    NewRecord, Role, StateKey, SystemChance, SystemClock, agent_id, message_kind, namespace, record_kind, swarm_id,
    verify_journal,
};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    pollster::block_on(run())
}

async fn run() -> Outcome<()> {
    let swarm = LocalCoordinator::new(swarm_id!("swarm-001"));
    let mut asker = swarm.join(agent_id!("asker"), Role::Service).await?;
    let mut agents = Vec::new();
    for (name, answer) in [("agent-1", "yes"), ("agent-2", "yes"), ("agent-3", "no")] {
        agents.push((swarm.join(AgentId::new(name)?, Role::Member).await?, answer));
    }

    let asked = CorrelationId::draw(&SystemChance)?;
    let question = Envelope::new(
        swarm.swarm_id().clone(),
        asker.owner().clone(),
        message_kind!("question"),
        asked,
        "deploy v2.0?",
    );
    let delivered = swarm.broadcast(question, &[]).await?;
    println!("asked {} agents", delivered.ids.len());
    assert!(delivered.refused.is_empty());

    for (mailbox, answer) in &mut agents {
        reply(&swarm, mailbox.as_mut(), answer).await?;
    }

    let (memory, journal) = (MemoryStore::new()?, MemoryJournal::new());
    for _ in &delivered.ids {
        let answer = asker.recv().await.ok_or("the asker was taken out")?;
        assert_eq!(answer.correlation(), asked);
        let said = NewRecord::new(record_kind!("answer"), SystemClock.now(), answer.payload().clone());
        journal.append(vec![said]).await?;
        let key = StateKey::new(answer.sender())?;
        let batch = Batch::new().put(namespace!("answers"), key, answer.payload().clone());
        let version = memory.commit(swarm.swarm_id(), batch).await?.last;
        println!("{} says {}: version {version}", answer.sender(), String::from_utf8_lossy(answer.payload()));
    }

    let changes = memory.changes(swarm.swarm_id(), None, 100).await?;
    println!("{} changes since the beginning", changes.happened.len());
    assert_eq!(changes.happened.len(), 3);

    let head = verify_journal(&journal, None).await?;
    println!("the journal holds {} records and verifies", head.seq);
    assert_eq!(head.seq, 3);
    Ok(())
}

/// What an agent does: takes the question, and answers whoever asked.
async fn reply(swarm: &dyn Coordinator, mailbox: &mut dyn Mailbox, answer: &'static str) -> Outcome<()> {
    let question = mailbox.recv().await.ok_or("the agent was taken out")?;
    let answer = question.reply(mailbox.owner().clone(), message_kind!("answer"), answer);
    swarm.send(question.sender(), answer).await?;
    Ok(())
}
