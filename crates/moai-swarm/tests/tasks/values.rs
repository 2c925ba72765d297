//! Values that go in and come out.

use moai_core::{Coded, InvalidInput, Limits, Value, value};
use moai_swarm::{Leased, NewTask, TaskError, TaskOptions, TaskQueue, Worker};

use super::{agent, seconds};

fn through(task: NewTask) -> Result<Leased, TaskError> {
    let mut queue = TaskQueue::new(TaskOptions::default()).unwrap();
    queue.join(agent(1), Worker::new());
    queue.submit(task, seconds(0))?;
    Ok(queue.pull(&agent(1), seconds(0)).unwrap().unwrap())
}

#[test]
fn another_value_comes_out() {
    let values = [value!(null), value!(-1), value!(0.5), value!("text"), value!({"a": [1, 1.0, {"b": []}], "é": "e"})];
    for value in values {
        let leased = through(NewTask::value(value.clone()).unwrap().priority(3)).unwrap();
        assert_eq!(leased.value().unwrap(), value);
    }
}

#[test]
fn a_value_is_taken_that_nobody_can_read() {
    let deep = (0..33).fold(value!(1), |inner, _| Value::from(vec![inner]));
    let error = NewTask::value(deep).unwrap_err();
    assert_eq!(error, TaskError::Input(InvalidInput::TooDeep { field: "value", limit: 32, got: 33 }));
    assert_eq!(NewTask::value("x".repeat(1 << 20)).unwrap_err().code(), "input.too_long");
    let long = NewTask::value("x".repeat(64 << 10)).unwrap();
    assert_eq!(through(long).unwrap_err().code(), "task.out_of_bounds");
}

#[test]
fn what_is_no_value_is_read_as_one() {
    for payload in ["", "{\"a\": 1}", "\u{1}\u{1}"] {
        assert_eq!(through(NewTask::new(payload)).unwrap().value().unwrap_err().code(), "input.malformed");
    }
    let leased = through(NewTask::value(value!([[1]])).unwrap()).unwrap();
    let limits = Limits { value_depth: 1, ..Limits::default() };
    assert_eq!(leased.value_within(&limits).unwrap_err().code(), "input.too_deep");
}
