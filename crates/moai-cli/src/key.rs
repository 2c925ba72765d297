//! `moai key`.

use std::path::PathBuf;

use clap::Args;
use moai_flow::SystemChance;
use moai_flow::consensus::{KeyError, Signer as _, SigningKey};

use crate::cli::Common;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::os_text::OsText;
use crate::output::Output;

/// Make a key, and say its public half
///
/// Who votes with it cannot be spoken for: `moai gate --voter anna=key:HEX` counts only what that key has signed, and
/// `moai vote --key FILE` signs. The file is this user's alone, and is never overwritten.
#[derive(Debug, Args)]
pub(crate) struct KeyArgs {
    /// Where the secret half is, or goes
    file: PathBuf,
    /// Only say the public half of a key that is there
    #[arg(long)]
    show: bool,
}

/// What is wrong with a key; a file that was not meant is for whoever named it.
pub(crate) fn failure(why: &KeyError) -> Failure {
    match why {
        KeyError::NoChance(_) | KeyError::NotDurable { .. } => Failure::of(why),
        _ => Failure::of(why).with(Exit::Usage),
    }
}

/// Makes or shows a key.
pub(crate) fn run(common: &Common, args: KeyArgs) -> Result<Exit, Failure> {
    let key = if args.show {
        SigningKey::load(&args.file).map_err(|why| failure(&why))?
    } else {
        let key = SigningKey::generate(&SystemChance).map_err(|why| Failure::of(&why))?;
        let show = format!("to see its public half: moai key --show {}", args.file.display());
        key.save(&args.file).map_err(|why| {
            let failure = failure(&why);
            if matches!(why, KeyError::Exists(_)) { failure.and_then(show) } else { failure }
        })?;
        key
    };
    // As `--voter` takes it.
    let public = format!("key:{}", key.key());
    let output = Output::new(common);
    if output.is_json() {
        output.json(&serde_json::json!({"key": public, "file": OsText::of(&args.file)}))?;
    } else {
        output.answer(public);
    }
    Ok(Exit::Done)
}
