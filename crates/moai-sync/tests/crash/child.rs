//! The program that is killed: a swarm in one process, over a file.

#![allow(clippy::disallowed_methods, reason = "each agent is a task")]

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use moai_core::{
    AgentId, Coordinator, Handled, Handler, LocalCoordinator, MemoryProvider, Role, StateKey, Version, swarm_id,
};
use moai_store::{CachedStore, SqliteStore};
use moai_sync::{ConflictResolver, Replica, ReplicaHandler, SharedState, StateChange, StateSynchronizer};

const AGENTS: usize = 3;

/// Takes the path of the file and the number of this life: it tells agents and words of one life from another's. It writes
/// for ever.
pub(crate) fn run(words: &[String]) -> ExitCode {
    let life: u64 = words[1].parse().unwrap();
    let store = match SqliteStore::open(Path::new(&words[0])) {
        Ok(store) => Arc::new(store),
        Err(error) => {
            say(&format!("failed to open: {error}"));
            return ExitCode::FAILURE;
        }
    };
    // Every other life has a cache before the file.
    let memory: Arc<dyn MemoryProvider> =
        if life.is_multiple_of(2) { store } else { Arc::new(CachedStore::new(store, 1 << 16)) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let Err(why) = runtime.block_on(live(memory, life));
    say(&format!("failed: {why}"));
    ExitCode::FAILURE
}

type Never = Result<std::convert::Infallible, String>;

struct Life {
    number: u64,
    swarm: Arc<LocalCoordinator>,
    synchronizer: StateSynchronizer,
    agents: Vec<Replica>,
}

async fn live(memory: Arc<dyn MemoryProvider>, number: u64) -> Never {
    let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
    let synchronizer = StateSynchronizer::new(swarm.clone(), memory, ConflictResolver::crdt()).await.map_err(text)?;
    let mut agents = Vec::new();
    for agent in 0..AGENTS {
        let replica = Replica::new(AgentId::new(format!("agent-{number}-{agent}")).map_err(text)?);
        join(&swarm, &replica).await?;
        agents.push(replica);
    }
    say("open");
    let life = Life { number, swarm, synchronizer, agents };
    tokio::select! {
        biased;
        why = life.counts() => why,
        why = life.gathers() => why,
        why = life.clears() => why,
    }
}

/// An agent that answers at once, from now on.
async fn join(swarm: &Arc<LocalCoordinator>, replica: &Replica) -> Result<(), String> {
    let mut mailbox = swarm.join(replica.agent().clone(), Role::Member).await.map_err(text)?;
    let (mut half, swarm) = (ReplicaHandler::new(swarm_id!("swarm-001"), replica.clone()), swarm.clone());
    tokio::spawn(async move {
        while let Some(envelope) = mailbox.recv().await {
            let Handled::Done(outgoing) = half.handle(&envelope) else { continue };
            for outgoing in outgoing {
                let _ = swarm.send(&outgoing.to, outgoing.envelope).await;
            }
        }
    });
    Ok(())
}

impl Life {
    /// A sum and a register, and now and then what changed since the last time.
    async fn counts(&self) -> Never {
        let mut since = Version::ZERO;
        for number in 1.. {
            let agent = self.agent(number);
            agent.contribute(&key("count"), i64::try_from(number).map_err(text)?).map_err(text)?;
            self.settle("count").await?;
            agent.put(&key("leader"), self.word(number)).map_err(text)?;
            self.settle("leader").await?;
            if number.is_multiple_of(4) {
                loop {
                    let delta = self.synchronizer.delta_sync(since).await.map_err(text)?;
                    since = delta.next.version;
                    if !delta.more {
                        break;
                    }
                }
                say(&format!("cursor {since}"));
            }
        }
        Err("it has counted to the end".to_owned())
    }

    /// A set that grows.
    async fn gathers(&self) -> Never {
        for number in 1.. {
            self.agent(number).add(&key("tasks"), self.word(number)).map_err(text)?;
            self.settle("tasks").await?;
        }
        Err("it has gathered everything".to_owned())
    }

    /// A set that is cleared and written again, and registers that are cleared for good. One agent knows the set as it was
    /// before it was first cleared, and says so afterwards.
    async fn clears(&self) -> Never {
        let sleeper = Replica::new(AgentId::new(format!("sleeper-{}", self.number)).map_err(text)?);
        for number in 1.. {
            if number == 3 {
                let state = self.synchronizer.get_state(&key("again")).await.map_err(text)?;
                sleeper.apply(state.map(|state| StateChange::Put(SharedState::from(state))));
            }
            if number == 4 {
                join(&self.swarm, &sleeper).await?;
            }
            self.agent(number).add(&key("again"), self.word(number)).map_err(text)?;
            self.settle("again").await?;
            if number.is_multiple_of(3) {
                let old = format!("old-{}", self.word(number));
                self.agent(number).put(&key(&old), self.word(number)).map_err(text)?;
                self.settle(&old).await?;
                self.clear(&old).await?;
                self.clear("again").await?;
            }
        }
        Err("it has cleared everything".to_owned())
    }

    async fn settle(&self, name: &str) -> Result<(), String> {
        let report = self.synchronizer.synchronize_state(&key(name)).await.map_err(text)?;
        let state = report.state.ok_or_else(|| format!("{name} was written, and is not there"))?;
        let value = serde_json::to_string(&state.value).map_err(text)?;
        say(&format!("holds {name} {} {value}", state.version));
        Ok(())
    }

    /// Says so before as well: whoever is killed between the two may have cleared it or not.
    async fn clear(&self, name: &str) -> Result<(), String> {
        say(&format!("clearing {name}"));
        let version = self.synchronizer.clear_state(&key(name)).await.map_err(text)?;
        say(&format!("cleared {name} {version}"));
        // The agents hear of it.
        let report = self.synchronizer.synchronize_state(&key(name)).await.map_err(text)?;
        report.state.map_or(Ok(()), |state| Err(format!("{name} was cleared, and holds {:?}", state.value)))
    }

    fn agent(&self, number: u64) -> &Replica {
        &self.agents[usize::try_from(number).unwrap() % AGENTS]
    }

    /// A word that is written once, and sorts behind all before it.
    fn word(&self, number: u64) -> String {
        format!("{:04}-{number:06}", self.number)
    }
}

fn key(name: &str) -> StateKey {
    StateKey::new(name).unwrap()
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// One line, in one piece.
fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    let _ = output.write_all(format!("{line}\n").as_bytes()).and_then(|()| output.flush());
}
