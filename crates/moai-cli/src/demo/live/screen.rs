//! What the screen shows.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Color;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Block, Borders, Paragraph};

use super::super::beat::{Beat, Title, Verdict};
use super::super::fact::Fact;
use super::super::picture::Picture;
use super::super::wrapped::wrapped;
use super::network;
use super::theme::Theme;

/// How wide the left side is.
const LEFT: u16 = 38;
/// How much room a mark has.
const MARK: usize = 8;

/// What the screen shows.
pub(super) struct Screen {
    seed: u64,
    theme: Theme,
    title: Option<Title>,
    picture: Picture,
    facts: Vec<Fact>,
    verdict: Option<Verdict>,
    is_paused: bool,
    is_skipping: bool,
}

impl Screen {
    pub(super) fn new(seed: u64, theme: Theme) -> Self {
        let (picture, facts) = (Picture::default(), Vec::new());
        Self { seed, theme, title: None, picture, facts, verdict: None, is_paused: false, is_skipping: false }
    }

    /// The next beat of the story.
    pub(super) fn take(&mut self, beat: Beat) {
        match beat {
            Beat::Scene(title) => {
                (self.title, self.picture) = (Some(title), Picture::default());
                self.facts.clear();
                self.is_skipping = false;
            }
            Beat::Look(picture) => self.picture = picture,
            Beat::Fact(fact) => self.facts.push(fact),
            Beat::End(verdict) => (self.verdict, self.is_skipping) = (Some(verdict), false),
        }
    }

    /// How it went, once it is over.
    pub(super) const fn verdict(&self) -> Option<Verdict> {
        self.verdict
    }

    /// It stops, or goes on.
    pub(super) const fn pause(&mut self) {
        self.is_paused = !self.is_paused;
    }

    pub(super) const fn is_paused(&self) -> bool {
        self.is_paused
    }

    /// On to the next scene.
    pub(super) const fn skip(&mut self) {
        (self.is_skipping, self.is_paused) = (true, false);
    }

    pub(super) const fn is_skipping(&self) -> bool {
        self.is_skipping
    }

    /// Draws all of it.
    pub(super) fn draw(&self, frame: &mut Frame<'_>) {
        let rows = [Constraint::Length(2), Constraint::Min(3), Constraint::Length(5)];
        let [top, middle, bottom] = Layout::vertical(rows).areas(inset(frame.area()));
        self.draw_top(frame, top);
        let room_for_left = middle.width >= LEFT + 30;
        let columns = [Constraint::Length(if room_for_left { LEFT } else { 0 }), Constraint::Min(1)];
        let [left, right] = Layout::horizontal(columns).spacing(u16::from(room_for_left) * 2).areas(middle);
        if room_for_left {
            self.draw_left(frame, left);
        }
        self.draw_facts(frame, right);
        self.draw_bottom(frame, bottom);
    }

    fn draw_top(&self, frame: &mut Frame<'_>, area: Rect) {
        frame.render_widget(Line::from(vec![Span::styled("moai demo", self.theme.loud())]), area);
        let seed = Line::styled(format!("seed {}", self.seed), self.theme.quiet()).right_aligned();
        frame.render_widget(seed, area);
    }

    fn draw_left(&self, frame: &mut Frame<'_>, area: Rect) {
        let seats = u16::try_from(self.picture.seats.len()).unwrap_or(0);
        let [drawing, said] = Layout::vertical([Constraint::Min(3), Constraint::Length(seats)]).spacing(1).areas(area);
        network::draw(frame, drawing, &self.picture, self.theme);
        let lines = self.picture.seats.iter().map(|seat| {
            let style = self.theme.mood(seat.mood);
            let room = usize::from(area.width).saturating_sub(12);
            let says = if seat.says.chars().count() > room {
                seat.says.chars().take(room.saturating_sub(1)).chain(['…']).collect()
            } else {
                seat.says.clone()
            };
            Line::from(vec![Span::styled(format!("{} {:<9} ", seat.mood.sign(), seat.name), style), Span::raw(says)])
        });
        frame.render_widget(Text::from_iter(lines), said);
    }

    fn draw_facts(&self, frame: &mut Frame<'_>, area: Rect) {
        let room = usize::from(area.width).saturating_sub(MARK + 1);
        let mut lines = Vec::new();
        for fact in &self.facts {
            let (style, text) = match fact.holds {
                None => (self.theme.quiet(), self.theme.colour(Color::Reset)),
                Some(true) => (self.theme.colour(Color::Green), self.theme.loud()),
                Some(false) => (self.theme.colour(Color::Red), self.theme.loud()),
            };
            for (line, number) in wrapped(&fact.text, room).into_iter().zip(0..) {
                let mark = if number == 0 { fact.mark() } else { String::new() };
                lines.push(Line::from(vec![Span::styled(format!("{mark:>MARK$} "), style), Span::styled(line, text)]));
            }
        }
        // What was said first makes room.
        let over = lines.len().saturating_sub(usize::from(area.height));
        frame.render_widget(Text::from_iter(lines.into_iter().skip(over)), area);
    }

    fn draw_bottom(&self, frame: &mut Frame<'_>, area: Rect) {
        let frame_of = Block::new().borders(Borders::TOP).border_style(self.theme.quiet());
        let inside = frame_of.inner(area);
        frame.render_widget(frame_of, area);
        let (first, second) = match (&self.verdict, &self.title) {
            (Some(verdict), _) => {
                let head = verdict.head.map_or(String::new(), |head| format!("The head of its journal: {head}"));
                (Line::styled(verdict.words(), self.theme.loud()), head)
            }
            (None, Some(title)) => (self.progress(title), title.shows.to_owned()),
            (None, None) => (Line::default(), String::new()),
        };
        let keys = match (self.verdict.is_some(), self.is_paused) {
            (true, _) => "any key leaves",
            (false, true) => "paused: space goes on   n next scene   q quits",
            (false, false) => "space pauses   n next scene   q quits",
        };
        let text = Text::from_iter([first, Line::raw(second), Line::default(), Line::styled(keys, self.theme.quiet())]);
        frame.render_widget(Paragraph::new(text), inside);
    }

    /// Which scene it is, and how many there are.
    fn progress(&self, title: &Title) -> Line<'static> {
        let done = title.number.min(title.of);
        Line::from(vec![
            Span::styled("━━".repeat(done), self.theme.colour(Color::Green)),
            Span::styled("──".repeat(title.of - done), self.theme.quiet()),
            Span::raw("  "),
            Span::styled(format!("{} of {}  {}", title.number, title.of, title.title), self.theme.loud()),
        ])
    }
}

/// A little air on both sides.
fn inset(area: Rect) -> Rect {
    let air = u16::from(area.width > 40);
    Rect { x: area.x + air, width: area.width - 2 * air, ..area }
}
