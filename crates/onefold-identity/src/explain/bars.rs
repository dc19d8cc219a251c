//! A waterfall as a picture: from the prior, field by field, to the total.
//!
//! Invariant: each bar begins where the one above it ends; the last shows the total from zero.

use std::fmt::Write;

use super::{
    Waterfall,
    escape::{escape, shortened, signed},
    percent,
    picture::open,
};

/// Wide enough to read, narrow enough for a phone.
const WIDTH: f64 = 420.0;
const MARGIN: f64 = 18.0;
const STEP: f64 = 40.0;

/// The waterfall as SVG: a text that is a file, or a part of a page.
pub fn waterfall_svg(waterfall: &Waterfall) -> String {
    let scale = Scale::of(waterfall);
    let rows = waterfall.bars().len() as f64 + 2.0;
    let height = rows * STEP + 2.0 * MARGIN;
    let mut svg = String::new();
    let total = waterfall.total_bits();
    open(
        &mut svg,
        WIDTH,
        height,
        &format!("{total:+.1} bits from the prior and each field"),
    );
    let zero = scale.x(0.0);
    // Writing to a text does not fail.
    let _ = writeln!(
        svg,
        "<line class=\"of-axis\" x1=\"{zero:.1}\" y1=\"{MARGIN}\" x2=\"{zero:.1}\" y2=\"{:.1}\" \
         stroke-dasharray=\"2 4\"/>",
        height - MARGIN
    );
    let mut y = MARGIN;
    let mut sum = waterfall.prior_bits();
    let mut row = |class: &str, name: &str, detail: &str, from: f64, to: f64| {
        line(
            &mut svg,
            (class, name, detail),
            (scale.x(from), scale.x(to)),
            to - from,
            y,
        );
        y += STEP;
    };
    row("of-start", "prior", "before any field", 0.0, sum);
    for bar in waterfall.bars() {
        let class = if bar.bits < 0.0 {
            "of-against"
        } else {
            "of-for"
        };
        row(class, &bar.field, &bar.level, sum, sum + bar.bits);
        sum += bar.bits;
    }
    row("of-total", "total", &percent(total), 0.0, total);
    svg.push_str("</svg>\n");
    svg
}

/// From bits to places in the picture.
struct Scale {
    lowest: f64,
    length: f64,
}

impl Scale {
    fn of(waterfall: &Waterfall) -> Self {
        let mut sum = waterfall.prior_bits();
        let (mut lowest, mut highest) = (f64::min(sum, 0.0), f64::max(sum, 0.0));
        for bar in waterfall.bars() {
            sum += bar.bits;
            (lowest, highest) = (lowest.min(sum), highest.max(sum));
        }
        Self {
            lowest,
            length: f64::max(highest - lowest, 1.0),
        }
    }

    fn x(&self, bits: f64) -> f64 {
        MARGIN + (bits - self.lowest) / self.length * (WIDTH - 2.0 * MARGIN)
    }
}

/// One row: name and level left, bits right, the bar below.
fn line(
    svg: &mut String,
    (class, name, detail): (&str, &str, &str),
    (from, to): (f64, f64),
    bits: f64,
    y: f64,
) {
    let (x, width) = (from.min(to), f64::max((to - from).abs(), 1.5));
    let _ = writeln!(
        svg,
        "<g><title>{}: {}</title>\
         <text class=\"of-ink\" x=\"{MARGIN}\" y=\"{:.1}\" font-size=\"13\" font-weight=\"600\">{}\
         <tspan class=\"of-dim\" font-weight=\"400\" dx=\"8\">{}</tspan></text>\
         <text class=\"of-ink\" x=\"{:.1}\" y=\"{:.1}\" font-size=\"13\" text-anchor=\"end\">{}</text>\
         <rect class=\"{class}\" x=\"{x:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"9\" rx=\"2\"/></g>",
        escape(name),
        escape(detail),
        y + 14.0,
        shortened(name, 22),
        shortened(detail, 26),
        WIDTH - MARGIN,
        y + 14.0,
        signed(bits, 2),
        y + 21.0
    );
}
