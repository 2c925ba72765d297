//! A drawing of who reaches whom.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::canvas::{Canvas, Line as Wire};

use super::super::picture::Picture;
use super::theme::Theme;

/// Where seats are, in degrees: the first three on the left, so that a cut behind them is a line from top to bottom.
const ANGLES: [f64; 6] = [126.0, 180.0, 234.0, 306.0, 54.0, 0.0];

/// Where the cut is drawn.
const CUT: f64 = 0.12;

/// Draws who reaches whom: a line between any two that do, and a line of strokes where the network is cut.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, picture: &Picture, theme: Theme) {
    let places: Vec<(f64, f64)> = (0..picture.seats.len()).map(|at| place(at, picture.seats.len())).collect();
    let (column, row) = (2.4 / f64::from(area.width.max(1)), 2.4 / f64::from(area.height.max(1)));
    let canvas =
        Canvas::default().marker(Marker::Braille).x_bounds([-1.2, 1.2]).y_bounds([-1.2, 1.2]).paint(|context| {
            for (one, (x1, y1)) in places.iter().enumerate() {
                for (other, (x2, y2)) in places.iter().enumerate().skip(one + 1) {
                    if picture.reach(one, other) {
                        context.draw(&Wire { x1: *x1, y1: *y1, x2: *x2, y2: *y2, color: theme.wire() });
                    }
                }
            }
            context.layer();
            if picture.cut.is_some() {
                for stroke in 0..12 {
                    let y = 1.1 - 0.2 * f64::from(stroke);
                    context.print(CUT, y, Span::styled("┊", theme.mood(super::super::picture::Mood::Against)));
                }
            }
            for (seat, (x, y)) in picture.seats.iter().zip(&places) {
                let style = theme.mood(seat.mood);
                let label = format!(" {} {} ", seat.mood.sign(), seat.name);
                let half = column * f64::from(u16::try_from(label.chars().count()).unwrap_or(0)) / 2.0;
                context.print(x - half, y - row / 2.0, Line::styled(label, style));
            }
        });
    frame.render_widget(canvas, area);
}

/// Where one of so many sits.
fn place(at: usize, of: usize) -> (f64, f64) {
    let angle = match (at, of) {
        (0, 2) => 180.0,
        (_, 2) => 0.0,
        _ => ANGLES.get(at).copied().unwrap_or(270.0),
    };
    let angle = f64::to_radians(angle);
    (0.8 * angle.cos(), 0.9 * angle.sin())
}
