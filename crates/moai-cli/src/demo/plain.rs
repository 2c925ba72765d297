//! The show as lines of text.

use std::io::{self, Write};

use super::beat::Beat;
use super::wrapped::wrapped;

/// How wide a line is at the most.
const WIDTH: usize = 80;
/// Where the text of a line begins.
const INDENT: usize = 10;

/// Writes a beat as text.
///
/// # Errors
///
/// When it cannot be written.
pub(super) fn write(out: &mut impl Write, beat: &Beat) -> io::Result<()> {
    match beat {
        Beat::Scene(title) => {
            writeln!(out, "\n{} of {}  {}\n  {}\n", title.number, title.of, title.title, title.shows)?
        }
        Beat::Look(_) => {}
        Beat::Fact(fact) => {
            let mark = fact.mark();
            for (line, number) in wrapped(&fact.text, WIDTH - INDENT).iter().zip(0..) {
                let before = if number == 0 { mark.as_str() } else { "" };
                writeln!(out, "{before:>8}  {line}")?;
            }
        }
        Beat::End(verdict) => {
            writeln!(out, "\n{}", verdict.words())?;
            if let Some(head) = verdict.head.filter(|_| verdict.holds()) {
                writeln!(out, "The head of its journal:\n  {head}")?;
                writeln!(out, "\n{}", super::NEXT)?;
            }
        }
    }
    out.flush()
}

/// Writes what does not hold, and nothing else.
///
/// # Errors
///
/// When it cannot be written.
pub(super) fn write_failures(out: &mut impl Write, beat: &Beat) -> io::Result<()> {
    match beat {
        Beat::Fact(fact) if fact.holds == Some(false) => writeln!(out, "scene {}: {}", fact.scene, fact.text),
        Beat::End(verdict) if !verdict.holds() => writeln!(out, "{}", verdict.words()),
        _ => Ok(()),
    }
}

/// Writes a beat as JSON, one object a line; nothing for what is only to be looked at.
///
/// # Errors
///
/// When it cannot be written.
pub(super) fn write_json(out: &mut impl Write, beat: &Beat) -> io::Result<()> {
    match beat {
        Beat::Scene(_) | Beat::Look(_) => return Ok(()),
        Beat::Fact(fact) => serde_json::to_writer(&mut *out, fact)?,
        Beat::End(verdict) => {
            let head = verdict.head.map(|head| head.to_string());
            let (checked, failed) = (verdict.checked, verdict.failed);
            let end = serde_json::json!({
                "fact": "end", "checked": checked, "failed": failed, "holds": verdict.holds(), "head": head,
            });
            serde_json::to_writer(&mut *out, &end)?;
        }
    }
    writeln!(out)?;
    out.flush()
}
