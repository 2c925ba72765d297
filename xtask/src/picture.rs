//! `cargo xtask picture`: draws `docs/demo.svg` from what the demo prints.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use crate::cargo;
use crate::step::{Outcome, Step, run_all};

const PATH: &str = "docs/demo.svg";
const DEMO: &[&str] = &["run", "-q", "-p", "moai-cli", "--", "demo", "--plain", "--fast"];

/// The scenes that are shown, by how they begin; all of them are too long for a picture.
const SCENES: &[&str] = &["2 of 7", "4 of 7"];

/// The size of a cell, and the room around all of them.
const CELL: u32 = 8;
const LINE: u32 = 18;
const AIR: u32 = 20;

pub(crate) fn run() -> ExitCode {
    run_all(vec![Step::new("picture of the demo", "make the demo run first: cargo run -p moai-cli -- demo", draw)])
}

fn draw(root: &Path) -> Outcome {
    let drawn = cargo::output(root, DEMO).map(|told| svg(&chosen(&told)));
    match drawn.and_then(|svg| fs::write(root.join(PATH), svg).map_err(|why| format!("{PATH}: {why}"))) {
        Ok(()) => Outcome::Passed,
        Err(why) => Outcome::from_violations(&[why]),
    }
}

/// The command, the scenes that are shown, a sign where others are left out, and the end.
fn chosen(told: &str) -> Vec<String> {
    let mut lines = vec!["$ moai demo".to_owned()];
    let (mut is_shown, mut is_left_out) = (false, false);
    for line in told.lines().skip_while(|line| line.is_empty()) {
        let begins = line.contains(" of 7  ") && line.starts_with(|first: char| first.is_ascii_digit());
        let ends = line.ends_with("all of them hold.");
        if begins || ends {
            is_shown = ends || SCENES.iter().any(|scene| line.starts_with(scene));
        }
        if is_shown {
            if is_left_out && (begins || ends) {
                lines.extend(["⋮".to_owned(), String::new()]);
            } else if begins {
                lines.push(String::new());
            }
            lines.push(line.to_owned());
        }
        is_left_out = !is_shown;
    }
    // What stands behind the last line of a scene belongs to the next one.
    lines.dedup_by(|next, before| next.is_empty() && before.is_empty());
    lines
}

/// The lines as a terminal shows them.
fn svg(lines: &[String]) -> String {
    let rows = u32::try_from(lines.len()).unwrap_or(u32::MAX);
    let (width, height) = (80 * CELL + 2 * AIR, rows * LINE + 2 * AIR);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         role=\"img\" aria-label=\"What moai demo prints\">\n\
         <style>text {{ font: 13.3px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; fill: #c9d1d9; white-space: pre }}\n\
         .loud {{ fill: #ffffff; font-weight: bold }} .quiet {{ fill: #7d8590 }} .ok {{ fill: #3fb950 }}</style>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#0d1117\"/>\n"
    );
    for (line, row) in lines.iter().zip(1..) {
        if !line.is_empty() {
            // To a string nothing fails.
            let _ = writeln!(svg, "<text x=\"{AIR}\" y=\"{}\">{}</text>", AIR + row * LINE - 4, spans(line));
        }
    }
    svg + "</svg>\n"
}

/// One line, in the parts that differ in colour.
fn spans(line: &str) -> String {
    let part = |class: &str, text: &str| format!("<tspan class=\"{class}\">{}</tspan>", escaped(text));
    let (mark, rest) = line.split_at_checked(10).unwrap_or((line, ""));
    match mark.trim() {
        "ok" => part("ok", mark) + &escaped(rest),
        time if time.ends_with(" s") && mark.starts_with(' ') => part("quiet", mark) + &escaped(rest),
        _ if line.starts_with('$') || line.ends_with("hold.") || line.contains(" of 7  ") => part("loud", line),
        "⋮" => part("quiet", line),
        _ => escaped(line),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOLD: &str = "\n1 of 7  One\n  shows\n\n      ok  a\n\n2 of 7  Two\n  shows <b>\n\n   0.3 s  b\n\n3 of 7  Three\n\n      ok  c\n\n1 facts were checked, and all of them hold.\n";

    #[test]
    fn a_scene_is_left_out_in_silence() {
        let expected = [
            "$ moai demo",
            "⋮",
            "",
            "2 of 7  Two",
            "  shows <b>",
            "",
            "   0.3 s  b",
            "",
            "⋮",
            "",
            "1 facts were checked, and all of them hold.",
        ];
        assert_eq!(chosen(TOLD), expected);
    }

    #[test]
    fn what_is_told_breaks_the_picture() {
        let svg = svg(&chosen(TOLD));
        assert!(svg.contains("shows &lt;b&gt;") && svg.contains("<tspan class=\"quiet\">   0.3 s  </tspan>b"), "{svg}");
        assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
    }
}
