//! An error tells its cause once, also to whoever prints the whole chain.

use std::error::Error;

use moai_consensus::one_shot::{AgreementError, Refusal};
use moai_consensus::{KeyError, RecoverError, RequestError};
use moai_core::{ChanceError, InvalidInput, JournalError};

#[test]
fn a_cause_is_told_twice() {
    let full = || RecoverError::from(JournalError::Full { what: "the cause".into() });
    let none = || ChanceError::new("the cause");
    let input = InvalidInput::Malformed { field: "field", why: "the cause".into() };
    let errors: [Box<dyn Error>; 5] = [
        full().into(),
        RequestError::from(none()).into(),
        AgreementError::from(full()).into(),
        KeyError::from(none()).into(),
        Refusal::from(input).into(),
    ];
    for error in errors {
        let mut told = vec![error.to_string()];
        let mut inner = error.source();
        while let Some(error) = inner {
            told.push(error.to_string());
            inner = error.source();
        }
        let times = told.iter().filter(|text| text.contains("the cause")).count();
        assert_eq!(times, 1, "{told:?}");
    }
}
