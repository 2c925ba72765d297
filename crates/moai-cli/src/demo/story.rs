//! The story: scenes, one after the other.

use std::pin::Pin;

use tokio::sync::mpsc::Sender;

use super::beat::{Beat, Title, Verdict};
use super::fact::Fact;
use super::stage::{Stage, Upset};
use super::teller::Unwatched;
use crate::failure::Failure;

/// One scene.
pub(super) struct Scene {
    pub(super) title: &'static str,
    /// What it shows, in one line.
    pub(super) shows: &'static str,
    pub(super) play: Play,
}

/// Plays it: its facts are checked where they are told.
type Play = for<'a> fn(&'a Stage) -> Pin<Box<dyn Future<Output = Result<(), Upset>> + 'a>>;

/// Plays scenes on a thread whose time goes on when everybody waits, and says how it went.
///
/// # Errors
///
/// When there is no stage. What goes wrong in a scene is a fact that does not hold.
pub(super) fn play(scenes: &[Scene], seed: u64, beats: Sender<Beat>) -> Result<Verdict, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.map_err(|why| Failure::failed("demo.runtime", format!("the demo cannot begin: {why}")))?;
    runtime.block_on(async {
        let stage = Stage::new(seed, beats)?;
        for (scene, number) in scenes.iter().zip(1..) {
            let title = Title { number, of: scenes.len(), title: scene.title, shows: scene.shows };
            let played = match stage.scene(title) {
                Ok(()) => (scene.play)(&stage).await,
                Err(why) => Err(why),
            };
            match played {
                Ok(()) => {}
                Err(why) if why.is::<Unwatched>() => break,
                Err(why) => {
                    let broke = Fact::check("scene", false, format!("the scene breaks off: {why}"));
                    if stage.teller.fact(broke).is_err() {
                        break;
                    }
                }
            }
        }
        Ok(stage.teller.end())
    })
}
