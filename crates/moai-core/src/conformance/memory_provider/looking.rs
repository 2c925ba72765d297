//! What there is under a key: a value, the trace of a deletion, or nothing.

use super::MemoryProviderFixture;
use super::examined::{Examined, place, requiring};
use crate::conformance::check::{Verdict, checks, same};
use crate::{Expected, Held};

checks! { MemoryProviderFixture, Examined:
    "`look` gives the value, and `get` is what it sees." => a_value_is_overlooked,
    "`look` tells the version that deleted a key by itself: also when it was not there." => a_deletion_is_overlooked,
    "`look` tells the version that deleted a range with the key in it: also when the key never had a value."
        => a_cleared_key_is_overlooked,
    "Of several deletions, the greatest version is told." => an_earlier_deletion_is_seen,
    "A key that has a value again is not deleted." => a_revived_key_is_seen_as_deleted,
    "A deletion is of its own keys, in its own namespace and swarm." => a_deletion_is_seen_elsewhere,
    "Nothing, once the horizon has passed a deletion." => a_forgotten_deletion_is_seen,
    "A deletion is known until the horizon has passed it." => a_remembered_deletion_is_forgotten,
}

impl Examined<'_> {
    /// Demands that `look` sees this: an entry, `-@3` for what version 3 deleted, or nothing.
    pub(super) async fn looks(&self, at: &str, due: &str) -> Verdict {
        let got = match self.look(at).await? {
            Held::Value(entry) => super::examined::entry_text(&entry),
            Held::Deleted(version) => format!("-@{version}"),
            Held::Nothing => String::new(),
        };
        same(&format!("what look sees under {at}"), got.as_str(), due)
    }
}

async fn a_value_is_overlooked(exam: Examined<'_>) -> Verdict {
    exam.looks("a", "").await?;
    exam.write_each(&["a=1", "b=2", "a=3", "right/a=4", "b="]).await?;
    for (at, due) in [("a", "a=3@3"), ("b", "b=@5"), ("right/a", "right/a=4@4"), ("right/b", ""), ("c", "")] {
        exam.looks(at, due).await?;
        exam.gives(at, Some(due).filter(|due| !due.is_empty())).await?;
    }
    Ok(())
}

async fn a_deletion_is_overlooked(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "-a", "-never"]).await?;
    exam.looks("a", "-@2").await?;
    exam.looks("never", "-@3").await?;
    exam.write(&["c=4", "-c", "d=6"]).await?;
    exam.looks("c", "-@5").await?;
    exam.looks("a", "-@2").await?;
    exam.gives("a", None).await
}

async fn a_cleared_key_is_overlooked(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["b=1", "-a..c"]).await?;
    for (at, due) in [("b", "-@2"), ("a", "-@2"), ("bb", "-@2"), ("c", ""), ("A", "")] {
        exam.looks(at, due).await?;
    }
    exam.write_each(&["-x..", "-right/..b", "right/c=1", "-right/.."]).await?;
    for (at, due) in [("x", "-@3"), ("🔑", "-@3"), ("c", ""), ("right/a", "-@6"), ("right/c", "-@6"), ("b", "-@2")] {
        exam.looks(at, due).await?;
    }
    Ok(())
}

async fn an_earlier_deletion_is_seen(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["b=1", "-b", "-a..c", "-b", "b=5", "-a..d", "-a..b", "-b..bb", "-..z"]).await?;
    exam.looks("b", "-@9").await?;
    exam.write(&["-b", "-bb", "-c..d"]).await?;
    for (at, due) in [("a", "-@9"), ("b", "-@10"), ("bb", "-@11"), ("c", "-@12"), ("d", "-@9"), ("z", "")] {
        exam.looks(at, due).await?;
    }
    Ok(())
}

async fn a_revived_key_is_seen_as_deleted(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "-a", "a=3", "-..", "b=5", "-c", "c=7"]).await?;
    for (at, due) in [("a", "-@4"), ("b", "b=5@5"), ("c", "c=7@7"), ("d", "-@4")] {
        exam.looks(at, due).await?;
    }
    exam.write(&["-b..d", "b=9"]).await?;
    exam.looks("b", "b=9@9").await?;
    exam.looks("c", "-@8").await
}

async fn a_deletion_is_seen_elsewhere(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["-right/a", "-right/b..c", "-x..y"]).await?;
    let other = exam.other_swarm()?;
    other.write_each(&["-a", "-b..c"]).await?;
    for at in ["a", "b", "w", "y", "xx/x"] {
        exam.looks(at, "").await?;
    }
    for at in ["right/a", "x"] {
        other.looks(at, "").await?;
    }
    other.looks("b", "-@2").await?;
    exam.looks("right/b", "-@2").await
}

async fn a_forgotten_deletion_is_seen(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "-a", "b=3", "-b..c", "d=5"]).await?;
    exam.compact(2).await?;
    exam.looks("a", "").await?;
    exam.looks("b", "-@4").await?;
    exam.compact(5).await?;
    for (at, due) in [("a", ""), ("b", ""), ("bb", ""), ("d", "d=5@5")] {
        exam.looks(at, due).await?;
    }
    exam.commit(requiring(&["b=6"], "b", Expected::Nothing)?).await?;
    let (namespace, key) = place("bb")?;
    exam.commit(requiring(&["a=7"], "a", Expected::Nothing)?.require(namespace, key, Expected::Nothing)).await?;
    exam.holds(&["a=7@7", "b=6@6", "d=5@5"]).await
}

async fn a_remembered_deletion_is_forgotten(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["-a..z", "-a", "-b", "-c..d", "e=5", "-e"]).await?;
    for horizon in 1..=3 {
        exam.compact(horizon).await?;
        for (at, version) in [("a", 2), ("b", 3), ("c", 4), ("e", 6), ("f", 1)] {
            let due = if version > horizon { format!("-@{version}") } else { String::new() };
            exam.looks(at, &due).await?;
        }
    }
    Ok(())
}
