//! From the text of a rule to its parts.
//!
//! ```text
//!   either = both ("or" both)*        both = one ("and" one)*        one = "not" one | "(" either ")" | word
//!   word   = "all" | "any" | "majority" | "no-veto" | N "of" M | N "of" "(" NAME ("," NAME)* ")" | N "%"
//!          | "weight" (">" | ">=") N ["%"] | "groups" ">=" N
//! ```

use std::ops::Range;

use moai_flow::consensus::Ratio;

use super::RuleError;
use super::expression::{Expression, Says};

/// How long a rule may be, and how deep parentheses may lie in each other.
const LONGEST: usize = 4_096;
const DEEPEST: usize = 32;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Number,
    Word,
    Of,
    Open,
    Close,
    Comma,
    Percent,
    More,
    AtLeast,
}

/// Reads a rule.
///
/// # Errors
///
/// What cannot be read, and where.
pub(super) fn parse(text: &str) -> Result<Expression, RuleError> {
    if text.len() > LONGEST {
        return Err(RuleError::new("", 0..0, format!("it is {} bytes long, {LONGEST} are the most", text.len())));
    }
    let mut parser = Parser { text, tokens: tokens(text)?, next: 0, deep: 0 };
    let read = parser.either()?;
    match parser.peek() {
        None => Ok(read),
        Some((_, place)) => Err(parser.error(place, "this was not expected here; `and` or `or` may stand between")),
    }
}

fn tokens(text: &str) -> Result<Vec<(Token, Range<usize>)>, RuleError> {
    let mut tokens: Vec<(Token, Range<usize>)> = Vec::new();
    let mut from = 0;
    while let Some(rest) = text.get(from..).filter(|rest| !rest.is_empty()) {
        let run = |fits: fn(char) -> bool| rest.find(|c| !fits(c)).unwrap_or(rest.len());
        let first = rest.chars().next().unwrap_or(' ');
        let behind_number = tokens.last().is_some_and(|(token, place)| *token == Token::Number && place.end == from);
        let (token, length) = match first {
            c if c.is_whitespace() => (None, c.len_utf8()),
            '(' => (Some(Token::Open), 1),
            ')' => (Some(Token::Close), 1),
            ',' => (Some(Token::Comma), 1),
            '%' => (Some(Token::Percent), 1),
            '>' if rest.starts_with(">=") => (Some(Token::AtLeast), 2),
            '>' => (Some(Token::More), 1),
            // `2of3` is written as one word.
            'o' if behind_number && rest.starts_with("of") => (Some(Token::Of), 2),
            '0'..='9' => (Some(Token::Number), run(|c| c.is_ascii_digit() || c == '.')),
            c if c.is_ascii_alphabetic() => {
                let length = run(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
                let token = if rest.get(..length) == Some("of") { Token::Of } else { Token::Word };
                (Some(token), length)
            }
            c => return Err(RuleError::new(text, from..from + c.len_utf8(), format!("`{c}` means nothing in a rule"))),
        };
        tokens.extend(token.map(|token| (token, from..from + length)));
        from += length;
    }
    Ok(tokens)
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<(Token, Range<usize>)>,
    next: usize,
    deep: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<(Token, Range<usize>)> {
        self.tokens.get(self.next).cloned()
    }

    fn peek_word(&self, word: &str) -> bool {
        self.peek().is_some_and(|(token, place)| token == Token::Word && self.at(&place) == word)
    }

    fn take(&mut self, what: &str) -> Result<(Token, Range<usize>), RuleError> {
        let Some(found) = self.peek() else {
            let end = self.text.len();
            return Err(self.error(end..end, format!("it ends here, and {what} is missing")));
        };
        self.next += 1;
        Ok(found)
    }

    fn expect(&mut self, token: &Token, what: &str) -> Result<Range<usize>, RuleError> {
        let (found, place) = self.take(what)?;
        if found == *token { Ok(place) } else { Err(self.error(place, format!("{what} is due here"))) }
    }

    fn at(&self, place: &Range<usize>) -> &str {
        self.text.get(place.clone()).unwrap_or_default()
    }

    fn error(&self, place: Range<usize>, why: impl Into<String>) -> RuleError {
        RuleError::new(self.text, place, why)
    }

    fn either(&mut self) -> Result<Expression, RuleError> {
        let parts = self.joined("or", Self::both)?;
        Ok(gathered(parts, Says::Either))
    }

    fn both(&mut self) -> Result<Expression, RuleError> {
        let parts = self.joined("and", Self::one)?;
        Ok(gathered(parts, Says::Both))
    }

    fn joined(
        &mut self,
        word: &str,
        part: fn(&mut Self) -> Result<Expression, RuleError>,
    ) -> Result<Vec<Expression>, RuleError> {
        let mut parts = vec![part(self)?];
        while self.peek_word(word) {
            self.next += 1;
            parts.push(part(self)?);
        }
        Ok(parts)
    }

    fn one(&mut self) -> Result<Expression, RuleError> {
        let (token, place) = self.take("a part of a rule")?;
        self.deep += 1;
        if self.deep > DEEPEST {
            return Err(self.error(place, format!("it lies deeper than {DEEPEST} parentheses")));
        }
        let read = match token {
            Token::Open => {
                let inner = self.either()?;
                let end = self.expect(&Token::Close, "`)`")?;
                Expression { place: place.start..end.end, ..inner }
            }
            Token::Number => self.number(place)?,
            Token::Word => self.word(place)?,
            _ => return Err(self.error(place, "a part of a rule is due here")),
        };
        self.deep -= 1;
        Ok(read)
    }

    fn word(&mut self, place: Range<usize>) -> Result<Expression, RuleError> {
        let start = place.start;
        let says = match self.at(&place) {
            "all" => Says::All,
            "any" => Says::Any,
            "majority" => Says::Majority,
            "no-veto" => Says::NoVeto,
            "not" => Says::Not(Box::new(self.one()?)),
            "weight" => {
                let (compared, at) = self.take("`>` or `>=`")?;
                let more = match compared {
                    Token::More => true,
                    Token::AtLeast => false,
                    _ => return Err(self.error(at, "`>` or `>=` is due here")),
                };
                let number = self.expect(&Token::Number, "a number")?;
                let amount = self.decimal(&number)?;
                let is_share = self.peek().is_some_and(|(token, _)| token == Token::Percent);
                self.next += usize::from(is_share);
                let amount = if is_share { self.percent(amount, &number)? } else { amount };
                Says::Weight { more, amount, is_share }
            }
            "groups" => {
                self.expect(&Token::AtLeast, "`>=`")?;
                let number = self.expect(&Token::Number, "a whole number")?;
                Says::Groups(self.whole(&number)?)
            }
            other => {
                let why = format!("`{other}` is not known");
                return Err(self.error(place, why));
            }
        };
        Ok(self.behind(start, says))
    }

    fn number(&mut self, place: Range<usize>) -> Result<Expression, RuleError> {
        let start = place.start;
        let says = match self.take("`of` or `%`")? {
            (Token::Percent, _) => {
                let amount = self.decimal(&place)?;
                Says::Share(self.percent(amount, &place)?)
            }
            (Token::Of, _) => {
                let need = self.whole(&place)?;
                match self.take("a number, or names in parentheses,")? {
                    (Token::Number, of) => Says::Count { need, of: self.whole(&of)? },
                    (Token::Open, _) => Says::Named { need, of: self.names()? },
                    (_, at) => return Err(self.error(at, "a number, or names in parentheses, are due here")),
                }
            }
            (_, at) => return Err(self.error(at, "`of` or `%` is due here")),
        };
        Ok(self.behind(start, says))
    }

    /// The names up to the closing parenthesis.
    fn names(&mut self) -> Result<Vec<String>, RuleError> {
        let mut names: Vec<String> = Vec::new();
        loop {
            let (token, place) = self.take("a name")?;
            // A name may begin with a digit, and then it was read as a number and what follows at once.
            let mut place = place;
            if token == Token::Number {
                while let Some((Token::Word | Token::Of | Token::Number, more)) =
                    self.peek().filter(|(_, more)| more.start == place.end)
                {
                    self.next += 1;
                    place.end = more.end;
                }
            } else if !matches!(token, Token::Word | Token::Of) {
                return Err(self.error(place, "a name is due here"));
            }
            let name = self.at(&place).to_owned();
            if names.contains(&name) {
                return Err(self.error(place, format!("{name} stands here twice")));
            }
            names.push(name);
            match self.take("`,` or `)`")? {
                (Token::Comma, _) => {}
                (Token::Close, _) => return Ok(names),
                (_, at) => return Err(self.error(at, "`,` or `)` is due here")),
            }
        }
    }

    fn behind(&self, start: usize, says: Says) -> Expression {
        let last = self.next.checked_sub(1).and_then(|last| self.tokens.get(last));
        Expression { says, place: start..last.map_or(start, |(_, place)| place.end) }
    }

    fn whole(&self, place: &Range<usize>) -> Result<u64, RuleError> {
        let read = self.at(place).parse::<u64>().ok().filter(|number| *number > 0);
        read.ok_or_else(|| self.error(place.clone(), "a whole number from 1 is due here"))
    }

    fn decimal(&self, place: &Range<usize>) -> Result<Ratio, RuleError> {
        let read = self.at(place).parse::<Ratio>().ok();
        read.ok_or_else(|| self.error(place.clone(), "a number such as 2 or 2.5 is due here"))
    }

    fn percent(&self, amount: Ratio, place: &Range<usize>) -> Result<Ratio, RuleError> {
        let whole = amount.denominator().checked_mul(100);
        let share = whole.and_then(|whole| Ratio::new(amount.numerator(), whole).ok());
        share.filter(|share| share.is_share()).ok_or_else(|| self.error(place.clone(), "a share is at most 100%"))
    }
}

/// One part is itself.
fn gathered(mut parts: Vec<Expression>, says: fn(Box<[Expression]>) -> Says) -> Expression {
    let ends = parts.first().zip(parts.last()).map(|(first, last)| first.place.start..last.place.end);
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            parts.extend(last);
            Expression { says: says(parts.into()), place: ends.unwrap_or_default() }
        }
    }
}
