//! The project's tasks: `cargo xtask`.

mod cargo;
mod check;
mod fix;
mod layers;
mod step;
mod test;
mod tidy;
mod workspace;

use std::env;
use std::fmt::Write as _;
use std::process::ExitCode;

/// A task that somebody can ask for by name.
struct Task {
    name: &'static str,
    /// What may follow the name.
    words: &'static [&'static str],
    about: &'static str,
    run: fn(Option<&str>) -> ExitCode,
}

const TASKS: &[Task] = &[
    Task {
        name: "test",
        words: test::WORDS,
        about: "tests by kind: `all` is the default, `full` adds the long campaigns",
        run: test::run,
    },
    Task { name: "check", words: &[], about: "everything that CI runs; never writes", run: |_| check::run() },
    Task {
        name: "fix",
        words: &[],
        about: "formats, applies clippy's suggestions, renders the layer table; writes",
        run: |_| fix::run(),
    },
    Task {
        name: "layers",
        words: &[],
        about: "which crate may use what, held against `cargo tree` and the docs",
        run: |_| layers::run(),
    },
    Task { name: "tidy", words: &[], about: "the house rules that no compiler knows", run: |_| tidy::run() },
];

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    if args.is_empty() {
        println!("Tasks of `cargo xtask`:\n\n{}", list());
        return ExitCode::SUCCESS;
    }
    match choose(&args) {
        Ok((task, word)) => (task.run)(word),
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(2)
        }
    }
}

/// The task that is asked for and the word behind it, or the sentence that says what is wrong.
fn choose<'a>(args: &[&'a str]) -> Result<(&'static Task, Option<&'a str>), String> {
    let (name, words) = args.split_first().ok_or_else(list)?;
    let Some(task) = TASKS.iter().find(|task| task.name == *name) else {
        return Err(format!("no task is called `{name}`. The tasks are:\n\n{}", list()));
    };
    match words {
        [] => Ok((task, None)),
        [word] if task.words.contains(word) => Ok((task, Some(word))),
        _ if task.words.is_empty() => Err(format!("`{name}` stands alone: leave `{}` away", words.join(" "))),
        _ => Err(format!("`{name}` does not know `{}`: it takes one of {}", words.join(" "), task.words.join(", "))),
    }
}

fn list() -> String {
    let mut lines = String::new();
    for task in TASKS {
        let words = if task.words.is_empty() { String::new() } else { format!(" [{}]", task.words.join("|")) };
        let _ = writeln!(lines, "  {:<34} {}", format!("{}{words}", task.name), task.about);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_has_one_line_for_each_task() {
        let list = list();
        assert_eq!(list.lines().count(), TASKS.len());
        for (line, task) in list.lines().zip(TASKS) {
            assert!(line.trim_start().starts_with(task.name) && line.ends_with(task.about), "{line}");
        }
    }

    #[test]
    fn an_unknown_task_is_named_beside_the_list() {
        let why = choose(&["chekc"]).err().unwrap();
        assert!(why.contains("`chekc`") && why.contains("check") && why.contains("layers"), "{why}");
    }

    #[test]
    fn an_unknown_word_is_named_beside_the_known_ones() {
        let why = choose(&["test", "slow"]).err().unwrap();
        assert!(why.contains("`slow`") && why.contains("fast, all, doc, examples, full"), "{why}");
        assert!(choose(&["test", "fast", "doc"]).is_err(), "two words would silently lose one");
        assert!(choose(&["test", "fast|all"]).is_err());
        let why = choose(&["check", "all"]).err().unwrap();
        assert!(why.contains("`check` stands alone"), "{why}");
    }

    #[test]
    fn a_known_task_is_found_with_its_word() {
        assert!(matches!(choose(&["tidy"]), Ok((task, None)) if task.name == "tidy"));
        assert!(matches!(choose(&["test", "doc"]), Ok((task, Some("doc"))) if task.name == "test"));
    }
}
