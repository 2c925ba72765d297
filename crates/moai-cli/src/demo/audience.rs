//! Somebody who watches, in tests.

use tokio::sync::mpsc;

use super::beat::{Beat, Verdict};
use super::story::{Scene, play};

/// Plays scenes for somebody who takes in so many beats and leaves.
#[expect(clippy::disallowed_methods, reason = "the story has a thread of its own, as in the program")]
pub(super) fn played(scenes: &'static [Scene], seed: u64, most: usize) -> (Verdict, Vec<Beat>) {
    let (beats, mut told) = mpsc::channel(1);
    let story = std::thread::spawn(move || play(scenes, seed, beats));
    let mut heard = Vec::new();
    while let Some(beat) = (heard.len() < most).then(|| told.blocking_recv()).flatten() {
        heard.push(beat);
    }
    drop(told);
    (story.join().unwrap().unwrap(), heard)
}
