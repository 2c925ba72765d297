//! A process is killed while it writes, and what it acknowledged is there.

use std::env;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use moai_flow::store::{MemoryJournal, SqliteJournal};
use moai_flow::{Head, Journal as _, verify_journal};

use super::super::fact::Fact;
use super::super::picture::Mood;
use super::super::stage::{Stage, Upset};
use super::super::stand_still::stand_still;
use super::super::writer;

/// How many records there are in the end.
const ALL: u64 = 64;

/// The signal that no process survives.
const SIGKILL: i32 = 9;

pub(super) async fn play(stage: &Stage) -> Result<(), Upset> {
    let (path, after) = (stage.file("killed.db"), stage.between(20, 40));
    let mut writer = Writer::begin(&path)?;
    let mut acknowledged = Vec::new();
    while (acknowledged.len() as u64) < after {
        acknowledged.push(writer.next()?.ok_or("the writer ended by itself")?);
    }
    stage.teller.look(|picture| {
        picture.seat("writer", Mood::For, "writes");
        picture.seat("journal", Mood::For, format!("{after} acknowledged"));
    })?;
    stage.teller.fact(
        Fact::event(
            "writes",
            format!("a process of its own writes records; {after} are acknowledged, each once it was synced"),
        )
        .with("acknowledged", after),
    )?;

    let (ended, rest) = writer.kill()?;
    // What it had acknowledged before it died, and nobody had read yet.
    acknowledged.extend(rest);
    stage.teller.look(|picture| picture.seat("writer", Mood::Gone, "killed"))?;
    stage.teller.fact(
        Fact::check(
            "killed",
            ended.signal() == Some(SIGKILL) && (acknowledged.len() as u64) < ALL,
            format!(
                "it is ended in the middle of writing, by signal {}: it never learns of it",
                ended.signal().unwrap_or(0)
            ),
        )
        .with("signal", ended.signal()),
    )?;

    let journal = SqliteJournal::open(&path)?;
    let head = stand_still(verify_journal(&journal, None))?;
    let records = stand_still(journal.read(1, usize::try_from(ALL)?))?;
    let is_there = |head: &Head| records.iter().any(|record| record.head() == *head);
    let lost = acknowledged.iter().filter(|head| !is_there(head)).count();
    drop(journal);
    stage.teller.look(|picture| picture.seat("journal", Mood::For, format!("{lost} lost")))?;
    stage.teller.fact(
        Fact::check(
            "nothing_lost",
            lost == 0 && head.seq < ALL && head.seq >= acknowledged.len() as u64,
            format!("its journal opens and verifies; of what was acknowledged {lost} records are lost"),
        )
        .with("lost", lost),
    )?;

    let mut successor = Writer::begin(&path)?;
    stage.teller.look(|picture| picture.seat("writer", Mood::For, "another one"))?;
    let mut went_on = Vec::new();
    while let Some(head) = successor.next()? {
        went_on.push(head);
    }
    let ended = successor.child.wait()?;
    let undisturbed = MemoryJournal::new();
    for number in 1..=ALL {
        undisturbed.append(vec![writer::record(number)?]).await?;
    }
    let journal = SqliteJournal::open(&path)?;
    let (end, expected) = (stand_still(verify_journal(&journal, went_on.last().copied()))?, undisturbed.head().await?);
    stage.teller.look(|picture| picture.seat("journal", Mood::For, format!("{} records", end.seq)))?;
    stage.teller.fact(
        Fact::check(
            "resumed",
            ended.success() && end == expected && went_on.first().map(|first| first.seq) == Some(head.seq + 1),
            format!(
                "another process goes on to record {}: the end is, to the bit, that of an undisturbed run",
                end.seq
            ),
        )
        .with("records", end.seq)
        .with("head", end.to_string()),
    )?;
    Ok(())
}

/// A process that writes; it does not outlive this.
struct Writer {
    child: Child,
    says: io::Lines<BufReader<std::process::ChildStdout>>,
    /// The records that it has acknowledged, and may go on behind.
    heard: std::process::ChildStdin,
}

impl Writer {
    fn begin(path: &Path) -> Result<Self, Upset> {
        let mut child = Command::new(env::current_exe()?)
            .arg(writer::WRITE)
            .arg(path)
            .arg(ALL.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let (heard, says) = (child.stdin.take().ok_or("it hears")?, child.stdout.take().ok_or("it speaks")?);
        Ok(Self { child, says: BufReader::new(says).lines(), heard })
    }

    /// What it acknowledges next; nothing when it has ended.
    fn next(&mut self) -> Result<Option<Head>, Upset> {
        let Some(line) = self.says.next().transpose()? else { return Ok(None) };
        // It may have written its last record, and hears nothing any more.
        let _ = self.heard.write_all(&[0]);
        Ok(Some(line.parse()?))
    }

    /// Kills it; how it ended, and what it had acknowledged that nobody had read yet.
    fn kill(mut self) -> Result<(ExitStatus, Vec<Head>), Upset> {
        self.child.kill()?;
        let ended = self.child.wait()?;
        let mut rest = Vec::new();
        while let Some(Ok(line)) = self.says.next() {
            // A line that was cut off was not acknowledged.
            rest.extend(line.parse::<Head>().ok());
        }
        Ok((ended, rest))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // It has ended, or it ends now.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
