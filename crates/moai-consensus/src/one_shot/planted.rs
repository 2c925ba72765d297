//! Bugs that a simulator must find: they exist in builds with `--cfg moai_planted` only, and are chosen by name.

#[cfg(moai_planted)]
thread_local! {
    static PLANTED: std::cell::Cell<&'static str> = const { std::cell::Cell::new("") };
}

/// Lets agents of this thread have the bug of this name; an empty name lets them have none.
#[cfg(moai_planted)]
pub fn plant(name: &'static str) {
    PLANTED.set(name);
}

/// Whether agents of this thread have the bug of this name.
#[cfg(moai_planted)]
pub(super) fn planted(name: &str) -> bool {
    PLANTED.get() == name
}

/// There are no bugs by intention.
#[cfg(not(moai_planted))]
pub(super) const fn planted(_name: &str) -> bool {
    false
}
