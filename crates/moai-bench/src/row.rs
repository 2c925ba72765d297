//! One line of the report: the one place that knows how it is printed.

use crate::unit::Unit;

/// Us beside one peer. Less is better in every row so far.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) area: &'static str,
    pub(crate) name: &'static str,
    pub(crate) unit: Unit,
    pub(crate) ours: f64,
    /// Who, and what it needs. A row of a build without peers has none.
    pub(crate) theirs: Option<(&'static str, f64)>,
    /// How many times better we want to be.
    pub(crate) bar: Option<f64>,
}

impl Row {
    /// How many times better we are.
    pub(crate) fn ratio(&self) -> Option<f64> {
        self.theirs.map(|(_, theirs)| theirs / self.ours)
    }

    /// The bar, where it is missed.
    pub(crate) fn missed(&self) -> Option<f64> {
        self.bar.filter(|bar| self.ratio().is_some_and(|ratio| ratio < *bar))
    }

    /// The line for people and for `cut`.
    pub(crate) fn text(&self) -> String {
        let (unit, scale) = self.unit.scale(self.ours);
        let shown = |value: f64| format!("{}{unit}", three_digits(value / scale));
        let (peer, theirs) = self.theirs.map_or(("none", "-".into()), |(peer, theirs)| (peer, shown(theirs)));
        let ratio = self.ratio().map_or("-".into(), three_digits);
        format!("bench {}/{} ours={} peer={peer} theirs={theirs} ratio={ratio}", self.area, self.name, shown(self.ours))
    }

    /// The same as a line of JSON, in the unit's own scale. No name in it needs escaping.
    pub(crate) fn json(&self) -> String {
        let number = |value: Option<f64>| value.filter(|v| v.is_finite()).map_or("null".into(), |v| format!("{v:.3}"));
        format!(
            r#"{{"area":"{}","row":"{}","unit":"{}","ours":{},"peer":"{}","theirs":{},"ratio":{},"bar":{}}}"#,
            self.area,
            self.name,
            self.unit.scale(0.0).0,
            number(Some(self.ours)),
            self.theirs.map_or("none", |(peer, _)| peer),
            number(self.theirs.map(|(_, theirs)| theirs)),
            number(self.ratio()),
            number(self.bar),
        )
    }
}

/// Three digits that mean something: nobody measured more.
fn three_digits(value: f64) -> String {
    let digits = match value.abs() {
        less if less < 1.0 => 3,
        units if units < 10.0 => 2,
        tens if tens < 100.0 => 1,
        _ => 0,
    };
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(ours: f64, theirs: f64) -> Row {
        let theirs = Some(("crdts", theirs));
        Row { area: "crdt", name: "set-add", unit: Unit::Time, ours, theirs, bar: Some(8.0) }
    }

    #[test]
    fn a_line_has_one_shape() {
        assert_eq!(row(27.0, 325.0).text(), "bench crdt/set-add ours=27.0ns peer=crdts theirs=325ns ratio=12.0");
        assert_eq!(row(8.2e6, 41.7e6).text(), "bench crdt/set-add ours=8.20ms peer=crdts theirs=41.7ms ratio=5.09");
        let alone = Row { theirs: None, ..row(27.0, 0.0) };
        assert_eq!(alone.text(), "bench crdt/set-add ours=27.0ns peer=none theirs=- ratio=-");
        assert!(alone.json().contains(r#""peer":"none","theirs":null,"ratio":null"#), "{}", alone.json());
    }

    #[test]
    fn json_keeps_one_scale_for_every_row() {
        let json = row(8.2e6, 41.7e6).json();
        assert!(json.contains(r#""unit":"ns","ours":8200000.000,"peer":"crdts","theirs":41700000.000"#), "{json}");
    }

    #[test]
    fn a_bar_is_missed_only_from_below() {
        assert_eq!(row(10.0, 79.0).missed(), Some(8.0));
        assert_eq!(row(10.0, 80.0).missed(), None);
    }
}
