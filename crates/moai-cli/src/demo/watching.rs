//! Telling the story to whoever watches.

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use tokio::sync::mpsc::{self, Receiver};

use super::beat::{Beat, Verdict};
use super::playing::Playing;
use super::{DemoArgs, live, pace, plain};
use crate::cli::Common;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupts::Interrupts;
use crate::output::obeys;

/// How many beats the story is ahead of whoever watches.
const AHEAD: usize = 1;

/// The number of the signal for writing where nobody reads.
const SIGPIPE: u8 = 13;

/// Plays the story on a thread of its own, and shows it on this one.
///
/// # Errors
///
/// When there is no stage, or nothing to show it on.
pub(super) fn watch(common: &Common, args: &DemoArgs) -> Result<Exit, Failure> {
    let begin = |why: io::Error| Failure::failed("demo.begin", format!("the demo cannot begin: {why}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(begin)?;
    let (beats, told) = mpsc::channel(AHEAD);
    let playing = Playing::begin(args.seed, beats).map_err(begin)?;
    let left = runtime.block_on(show(common, args, told));
    let played = playing.end();
    match left? {
        Some(exit) => Ok(exit),
        None => played.map(ended),
    }
}

fn ended(verdict: Verdict) -> Exit {
    if verdict.holds() { Exit::Done } else { Exit::DoesNotHold }
}

/// Shows it, to its end or until whoever watches leaves: then how the program ends.
async fn show(common: &Common, args: &DemoArgs, told: Receiver<Beat>) -> Result<Option<Exit>, Failure> {
    let mut interrupts = Interrupts::listen()?;
    let is_terminal = obeys(io::stdout().is_terminal());
    if is_terminal && io::stdin().is_terminal() && !(args.plain || args.fast || common.json || common.quiet) {
        return live::show(args.seed, told, &mut interrupts).await;
    }
    let paced = is_terminal && !args.fast && !common.json;
    lines(common, paced, told, &mut interrupts).await
}

async fn lines(
    common: &Common,
    paced: bool,
    mut told: Receiver<Beat>,
    interrupts: &mut Interrupts,
) -> Result<Option<Exit>, Failure> {
    let mut out = io::stdout();
    loop {
        let beat = tokio::select! {
            biased;
            signal = interrupts.next() => return Ok(Some(Exit::Interrupted(signal))),
            beat = told.recv() => beat,
        };
        let Some(beat) = beat else { return Ok(None) };
        let written = match (common.json, common.quiet) {
            (true, _) => plain::write_json(&mut out, &beat),
            (false, true) => plain::write_failures(&mut out, &beat),
            (false, false) => plain::write(&mut out, &beat),
        };
        match written {
            Ok(()) => {}
            Err(why) if why.kind() == io::ErrorKind::BrokenPipe => return Ok(Some(Exit::Interrupted(SIGPIPE))),
            Err(why) => return Err(Failure::failed("demo.output", format!("nothing can be shown: {why}"))),
        }
        let pause = if paced { pace::pause(&beat) } else { Duration::ZERO };
        tokio::select! {
            biased;
            signal = interrupts.next() => return Ok(Some(Exit::Interrupted(signal))),
            () = tokio::time::sleep(pause) => {}
        }
    }
}
