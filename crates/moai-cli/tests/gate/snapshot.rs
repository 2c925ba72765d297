//! Files and programs that are changed between vote and run.

use std::fs;

use crate::world::{World, until};

#[test]
fn whatever_becomes_of_a_named_file_what_was_approved_is_used() {
    for change in [
        "echo evil > plan",
        "rm plan",
        "rm plan; echo evil > plan",
        "echo evil > other; mv other plan",
        "rm plan; ln -s other plan; echo evil > other",
        "echo evil > {plan}",
        "echo evil >> {plan}",
        ": > {plan}",
        "rm -f {plan}",
        "cat {plan} | sed s/good/evil/ > \"$MOAI_FILE_PLAN\"",
        "chmod 777 {plan}; echo evil > {plan}",
    ] {
        let world = World::new();
        world.write("plan", "good\n");
        let voter = format!("a=({change}) 2>/dev/null; grep -q good {{plan}}");
        let done = world.gate(["--file", "plan=plan", "--voter", &voter, "--", "cat", "{plan}"]);
        assert_eq!((done.code, done.out.as_str()), (0, "good\n"), "{change}: {}", done.err);
    }
}

#[test]
fn a_program_that_is_exchanged_is_not_what_runs() {
    for change in
        ["echo 'echo evil' > tool.sh", "rm tool.sh", "printf '#!/bin/sh\\necho evil\\n' > x; chmod +x x; mv x tool.sh"]
    {
        let world = World::new();
        world.script("tool.sh", "echo good $1");
        let voter = format!("a={change}");
        let done = world.gate(["--voter", &voter, "--", "./tool.sh", "arg"]);
        assert_eq!((done.code, done.out.as_str()), (0, "good arg\n"), "{change}: {}", done.err);
    }
}

#[test]
fn a_program_in_its_place_is_looked_at_again_before_it_runs() {
    let world = World::new();
    world.script("tool.sh", "touch ran");
    let done = world.gate(["--program", "in-place", "--voter", "a=echo touch ran >> tool.sh", "--", "./tool.sh"]);
    assert_eq!(done.code, 124, "{}", done.err);
    assert!(!world.has("ran"));
    assert_eq!(world.of_kind("gate_ended")[0]["why"], "fraud");
    world.script("tool.sh", "touch ran");
    assert_eq!(world.gate(["--program", "in-place", "--voter", "a=true", "--", "./tool.sh"]).code, 0);
    assert!(world.has("ran"));
}

#[test]
fn what_is_no_regular_file_is_refused_and_nothing_waits_for_it() {
    let world = World::new();
    fs::create_dir(world.path("folder")).unwrap();
    assert!(world.command("mkfifo", ["pipe"]).status().unwrap().success());
    for (path, why) in
        [("folder", "a directory"), ("pipe", "a pipe"), ("/dev/null", "a device"), ("absent", "No such file")]
    {
        let done = world.gate(["--file", path, "--voter", "a=true", "--", "touch", "ran"]);
        assert!(done.code == 2 && done.err.contains(why), "{path}: {}", done.err);
    }
    assert!(!world.has("ran") && world.records().is_empty());
}

#[test]
fn the_digests_of_what_was_approved_are_on_the_record() {
    let world = World::new();
    world.write("plan", "good\n");
    let mut gate =
        world.moai(["gate", "--file", "plan", "--env", "TARGET", "--env", "ABSENT", "--voter", "a=true", "--", "true"]);
    let done = gate.env("TARGET", "production").output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let content = world.of_kind("consensus_opened").pop().unwrap()["proposal"]["content"].clone();
    let of = |text: &str| {
        use sha2::Digest as _;
        sha2::Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    assert_eq!(content["files"][0]["digest"], of("good\n"));
    assert_eq!(
        (&content["env"][0]["name"], &content["env"][1]["digest"]),
        (&"ABSENT".into(), &of("production").into())
    );
    assert!(!content.to_string().contains("production"), "a variable may be a secret");
}

#[test]
fn a_program_that_is_exchanged_while_its_start_is_written_down_runs() {
    let world = World::new();
    assert_eq!(world.gate(["--voter", "a=true", "--", "true"]).code, 0);
    // Between the decision and the record of the start the turn is taken, which is a race: again until it was won.
    until("it waited for the record of its start", || waits_for_its_start(&world));
}

fn waits_for_its_start(world: &World) -> bool {
    world.script("tool.sh", "touch ran");
    let _ = fs::remove_file(world.path("ran"));
    let (before, started) = (world.records(), world.of_kind("gate_started").len());
    let mut gate = world.start(["--program", "in-place", "--voter", "a=true", "--", "./tool.sh"]);
    let Some(turn) = world.take_turn_before_start(&mut gate, &before, 1) else {
        assert_eq!(world.end(gate).code, 0);
        return false;
    };
    // It has looked at its program, and waits with the record of its start.
    world.write("tool.sh", "#!/bin/sh\ntouch evil");
    drop(turn);
    let done = world.end(gate);
    assert_eq!(done.code, 124, "{}", done.err);
    assert!(!world.has("evil") && !world.has("ran"), "{}", done.err);
    // It had not looked yet where its start is not on the record.
    if world.of_kind("gate_started").len() == started {
        return false;
    }
    let ended = world.of_kind("gate_finished").pop().unwrap();
    assert!(ended["why"].as_str().unwrap().contains("not the program that was approved"), "{ended}");
    assert!(world.call(["log"]).out.contains("not started: "), "{}", world.call(["log"]).out);
    true
}

#[test]
fn a_file_is_looked_for_elsewhere_than_where_it_was_named() {
    let world = World::new();
    for folder in ["sub", "plans"] {
        fs::create_dir(world.path(folder)).unwrap();
    }
    world.write("sub/plan", "from sub\n");
    world.write("plan", "from above\n");
    world.write(
        "moai.toml",
        "[gate.show]\ncommand = [\"cat\", \"{plan}\"]\nvoters.a = \"true\"\nfiles.plan = \"plan\"\n",
    );
    let from_sub = |args: &[&str]| {
        let mut command = world.moai(["gate"]);
        let done = command.args(args).current_dir(world.path("sub")).output().unwrap();
        String::from_utf8(done.stdout).unwrap()
    };
    assert_eq!(from_sub(&["show"]), "from above\n");
    assert_eq!(from_sub(&["show", "--file", "plan=plan"]), "from sub\n");
    assert_eq!(from_sub(&["--file", "plan=plan", "--voter", "a=true", "--", "cat", "{plan}"]), "from sub\n");
}

#[test]
fn a_named_file_is_taken_from_where_it_lies() {
    let world = World::new();
    world.write("plan", "good\n");
    world.write("moai.toml", "[gate.show]\ncommand = [\"cat\"]\nvoters.a = \"true\"\n");
    let whole = world.path("plan").canonicalize().unwrap().display().to_string();
    for argument in ["plan", "./plan", &whole, "--in=plan", "-i=./plan"] {
        let done = world.gate(["--file", "plan=plan", "--voter", "a=touch asked", "--", "cat", argument]);
        assert!(done.code == 2 && done.err.contains("write {plan} in its place"), "{argument}: {}", done.err);
        assert!(!world.has("asked"), "nobody is asked");
        let done = world.gate(["show", "--file", "plan=plan", "--", argument]);
        assert!(done.code == 2 && done.err.contains("write {plan} in its place"), "{argument}: {}", done.err);
    }
    for argument in ["other", "plan.old", "plan/x"] {
        let done = world.gate(["--file", "plan=plan", "--voter", "a=true", "--", "true", argument]);
        assert_eq!(done.code, 0, "{argument}: {}", done.err);
    }
    // Its name may stand there as well as its copy.
    let done = world.gate(["--file", "plan=plan", "--voter", "a=true", "--", "cp", "{plan}", "plan"]);
    assert_eq!(done.code, 0, "{}", done.err);
    // A voter may have a reason for it: it is told.
    for (line, told) in [
        ("grep -q good plan", true),
        ("grep -q good './plan'", true),
        ("grep -q good <plan&&true", true),
        ("grep -q good {plan}", false),
        ("grep -q good \"$MOAI_FILE_PLAN\"; test -e plan", false),
        ("test -e planned || true", false),
    ] {
        let voter = format!("lint={line}");
        let done = world.gate(["--file", "plan=plan", "--voter", &voter, "--", "cat", "{plan}"]);
        assert_eq!(done.code, 0, "{line}: {}", done.err);
        assert_eq!(done.err.contains("the line of lint looks at plan where it lies"), told, "{line}: {}", done.err);
    }
}
