//! The story: scenes, one after the other.

use std::pin::Pin;

use tokio::sync::mpsc::Sender;

use super::beat::{Beat, Title, Verdict};
use super::fact::Fact;
use super::picture::Picture;
use super::stage::{Stage, Upset};
use super::teller::Unwatched;
use crate::failure::Failure;

/// One scene.
pub(super) struct Scene {
    pub(super) title: &'static str,
    /// What it shows, in one line.
    pub(super) shows: &'static str,
    /// Who is there.
    pub(super) seats: &'static [&'static str],
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
            let picture = Picture::of(scene.seats.iter().copied());
            let title = Title { number, of: scenes.len(), title: scene.title, shows: scene.shows, picture };
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

#[cfg(test)]
mod tests {
    use super::super::audience::played;
    use super::super::scenes::ALL;
    use super::*;

    const fn scene(play: Play) -> Scene {
        Scene { title: "a scene", shows: "what it shows", seats: &["agent-1"], play }
    }

    async fn fails(stage: &Stage) -> Result<(), Upset> {
        Ok(stage.teller.fact(Fact::check("even", 1_u32.is_multiple_of(2), "1 is even"))?)
    }

    async fn breaks_off(_stage: &Stage) -> Result<(), Upset> {
        Err("the swarm is gone".into())
    }

    #[test]
    fn a_fact_that_does_not_hold_passes() {
        let (verdict, heard) = played(const { &[scene(|stage| Box::pin(fails(stage)))] }, 7, 100);
        assert_eq!((verdict.checked, verdict.failed, verdict.holds()), (1, 1, false));
        assert_eq!(heard.last(), Some(&Beat::End(verdict)));
        assert!(verdict.words().contains("NOT"));
    }

    #[test]
    fn a_scene_that_breaks_off_passes_or_takes_the_next_one_with_it() {
        const SCENES: &[Scene] = &[scene(|stage| Box::pin(breaks_off(stage))), scene(|stage| Box::pin(fails(stage)))];
        let (verdict, heard) = played(SCENES, 7, 100);
        assert_eq!((verdict.checked, verdict.failed), (2, 2));
        let told = |words: &str| heard.iter().any(|beat| matches!(beat, Beat::Fact(fact) if fact.text.contains(words)));
        assert!(told("the swarm is gone") && told("1 is even"));
    }

    #[test]
    fn a_story_without_a_single_fact_passes() {
        let (verdict, _) = played(&[], 7, 100);
        assert!(!verdict.holds());
    }

    #[test]
    fn a_story_goes_on_when_nobody_watches() {
        let (verdict, heard) = played(ALL, 7, 5);
        assert_eq!(heard.len(), 5);
        assert!(verdict.checked < 5 && !verdict.holds());
    }
}
