//! A queue from what its journal tells.

use std::time::Duration;

use moai_core::planted::planted;
use moai_core::{Journal, record_kind};

use super::record::Event;
use super::{TaskError, TaskId, TaskOptions, TaskQueue};

/// How many epochs each queue that begins on a journal has for itself.
const EPOCHS: u64 = 1 << 40;

/// How many records are read at once; a journal stops earlier where they are large.
const PAGE: usize = 1000;

impl TaskQueue {
    /// Reads a journal from its beginning. It holds a page, and what is open at that point, and never more.
    pub(super) async fn recovered(options: TaskOptions, journal: &dyn Journal) -> Result<Self, TaskError> {
        let mut queue = Self::new(options)?;
        let (mut next, mut begun) = (1, 1u64);
        loop {
            let page = journal.read(next, PAGE).await?;
            let Some(last) = page.last() else { break };
            next = last.seq.saturating_add(1);
            for record in page.iter().filter(|record| record.kind == record_kind!("task")) {
                let event = Event::decode(&record.payload).ok_or(TaskError::BadRecord { seq: record.seq })?;
                begun = begun.saturating_add(u64::from(event == Event::Began));
                queue.replay(event);
            }
        }
        if planted("using_epochs_again") {
            return Ok(queue);
        }
        queue.next_epoch = begun.saturating_mul(EPOCHS);
        Ok(queue)
    }

    /// What becomes of a task whose lease ends without a result.
    pub(super) fn ended(&self, task: TaskId) -> Event {
        let attempts = self.open.get(&task).map_or(0, |task| task.attempts).saturating_add(1);
        Event::Ended { task, attempts, dead: attempts >= self.options.attempts }
    }

    /// What stands there twice, because nobody knew whether it was recorded, counts once.
    fn replay(&mut self, event: Event) {
        match event {
            Event::Began => {}
            Event::Accepted(id, new) => {
                // It was refused after all, and came again: to whoever had the allocator only the later one was there.
                if let Some(refused) = new.key.as_ref().and_then(|key| self.keys.get(key)).copied() {
                    self.take_out(refused);
                    self.open.remove(&refused);
                }
                self.insert(id, new, Duration::ZERO);
                if planted("forgetting_keys_over_a_crash") {
                    self.keys.clear();
                }
            }
            Event::Completed(id) => self.done(id),
            Event::Ended { task, dead: true, .. } => self.bury(task),
            Event::Ended { task, attempts, dead: false } => {
                if let Some(task) = self.open.get_mut(&task) {
                    task.attempts = attempts;
                }
            }
        }
    }
}
