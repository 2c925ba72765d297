//! A process that is started again whenever it has crashed.

use std::pin::pin;
use std::time::Duration;

use tokio::task::JoinHandle;

use super::{Ground, Life};
use crate::{Seeds, Violation};

/// How long a process whose disk failed goes on before somebody restarts it, in milliseconds.
const NOTICED: u64 = 20;

/// Runs a process that is started again whenever it has crashed, or has ended by itself: `live` is one life of it. It crashes
/// at these times, and where its [`Life`] says so. It ends when the handle is dropped with the runtime.
///
/// What `live` holds goes with the crash; what it has begun elsewhere goes on, and reaches nobody.
pub fn process<F, L>(ground: &Ground, mut seeds: Seeds, crashes: Vec<Duration>, mut live: F) -> JoinHandle<()>
where
    F: FnMut(Life) -> L + Send + 'static,
    L: Future<Output = ()> + Send,
{
    let ground = ground.clone();
    let mut crashes = crashes.into_iter().peekable();
    let lives = async move {
        loop {
            while crashes.next_if(|at| *at <= ground.now()).is_some() {}
            let (life, next) = (Life::new(), crashes.peek().copied());
            {
                let mut running = pin!(live(life.clone()));
                let goes_on = tokio::select! {
                    biased;
                    () = life.ended() => !life.is_over(),
                    () = planned(&ground, next) => {
                        ground.fault("a process crashed");
                        false
                    }
                    () = &mut running => {
                        ground.reach("a process ended by itself");
                        false
                    }
                };
                if goes_on {
                    tokio::select! {
                        biased;
                        () = tokio::time::sleep(Duration::from_millis(1 + seeds.below(NOTICED))) => {}
                        () = &mut running => {}
                    }
                }
                life.crash();
            }
            life.bury().await;
            tokio::time::sleep(Duration::from_millis(1 + seeds.below(100))).await;
            ground.reach("a process was started again");
        }
    };
    tokio::runtime::Handle::current().spawn(lives)
}

async fn planned(ground: &Ground, at: Option<Duration>) {
    match at {
        Some(at) => ground.until(at).await,
        None => std::future::pending().await,
    }
}

/// Waits for a process that never ends; when it does, something in it has panicked.
pub async fn watch(ground: &Ground, name: &str, process: JoinHandle<()>) {
    if let Err(why) = process.await {
        ground.broke(Violation::new("nothing panics", format!("{name}: {why}")));
    }
}
