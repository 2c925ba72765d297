//! Two versions of a state become one, so that it does not matter who met whom in which order.

use moai_core::{StateKey, Timestamp, Version};

use crate::{ConflictResolver, ResolveError, StateVersion};

/// What became of two versions.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Joined {
    /// Ours has all of theirs.
    Ours,
    /// Theirs has all of ours.
    Theirs(Box<StateVersion>),
    /// There is something of both in it.
    Both(Box<StateVersion>),
}

/// Joins two versions by the resolver.
///
/// Where one has all of the other it is taken as it is: so that whoever has written on top of what another holds hands
/// on its own state, and two who meet a third do not make three states of it. What each had seen of the swarm is left
/// out: it is no part of what a state says, and stands beside it.
///
/// # Errors
///
/// When they do not go together.
pub(crate) fn join(
    resolver: &ConflictResolver,
    key: &StateKey,
    ours: &StateVersion,
    theirs: &StateVersion,
    now: Timestamp,
) -> Result<Joined, ResolveError> {
    let bare =
        |state: &StateVersion| StateVersion { based_on: Version::ZERO, forgotten: Version::ZERO, ..state.clone() };
    let [ours, theirs] = [bare(ours), bare(theirs)];
    if ours == theirs {
        return Ok(Joined::Ours);
    }
    let both = [ours, theirs];
    let resolved = resolver.resolve_admitted(key, &both, now)?;
    let [ours, theirs] = both;
    let mut state = resolved.state;
    if !resolved.vector_clock.is_empty() {
        state.metadata = state.metadata.with_vector_clock(resolved.vector_clock);
    }
    Ok(match (holds_the_same(&state, &ours), holds_the_same(&state, &theirs)) {
        (true, false) => Joined::Ours,
        (false, true) => Joined::Theirs(Box::new(theirs)),
        (true, true) if ours.cmp_written(&theirs).is_ge() => Joined::Ours,
        (true, true) => Joined::Theirs(Box::new(theirs)),
        (false, false) => Joined::Both(Box::new(state)),
    })
}

/// Whether what came out is what one of the two was made of. A register is its one write.
fn holds_the_same(resolved: &StateVersion, one: &StateVersion) -> bool {
    match (resolved.metadata.mergeable(), one.metadata.mergeable()) {
        (Some(made_of), Some(other)) => {
            made_of == other && resolved.metadata.vector_clock() == one.metadata.vector_clock()
        }
        (None, None) => resolved == one,
        _ => false,
    }
}
