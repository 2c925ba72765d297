//! A picture of how cost grows: curves over size, both on a logarithmic scale, as SVG.

use std::fmt::Write as _;

/// One line of the picture.
pub(crate) struct Curve {
    pub(crate) name: String,
    /// Curves of one colour are the same work.
    pub(crate) colour: usize,
    /// Ours are drawn through, those of peers dashed.
    pub(crate) ours: bool,
    /// Size, and nanoseconds.
    pub(crate) points: Vec<(f64, f64)>,
}

/// Readable on white and on black.
const COLOURS: [&str; 4] = ["#2f81f7", "#d9730d", "#2da44e", "#bf4bbf"];
const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 460.0;
/// Where the curves are: left, top, right, bottom.
const FIELD: (f64, f64, f64, f64) = (70.0, 50.0, 520.0, 410.0);

pub(crate) fn svg(title: &str, across: &str, curves: &[Curve]) -> String {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let (left, right) = decades(points().map(|point| point.0));
    let (low, high) = decades(points().map(|point| point.1));
    let x = |size: f64| FIELD.0 + (FIELD.2 - FIELD.0) * (size.log10() - left) / (right - left);
    let y = |cost: f64| FIELD.3 - (FIELD.3 - FIELD.1) * (cost.log10() - low) / (high - low);

    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         font-family=\"sans-serif\" font-size=\"13\">\n<title>{title}</title>\n\
         <style>text {{ fill: #57606a }} .grid {{ stroke: #8b949e; stroke-opacity: .3 }} \
         @media (prefers-color-scheme: dark) {{ text {{ fill: #c9d1d9 }} }}</style>\n"
    );
    let mut text = |x: f64, y: f64, anchor: &str, words: &str| {
        let _ = writeln!(svg, "<text x=\"{x:.0}\" y=\"{y:.0}\" text-anchor=\"{anchor}\">{words}</text>");
    };
    text(FIELD.0, 25.0, "start", title);
    text((FIELD.0 + FIELD.2) / 2.0, HEIGHT - 12.0, "middle", across);
    for decade in whole(left, right) {
        text(x(decade), FIELD.3 + 20.0, "middle", &short(decade));
    }
    for decade in whole(low, high) {
        text(FIELD.0 - 8.0, y(decade) + 4.0, "end", &duration(decade));
    }
    for (row, curve) in curves.iter().enumerate() {
        text(FIELD.2 + 55.0, FIELD.1 + 24.0 * row as f64 + 4.0, "start", &curve.name);
    }
    let mut line = |class: &str, from: (f64, f64), to: (f64, f64)| {
        let _ = writeln!(
            svg,
            "<line {class} x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\"/>",
            from.0, from.1, to.0, to.1
        );
    };
    for decade in whole(left, right) {
        line("class=\"grid\"", (x(decade), FIELD.1), (x(decade), FIELD.3));
    }
    for decade in whole(low, high) {
        line("class=\"grid\"", (FIELD.0, y(decade)), (FIELD.2, y(decade)));
    }
    for (row, curve) in curves.iter().enumerate() {
        let at = FIELD.1 + 24.0 * row as f64;
        line(&curve.stroke(), (FIELD.2 + 15.0, at), (FIELD.2 + 47.0, at));
    }
    for curve in curves {
        let path: Vec<String> = curve.points.iter().map(|&(s, c)| format!("{:.1},{:.1}", x(s), y(c))).collect();
        let _ = writeln!(svg, "<polyline fill=\"none\" {} points=\"{}\"/>", curve.stroke(), path.join(" "));
    }
    svg.push_str("</svg>\n");
    svg
}

impl Curve {
    fn stroke(&self) -> String {
        let dashes = if self.ours { "" } else { " stroke-dasharray=\"6 4\"" };
        format!("stroke=\"{}\" stroke-width=\"2\"{dashes}", COLOURS[self.colour % COLOURS.len()])
    }
}

/// The powers of ten around all of the values.
fn decades(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
    let (low, high) = (low.log10().floor(), high.log10().ceil());
    (low, high.max(low + 1.0))
}

fn whole(low: f64, high: f64) -> impl Iterator<Item = f64> {
    (low as i32..=high as i32).map(|decade| 10_f64.powi(decade))
}

fn duration(nanoseconds: f64) -> String {
    let scales = [("s", 1e9), ("ms", 1e6), ("µs", 1e3)];
    let (unit, scale) = scales.into_iter().find(|(_, scale)| nanoseconds >= *scale).unwrap_or(("ns", 1.0));
    format!("{} {unit}", nanoseconds / scale)
}

/// `1k` for 1000.
fn short(value: f64) -> String {
    match value {
        millions if millions >= 1e6 => format!("{:.0}M", millions / 1e6),
        thousands if thousands >= 1e3 => format!("{:.0}k", thousands / 1e3),
        units => format!("{units}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_times_as_much_is_as_far_everywhere() {
        let points = vec![(1e3, 1e4), (1e4, 1e5), (1e5, 1e6)];
        let svg = svg("t", "n", &[Curve { name: "a".into(), colour: 0, ours: true, points }]);
        assert!(svg.contains("points=\"70.0,410.0 295.0,230.0 520.0,50.0\""), "{svg}");
        assert_eq!([1e2, 1e5, 1e8, 1e9].map(duration), ["100 ns", "100 µs", "100 ms", "1 s"]);
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    }
}
