//! The project's tasks: `cargo xtask`.

mod bench;
mod cargo;
mod check;
mod crash;
mod fix;
mod fuzz;
mod layers;
mod miri;
mod model;
mod package;
mod picture;
mod sim;
mod step;
mod test;
mod tidy;
mod turmoil;
mod workspace;

use std::env;
use std::fmt::Write as _;
use std::process::ExitCode;

/// A task that somebody can ask for by name.
struct Task {
    name: &'static str,
    about: &'static str,
    run: Run,
}

enum Run {
    Alone(fn() -> ExitCode),
    /// One of these words may follow the name, and behind this one of them whatever it takes.
    Word(&'static [&'static str], &'static str, fn(&[&str]) -> ExitCode),
    /// Takes arguments as shown, and says itself which it does not know.
    Arguments(&'static str, fn(&[&str]) -> Result<ExitCode, String>),
}

const TASKS: &[Task] = &[
    Task {
        name: "test",
        about: "tests by kind: `all` is the default, `full` adds the long campaigns",
        run: Run::Word(test::WORDS, test::OPEN, test::run),
    },
    Task {
        name: "check",
        about: "everything that CI runs, or what is left of it when the README's tests have just passed; never writes",
        run: Run::Word(check::WORDS, "", check::run),
    },
    Task {
        name: "fix",
        about: "formats, applies clippy's suggestions, renders the layer table; writes",
        run: Run::Alone(fix::run),
    },
    Task {
        name: "picture",
        about: "draws docs/demo.svg from what the demo prints; writes",
        run: Run::Alone(picture::run),
    },
    Task {
        name: "layers",
        about: "which crate may use what, held against `cargo tree` and the docs",
        run: Run::Alone(layers::run),
    },
    Task { name: "tidy", about: "the house rules that no compiler knows", run: Run::Alone(tidy::run) },
    Task {
        name: "bench",
        about: "us beside the crates that do the same; builds those first",
        run: Run::Arguments(bench::USAGE, bench::run),
    },
    Task {
        name: "fuzz",
        about: "bytes that nobody thought of, 30 seconds for each target",
        run: Run::Arguments(fuzz::USAGE, fuzz::run),
    },
];

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    if args.is_empty() {
        println!("Tasks of `cargo xtask`:\n\n{}", list());
        return ExitCode::SUCCESS;
    }
    match choose(&args).and_then(|(task, words)| task.run(words)) {
        Ok(code) => code,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(2)
        }
    }
}

/// The task that is asked for and what stands behind it, or the sentence that says what is wrong.
fn choose<'a, 'b>(args: &'a [&'b str]) -> Result<(&'static Task, &'a [&'b str]), String> {
    let (name, words) = args.split_first().ok_or_else(list)?;
    let Some(task) = TASKS.iter().find(|task| task.name == *name) else {
        return Err(format!("no task is called `{name}`. The tasks are:\n\n{}", list()));
    };
    let fits = match (&task.run, words) {
        (_, []) | (Run::Arguments(..), _) => true,
        (Run::Word(known, ..), [word]) => known.contains(word),
        (Run::Word(_, open, _), [word, ..]) => word == open,
        _ => false,
    };
    match &task.run {
        _ if fits => Ok((task, words)),
        Run::Word(known, ..) => {
            Err(format!("`{name}` does not know `{}`: it takes one of {}", words.join(" "), known.join(", ")))
        }
        _ => Err(format!("`{name}` stands alone: leave `{}` away", words.join(" "))),
    }
}

impl Task {
    fn run(&self, words: &[&str]) -> Result<ExitCode, String> {
        match self.run {
            Run::Alone(run) => Ok(run()),
            Run::Word(_, _, run) => Ok(run(words)),
            Run::Arguments(_, run) => run(words),
        }
    }

    /// The name and what may follow it.
    fn usage(&self) -> String {
        match self.run {
            Run::Alone(_) => self.name.into(),
            Run::Word(words, ..) => format!("{} [{}]", self.name, words.join("|")),
            Run::Arguments(usage, _) => format!("{} {usage}", self.name),
        }
    }
}

fn list() -> String {
    let mut lines = String::new();
    for task in TASKS {
        let _ = writeln!(lines, "  {:<50} {}", task.usage(), task.about);
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
        assert!(why.contains("`slow`") && why.contains("fast, all, doc, examples, crash, sim, full"), "{why}");
        assert!(choose(&["test", "fast", "doc"]).is_err(), "two words would silently lose one");
        assert!(choose(&["test", "fast|all"]).is_err());
        let why = choose(&["check", "all"]).err().unwrap();
        assert!(why.contains("`all`: it takes one of tested"), "{why}");
        let why = choose(&["tidy", "all"]).err().unwrap();
        assert!(why.contains("`tidy` stands alone"), "{why}");
    }

    #[test]
    fn a_known_task_is_found_with_its_word() {
        assert!(matches!(choose(&["tidy"]), Ok((task, [])) if task.name == "tidy"));
        assert!(matches!(choose(&["test", "doc"]), Ok((task, ["doc"])) if task.name == "test"));
        assert!(matches!(choose(&["test", "sim", "--seed", "7"]), Ok((task, [_, _, "7"])) if task.name == "test"));
        assert!(matches!(choose(&["fuzz", "names", "--seconds", "9"]), Ok((task, [_, _, "9"])) if task.name == "fuzz"));
    }
}
