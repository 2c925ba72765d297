//! What is read is what was written.

use bytes::Bytes;

use super::MemoryProviderFixture;
use super::examined::{Examined, batch, key, place, requiring};
use crate::conformance::check::{Verdict, checks, demand, same};
use crate::{Batch, Durability, Expected, KeyRange, Namespace, SwarmId};

checks! { MemoryProviderFixture, Examined:
    "`get` gives the entry under a key." => what_was_put_cannot_be_read,
    "`get` gives None when there is none." => an_absent_key_has_a_value,
    "A key gets a value, whether or not it had one." => an_overwritten_value_stays,
    "What is read is what was written: values to the byte." => a_value_is_changed_by_keeping_it,
    "What is read is what was written: under its own key." => a_key_is_mixed_up_with_another,
    "An entry's version is the number of the change that wrote it." => an_entry_names_another_change,
    "Nothing leaks from one namespace into another." => a_namespace_leaks_into_another,
    "Nothing leaks from one swarm into another." => a_swarm_leaks_into_another,
    "An eventual commit is visible to all readers." => an_eventual_commit_is_not_seen,
    "Swarm, namespace and key are three names, whatever they look like together." => two_places_share_one_name,
    "Names of 64 bytes and keys of 512 are told apart to their last byte." => a_long_name_is_cut,
    "`admit` refuses nobody as long as no write has failed: conflicts and bad input are no failures."
        => a_sound_store_admits_nobody,
}

/// Writes under each swarm, namespace and key, and then demands that each holds what was written there, and no more.
async fn apart(exam: &Examined<'_>, places: &[(String, String, String)]) -> Verdict {
    let places: Vec<_> = places
        .iter()
        .map(|(swarm, namespace, at)| Ok((SwarmId::new(swarm)?, Namespace::new(namespace)?, key(at)?)))
        .collect::<Verdict<_>>()?;
    for (number, (swarm, namespace, key)) in places.iter().enumerate() {
        let batch = Batch::new().put(namespace.clone(), key.clone(), number.to_string());
        exam.provider.commit(swarm, batch.require(namespace.clone(), key.clone(), Expected::Nothing)).await?;
    }
    for (number, (swarm, namespace, key)) in places.iter().enumerate() {
        let got =
            exam.provider.get(swarm, namespace, key).await?.map(|entry| (entry.namespace, entry.key, entry.value));
        let due = (namespace.clone(), key.clone(), Bytes::from(number.to_string()));
        same(&format!("what lies under {swarm}, {namespace}, {key}"), &got, &Some(due))?;
        let mut due: Vec<_> = places.iter().filter(|place| (&place.0, &place.1) == (swarm, namespace)).collect();
        due.sort();
        let page = exam.provider.list(swarm, namespace, &KeyRange::ALL, None, 1).await?;
        let first = page.entries.first().map(|entry| &entry.key);
        same(&format!("the first key of {swarm}, {namespace}"), &first, &due.first().map(|place| &place.2))?;
    }
    Ok(())
}

async fn two_places_share_one_name(exam: Examined<'_>) -> Verdict {
    let mut places = Vec::new();
    for between in [".", "-", "_"] {
        for (swarm, namespace) in [("a".to_owned(), format!("b{between}c")), (format!("a{between}b"), "c".to_owned())] {
            places.push((swarm, namespace, "k".to_owned()));
        }
        for (namespace, key) in [("m".to_owned(), format!("n{between}k")), (format!("m{between}n"), "k".to_owned())] {
            places.push(("a".to_owned(), namespace, key));
        }
    }
    // What may stand in a key, but in no name.
    for between in ["/", ":", " ", "|", "\u{10FFFF}"] {
        places.push(("a".to_owned(), "b".to_owned(), format!("c{between}k")));
    }
    apart(&exam, &places).await
}

async fn a_long_name_is_cut(exam: Examined<'_>) -> Verdict {
    let name = |last: &str| format!("{}{last}", "n".repeat(63));
    let key = |last: &str| format!("{}{last}", "k".repeat(511));
    let place = |swarm: &str, namespace: &str, at: &str| (name(swarm), name(namespace), key(at));
    apart(&exam, &[place("1", "1", "1"), place("1", "1", "2"), place("1", "2", "1"), place("2", "1", "1")]).await
}

async fn a_sound_store_admits_nobody(exam: Examined<'_>) -> Verdict {
    exam.provider.admit()?;
    exam.write(&["a=1", "-b"]).await?;
    exam.provider.admit()?;
    let refused = [requiring(&["a=2"], "a", Expected::Nothing)?, Batch::new()];
    for batch in refused {
        let got = exam.commit(batch).await;
        demand!(got.is_err(), "a batch was to be refused, got {got:?}");
        exam.provider.admit()?;
    }
    exam.compact(2).await?;
    exam.provider.admit()?;
    Ok(())
}

async fn what_was_put_cannot_be_read(exam: Examined<'_>) -> Verdict {
    exam.write(&["a=1"]).await?;
    exam.gives("a", Some("a=1@1")).await?;
    exam.write(&["b=2", "right/c=3"]).await?;
    exam.gives("a", Some("a=1@1")).await?;
    exam.gives("b", Some("b=2@2")).await?;
    exam.gives("right/c", Some("right/c=3@3")).await
}

async fn an_absent_key_has_a_value(exam: Examined<'_>) -> Verdict {
    exam.gives("b", None).await?;
    exam.write(&["a=1", "c=3"]).await?;
    exam.gives("b", None).await?;
    exam.gives("aa", None).await
}

async fn an_overwritten_value_stays(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "a=2", "a=2", "a=3"]).await?;
    exam.gives("a", Some("a=3@4")).await?;
    exam.holds(&["a=3@4"]).await
}

async fn a_value_is_changed_by_keeping_it(exam: Examined<'_>) -> Verdict {
    let every_byte: Vec<u8> = (0..=u8::MAX).collect();
    let values = [
        Bytes::new(),
        Bytes::from_static(b"\0"),
        Bytes::from_static(b" trailing \n"),
        Bytes::from(every_byte),
        Bytes::from_static("\u{fffd}ä".as_bytes()),
    ];
    for value in values {
        let (namespace, key) = place("a")?;
        exam.commit(Batch::new().put(namespace.clone(), key, value.clone())).await?;
        let got = exam.get("a").await?.map(|entry| entry.value);
        same("a value that was read", &got, &Some(value.clone()))?;
        let listed = exam.list("left", 1).await?.into_iter().map(|entry| entry.value).collect::<Vec<_>>();
        same("a value that was listed", &listed, &vec![value])?;
    }
    Ok(())
}

async fn a_key_is_mixed_up_with_another(exam: Examined<'_>) -> Verdict {
    let (long, longest) = ("k".repeat(511), "k".repeat(512));
    let keys = [
        "a",
        "A",
        "a a",
        "ä",
        "aa",
        "%",
        "_",
        "a%",
        "'",
        "\"",
        "\\",
        "*",
        "ключ",
        "键",
        "مفتاح",
        "🔑",
        "0",
        "00",
        &long,
        &longest,
    ];
    for text in keys {
        let (namespace, _) = place("a")?;
        exam.commit(Batch::new().put(namespace, key(text)?, text.to_owned())).await?;
    }
    let (namespace, _) = place("a")?;
    for text in keys {
        let got = exam.provider.get(&exam.swarm, &namespace, &key(text)?).await?.map(|entry| (entry.key, entry.value));
        same("what lies under a key", &got, &Some((key(text)?, Bytes::from(text.to_owned()))))?;
    }
    same("how many keys there are", &exam.list("left", 3).await?.len(), &keys.len())
}

async fn an_entry_names_another_change(exam: Examined<'_>) -> Verdict {
    exam.write(&["a=1", "b=2", "c=3"]).await?;
    exam.gives("a", Some("a=1@1")).await?;
    exam.gives("b", Some("b=2@2")).await?;
    exam.gives("c", Some("c=3@3")).await?;
    exam.write(&["b=4"]).await?;
    exam.holds(&["a=1@1", "b=4@4", "c=3@3"]).await
}

async fn a_namespace_leaks_into_another(exam: Examined<'_>) -> Verdict {
    exam.write(&["a=1", "right/b=2"]).await?;
    exam.gives("right/a", None).await?;
    exam.gives("b", None).await?;
    exam.write(&["right/a=3", "-b"]).await?;
    exam.holds(&["a=1@1", "right/a=3@3", "right/b=2@2"]).await?;
    exam.write(&["-a"]).await?;
    exam.holds(&["right/a=3@3", "right/b=2@2"]).await
}

async fn a_swarm_leaks_into_another(exam: Examined<'_>) -> Verdict {
    let other = exam.other_swarm()?;
    exam.write(&["a=1", "b=2"]).await?;
    other.gives("a", None).await?;
    other.holds(&[]).await?;
    other.tells(0, &[]).await?;
    same("another swarm's snapshot", &other.replaced(Default::default(), 3).await?, &Vec::new())?;
    other.write(&["a=3"]).await?;
    other.write(&["-b"]).await?;
    exam.holds(&["a=1@1", "b=2@2"]).await?;
    exam.tells(0, &["a=1@1", "b=2@2"]).await
}

async fn an_eventual_commit_is_not_seen(exam: Examined<'_>) -> Verdict {
    exam.commit(batch(&["a=1"])?.durability(Durability::Eventual)).await?;
    exam.holds(&["a=1@1"]).await?;
    exam.tells(0, &["a=1@1"]).await?;
    exam.stands_at(1, 0).await?;
    exam.commit(batch(&["a=2"])?.durability(Durability::Eventual)).await?;
    exam.gives("a", Some("a=2@2")).await
}
