//! One check: a name that says the fear, the promise it holds a provider to, and how it is found out.

use std::fmt::Debug;
use std::pin::Pin;

use super::{Failure, Report, Skipped};
use crate::{CoordinatorError, InvalidInput, JournalError, StoreError};

/// Something that runs to a verdict, under any executor.
pub(super) type Task<'a> = Pin<Box<dyn Future<Output = Verdict> + Send + 'a>>;

/// What was found out, or how the promise was missed.
pub(super) type Verdict<T = ()> = Result<T, Miss>;

/// Why a check did not pass.
#[derive(Debug)]
pub(super) enum Miss {
    /// The promise is broken.
    Broken(String),
    /// The provider does not make this promise.
    NotPromised(&'static str),
}

/// One check of a port whose fixtures are `F`.
pub(super) struct Check<F: ?Sized> {
    /// The fear.
    pub(super) name: &'static str,
    /// The sentence of the port that calms it.
    pub(super) promise: &'static str,
    /// How it is found out. It is given the check's name, too: a name of its own for what it makes.
    pub(super) run: for<'a> fn(&'a F, &'static str) -> Task<'a>,
}

/// Lists the checks of a file: each promise, and the function that is afraid that it is broken.
macro_rules! checks {
    ($fixture:ident, $examined:ident: $($promise:literal => $check:ident,)+) => {
        /// The checks of this file.
        pub(super) const CHECKS: &[$crate::conformance::check::Check<dyn $fixture>] = &[$(
            $crate::conformance::check::Check {
                name: stringify!($check),
                promise: $promise,
                run: |fixture, name| Box::pin(async move { $check($examined::new(fixture, name).await?).await }),
            }
        ),+];
    };
}
pub(super) use checks;

/// Demands that something is so, or says what is not.
macro_rules! demand {
    ($holds:expr, $($why:tt)+) => {
        if !$holds {
            return Err($crate::conformance::check::Miss::Broken(format!($($why)+)));
        }
    };
}
pub(super) use demand;

/// Demands that `what` is as it is due.
pub(super) fn same<T: PartialEq + Debug + ?Sized>(what: &str, got: &T, due: &T) -> Verdict {
    demand!(got == due, "{what}: due was {due:?}, got {got:?}");
    Ok(())
}

/// Runs the checks that are wanted, one after another.
pub(super) async fn run<F: ?Sized>(
    port: &'static str,
    fixture: &F,
    wants: fn(&F, &str) -> bool,
    checks: &[&[Check<F>]],
) -> Report {
    let mut report = Report { port, passed: Vec::new(), failed: Vec::new(), skipped: Vec::new() };
    for of_a_file in checks {
        for &Check { name, promise, run } in *of_a_file {
            if !wants(fixture, name) {
                report.skipped.push(Skipped { check: name, why: "it was not wanted" });
                continue;
            }
            match run(fixture, name).await {
                Ok(()) => report.passed.push(name),
                Err(Miss::Broken(why)) => report.failed.push(Failure { check: name, promise, why }),
                Err(Miss::NotPromised(why)) => report.skipped.push(Skipped { check: name, why }),
            }
        }
    }
    report
}

macro_rules! missed_by {
    ($($error:ty),+) => {$(
        impl From<$error> for Miss {
            fn from(error: $error) -> Self {
                Self::Broken(format!("a call that should have worked failed: {error}"))
            }
        }
    )+};
}
missed_by!(InvalidInput, CoordinatorError, StoreError, JournalError);
