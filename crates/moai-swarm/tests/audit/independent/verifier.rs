//! The verifier: votes under `quorum`, and commits.

use std::collections::BTreeMap;

use serde_json::Value;

use super::canonical::{Fields, canonical};

/// What it found.
#[derive(Default)]
pub(super) struct Verified {
    pub(super) approved: u32,
    pub(super) rejected: u32,
    pub(super) commits: u32,
}

/// A vote that is open.
struct Vote {
    instance: String,
    electors: BTreeMap<String, bool>,
    choices: BTreeMap<String, String>,
    vetoed: bool,
    /// The decision that is due next, with the time of what brought it about.
    due: Option<String>,
}

#[derive(Default)]
struct State {
    previous: String,
    votes: BTreeMap<String, Vote>,
    over: Vec<String>,
    /// By the number of its record: swarm, floor and number of changes.
    intended: BTreeMap<u64, (String, u64, u64)>,
    last: BTreeMap<(String, String), u64>,
    verified: Verified,
}

/// Verifies lines of JSON; else names the place of the first bad one.
pub(super) fn verify(lines: &[String]) -> Result<Verified, usize> {
    let mut state = State { previous: "0".repeat(64), ..State::default() };
    for (place, line) in lines.iter().enumerate() {
        state.take(place as u64 + 1, line).ok_or(place)?;
    }
    Ok(state.verified)
}

fn hex(bytes: [u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let lower = |digit: &u8| digit.is_ascii_digit() || (b'a'..=b'f').contains(digit);
    if text.len() != 64 || !text.as_bytes().iter().all(lower) {
        return None;
    }
    (0..32).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()).collect()
}

/// Microseconds since 1970.
fn micros(text: &str) -> Option<i64> {
    let (moment, fraction) = match text.strip_suffix("+00:00")?.split_once('.') {
        Some((moment, fraction)) if fraction.len() == 6 && fraction != "000000" => (moment, fraction),
        None => (text.strip_suffix("+00:00")?, "0"),
        Some(_) => return None,
    };
    let digits = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit()).then(|| text.parse::<i64>().ok())?;
    let at = |from: usize, to: usize| moment.get(from..to).and_then(digits);
    let marks: String = moment.chars().filter(|mark| !mark.is_ascii_digit()).collect();
    if moment.len() != 19 || marks != "--T::" {
        return None;
    }
    let (year, month, day) = (at(0, 4)?, at(5, 7)?, at(8, 10)?);
    let (hour, minute, second) = (at(11, 13)?, at(14, 16)?, at(17, 19)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    // Days since 1970, counted in years that begin with March.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468;
    Some(((days * 24 + hour) * 60 + minute) * 60_000_000 + second * 1_000_000 + digits(fraction)?)
}

fn has(json: &Value, fields: &[&str]) -> Option<()> {
    let object = json.as_object()?;
    (object.len() == fields.len() && fields.iter().all(|field| object.contains_key(*field))).then_some(())
}

impl State {
    fn take(&mut self, seq: u64, line: &str) -> Option<()> {
        let record: Value = serde_json::from_str(line).ok()?;
        has(&record, &["seq", "kind", "time", "payload", "previous", "digest"])?;
        has(&record["payload"], &["text"])?;
        let (kind, payload) = (record["kind"].as_str()?, record["payload"]["text"].as_str()?);
        let (previous, time) = (record["previous"].as_str()?, record["time"].as_str()?);
        let digest = Fields::of("moai/record/1")
            .number(record["seq"].as_u64()?)
            .bytes(kind.as_bytes())
            .bytes(&micros(time)?.to_be_bytes())
            .bytes(payload.as_bytes())
            .bytes(&unhex(previous)?)
            .digest();
        let holds = record["seq"] == seq && previous == self.previous && record["digest"] == hex(digest).as_str();
        if !holds {
            return None;
        }
        self.previous = hex(digest);
        let json: Value = serde_json::from_str(payload).ok()?;
        match kind {
            "consensus_opened" => self.opened(&json, time),
            "consensus_ballot" => self.ballot(&json, time),
            "consensus_vetoed" => self.vetoed(&json, time),
            "consensus_decided" => self.decided(&json, time),
            "consensus_late" => self.over.iter().any(|name| json["proposal"] == name.as_str()).then_some(()),
            "memory_intended" => {
                let (swarm, floor) = (json["swarm"].as_str()?.to_owned(), json["floor"].as_u64()?);
                self.intended.insert(seq, (swarm, floor, json["changes"].as_array()?.len() as u64));
                Some(())
            }
            "memory_committed" => self.committed(&json),
            // Nothing else was written here.
            _ => None,
        }
    }

    fn opened(&mut self, json: &Value, time: &str) -> Option<()> {
        let (proposal, electorate) = (&json["proposal"], &json["electorate"]);
        let id = proposal["id"].as_str()?;
        let mut content = Vec::new();
        canonical(&proposal["content"], &mut content);
        let asked = Fields::of("moai/proposal/1")
            .bytes(id.as_bytes())
            .bytes(proposal["proposer"].as_str()?.as_bytes())
            .bytes(&content)
            .digest();
        let listed = electorate["electors"].as_array()?;
        let mut voters = Fields::of("moai/electorate/1")
            .number(electorate["epoch"].as_u64()?)
            .number(electorate["unit"].as_u64()?)
            .number(listed.len() as u64);
        let mut electors = BTreeMap::new();
        for elector in listed {
            let (name, veto) = (elector["id"].as_str()?, elector["veto"].as_bool().unwrap_or(false));
            voters = voters
                .bytes(name.as_bytes())
                .number(elector["weight"].as_u64()?)
                .bytes(elector["group"].as_str().unwrap_or_default().as_bytes())
                .number(u64::from(veto))
                .bytes(&elector["key"].as_str().map_or(Some(Vec::new()), unhex)?);
            electors.insert(name.to_owned(), veto);
        }
        let rule = Fields::of("moai/rule/1").bytes(b"more than 1/2 of members").digest();
        let instance = hex(Fields::of("moai/1").bytes(&asked).bytes(&voters.digest()).bytes(&rule).digest());
        let fits = json["algorithm"] == "quorum" && json["opened_at"] == time && !self.votes.contains_key(id);
        self.votes
            .insert(id.to_owned(), Vote { instance, electors, choices: BTreeMap::new(), vetoed: false, due: None });
        fits.then_some(())
    }

    fn ballot(&mut self, json: &Value, time: &str) -> Option<()> {
        let vote = self.votes.get_mut(json["proposal"].as_str()?)?;
        let (voter, choice) = (json["voter"].as_str()?, json["choice"].as_str()?);
        let fits = json["instance"] == vote.instance.as_str()
            && vote.electors.contains_key(voter)
            && vote.due.is_none()
            && vote.choices.insert(voter.to_owned(), choice.to_owned()).is_none();
        let members = vote.electors.len();
        let (approves, missing) = (vote.count("for"), members - vote.choices.len());
        if 2 * approves > members || 2 * (approves + missing) <= members {
            vote.due = Some(time.to_owned());
        }
        fits.then_some(())
    }

    fn vetoed(&mut self, json: &Value, time: &str) -> Option<()> {
        let vote = self.votes.get_mut(json["proposal"].as_str()?)?;
        let may = vote.due.is_none() && vote.electors.get(json["by"].as_str()?) == Some(&true);
        (vote.vetoed, vote.due) = (true, Some(time.to_owned()));
        may.then_some(())
    }

    fn decided(&mut self, json: &Value, time: &str) -> Option<()> {
        let id = json["proposal"].as_str()?;
        let vote = self.votes.remove(id)?;
        let [approves, opposes, abstains] = ["for", "against", "abstain"].map(|choice| vote.count(choice));
        let approved = !vote.vetoed && 2 * approves > vote.electors.len();
        let participants: Vec<&str> = vote.choices.keys().map(String::as_str).collect();
        let fits = json["decision"] == if approved { "approved" } else { "rejected" }
            && json["basis"] == if vote.vetoed { "vetoed" } else { "votes" }
            && json["instance"] == vote.instance.as_str()
            && json["votes_for"] == approves
            && json["votes_against"] == opposes
            && json["votes_abstain"] == abstains
            && json["participants"] == serde_json::json!(participants)
            && json["decided_at"] == time
            && vote.due.as_deref() == Some(time);
        self.over.push(id.to_owned());
        *(if approved { &mut self.verified.approved } else { &mut self.verified.rejected }) += 1;
        fits.then_some(())
    }

    fn committed(&mut self, json: &Value) -> Option<()> {
        has(json, &["intended", "epoch", "first", "last"])?;
        let (swarm, floor, changes) = self.intended.remove(&json["intended"].as_u64()?)?;
        let (first, last) = (json["first"].as_u64()?, json["last"].as_u64()?);
        let before = self.last.insert((swarm, json["epoch"].as_str()?.to_owned()), last);
        self.verified.commits += 1;
        let follows = before.is_none_or(|before| first == before.max(floor) + 1);
        (follows && last - first + 1 == changes).then_some(())
    }
}

impl Vote {
    fn count(&self, choice: &str) -> usize {
        self.choices.values().filter(|said| *said == choice).count()
    }
}
