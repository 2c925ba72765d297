//! Versions only grow.

use moai_core::Version;

use crate::Violation;

/// **What is committed later has a greater version than all that was acknowledged before it began**, over all crashes: no
/// number is used twice.
///
/// ```
/// use moai_core::Version;
/// use moai_sim::invariant::MonotoneVersions;
///
/// let mut versions = MonotoneVersions::default();
/// let before = versions.begins();
/// versions.acknowledged(before, Version::new(7)?)?;
/// assert!(versions.clone().acknowledged(before, Version::new(8)?).is_ok());
/// let before = versions.begins();
/// assert!(versions.acknowledged(before, Version::new(7)?).is_err(), "7 was there already");
/// assert!(versions.stands(Version::new(6)?).is_err(), "a store that lost it");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct MonotoneVersions {
    last: Version,
}

impl MonotoneVersions {
    /// A commit begins: its version must be greater than this one.
    #[must_use]
    pub fn begins(&self) -> Version {
        self.last
    }

    /// A commit that began after `before` is acknowledged with this version.
    ///
    /// # Errors
    ///
    /// When the version is not greater.
    pub fn acknowledged(&mut self, before: Version, version: Version) -> Result<(), Violation> {
        if version <= before {
            let what = format!("{version} was given after {before}");
            return Err(Violation::new("versions only grow", what));
        }
        self.last = self.last.max(version);
        Ok(())
    }

    /// A store stands at this version.
    ///
    /// # Errors
    ///
    /// When a greater one was acknowledged.
    pub fn stands(&self, version: Version) -> Result<(), Violation> {
        if version >= self.last {
            return Ok(());
        }
        Err(Violation::new("versions only grow", format!("{} was acknowledged, the store is at {version}", self.last)))
    }
}
