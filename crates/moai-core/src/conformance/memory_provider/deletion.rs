//! What is deleted is gone, and is told.

use super::MemoryProviderFixture;
use super::examined::{Examined, entry_texts};
use super::replica::Replica;
use crate::conformance::check::{Verdict, checks, same};

checks! { MemoryProviderFixture, Examined:
    "`get` gives None when the key was deleted." => a_deleted_key_comes_back,
    "What is deleted is told." => a_deletion_is_not_told,
    "A key goes, and leaves a tombstone: also when it was not there." => deleting_nothing_is_not_told,
    "Every key of a range goes." => a_range_spares_a_key,
    "What is deleted is told: a range as one." => a_range_deletion_is_not_told,
    "A range ends before `to`." => a_range_deletes_its_end,
    "A range begins with `from`." => a_range_spares_its_beginning,
    "An open side has no end." => an_open_range_has_an_end,
    "Every key of a range in one namespace goes." => a_range_reaches_into_another_namespace,
    "Nothing leaks from one swarm into another." => a_range_reaches_into_another_swarm,
    "Every key that was written before goes: what is written later stays." => a_range_deletes_what_comes_later,
    "What is deleted is told: every range." => a_range_hides_another,
    "Of several changes to one key only the last one is told: a deletion counts." => a_deleted_value_is_told,
}

async fn a_deleted_key_comes_back(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "a=2", "b=3", "-a"]).await?;
    exam.gives("a", None).await?;
    exam.holds(&["b=3@3"]).await?;
    exam.write_each(&["b=4", "-b", "c=5"]).await?;
    exam.gives("b", None).await?;
    exam.holds(&["c=5@7"]).await?;
    exam.write(&["a=6"]).await?;
    exam.holds(&["a=6@8", "c=5@7"]).await
}

async fn a_deletion_is_not_told(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "b=2", "-a"]).await?;
    exam.tells(2, &["-a@3"]).await?;
    exam.tells(1, &["b=2@2", "-a@3"]).await?;
    exam.tells(0, &["b=2@2", "-a@3"]).await
}

async fn deleting_nothing_is_not_told(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "-never", "-x..y"]).await?;
    exam.tells(1, &["-never@2", "-x..y@3"]).await?;
    exam.write(&["-never"]).await?;
    exam.tells(3, &["-never@4"]).await
}

async fn a_range_spares_a_key(exam: Examined<'_>) -> Verdict {
    exam.write(&["a=1", "b=2", "bb=3", "c=4"]).await?;
    exam.write(&["d=5", "-b..d"]).await?;
    exam.gives("b", None).await?;
    exam.gives("bb", None).await?;
    exam.gives("c", None).await?;
    exam.holds(&["a=1@1", "d=5@5"]).await
}

async fn a_range_deletion_is_not_told(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "b=2", "-a..c", "d=3"]).await?;
    exam.tells(2, &["-a..c@3", "d=3@4"]).await?;
    exam.write_each(&["-right/..", "-x..", "-..b"]).await?;
    exam.tells(4, &["-right/..@5", "-x..@6", "-..b@7"]).await
}

async fn a_range_deletes_its_end(exam: Examined<'_>) -> Verdict {
    exam.write(&["b=1", "c=2", "ca=3", "d=4"]).await?;
    exam.write(&["-b..c"]).await?;
    exam.holds(&["c=2@2", "ca=3@3", "d=4@4"]).await
}

async fn a_range_spares_its_beginning(exam: Examined<'_>) -> Verdict {
    exam.write(&["a=1", "b=2", "ba=3", "d=4"]).await?;
    exam.write(&["-b..c"]).await?;
    exam.holds(&["a=1@1", "d=4@4"]).await
}

async fn an_open_range_has_an_end(exam: Examined<'_>) -> Verdict {
    exam.write(&["!=1", "m=2", "zz=3", "é=4"]).await?;
    exam.write(&["🔑=5"]).await?;
    exam.write(&["-m.."]).await?;
    exam.holds(&["!=1@1"]).await?;
    exam.write(&["m=6", "🔑=7"]).await?;
    exam.write(&["-..m"]).await?;
    exam.holds(&["m=6@7", "🔑=7@8"]).await?;
    exam.write(&["-.."]).await?;
    exam.holds(&[]).await
}

async fn a_range_reaches_into_another_namespace(exam: Examined<'_>) -> Verdict {
    exam.write(&["a=1", "right/a=2", "right/b=3"]).await?;
    exam.write(&["-.."]).await?;
    exam.holds(&["right/a=2@2", "right/b=3@3"]).await?;
    exam.tells(1, &["right/a=2@2", "right/b=3@3", "-..@4"]).await
}

async fn a_range_reaches_into_another_swarm(exam: Examined<'_>) -> Verdict {
    let other = exam.other_swarm()?;
    other.write(&["a=1", "b=2"]).await?;
    exam.write_each(&["a=1", "b=2", "-.."]).await?;
    other.holds(&["a=1@1", "b=2@2"]).await?;
    other.tells(0, &["a=1@1", "b=2@2"]).await
}

async fn a_range_deletes_what_comes_later(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["b=1", "-a..c", "b=2", "bb=3"]).await?;
    exam.holds(&["b=2@3", "bb=3@4"]).await?;
    exam.tells(1, &["-a..c@2", "b=2@3", "bb=3@4"]).await
}

async fn a_range_hides_another(exam: Examined<'_>) -> Verdict {
    let writes = ["a=1", "b=2", "c=3", "d=4", "-a..c", "b=5", "d=6", "-b..d", "c=7", "-c..", "c=8", "-..b"];
    let mut held = vec![Replica::default()];
    for write in writes {
        exam.write(&[write]).await?;
        held.push(Replica::of(exam.list("left", 3).await?));
    }
    exam.holds(&["c=8@11"]).await?;
    // Whoever stopped reading anywhere between is led to the same end.
    for (number, mut replica) in (0..).zip(held) {
        let (happened, next) = exam.read_on(Some(exam.cursor(number).await?), 2).await?;
        replica.follow(&happened);
        same(&format!("a reader from {number}"), &entry_texts(&replica.entries()), &vec!["c=8@11".to_owned()])?;
        same("where it stands then", &next.version.get(), &12)?;
    }
    Ok(())
}

async fn a_deleted_value_is_told(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "b=2", "c=3", "-a", "-b..d", "e=4"]).await?;
    exam.tells(0, &["-a@4", "-b..d@5", "e=4@6"]).await
}
