//! From the parts of a rule to the rule that the library runs, for those who may vote.

use moai_flow::AgentId;
use moai_flow::consensus::{
    All, Any, Diversity, Electorate, Not, Ratio, Rule as _, SharedRule, Status, Tally, Threshold, Unanimous, Veto,
    determine,
};

use super::RuleError;
use super::expression::{Expression, Says};
use super::named::Named;

/// The rule for these voters.
///
/// # Errors
///
/// What does not fit them.
pub(super) fn compile(text: &str, whole: &Expression, electorate: &Electorate) -> Result<SharedRule, RuleError> {
    let compiler = Compiler { text, electorate };
    let rule = compiler.part(whole)?;
    let knows_extremes = rule.extremes().best().is_some() && rule.extremes().worst().is_some();
    if names_voters(whole) && !knows_extremes {
        let why =
            "where voters are named, the same vote must not help one part and harm another: write it without `not`";
        return Err(compiler.error(whole, why));
    }
    match determine(rule.as_ref(), &Tally::new(electorate.clone())).status {
        Status::Open => Ok(rule),
        Status::Fail => Err(compiler.error(whole, "it can never pass, whatever these voters say")),
        Status::Pass => Err(compiler.error(whole, "it always passes, whatever these voters say")),
    }
}

fn names_voters(part: &Expression) -> bool {
    match &part.says {
        Says::Named { .. } => true,
        Says::Both(parts) | Says::Either(parts) => parts.iter().any(names_voters),
        Says::Not(part) => names_voters(part),
        _ => false,
    }
}

struct Compiler<'a> {
    text: &'a str,
    electorate: &'a Electorate,
}

impl Compiler<'_> {
    fn error(&self, part: &Expression, why: impl Into<String>) -> RuleError {
        RuleError::new(self.text, part.place.clone(), why)
    }

    fn part(&self, part: &Expression) -> Result<SharedRule, RuleError> {
        let voters = self.electorate.len() as u64;
        let parts = |parts: &[Expression]| parts.iter().map(|part| self.part(part)).collect::<Result<Vec<_>, _>>();
        let input = |why: moai_flow::InvalidInput| self.error(part, why.to_string());
        Ok(match &part.says {
            Says::All => Unanimous.shared(),
            Says::Any => self.at_least(part, 1, voters)?.shared(),
            Says::Majority => Threshold::MAJORITY.shared(),
            Says::Count { of, .. } if *of != voters => {
                let them =
                    if voters == 1 { "there is 1 voter".to_owned() } else { format!("there are {voters} voters") };
                return Err(self.error(part, format!("it speaks of {of} voters, and {them}")));
            }
            Says::Count { need, of } => self.at_least(part, *need, *of)?.shared(),
            Says::Named { need, of } => self.named(part, *need, of)?.shared(),
            Says::Share(share) => Threshold::at_least(*share).map_err(input)?.shared(),
            Says::Weight { more, amount, is_share } => {
                let share = if *is_share { *amount } else { self.share_of_weight(part, *amount)? };
                let threshold = if *more { Threshold::more_than(share) } else { Threshold::at_least(share) };
                threshold
                    .map_err(|_| self.error(part, "so much weight can never be for it, or is always"))?
                    .by_weight()
                    .shared()
            }
            Says::Groups(groups) => Diversity::new(*groups, *groups).shared(),
            Says::NoVeto if !self.electorate.electors().iter().any(|elector| elector.veto) => {
                return Err(self.error(
                    part,
                    "nobody has a veto: name somebody with --veto-by NAME, or `veto = true` in moai.toml",
                ));
            }
            Says::NoVeto => Veto.shared(),
            Says::Both(inner) => All::of(parts(inner)?).map_err(input)?.shared(),
            Says::Either(inner) => Any::of(parts(inner)?).map_err(input)?.shared(),
            Says::Not(inner) => Not::new(self.part(inner)?).shared(),
        })
    }

    fn at_least(&self, part: &Expression, need: u64, of: u64) -> Result<Threshold, RuleError> {
        let share = Ratio::new(need, of).and_then(Threshold::at_least);
        share.map_err(|_| self.error(part, format!("{need} of {of} can never be for it")))
    }

    /// Which share of all weight this weight is.
    fn share_of_weight(&self, part: &Expression, amount: Ratio) -> Result<Ratio, RuleError> {
        // In the electorate's unit, of which so many are a weight of 1.
        let unit = self.electorate.unit();
        let total = amount.denominator().checked_mul(self.electorate.total_weight());
        let share = amount.numerator().checked_mul(unit).zip(total).and_then(|(got, of)| Ratio::new(got, of).ok());
        share.ok_or_else(|| self.error(part, "the weights are too large, or nobody has any"))
    }

    fn named(&self, part: &Expression, need: u64, of: &[String]) -> Result<Named, RuleError> {
        let place = |name: &String| {
            let known = AgentId::new(name).ok().and_then(|id| self.electorate.index_of(&id));
            let known = known.map(|place| (place, name.clone()));
            known.ok_or_else(|| self.error(part, format!("no voter is called {name}; there are: {}", self.names())))
        };
        let places = of.iter().map(place).collect::<Result<Vec<_>, _>>()?;
        if need > places.len() as u64 {
            return Err(self.error(part, format!("{need} of {} can never be for it", places.len())));
        }
        Ok(Named { need, of: places })
    }

    fn names(&self) -> String {
        self.electorate.ids().map(AgentId::as_str).collect::<Vec<_>>().join(", ")
    }
}
