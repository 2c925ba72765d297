//! The colours.

use std::env;

use ratatui::style::{Color, Modifier, Style};

use super::super::picture::Mood;

/// The colours: those of the terminal, a few of them, or none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Theme {
    is_coloured: bool,
}

impl Theme {
    /// None where `NO_COLOR` says something.
    pub(super) fn of_environment() -> Self {
        Self { is_coloured: env::var_os("NO_COLOR").is_none_or(|no| no.is_empty()) }
    }

    /// For tests.
    #[cfg(test)]
    pub(super) const fn new(is_coloured: bool) -> Self {
        Self { is_coloured }
    }

    pub(super) fn colour(self, colour: Color) -> Style {
        if self.is_coloured { Style::new().fg(colour) } else { Style::new() }
    }

    /// What is not in the foreground.
    pub(super) fn quiet(self) -> Style {
        if self.is_coloured { Style::new().fg(Color::DarkGray) } else { Style::new().add_modifier(Modifier::DIM) }
    }

    pub(super) fn loud(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    pub(super) fn wire(self) -> Color {
        if self.is_coloured { Color::DarkGray } else { Color::Reset }
    }

    pub(super) fn mood(self, mood: Mood) -> Style {
        match mood {
            Mood::Waits | Mood::Stopped | Mood::Gone => self.quiet(),
            Mood::For => self.colour(Color::Green),
            Mood::Against => self.colour(Color::Red),
            Mood::Lied => self.colour(Color::Magenta).add_modifier(Modifier::BOLD),
        }
    }
}
