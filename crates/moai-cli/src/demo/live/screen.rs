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
const LEFT: u16 = 36;
/// How much room a mark has.
const MARK: usize = 6;

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
                self.picture = title.picture.clone();
                self.title = Some(title);
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
                let head = verdict.head.map_or(String::new(), |head| format!("Head: {head}"));
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

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::super::super::audience::played;
    use super::super::super::scenes::ALL;
    use super::*;

    /// What is shown when these words are.
    fn shown(words: &str, width: u16, height: u16) -> String {
        let mut screen = Screen::new(7, Theme::new(true));
        // As far as no other process is needed.
        let (_, heard) = played(&ALL[..4], 7, usize::MAX);
        let says = |beat: &Beat| matches!(beat, Beat::Fact(fact) if fact.text.contains(words));
        let at = heard.iter().position(says).unwrap();
        heard.into_iter().take(at + 1).for_each(|beat| screen.take(beat));
        drawn(&screen, width, height)
    }

    fn drawn(screen: &Screen, width: u16, height: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| screen.draw(frame)).unwrap();
        let buffer = terminal.backend().buffer();
        let line = |y| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned() + "\n";
        (0..height).map(line).collect()
    }

    /// Holds a frame against the one that is kept; `MOAI_PIN_FRAMES=1` keeps it instead.
    fn is_as_kept(name: &str, frame: &str, kept: &str) {
        if std::env::var_os("MOAI_PIN_FRAMES").is_some() {
            let path = format!("{}/src/demo/live/frames/{name}.txt", env!("CARGO_MANIFEST_DIR"));
            std::fs::write(path, frame).unwrap();
        } else {
            assert_eq!(frame, kept, "{name}:\n{frame}");
        }
    }

    #[test]
    fn a_decision_looks_otherwise() {
        is_as_kept("decision", &shown("told to stop", 80, 24), include_str!("frames/decision.txt"));
    }

    #[test]
    fn a_cut_network_looks_otherwise() {
        is_as_kept("cut", &shown("the small side: timeout", 100, 30), include_str!("frames/cut.txt"));
    }

    #[test]
    fn the_end_looks_otherwise() {
        let mut screen = Screen::new(7, Theme::new(false));
        let (_, heard) = played(&ALL[..1], 7, usize::MAX);
        heard.into_iter().for_each(|beat| screen.take(beat));
        is_as_kept("end", &drawn(&screen, 80, 24), include_str!("frames/end.txt"));
    }

    #[test]
    fn a_small_terminal_panics_or_hides_the_facts() {
        for (width, height) in [(1, 1), (3, 40), (20, 3), (40, 8), (40, 12), (66, 12), (300, 100)] {
            let shown = shown("approved at vote", width, height);
            assert!(height < 12 || width < 20 || shown.contains("approved"), "{width} by {height}:\n{shown}");
        }
    }

    #[test]
    fn the_show_takes_much_more_or_less_than_forty_seconds() {
        let (_, heard) = played(&ALL[..4], 7, usize::MAX);
        let each = heard.iter().map(super::super::super::pace::pause);
        let seconds = each.sum::<std::time::Duration>().as_secs();
        // Four scenes of seven, and the longer ones.
        assert!((20..32).contains(&seconds), "{seconds} s");
    }
}
