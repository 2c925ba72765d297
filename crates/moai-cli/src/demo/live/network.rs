//! A drawing of who reaches whom.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::canvas::{Canvas, Line as Wire};

use super::super::picture::{Mood, Picture};
use super::theme::Theme;

/// Where seats are: the first three on the left, so that a cut behind them is a line from top to bottom.
const PLACES: [(f64, f64); 6] = [(-0.47, 0.73), (-0.8, 0.0), (-0.47, -0.73), (0.47, -0.73), (0.47, 0.73), (0.8, 0.0)];
const BOTH: [(f64, f64); 2] = [(-0.8, 0.0), (0.8, 0.0)];

/// Where the cut is drawn.
const CUT: f64 = 0.12;

/// How far it is from the middle to each side.
const EDGE: f64 = 1.2;

/// Draws who reaches whom: a line between any two that do, and a line of strokes where the network is cut.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, picture: &Picture, theme: Theme) {
    let places = if picture.seats.len() == BOTH.len() { &BOTH[..] } else { &PLACES[..] };
    let canvas = Canvas::default().marker(Marker::Braille).x_bounds([-EDGE, EDGE]).y_bounds([-EDGE, EDGE]);
    let canvas = canvas.paint(|context| {
        for (one, (x1, y1)) in places.iter().enumerate() {
            for (other, (x2, y2)) in places.iter().enumerate().skip(one + 1) {
                if picture.reach(one, other) {
                    context.draw(&Wire { x1: *x1, y1: *y1, x2: *x2, y2: *y2, color: theme.wire() });
                }
            }
        }
        context.layer();
        if picture.cut.is_some() {
            for row in 0..area.height {
                context.print(CUT, middle(row, area.height), Span::styled("┊", theme.mood(Mood::Against)));
            }
        }
        for (seat, (x, y)) in picture.seats.iter().zip(places) {
            let label = format!(" {} {} ", seat.mood.sign(), seat.name);
            let width = u16::try_from(label.chars().count()).unwrap_or(0);
            let half = EDGE * f64::from(width) / f64::from(area.width.max(1));
            context.print(x - half, on_row(*y, area.height), Line::styled(label, theme.mood(seat.mood)));
        }
    });
    frame.render_widget(canvas, area);
}

/// Text is placed on a coarser grid than dots: this is where it must stand to be in the row of a dot.
fn on_row(y: f64, height: u16) -> f64 {
    let (dots, dot) = (f64::from(height.max(1)) * 4.0 - 1.0, (EDGE - y) / (2.0 * EDGE));
    let row = (0..height).find(|row| (dot * dots).round() < f64::from(*row) * 4.0 + 4.0);
    middle(row.unwrap_or(0), height)
}

/// Where text must stand to be in this row.
fn middle(row: u16, height: u16) -> f64 {
    let rows = f64::from(height.max(2) - 1);
    EDGE - (f64::from(row) + 0.01) * 2.0 * EDGE / rows
}
