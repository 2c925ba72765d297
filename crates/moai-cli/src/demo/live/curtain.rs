//! The terminal while the show has it.

use std::io::{self, Stdout, stdout};
use std::panic;
use std::sync::{Arc, Mutex, PoisonError};

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{EnterAlternateScreen, enable_raw_mode};

use crate::output::put;

/// What was said by panics while the show had the terminal; nothing when it has not.
type Unsaid = Arc<Mutex<Option<Vec<String>>>>;

/// The terminal while the show has it: **with the end of this it is as it was**, whatever ends it. What a panic has to say in
/// the meantime, on any thread, is said then: it would be painted over.
pub(super) struct Curtain {
    unsaid: Unsaid,
}

impl Curtain {
    /// Takes the terminal.
    ///
    /// # Errors
    ///
    /// When it is none. Then it is as it was.
    pub(super) fn up() -> io::Result<(Self, Terminal<CrosstermBackend<Stdout>>)> {
        let unsaid: Unsaid = Arc::new(Mutex::new(Some(Vec::new())));
        let (kept, before) = (unsaid.clone(), panic::take_hook());
        panic::set_hook(Box::new(move |info| match kept.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            Some(unsaid) => unsaid.push(info.to_string()),
            None => before(info),
        }));
        let curtain = Self { unsaid };
        enable_raw_mode()?;
        execute!(stdout(), EnterAlternateScreen)?;
        Ok((curtain, Terminal::new(CrosstermBackend::new(stdout()))?))
    }
}

impl Drop for Curtain {
    fn drop(&mut self) {
        ratatui::restore();
        let unsaid = self.unsaid.lock().unwrap_or_else(PoisonError::into_inner).take();
        for said in unsaid.into_iter().flatten() {
            put(&format!("{said}\n"));
        }
    }
}
