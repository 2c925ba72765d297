//! What people are told: nothing in it commands a terminal, an end has one word, and whoever stops reading stops nothing else.

use std::fs::{self, File};
use std::process::Stdio;

use serde_json::Value;

use crate::people::Terminal;
use crate::world::{Done, World};

/// A terminal would take it for a command, a reader for another word.
const HOSTILE: &str = "\u{1b}[2J\u{9b}31m\u{202e}evil\u{2028}\u{7f}";

fn has_hidden(said: &str) -> bool {
    said.contains(|c: char| (c.is_control() && c != '\n') || ('\u{2028}'..='\u{202e}').contains(&c))
}

/// That it was said, and that none of it is a command.
fn is_harmless(done: &Done, what: &str) {
    let said = format!("{}{}", done.out, done.err);
    assert!(!has_hidden(&said) && said.contains("evil"), "{what}: {said:?}");
}

#[test]
fn what_comes_from_outside_commands_a_terminal() {
    let world = World::new();
    let calls: Vec<(i32, Vec<String>)> = [
        (2, "gate --voter H=true -- true"),
        (2, "gate --voter H -- true"),
        (2, "gate --weight H=1 --voter a=true -- true"),
        (2, "gate --rule H --voter a=true -- true"),
        (2, "gate --as H --voter a=true -- true"),
        (2, "gate --timeout H --voter a=true -- true"),
        (2, "gate --file plan=H --voter a=true -- true"),
        (2, "gate --file H=x --voter a=true -- true"),
        (2, "gate H"),
        (125, "gate --status-file no/H --voter a=true -- true"),
        (127, "gate --voter a=true -- H"),
        (0, "gate --voter a=true -- true H"),
        (0, "gate --voter a=true -- true {H}"),
        (120, "gate --voter a=H;exit\u{a0}1 -- true H"),
        (2, "vote H"),
        (125, "verify H"),
        (1, "verify ./H.txt"),
        (2, "verify --head H"),
        (2, "show H"),
        (0, "log --store H"),
        (125, "verify --store H"),
        (2, "key no/such/H"),
        (2, "key --show H"),
        (2, "sim --lane H"),
        (2, "H"),
        (2, "completions H"),
        (2, "log --H"),
    ]
    .into_iter()
    .map(|(code, line)| (code, line.split(' ').map(|word| word.replace('H', HOSTILE).replace('\u{a0}', " ")).collect()))
    .collect();
    world.write(&format!("{HOSTILE}.txt"), "no record");
    for (code, args) in &calls {
        let done = world.call(args);
        assert_eq!(done.code, *code, "{args:?}: {}", done.err);
        is_harmless(&done, &format!("{args:?}"));
        let done = world.call([&["--json".to_owned()], args.as_slice()].concat());
        assert_eq!(done.code, *code, "{args:?}: {}", done.err);
        assert!(!has_hidden(&format!("{}{}", done.out, done.err)), "--json {args:?}: {}{}", done.out, done.err);
    }
    // Beside a moai.toml, whose names are somebody's as well.
    let name = toml(HOSTILE);
    world.write("moai.toml", &format!("[gate.{name}]\ncommand = [\"true\"]\nvoters.{name} = \"true\"\n"));
    for args in [&["gate", "other"][..], &["gate", HOSTILE]] {
        let done = world.call(args);
        assert_eq!(done.code, 2, "{}", done.err);
        is_harmless(&done, "moai.toml");
    }
}

/// A key of TOML.
fn toml(text: &str) -> String {
    let escaped: String = text.chars().map(|c| format!("\\U{:08X}", u32::from(c))).collect();
    format!("\"{escaped}\"")
}

#[test]
fn what_is_asked_commands_the_terminal_of_whoever_is_asked() {
    let world = World::new();
    world.write(HOSTILE, "a plan");
    let file = format!("plan=./{HOSTILE}");
    let people = ["--voter", "anna=human", "--voter", "ben=human", "--rule", "all", "--as", "anna"];
    let other = format!("{HOSTILE}!");
    let args = ["--file", &file, "--env", HOSTILE, "--", "echo", &other, "two words"];
    let mut terminal = Terminal::start(&world, &[&people[..], &args].concat());
    terminal.sees("anna: [y]");
    let asked = world.call(["vote"]);
    is_harmless(&asked, "vote");
    // Each of its rows begins with a word of ours, and arguments are told apart.
    let rows: Vec<&str> = asked.out.lines().map(|line| line.split(' ').next().unwrap()).collect();
    let due = [
        "gate", "command", "in", "program", "file", "env", "voter", "voter", "passes", "veto", "good", "stands", "vote",
    ];
    assert_eq!(rows, due, "{}", asked.out);
    assert!(asked.out.contains("'two words'"), "{}", asked.out);
    assert_eq!(world.call(["vote", "for", "--as", "ben", "--because", HOSTILE]).code, 0);
    terminal.sees("evil");
    terminal.types("n\n");
    terminal.sees("why?");
    terminal.types("no\n");
    let all = terminal.everything(&world);
    assert!(all.contains("evil") && !all.contains(['\u{202e}', '\u{9b}', '\u{2028}']), "{all:?}");
    assert!(!all.contains("\u{1b}[2J"), "{all:?}");
    for args in [&["show"][..], &["log"], &["log", "--all"], &["export"], &["show", "--json"]] {
        is_harmless(&world.call(args), &format!("{args:?}"));
    }
}

#[test]
fn one_end_is_told_in_two_words() {
    let world = World::new();
    let ends = [
        ("rejected", 120, &["--voter", "a=exit 1"][..]),
        ("out_of_reach", 123, &["--rule", "all", "--voter", "a=true", "--voter", "b=kill -9 $$"]),
        ("timed_out", 122, &["--timeout", "200ms", "--voter", "a=sleep 600"]),
    ];
    for (word, code, args) in ends {
        let done = world.gate([args, &["--", "true"]].concat());
        assert_eq!(done.code, code, "{}", done.err);
        is_told_as(&world, word, &done.err);
    }
    let gate = world.start(["--voter", "a=touch up; sleep 600", "--", "true"]);
    world.await_file("up");
    crate::world::kill(&gate, 15);
    is_told_as(&world, "interrupted", &world.end(gate).err);
    let gate = world.start(["--voter", "anna=human", "--", "true"]);
    world.await_gate();
    assert_eq!(world.call(["vote", "veto"]).code, 0);
    is_told_as(&world, "vetoed", &world.end(gate).err);
    // What is approved is said before it runs.
    let done = world.gate(["--voter", "a=true", "--", "true"]);
    assert!(done.err.contains("moai: approved: ") && done.err.contains("ended, approved"), "{}", done.err);
}

fn is_told_as(world: &World, word: &str, told: &str) {
    let words = ["rejected", "out_of_reach", "timed_out", "timed out", "interrupted", "vetoed", "cancelled", "timeout"];
    let others = || words.into_iter().filter(|other| *other != word);
    let log = world.call(["log", "-n", "1"]).out;
    let rows: Vec<String> = world.call(["show"]).out.lines().map(str::to_owned).collect();
    let starts = |begin: &str| rows.iter().find(|row| row.trim_start().starts_with(begin)).cloned().unwrap_or_default();
    for (place, text) in [("gate", told), ("log", &log), ("show", &starts("decided "))] {
        assert!(text.contains(word), "{place}: {text}");
        let contradicts = |line: &str| others().find(|other| line.contains(&format!("{other}:"))).map(str::to_owned);
        assert_eq!(text.lines().find_map(contradicts), None, "{place}: {text}");
    }
    let row: Value = serde_json::from_str(&world.call(["log", "-n", "1", "--json"]).out).unwrap();
    assert_eq!(row["decision"], word);
}

#[test]
fn an_error_says_twice_that_nothing_changed() {
    let world = World::new();
    for args in [&["--voter", "A b=true"][..], &["--weight", "a=x", "--voter", "a=true"], &["--voter", "owner=true"]] {
        let done = world.gate([args, &["--", "true"]].concat());
        assert_eq!(done.code, 2);
        let twice = done.err.matches("; nothing").count();
        assert_eq!(twice, 1, "{}", done.err);
    }
    let done = world.gate(["--rule", "all", "--voter", "a=true", "--voter", "b=exit 127", "--", "true"]);
    assert!(done.code == 123 && !done.err.contains("nothing changed"), "{}", done.err);
}

#[test]
fn what_an_approval_is_about_cannot_be_looked_up() {
    let world = World::new();
    world.write("plan.json", "good");
    let mut gate = world.moai(["gate", "--file", "plan=plan.json", "--env", "TARGET", "--env", "ABSENT"]);
    gate.args(["--voter", "a=true", "--", "echo", "a b", "{plan}"]).env("TARGET", "production");
    assert!(gate.output().unwrap().status.success());
    let shown = world.call(["show"]).out;
    let of = |text: &str| {
        use sha2::Digest as _;
        sha2::Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    for due in [
        format!("env       TARGET sha256:{}", of("production")),
        "env       ABSENT was not set".to_owned(),
        format!("file      {{plan}} = plan.json sha256:{}", of("good")),
        format!("in        {}", fs::canonicalize(world.path(".")).unwrap().display()),
        "command   echo 'a b' '{plan}'".to_owned(),
        "(in-place) sha256:".to_owned(),
    ] {
        assert!(shown.contains(&due), "{due}: {shown}");
    }
    assert!(!shown.contains("production"), "a variable may be a secret");
    let verified = world.call(["verify"]).out;
    assert!(verified.contains(" 1 decision recomputed, 0 signed ballots, 1 gate of which 1 ran"), "{verified}");
}

#[test]
fn the_place_of_a_file_that_nobody_named_is_passed_on_without_a_word() {
    let world = World::new();
    world.write("plan.json", "");
    let done =
        world.gate(["--file", "plan=plan.json", "--voter", "a=: {plna} {plan}", "--", "echo", "{Plan}", "{print}"]);
    assert_eq!((done.code, done.out.as_str()), (0, "{Plan} {print}\n"), "it stays as it is: {}", done.err);
    let before = done.err.find("asks a about").unwrap();
    for due in
        ["{Plan} in the command stays as it is", "{print} in the command", "{plna} in the line of a", "there is {plan}"]
    {
        assert!(done.err.find(due).is_some_and(|place| place < before), "{due}: {}", done.err);
    }
    let done = world.gate(["--json", "--voter", "a=true", "--", "echo", "{plan}"]);
    let note = done.err.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).next().unwrap();
    assert_eq!((&note["event"], &note["code"]), (&"note".into(), &"gate.placeholder".into()), "{}", done.err);
    let others = ["sh", "-c", "echo ${HOME:-x} {} {a,b} $1", "sh", "{\"a\": {}}", "{{name}}", "%{http_code}", "x@{u}"];
    let done = world.gate([&["--voter", "a=: ${HOME}; echo '{}'", "--"][..], &others].concat());
    assert!(done.code == 0 && !done.err.contains("stays as it is"), "{}", done.err);
}

/// A call whose answer nobody reads: a pipe whose other end is closed, and an error stream of the same kind.
fn unread(world: &World, args: &[&str], errors_too: bool) -> Done {
    let closed = || {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        writer
    };
    let mut command = world.moai(args);
    command.stdout(closed());
    if errors_too {
        command.stderr(closed());
    }
    command.output().unwrap().into()
}

#[test]
fn whoever_stops_reading_stops_what_was_asked_for() {
    let world = World::new();
    let gate = world.start(["--voter", "anna=human", "--", "touch", "ran"]);
    world.await_gate();
    for args in [&["vote"][..], &["vote", "--json"], &["--help"], &["vote", "--help"], &["completions", "bash"]] {
        let done = unread(&world, args, false);
        assert_eq!((done.code, done.err.as_str()), (0, ""), "{args:?}");
    }
    // It is said all the same.
    let voted = unread(&world, &["vote", "for"], false);
    assert_eq!((voted.code, voted.err.as_str()), (0, ""));
    assert_eq!(world.end(gate).code, 0);
    assert!(world.has("ran"));
    for args in [
        &["key", "a.key"][..],
        &["key", "--show", "a.key"],
        &["init"],
        &["--json", "key", "b.key"],
        &["log"],
        &["show"],
        &["export"],
        &["verify"],
        &["sim", "--runs", "1", "--lane", "core"],
    ] {
        let done = unread(&world, args, false);
        assert_eq!((done.code, done.err.as_str()), (0, ""), "{args:?}");
    }
    assert!(world.has("a.key") && world.has("b.key") && world.has("moai.toml"));
    // Nor is an error anything else because nobody hears of it.
    for (code, args) in [
        (2, &["key", "a.key"][..]),
        (2, &["init"]),
        (2, &["nonsense"]),
        (2, &["vote", "maybe"]),
        (125, &["verify", "absent"]),
        (120, &["gate", "--voter", "a=exit 1", "--", "touch", "not"]),
        (0, &["gate", "--voter", "a=true", "--", "touch", "more"]),
    ] {
        assert_eq!(unread(&world, args, true).code, code, "{args:?}");
    }
    assert!(world.has("more") && !world.has("not"));
    // What does not hold does not hold.
    world.write("bad", "{");
    for args in [&["verify", "bad"][..], &["verify", "--json", "bad"]] {
        assert_eq!(unread(&world, args, true).code, 1);
    }
}

#[test]
fn an_answer_that_could_not_be_written_counts_as_given() {
    let world = World::new();
    assert_eq!(world.gate(["--voter", "a=true", "--", "true"]).code, 0);
    for args in [&["log"][..], &["export"], &["verify"], &["key", "a.key"]] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let done: Done = world.moai(args).stdout(full).stderr(Stdio::piped()).output().unwrap().into();
        assert_eq!(done.code, 125, "{args:?}");
        assert!(done.err.contains("the answer cannot be printed: No space left"), "{args:?}: {}", done.err);
    }
}

/// Every line of it is JSON, and there is one.
fn is_json(done: &Done, what: &str) {
    let said = format!("{}{}", done.out, done.err);
    assert!(!said.trim().is_empty(), "{what}: nothing was said");
    for line in said.lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok_and(|line| line.is_object()), "{what}: {line}");
    }
}

#[test]
fn where_json_is_asked_for_something_else_is_said() {
    let world = World::new();
    for (code, args) in [
        (2, &["nonsense"][..]),
        (2, &["gate", "--nonsense"]),
        (2, &["gate", "--voter"]),
        (2, &["verify", "--head", "x"]),
        (2, &["sim", "--runs", "x"]),
        (2, &["gate", "--rule", "0of1", "--voter", "a=true", "--", "true"]),
        (2, &["gate", "deploy"]),
        (125, &["gate", "--status-file", "no/such", "--voter", "a=true", "--", "true"]),
        (126, &["gate", "--voter", "a=true", "--", "./text"]),
        (127, &["gate", "--voter", "a=true", "--", "./absent"]),
        (0, &["gate", "--voter", "a=true", "--", "true"]),
        (120, &["gate", "--voter", "a=false", "--", "true"]),
        (0, &["log"]),
        (0, &["log", "--all"]),
        (0, &["show"]),
        (2, &["show", "g-x"]),
        (0, &["verify"]),
        (1, &["verify", "text"]),
        (125, &["verify", "absent"]),
        (0, &["export"]),
        (0, &["key", "a.key"]),
        (0, &["key", "--show", "a.key"]),
        (2, &["key", "a.key"]),
        (0, &["init"]),
        (2, &["init"]),
        (2, &["vote", "for"]),
        (2, &["vote", "maybe"]),
        (0, &["sim", "--runs", "1", "--lane", "core"]),
        (2, &["sim", "--lane", "nowhere"]),
        (2, &["sim", "--seed", "18446744073709551615", "--runs", "1"]),
    ] {
        world.write("text", "no record");
        let done = world.call([&["--json"][..], args].concat());
        assert_eq!(done.code, code, "{args:?}: {}{}", done.out, done.err);
        is_json(&done, &format!("{args:?}"));
        // It is as well where it stands at the end, unless it belongs to a command.
        if !args.contains(&"--") {
            is_json(&world.call([args, &["--json"]].concat()), &format!("{args:?} --json"));
        }
    }
    let last = world.call(["sim", "--runs", "1", "--lane", "core", "--json"]);
    let last: Value = serde_json::from_str(last.out.lines().last().unwrap()).unwrap();
    assert!(last["worlds"].as_u64().unwrap() > 0 && last["violations"] == 0 && last["hash"].is_string(), "{last}");
}

#[test]
fn little_is_said_and_more_is_said_as_it_is_asked_for() {
    let world = World::new();
    let done = world.gate(["-q", "--voter", "a=true", "--", "echo", "it"]);
    assert_eq!(
        (done.out.as_str(), done.err.as_str()),
        (
            "it
", ""
        )
    );
    // But for what somebody is to do, and what went wrong.
    let gate = world.start(["-q", "--voter", "anna=human", "--", "true"]);
    let name = world.await_gate();
    assert_eq!(world.call(["vote", "for"]).code, 0);
    let done = world.end(gate);
    assert_eq!(
        done.err,
        format!(
            "moai: people vote with: moai vote {name} for|against|abstain|veto --as anna
"
        )
    );
    world.write("plan", "a plan");
    let args = ["--file", "plan=plan", "--env", "ABSENT", "--voter", "a=true", "--", "true"];
    let more = world.gate([&["-v"][..], &args].concat()).err;
    let less = world.gate(args).err;
    for due in ["program", "file", "env", "digest"] {
        let row = |text: &str| text.lines().any(|line| line.starts_with(&format!("moai: {due} ")));
        assert!(row(&more) && !row(&less), "{due}: {more}{less}");
    }
    let verified = world.call(["verify", "-v"]).out;
    assert_eq!(verified.lines().filter(|line| line.contains(" the command is started: ")).count(), 4, "{verified}");
    let (log, short) = (world.call(["log", "-v"]).out, world.call(["log"]).out);
    assert!(log.lines().count() == 2 * short.lines().count(), "{log}");
    assert!(world.call(["-v", "show", "g-x"]).err.contains("(show.none)"));
}
