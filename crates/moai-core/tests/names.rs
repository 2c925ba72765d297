//! Names and keys: one spelling for each, and an error that says what is wrong with every other.

use moai_core::{
    AgentId, AlgorithmName, Coded, InvalidInput, Limits, MessageKind, Namespace, ProposalId, RecordKind, StateKey,
    SwarmId, agent_id, namespace,
};

/// Spellings that look like `agent-1` or came with it in real systems. None may stand beside it.
const NOT_NAMES: &[(&str, &str)] = &[
    ("", "input.empty"),
    ("Agent-1", "input.bad_character"),
    ("AGENT-1", "input.bad_character"),
    ("agent-1 ", "input.bad_character"),
    (" agent-1", "input.bad_character"),
    ("agent 1", "input.bad_character"),
    ("agent\t1", "input.bad_character"),
    ("agent-1\n", "input.bad_character"),
    ("agent-1\r\n", "input.bad_character"),
    ("agent-1\0", "input.bad_character"),
    ("-agent", "input.bad_character"),
    (".agent", "input.bad_character"),
    ("_agent", "input.bad_character"),
    ("..", "input.bad_character"),
    ("../agent", "input.bad_character"),
    ("agent/1", "input.bad_character"),
    ("agent\\1", "input.bad_character"),
    ("agent:1", "input.bad_character"),
    ("agent@1", "input.bad_character"),
    ("agent*", "input.bad_character"),
    ("agent%20", "input.bad_character"),
    ("agent'--", "input.bad_character"),
    ("agent\u{200B}1", "input.bad_character"),  // zero width space
    ("agent\u{200D}1", "input.bad_character"),  // zero width joiner
    ("agent\u{FEFF}", "input.bad_character"),   // byte order mark
    ("agent\u{00AD}1", "input.bad_character"),  // soft hyphen
    ("\u{202E}1-tnega", "input.bad_character"), // right to left
    ("аgent-1", "input.bad_character"),         // Cyrillic а
    ("agent–1", "input.bad_character"),         // en dash
    ("agent‐1", "input.bad_character"),         // hyphen
    ("agent-１", "input.bad_character"),        // full-width one
    ("agent-¹", "input.bad_character"),         // superscript one
    ("agént-1", "input.bad_character"),
    ("age\u{301}nt-1", "input.bad_character"),  // composed and decomposed alike
    ("\u{1b}[31magent", "input.bad_character"), // terminal escape
    ("ſwarm", "input.bad_character"),           // long s, which lower-cases to s
    ("agent🤖", "input.bad_character"),
];

#[test]
fn two_spellings_of_one_name_stand_side_by_side() {
    for (text, code) in NOT_NAMES {
        assert_eq!(AgentId::new(text).map_err(|e| e.code()), Err(*code), "{text:?}");
    }
    for text in ["a", "0", "agent-1", "deploy-v2.0", "task_count", "a.b-c_d", "007", "a--b", "a."] {
        assert_eq!(AgentId::new(text).map(|id| id.to_string()), Ok(text.to_owned()));
    }
}

#[test]
fn a_name_of_65_bytes_is_taken() {
    for (length, fits) in [(1, true), (63, true), (64, true), (65, false), (1 << 20, false)] {
        let text = "a".repeat(length);
        let (limit, got) = (Limits::ID_BYTES as u64, length as u64);
        let expected = if fits { Ok(()) } else { Err(InvalidInput::TooLong { field: "agent id", limit, got }) };
        assert_eq!(AgentId::new(&text).map(|_| ()), expected, "{length}");
        assert_eq!(moai_core::__is_name(&text), fits, "the compiler judges otherwise at {length}");
    }
}

#[test]
fn the_compiler_and_the_program_judge_names_differently() {
    for (text, _) in NOT_NAMES {
        assert!(!moai_core::__is_name(text), "{text:?}");
    }
    for byte in 0..=u8::MAX {
        for text in [String::from(char::from(byte)), format!("a{}", char::from(byte))] {
            assert_eq!(moai_core::__is_name(&text), AgentId::new(&text).is_ok(), "{text:?}");
        }
    }
}

#[test]
fn an_error_names_the_wrong_kind_of_name() {
    let fields = [
        (AgentId::new("").unwrap_err(), "agent id"),
        (SwarmId::new("").unwrap_err(), "swarm id"),
        (ProposalId::new("").unwrap_err(), "proposal id"),
        (AlgorithmName::new("").unwrap_err(), "algorithm name"),
        (Namespace::new("").unwrap_err(), "namespace"),
        (MessageKind::new("").unwrap_err(), "message kind"),
        (RecordKind::new("").unwrap_err(), "record kind"),
        (StateKey::new("").unwrap_err(), "state key"),
    ];
    for (error, field) in fields {
        assert_eq!(error, InvalidInput::Empty { field });
    }
}

#[test]
fn a_name_from_the_program_differs_from_the_same_name_read() {
    let (fixed, read) = (agent_id!("agent-1"), AgentId::new("agent-1").unwrap());
    assert_eq!(fixed, read);
    assert_eq!(fixed.cmp(&read), std::cmp::Ordering::Equal);
    let mut map = std::collections::HashMap::new();
    map.insert(fixed, 1);
    assert_eq!(map.get(&read), Some(&1));
    assert_eq!(map.get("agent-1"), Some(&1), "a borrowed text hashes as the name does");
}

#[test]
fn names_and_keys_read_otherwise_in_json() {
    let id = agent_id!("agent-1");
    assert_eq!(serde_json::to_string(&id).unwrap(), r#""agent-1""#);
    assert_eq!(serde_json::from_str::<AgentId>(r#""agent-1""#).unwrap(), id);
    // An escaped spelling of the same text is the same name.
    assert_eq!(serde_json::from_str::<AgentId>(r#""agent\u002d1""#).unwrap(), id);
    for bad in [r#""Agent-1""#, r#""""#, "1", "null", r#"["agent-1"]"#] {
        assert!(serde_json::from_str::<AgentId>(bad).is_err(), "{bad}");
    }
    let error = serde_json::from_str::<Namespace>(r#""A""#).unwrap_err().to_string();
    assert!(error.contains("namespace") && error.contains("nothing changed"), "{error}");
    assert_eq!(serde_json::to_string(&StateKey::new("Zähler").unwrap()).unwrap(), r#""Zähler""#);
    assert!(serde_json::from_str::<StateKey>(r#""a\u0000b""#).is_err());
}

#[test]
fn two_keys_that_look_alike_stand_side_by_side() {
    let composed = "caf\u{e9}";
    let decomposed = "cafe\u{301}";
    assert!(StateKey::new(composed).is_ok());
    assert_eq!(StateKey::new(decomposed).unwrap_err(), InvalidInput::NotNormalized { field: "state key" });
    for (text, at, character) in [
        ("a\u{200B}b", 1, '\u{200B}'),
        ("\u{FEFF}a", 0, '\u{FEFF}'),
        ("a\u{2060}", 1, '\u{2060}'),
        ("a\u{202E}b", 1, '\u{202E}'),
        ("é\u{200D}", 2, '\u{200D}'),
        ("a\nb", 1, '\n'),
        ("a\u{7f}", 1, '\u{7f}'),
        ("a\u{85}", 1, '\u{85}'),
        ("\0", 0, '\0'),
        ("a\u{E0041}", 1, '\u{E0041}'),
        ("a\u{2800}b", 1, '\u{2800}'),
        ("a\u{13430}", 1, '\u{13430}'),
        ("a\u{1343F}", 1, '\u{1343F}'),
        (" ", 0, ' '),
        (" a", 0, ' '),
        ("a ", 1, ' '),
        ("é  ", 3, ' '),
    ] {
        let expected = InvalidInput::BadCharacter { field: "state key", at, character };
        assert_eq!(StateKey::new(text).unwrap_err(), expected);
    }
    // Unicode has many kinds of white space: one is enough.
    let spaces = (0..=u32::from(char::MAX)).filter_map(char::from_u32).filter(|c| c.is_whitespace() && *c != ' ');
    let mut seen = 0;
    for character in spaces {
        seen += 1;
        for (text, at) in [(format!("a{character}b"), 1), (format!("{character}a"), 0), (format!("a{character}"), 1)] {
            let expected = InvalidInput::BadCharacter { field: "state key", at, character };
            assert_eq!(StateKey::new(text).unwrap_err(), expected);
        }
    }
    assert!(seen >= 24, "{seen}");
    for text in
        ["\u{13000}", "⠁", "a b", "a/b", "../etc/passwd", "ключ", "鍵", "مفتاح", "🤖", "e.g. \"quoted\"", "Ångström"]
    {
        assert_eq!(StateKey::new(text).map(|key| key.to_string()), Ok(text.to_owned()));
    }
}

#[test]
fn a_key_of_513_bytes_is_taken() {
    for (length, fits) in [(1, true), (511, true), (512, true), (513, false), (1 << 20, false)] {
        let expected = match fits {
            true => Ok(length),
            false => Err(InvalidInput::TooLong { field: "state key", limit: 512, got: length as u64 }),
        };
        assert_eq!(StateKey::new("k".repeat(length)).map(|key| key.as_str().len()), expected);
    }
    // Bytes count, not letters: 256 letters of two bytes fit, one more does not.
    assert!(StateKey::new("é".repeat(256)).is_ok());
    assert!(StateKey::new("é".repeat(257)).is_err());
}

#[test]
fn an_error_lets_a_terminal_be_written_to() {
    let error = AgentId::new("\u{1b}[2Jx").unwrap_err().to_string();
    assert!(!error.contains('\u{1b}'), "{error:?}");
}

#[test]
fn the_reserved_name_is_no_name() {
    assert!(AgentId::COORDINATOR.is_reserved());
    assert!(AgentId::new("coordinator").unwrap().is_reserved());
    assert!(!agent_id!("coordinator-2").is_reserved());
    assert_eq!(namespace!("coordinator").as_str(), "coordinator");
}
