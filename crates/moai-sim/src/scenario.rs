//! A kind of world.

use std::fmt::{self, Debug};

use crate::{History, Seen};

/// A kind of world: what a seed makes of it, how it runs, and how it may be made smaller.
///
/// # What an implementation promises
///
/// - A plan says everything: the same plan runs the same history, on every machine.
/// - Whatever the plan says is injected is counted in [`Seen`], where it is injected.
///
/// A world of one counter, which forgets now and then:
///
/// ```
/// use moai_sim::{Campaign, Ended, History, Scenario, Seeds, Seen, Violation};
///
/// struct Forgetful;
///
/// impl Scenario for Forgetful {
///     type Plan = (u64, u64); // How many are added, and of which one in a hundred is forgotten.
///
///     fn name(&self) -> &'static str {
///         "forgetful"
///     }
///     fn plan(&self, seed: u64) -> (u64, u64) {
///         let mut seeds = Seeds::new(seed);
///         (seeds.below(20), seeds.below(100))
///     }
///     fn run(&self, plan: &(u64, u64)) -> Ended {
///         let (mut seen, mut history, mut count) = (Seen::default(), History::default(), 0);
///         for added in 0..plan.0 {
///             if added == plan.1 {
///                 seen.fault("forgotten");
///             } else {
///                 count += 1;
///             }
///             history.word(count);
///         }
///         let lost = count != plan.0;
///         let violation = lost.then(|| Violation::new("nothing is lost", format!("{count} of {} are there", plan.0)));
///         Ended { seen, history, violation }
///     }
///     fn smaller(&self, plan: &(u64, u64)) -> Vec<(u64, u64)> {
///         plan.0.checked_sub(1).map(|fewer| (fewer, plan.1)).into_iter().collect()
///     }
/// }
///
/// let report = Campaign::new(&Forgetful).seeds(0..1_000).run();
/// let failure = report.failures.first().ok_or("chance must bring one")?;
/// assert_eq!(failure.violation.invariant, "nothing is lost");
/// // Made as small as it goes: the last one added is the one that was forgotten.
/// let plan = Forgetful.plan(failure.seed);
/// assert_eq!(failure.smallest, format!("{:#?}", (plan.1 + 1, plan.1)));
/// # Ok::<(), &str>(())
/// ```
pub trait Scenario {
    /// What a seed makes of it.
    type Plan: Clone + Debug;

    /// What it is called, in a word that fits into a command.
    fn name(&self) -> &'static str;

    /// The world of a seed.
    fn plan(&self, seed: u64) -> Self::Plan;

    /// Runs a world to its end, or to the first invariant that is broken.
    fn run(&self, plan: &Self::Plan) -> Ended;

    /// Smaller worlds, the smallest first: those that might fail as this one did.
    fn smaller(&self, plan: &Self::Plan) -> Vec<Self::Plan> {
        let _ = plan;
        Vec::new()
    }

    /// What must have happened at least once in a thousand worlds: names of faults and of points in [`Seen`].
    fn points(&self) -> &'static [&'static str] {
        &[]
    }

    /// Seeds that once failed: every campaign begins with them.
    fn kept(&self) -> &'static [u64] {
        &[]
    }
}

/// How a world ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// What happened in it.
    pub seen: Seen,
    /// All of it as one number.
    pub history: History,
    /// The first invariant that was broken.
    pub violation: Option<Violation>,
}

impl Ended {
    /// A world that was broken before anything happened.
    #[must_use]
    pub fn broken(violation: Violation) -> Self {
        Self { seen: Seen::default(), history: History::default(), violation: Some(violation) }
    }
}

/// An invariant that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which one.
    pub invariant: &'static str,
    /// What was seen.
    pub what: String,
}

impl Violation {
    /// What was seen against an invariant.
    #[must_use]
    pub fn new(invariant: &'static str, what: impl Into<String>) -> Self {
        Self { invariant, what: what.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.what)
    }
}

impl std::error::Error for Violation {}
