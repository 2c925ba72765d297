//! The live view: agents and what they say on the left, facts on the right, the scene below.

mod curtain;
mod keys;
mod network;
mod screen;
mod theme;

use std::io;
use std::time::Duration;

use ratatui::DefaultTerminal;
use tokio::sync::mpsc::Receiver;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::time::Instant;

use super::beat::Beat;
use super::{pace, plain};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupts::Interrupts;
use curtain::Curtain;
use keys::Key;
use screen::Screen;
use theme::Theme;

/// How often keys are looked at.
const TICK: Duration = Duration::from_millis(40);

/// How long the end is shown, unless somebody presses a key.
const END: Duration = Duration::from_secs(3);

/// Shows the story to its end or until whoever watches leaves: then how the program ends.
///
/// # Errors
///
/// When the terminal fails.
pub(super) async fn show(
    seed: u64,
    told: Receiver<Beat>,
    interrupts: &mut Interrupts,
) -> Result<Option<Exit>, Failure> {
    let failed = |why: io::Error| {
        Failure::failed("demo.terminal", format!("the terminal fails: {why}")).and_then("try: moai demo --plain")
    };
    let mut screen = Screen::new(seed, Theme::of_environment());
    let (curtain, terminal) = Curtain::up().map_err(failed)?;
    let left = watched(&mut screen, terminal, told, interrupts).await;
    drop(curtain);
    let left = left.map_err(failed)?;
    if let Some(verdict) = screen.verdict() {
        plain::write(&mut io::stdout(), &Beat::End(verdict)).map_err(failed)?;
    }
    Ok(left)
}

async fn watched(
    screen: &mut Screen,
    mut terminal: DefaultTerminal,
    mut told: Receiver<Beat>,
    interrupts: &mut Interrupts,
) -> io::Result<Option<Exit>> {
    let mut due = Instant::now();
    loop {
        if told.is_closed() && told.is_empty() && screen.verdict().is_none() {
            return Ok(None); // It broke off.
        }
        while let Some(key) = keys::pressed()? {
            match key {
                Key::Interrupt => return Ok(Some(Exit::Interrupted(2))),
                Key::Any | Key::Pause | Key::Next | Key::Quit if screen.verdict().is_some() => return Ok(None),
                Key::Quit => return Ok(Some(Exit::Done)),
                Key::Pause => screen.pause(),
                Key::Next => screen.skip(),
                Key::Any => {}
            }
        }
        while !screen.is_paused() && (screen.is_skipping() || due <= Instant::now()) {
            match told.try_recv() {
                Ok(beat) => {
                    let is_end = matches!(beat, Beat::End(_));
                    due = Instant::now() + if is_end { END } else { pace::pause(&beat) };
                    screen.take(beat);
                }
                Err(TryRecvError::Disconnected) => return Ok(None),
                Err(TryRecvError::Empty) => break,
            }
        }
        terminal.draw(|frame| screen.draw(frame))?;
        tokio::select! {
            biased;
            signal = interrupts.next() => return Ok(Some(Exit::Interrupted(signal))),
            () = tokio::time::sleep(TICK) => {}
        }
    }
}
