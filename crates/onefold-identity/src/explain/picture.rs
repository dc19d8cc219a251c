//! A component as a picture: rows as dots, links as lines, wider for more bits.
//!
//! Invariant: the picture is well-formed SVG without anything from outside, the same bytes every time; what
//! is marked is marked by form as well as by colour.

use std::fmt::Write;

use super::{
    Component, Cut, Names, Path, counted,
    escape::{escape, shortened, signed},
    layout::layout,
};
use crate::cluster::ScoredPair;

/// At most so many rows are drawn; of a larger component those nearest to what is marked.
pub const ROWS_DRAWN_MAX: usize = 120;

/// Bits are written on lines if there are at most so many.
const LABELLED_LINKS_MAX: usize = 40;

/// The length of a link in the picture.
const LENGTH: f64 = 132.0;

/// The style of all pictures, light and dark.
pub(super) const STYLE: &str = include_str!("picture.css");

/// What to mark in a picture. The default is nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Marks<'a> {
    /// A path, drawn bold; its ends are rings.
    pub path: Option<&'a Path>,
    /// A weakest bridge or cut, drawn dashed.
    pub weakest: Option<&'a Cut>,
}

/// The component as SVG: a text that is a file, or a part of a page.
///
/// Rows are placed so that distances come close to the number of links between them. Of more than
/// [`ROWS_DRAWN_MAX`] rows only those nearest to the marks are drawn, and the picture says so.
/// Cost: O(rows²) for the rows drawn.
pub fn component_svg(component: &Component, names: &Names, marks: Marks<'_>) -> String {
    drawn(component, names, marks).0
}

/// The picture and its width.
pub(super) fn drawn(component: &Component, names: &Names, marks: Marks<'_>) -> (String, f64) {
    let drawn = nearest(component, marks);
    let left_out = component.rows().len() - drawn.rows().len();
    let places: Vec<(f64, f64)> = layout(&drawn)
        .into_iter()
        .map(|(x, y)| (x * LENGTH + 70.0, y * LENGTH + 44.0))
        .collect();
    let end = |of: fn(&(f64, f64)) -> f64| places.iter().map(of).fold(0.0, f64::max);
    let (width, height) = ((end(|at| at.0) + 70.0).max(360.0), end(|at| at.1) + 86.0);
    let shift = (width - 70.0 - end(|at| at.0) - 70.0).max(0.0) / 2.0;
    let places: Vec<(f64, f64)> = places.into_iter().map(|(x, y)| (x + shift, y)).collect();
    let mut svg = String::new();
    let about = format!(
        "{} and {}",
        counted(component.rows().len(), "row"),
        counted(component.links().len(), "link")
    );
    open(&mut svg, width, height, &about);
    lines(&mut svg, &drawn, &places, marks);
    dots(&mut svg, &drawn, &places, names, marks);
    legend(&mut svg, height, left_out, marks);
    svg.push_str("</svg>\n");
    (svg, width)
}

/// A text with a rim in the colour of the paper, so that it can be read on lines.
fn text(svg: &mut String, class: &str, (x, y): (f64, f64), (size, weight): (u8, u16), text: &str) {
    for class in ["of-halo", class] {
        let _ = writeln!(
            svg,
            "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" \
             font-weight=\"{weight}\" text-anchor=\"middle\">{text}</text>"
        );
    }
}

/// The beginning of a picture: its size, its name for those who cannot see it, its style.
pub(super) fn open(svg: &mut String, width: f64, height: f64, about: &str) {
    let about = escape(about);
    // Writing to a text does not fail.
    let _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"of\" role=\"img\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\">\
         <title>{about}</title><style>{STYLE}</style>\
         <rect class=\"of-paper\" width=\"100%\" height=\"100%\" rx=\"12\"/>"
    );
}

/// The component, or as many of its rows as are drawn, nearest to the marks first.
fn nearest(component: &Component, marks: Marks<'_>) -> Component {
    if component.rows().len() <= ROWS_DRAWN_MAX {
        return component.clone();
    }
    let mut wanted: Vec<u32> = marks.path.map(Path::rows).unwrap_or_default();
    let cut = marks.weakest.into_iter().flat_map(|cut| &cut.links);
    wanted.extend(cut.flat_map(|link| [link.left, link.right]));
    wanted.extend(component.rows().first());
    let mut steps = vec![u32::MAX; component.rows().len()];
    for place in wanted.iter().filter_map(|row| component.place(*row)) {
        let distances = component.distances(place, |_| true);
        steps
            .iter_mut()
            .zip(distances)
            .for_each(|(least, steps)| *least = steps.min(*least));
    }
    let mut rows: Vec<(u32, u32)> = steps
        .into_iter()
        .zip(component.rows().iter().copied())
        .collect();
    rows.sort_unstable();
    rows.truncate(ROWS_DRAWN_MAX);
    let mut rows: Vec<u32> = rows.into_iter().map(|(_, row)| row).collect();
    rows.sort_unstable();
    let is_drawn = |row: u32| rows.binary_search(&row).is_ok();
    let inside = |link: &&ScoredPair| is_drawn(link.left) && is_drawn(link.right);
    let links: Vec<ScoredPair> = component.links().iter().filter(inside).copied().collect();
    Component::new(&links)
}

fn lines(svg: &mut String, drawn: &Component, places: &[(f64, f64)], marks: Marks<'_>) {
    let mut labels = String::new();
    for link in drawn.links() {
        let at = |row: u32| drawn.place(row).and_then(|place| places.get(place));
        let (Some((x1, y1)), Some((x2, y2))) = (at(link.left), at(link.right)) else {
            continue;
        };
        let is_weak = marks
            .weakest
            .is_some_and(|cut| cut.has(link.left, link.right));
        let is_path = marks
            .path
            .is_some_and(|path| path.takes(link.left, link.right));
        let width = 1.5 + link.bits.clamp(0.0, 20.0) * 0.25;
        let mut line = |class: &str, width: f64| {
            let _ = writeln!(
                svg,
                "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" \
                 stroke-width=\"{width:.1}\"/>"
            );
        };
        match (is_path, is_weak) {
            (true, true) => {
                line("of-path", width + 7.0);
                line("of-weak", width + 1.5);
            }
            (true, false) => line("of-path", width + 1.5),
            (false, true) => line("of-weak", width),
            (false, false) => line("of-link", width),
        }
        if is_path || is_weak || drawn.links().len() <= LABELLED_LINKS_MAX {
            let middle = ((x1 + x2) / 2.0, (y1 + y2) / 2.0 + 4.0);
            let class = if is_path || is_weak {
                "of-ink"
            } else {
                "of-dim"
            };
            text(&mut labels, class, middle, (11, 400), &signed(link.bits, 1));
        }
    }
    svg.push_str(&labels);
}

fn dots(
    svg: &mut String,
    drawn: &Component,
    places: &[(f64, f64)],
    names: &Names,
    marks: Marks<'_>,
) {
    let on_path = marks.path.map(Path::rows).unwrap_or_default();
    for (row, (x, y)) in drawn.rows().iter().zip(places) {
        let is_end = marks
            .path
            .is_some_and(|path| path.from == *row || path.to == *row);
        let (class, radius) = match (is_end, on_path.contains(row)) {
            (true, _) => ("of-end", 10.0),
            (false, true) => ("of-on", 8.0),
            (false, false) => ("of-row", 7.0),
        };
        let name = names.of(*row);
        let weight = if is_end { 700 } else { 400 };
        let _ = writeln!(
            svg,
            "<g><title>{}</title><circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\"/></g>",
            escape(&name)
        );
        let spot = (*x, y + name_below(drawn, places, *row));
        text(svg, "of-ink", spot, (13, weight), &shortened(&name, 18));
    }
}

/// How far below a dot its name stands: above it where its neighbours are below.
fn name_below(drawn: &Component, places: &[(f64, f64)], row: u32) -> f64 {
    let place = drawn.place(row).unwrap_or_default();
    let y = |place: usize| places.get(place).map_or(0.0, |at| at.1);
    let lines = drawn.neighbours(place).iter();
    let leaning: f64 = lines.map(|neighbour| y(neighbour.place) - y(place)).sum();
    // A hair of leaning is rounding: such a name stands below.
    if leaning > 1.0 { -16.0 } else { 26.0 }
}

fn legend(svg: &mut String, height: f64, left_out: usize, marks: Marks<'_>) {
    let mut x = 20.0;
    let y = height - 16.0;
    let mut item = |class: &str, text: &str| {
        let _ = writeln!(
            svg,
            "<line class=\"{class}\" x1=\"{x:.0}\" y1=\"{y:.0}\" x2=\"{:.0}\" y2=\"{y:.0}\" \
             stroke-width=\"4\"/><text class=\"of-dim\" x=\"{:.0}\" y=\"{:.0}\" font-size=\"11\">{text}\
             </text>",
            x + 24.0,
            x + 30.0,
            y + 4.0
        );
        x += 44.0 + 6.0 * text.chars().count() as f64;
    };
    item("of-link", "link, in bits");
    if marks.path.is_some() {
        item("of-path", "strongest path");
    }
    if marks.weakest.is_some() {
        item("of-weak", "weakest");
    }
    if left_out > 0 {
        let left_out = counted(left_out, "row");
        let _ = writeln!(
            svg,
            "<text class=\"of-dim\" x=\"20\" y=\"22\" font-size=\"11\">{left_out} farther away are \
             not drawn</text>"
        );
    }
}
