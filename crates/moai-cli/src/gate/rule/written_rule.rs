//! A rule as it was written.

use moai_flow::consensus::{Algorithm, Electorate, OpenError, Opening, RuleAlgorithm, Session, SharedRule};
use moai_flow::{AlgorithmName, InvalidInput};
use sha2::{Digest as _, Sha256};

use super::compile::compile;
use super::expression::Expression;
use super::{RuleError, parse};

/// A rule as it was written. As an algorithm it reads the text for whoever may vote, so that it is known by its text alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WrittenRule {
    text: String,
    whole: Expression,
}

impl WrittenRule {
    /// Reads a rule.
    ///
    /// # Errors
    ///
    /// What cannot be read, and where.
    pub(crate) fn read(text: &str) -> Result<Self, RuleError> {
        let text = text.trim();
        Ok(Self { text: text.into(), whole: parse::parse(text)? })
    }

    /// As it was written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The rule for these voters.
    ///
    /// # Errors
    ///
    /// What does not fit them, and where it stands.
    pub(crate) fn for_voters(&self, electorate: &Electorate) -> Result<SharedRule, RuleError> {
        compile(&self.text, &self.whole, electorate)
    }

    /// Under which name votes by it are opened: the same text has the same name everywhere.
    ///
    /// # Errors
    ///
    /// None: it is a name.
    pub(crate) fn name(&self) -> Result<AlgorithmName, InvalidInput> {
        let digest = Sha256::digest(self.text.as_bytes());
        let hex: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        AlgorithmName::new(format!("rule-{hex}"))
    }
}

impl Algorithm for WrittenRule {
    fn open(&self, opening: Opening) -> Result<Box<dyn Session>, OpenError> {
        let malformed = |why: RuleError| InvalidInput::Malformed { field: "rule", why: why.to_string() };
        let rule = self.for_voters(&opening.electorate).map_err(malformed)?;
        RuleAlgorithm::new(rule).open(opening)
    }
}

#[cfg(test)]
mod tests {
    use moai_flow::AgentId;
    use moai_flow::consensus::{Elector, Group, Ratio, Standing, Status, Tally, determine};

    use super::*;

    fn five() -> Electorate {
        let elector = |(place, name): (usize, &str)| {
            let elector = Elector::new(AgentId::new(name).unwrap());
            let elector = elector.in_group(Group::new(if place < 2 { "x" } else { "y" }).unwrap());
            if name == "eva" { elector.with_veto() } else { elector }
        };
        let plain = Electorate::new(["ann", "bob", "cem", "dan", "eva"].into_iter().enumerate().map(elector)).unwrap();
        plain.weighted(|id| Some(if id.as_str() == "ann" { "2.5".parse().unwrap() } else { Ratio::ONE })).unwrap()
    }

    /// Whether it passes when these are for it and the others against it, except for eva, who abstains.
    fn passes(rule: &str, in_favour: &[&str]) -> bool {
        let electorate = five();
        let rule = WrittenRule::read(rule).unwrap().for_voters(&electorate).unwrap_or_else(|why| panic!("{why}"));
        let mut tally = Tally::new(electorate.clone());
        for (place, id) in electorate.ids().enumerate() {
            let other = if id.as_str() == "eva" { Standing::Abstain } else { Standing::Against };
            tally.record(place, if in_favour.contains(&id.as_str()) { Standing::For } else { other });
        }
        match determine(rule.as_ref(), &tally).status {
            Status::Pass => true,
            Status::Fail => false,
            Status::Open => panic!("everybody has spoken"),
        }
    }

    #[test]
    fn rules_mean_what_they_say() {
        for (rule, with, without) in [
            ("3of5", &["ann", "bob", "cem"][..], &["ann", "bob"][..]),
            ("3 of 5", &["ann", "bob", "cem"], &["ann", "bob"]),
            ("majority", &["bob", "cem", "dan"], &["ann", "bob"]),
            ("all", &["ann", "bob", "cem", "dan", "eva"], &["ann", "bob", "cem", "dan"]),
            ("any", &["dan"], &[]),
            ("60%", &["bob", "cem", "dan"], &["bob", "cem"]),
            ("2of(ann, bob,cem)", &["ann", "cem"], &["ann", "dan", "eva"]),
            ("weight>=2.5", &["ann"], &["bob", "cem"]),
            ("weight > 2.5", &["ann", "bob"], &["ann"]),
            ("weight>50%", &["ann", "bob"], &["bob", "cem", "dan"]),
            ("groups>=2", &["ann", "cem"], &["ann", "bob"]),
            ("any and no-veto", &["bob"], &[]),
            ("1of(ann) and 1of(bob) or 1of(cem)", &["cem"], &["ann"]),
            ("1of(ann) and (1of(bob) or 1of(cem))", &["ann", "cem"], &["cem"]),
            ("any and not all", &["ann"], &["ann", "bob", "cem", "dan", "eva"]),
            ("not majority", &["ann"], &["ann", "bob", "cem"]),
        ] {
            assert!(passes(rule, with), "{rule} with {with:?}");
            assert!(!passes(rule, without), "{rule} with {without:?}");
        }
    }

    /// Of every way in which three can vote, with the voters in every order: never decided too early, and never too late.
    #[test]
    fn named_voters_decide_exactly() {
        let electorate = Electorate::of(["a", "b", "c"].map(|name| AgentId::new(name).unwrap())).unwrap();
        let rule = WrittenRule::read("1of(a) and 1of(b,c)").unwrap().for_voters(&electorate).unwrap();
        let means = |said: &[bool; 3]| said[0] && (said[1] || said[2]);
        for ways in 0..27_usize {
            let said: Vec<usize> = (0..3).map(|place| ways / 3_usize.pow(place) % 3).collect();
            let mut tally = Tally::new(electorate.clone());
            for (place, said) in said.iter().enumerate().filter(|(_, said)| **said < 2) {
                tally.record(place, if *said == 0 { Standing::For } else { Standing::Against });
            }
            let ends: Vec<bool> = (0..8_usize)
                .map(|end| {
                    [0, 1, 2].map(|place| if said[place] < 2 { said[place] == 0 } else { end >> place & 1 == 1 })
                })
                .map(|end| means(&end))
                .collect();
            let expected = match (ends.iter().all(|end| *end), ends.iter().any(|end| *end)) {
                (true, _) => Status::Pass,
                (_, false) => Status::Fail,
                _ => Status::Open,
            };
            assert_eq!(determine(rule.as_ref(), &tally).status, expected, "{said:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_marked_where_it_stands() {
        for (rule, marked) in [
            ("2of3", "2of3"),
            ("majority and wrong", "wrong"),
            ("2of(ann,zoe)", "2of(ann,zoe)"),
            ("4of(ann,bob)", "4of(ann,bob)"),
            ("(majority", ""),
            ("majority any", "any"),
            ("weight=2", "="),
            ("weight>=70", "weight>=70"),
            ("groups>=3", "groups>=3"),
            ("101%", "101"),
            ("0of5", "0"),
            ("any or not any", "any or not any"),
            ("1of(ann) and not 1of(bob) and all", "1of(ann) and not 1of(bob) and all"),
            ("ünicode", "ü"),
            ("", ""),
            ("2of(ann,ann)", "ann"),
        ] {
            let read = WrittenRule::read(rule).and_then(|read| read.for_voters(&five()).map(drop));
            let why = read.expect_err(rule);
            assert_eq!(&why.text[why.place.clone()], marked, "{rule}: {why}");
            assert!(why.to_string().contains('^'), "{why}");
        }
        assert!(WrittenRule::read(&"(".repeat(4_000)).is_err());
        assert!(WrittenRule::read(&"not ".repeat(1_000)).is_err());
    }
}
