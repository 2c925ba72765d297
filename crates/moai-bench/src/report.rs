//! What was asked for, and what came out.

use std::io::{Write as _, stdout};

use crate::row::Row;
use crate::unit::Unit;

/// Prints each row as soon as it is known, and keeps the missed bars for the end.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) area: &'static str,
    /// Few rounds: enough to see whether a row runs, and about where it lies.
    pub(crate) quick: bool,
    pub(crate) json: bool,
    /// Only rows whose names hold this.
    pub(crate) only: Option<String>,
    missed: Vec<String>,
}

impl Report {
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|only| name.contains(only))
    }

    /// What is simulated comes out the same each time, and bytes do but for what a first call leaves behind.
    pub(crate) fn rounds(&self, unit: Unit) -> usize {
        match unit {
            Unit::Simulated | Unit::PerHour | Unit::Messages => 1,
            Unit::Time if !self.quick => 11,
            Unit::Time | Unit::Bytes => 3,
        }
    }

    pub(crate) fn print(&mut self, row: &Row) {
        println!("{}", if self.json { row.json() } else { row.text() });
        // Into a pipe, lines would otherwise wait for each other.
        let _ = stdout().flush();
        if let Some(bar) = row.missed() {
            self.missed.push(format!("{} (bar {bar})", row.text()));
        }
    }

    /// Says which bars were missed: a missed bar is reported, it fails nothing.
    pub(crate) fn end(&self) {
        if !self.missed.is_empty() {
            eprintln!("\nmissed:\n  {}", self.missed.join("\n  "));
        }
    }
}
