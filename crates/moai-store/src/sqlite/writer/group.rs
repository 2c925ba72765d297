//! Jobs that share one transaction and one sync, each with its own answer.

use moai_core::StoreError;
use rusqlite::{Connection, ErrorCode};

use super::compact::Compaction;
use super::work::{Job, Made, Work};
use super::{Writer, append, apply};
use crate::sqlite::connection::Syncing;
use crate::sqlite::reader::Reader;
use crate::sqlite::trouble::{Kind, Trouble, kind};

/// What a job made, and how far it brought its sequence.
pub(super) struct Step {
    pub(super) made: Made,
    pub(super) gain: u64,
}

/// How a transaction over several jobs ended.
enum Ended {
    /// Each has its answer.
    Answered(Vec<Result<Made, StoreError>>),
    /// The engine gave all of it up; nothing is stored. Each alone may do better.
    GivenUp(StoreError),
    /// Nobody knows what is stored.
    Unknown(String),
}

impl Writer {
    /// Does all jobs of a group, and answers each.
    pub(super) fn group(&mut self, jobs: Vec<Job>) {
        let mut due = Vec::with_capacity(jobs.len());
        for job in jobs {
            match (self.reader.admit(), job.work) {
                (Err(poisoned), _) => job.reply.send(Err(poisoned)),
                (Ok(()), Work::Compact(swarm, horizon)) => {
                    self.compactions.push_back(Compaction { swarm, horizon, reply: job.reply });
                }
                (Ok(()), work) => due.push(Job { work, reply: job.reply }),
            }
        }
        if due.is_empty() {
            return;
        }
        match self.transact(&due) {
            Ended::Answered(answers) => due.into_iter().zip(answers).for_each(|(job, answer)| job.reply.send(answer)),
            Ended::Unknown(why) => self.fail(due, &why),
            Ended::GivenUp(why) if due.len() == 1 => due.into_iter().for_each(|job| job.reply.send(Err(why.clone()))),
            Ended::GivenUp(_) => due.into_iter().for_each(|job| self.group(vec![job])),
        }
    }

    fn transact(&mut self, jobs: &[Job]) -> Ended {
        let durable = jobs.iter().any(Job::is_durable);
        let begun = self.sync(if durable { Syncing::Full } else { Syncing::Normal });
        if let Err(error) = begun.and_then(|()| self.connection.execute_batch("BEGIN IMMEDIATE")) {
            return self.give_up(error.into());
        }
        let alone = jobs.len() == 1;
        let (mut answers, mut gain) = (Vec::with_capacity(jobs.len()), 0_u128);
        let mut changed = false;
        for job in jobs {
            let done = match step(&self.connection, &self.reader, job, alone) {
                Ok(done) => done,
                // Whether what it did is undone is not known, so nothing of the group may be committed.
                Err(error) => return self.give_up(error.into()),
            };
            match done {
                Ok(step) => {
                    changed = true;
                    gain = gain.saturating_add(u128::from(step.gain));
                    answers.push(Ok(step.made));
                }
                Err(trouble) if self.connection.is_autocommit() => return self.give_up(trouble),
                // What this job did is undone. The engine itself in trouble is no state to commit the others in.
                Err(Trouble::Engine(error)) if kind(&error) == Kind::Unavailable => return self.give_up(error.into()),
                Err(trouble) => answers.push(Err(trouble.told(&self.reader.path))),
            }
        }
        if !changed {
            return match self.roll_back() {
                Ok(()) => Ended::Answered(answers),
                Err(error) => Ended::Unknown(error.to_string()),
            };
        }
        match self.connection.execute_batch("COMMIT") {
            Ok(()) => {
                self.total = self.total.saturating_add(gain);
                if durable {
                    self.lock.witness(self.reader.epoch, self.total);
                }
                Ended::Answered(answers)
            }
            // Both are said before the log has a frame that commits.
            Err(error) if matches!(error.sqlite_error_code(), Some(ErrorCode::DiskFull | ErrorCode::DatabaseBusy)) => {
                self.give_up(error.into())
            }
            Err(error) => Ended::Unknown(error.to_string()),
        }
    }

    /// Nothing of the transaction is to stay.
    fn give_up(&mut self, trouble: Trouble) -> Ended {
        match self.roll_back() {
            Ok(()) => Ended::GivenUp(trouble.told(&self.reader.path)),
            Err(error) => Ended::Unknown(error.to_string()),
        }
    }

    pub(super) fn roll_back(&self) -> rusqlite::Result<()> {
        if self.connection.is_autocommit() { Ok(()) } else { self.connection.execute_batch("ROLLBACK") }
    }

    /// From here on everything is refused.
    fn fail(&self, jobs: Vec<Job>, why: &str) {
        self.reader.poison(why);
        jobs.into_iter().for_each(|job| job.reply.send(Err(StoreError::Failed { why: why.to_owned() })));
    }
}

/// One job: all of it, or nothing. Alone, it has the transaction to itself. An error of the engine's means that it may stand
/// there by halves.
fn step(connection: &Connection, reader: &Reader, job: &Job, alone: bool) -> rusqlite::Result<Result<Step, Trouble>> {
    let work = || match &job.work {
        Work::Commit(swarm, batch) => apply::commit(connection, reader, swarm, batch),
        Work::Append(records) => append::append(connection, records),
        Work::Compact(..) => Err(StoreError::Unavailable { why: "a compaction is no step".to_owned() }.into()),
    };
    if alone {
        return Ok(work());
    }
    connection.prepare_cached("SAVEPOINT job")?.execute([])?;
    let done = work();
    if done.is_err() && !connection.is_autocommit() {
        connection.prepare_cached("ROLLBACK TO job")?.execute([])?;
    }
    if !connection.is_autocommit() {
        connection.prepare_cached("RELEASE job")?.execute([])?;
    }
    Ok(done)
}
