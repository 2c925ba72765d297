//! Events, as somebody reads them.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, OnceLock};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Event, Level, Metadata, Subscriber};

/// Writes down the events of a level and worse, and the spans that were opened.
#[derive(Clone)]
pub(crate) struct Log {
    level: Level,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Log {
    pub(crate) fn of(level: Level) -> Self {
        // As long as there is one reader of events only, whether somebody wants an event is asked in the thread that
        // meets it first, where nobody may read; and the answer is kept for all threads.
        static OTHERS: OnceLock<[Dispatch; 2]> = OnceLock::new();
        OTHERS.get_or_init(|| [Self::silent(), Self::silent()].map(Dispatch::new));
        Self { level, lines: Arc::default() }
    }

    fn silent() -> Self {
        Self { level: Level::ERROR, lines: Arc::default() }
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    fn note(&self, line: Line) {
        self.lines.lock().unwrap().push(line.0.trim_end().to_owned());
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0 += &format!("{field}={value:?} ");
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.level && metadata.target().starts_with("moai")
    }
    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut line = Line(format!("span {} ", attributes.metadata().name()));
        attributes.record(&mut line);
        self.note(line);
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut line = Line(format!("{} ", event.metadata().level()));
        event.record(&mut line);
        self.note(line);
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}
