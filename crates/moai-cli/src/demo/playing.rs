//! The story while it is played.

use std::io;
use std::thread::JoinHandle;

use tokio::sync::mpsc::Sender;

use super::beat::{Beat, Verdict};
use super::{scenes, story};
use crate::failure::Failure;

/// The story while it is played, on a thread of its own. **It does not outlive this**: whoever drops it waits for its end, which
/// comes at once when nobody watches any more, and takes with it what the story has begun.
pub(super) struct Playing(Option<JoinHandle<Result<Verdict, Failure>>>);

impl Playing {
    /// # Errors
    ///
    /// When there is no thread for it.
    #[expect(clippy::disallowed_methods, reason = "a program has threads of its own: here one for the story")]
    pub(super) fn begin(seed: u64, beats: Sender<Beat>) -> io::Result<Self> {
        let story = std::thread::Builder::new().name("story".to_owned());
        story.spawn(move || story::play(scenes::ALL, seed, beats)).map(|story| Self(Some(story)))
    }

    /// Waits for its end.
    ///
    /// # Errors
    ///
    /// As [`story::play`], and when it panicked.
    pub(super) fn end(mut self) -> Result<Verdict, Failure> {
        let played = self.0.take().and_then(|story| story.join().ok());
        played.unwrap_or_else(|| {
            Err(Failure::failed("demo.panic", "the demo broke off: this is a bug, please report it"))
        })
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        if let Some(story) = self.0.take() {
            // How it went is not asked any more.
            let _ = story.join();
        }
    }
}
