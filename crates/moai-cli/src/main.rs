//! `moai`: a demo that explains itself, a gate for dangerous commands, and logs that verify.

#![forbid(unsafe_code)]

mod cli;
mod completions;
mod demo;
mod exit;
mod export;
mod failure;
mod gate;
mod gate_row;
mod home;
mod init;
mod interrupts;
mod key;
mod log;
mod os_text;
mod output;
mod private_folder;
mod records;
mod runtime;
mod shared_journal;
mod show;
mod sim;
mod verify;
mod vote;
mod watched_signals;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
