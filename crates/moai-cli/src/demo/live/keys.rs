//! What somebody presses.

use std::io;
use std::time::Duration;

use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};

/// What somebody presses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Pause,
    Next,
    Quit,
    Interrupt,
    Any,
}

/// What was pressed and not looked at yet; nothing if there is nothing.
pub(super) fn pressed() -> io::Result<Option<Key>> {
    while event::poll(Duration::ZERO)? {
        if let Event::Key(key) = event::read()?
            && key.kind == KeyEventKind::Press
        {
            return Ok(Some(match key.code {
                KeyCode::Char('c' | 'C') if key.modifiers.contains(KeyModifiers::CONTROL) => Key::Interrupt,
                KeyCode::Char('q' | 'Q') | KeyCode::Esc => Key::Quit,
                KeyCode::Char(' ') => Key::Pause,
                KeyCode::Char('n' | 'N') | KeyCode::Right => Key::Next,
                _ => Key::Any,
            }));
        }
    }
    Ok(None)
}
