//! The paper that pictures are drawn on: SVG as text, one font, few colours.

use onefold_examples::exit::Failure;
use plotters::{
    coord::Shift,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

/// A drawing area over SVG text.
pub(crate) type Paper<'a> = DrawingArea<SVGBackend<'a>, Shift>;

pub(crate) const INK: RGBColor = RGBColor(33, 37, 41);
pub(crate) const PALE: RGBColor = RGBColor(206, 212, 218);
pub(crate) const MAIN: RGBColor = RGBColor(28, 99, 164);
pub(crate) const IN: RGBColor = RGBColor(43, 138, 62);
pub(crate) const OUT: RGBColor = RGBColor(201, 42, 42);

/// Draws a picture of this size, in pixels, and gives its SVG.
pub(crate) fn svg(
    (width, height): (u32, u32),
    title: &str,
    draw: impl FnOnce(&Paper<'_>) -> Result<(), Failure>,
) -> Result<String, Failure> {
    let mut text = String::new();
    {
        let paper = SVGBackend::with_string(&mut text, (width, height)).into_drawing_area();
        paper.fill(&WHITE).map_err(drawing)?;
        write(&paper, title, (16, 24), 18.0, HPos::Left)?;
        draw(&paper)?;
        paper.present().map_err(drawing)?;
    }
    Ok(text)
}

/// Text at a place, its middle line there.
pub(crate) fn write(
    paper: &Paper<'_>,
    text: &str,
    place: (i32, i32),
    size: f64,
    side: HPos,
) -> Result<(), Failure> {
    let style = ("sans-serif", size).into_font().color(&INK);
    let style = style.pos(Pos::new(side, VPos::Center));
    paper
        .draw(&Text::new(text.to_owned(), place, style))
        .map_err(drawing)
}

/// A filled rectangle between two corners.
pub(crate) fn bar(
    paper: &Paper<'_>,
    corners: [(i32, i32); 2],
    colour: &RGBColor,
) -> Result<(), Failure> {
    paper
        .draw(&Rectangle::new(corners, colour.filled()))
        .map_err(drawing)
}

/// A line between two places.
pub(crate) fn line(
    paper: &Paper<'_>,
    ends: [(i32, i32); 2],
    colour: &RGBColor,
    width: u32,
) -> Result<(), Failure> {
    let line = PathElement::new(ends.to_vec(), colour.stroke_width(width));
    paper.draw(&line).map_err(drawing)
}

/// A number with its thousands apart: `12,345`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share of a length, in whole pixels.
pub(crate) fn share(part: u64, whole: u64, length: i32) -> i32 {
    if whole == 0 {
        return 0;
    }
    let share = part as f64 / whole as f64 * f64::from(length);
    share.round() as i32
}

pub(crate) fn drawing(error: impl std::fmt::Display) -> Failure {
    Failure::Run(format!("the picture could not be drawn: {error}"))
}
