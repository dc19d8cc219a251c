//! Members over time, with those who entered and those who left between two instants.

use onefold::segment::curve::Point;
use onefold_examples::exit::Failure;
use plotters::{prelude::*, style::text_anchor::HPos};

use crate::canvas::{
    IN, INK, MAIN, OUT, PALE, Paper, bar, drawing, grouped, line, share, svg, write,
};

const SIZE: (u32, u32) = (960, 480);
const PLOT: [(i32, i32); 2] = [(80, 50), (940, 330)];
const MOVES: [i32; 2] = [350, 430];

/// The curve above, and below it for each point those who entered and those who left.
pub(crate) fn draw(segment: &str, points: &[Point]) -> Result<String, Failure> {
    let title = format!("Members of {segment}, and who entered and left");
    svg(SIZE, &title, |paper| {
        draw_members(paper, points)?;
        draw_moves(paper, points)?;
        // As many labels as there is room for.
        let every = points.len().div_ceil(8).max(1);
        for (place, point) in points.iter().enumerate().step_by(every) {
            let date = point.at.to_string();
            let day = date.split('T').next().unwrap_or_default();
            write(paper, day, (x(place, points), 455), 12.0, HPos::Center)?;
        }
        Ok(())
    })
}

/// Where a point stands.
fn x(place: usize, points: &[Point]) -> i32 {
    let [(left, _), (right, _)] = PLOT;
    left + share(place as u64, points.len().max(2) as u64 - 1, right - left)
}

fn draw_members(paper: &Paper<'_>, points: &[Point]) -> Result<(), Failure> {
    let [(left, top), (right, bottom)] = PLOT;
    let most = points.iter().map(|point| point.members).max();
    let most = most.unwrap_or(0).max(1);
    let y = |members: u64| bottom - share(members, most, bottom - top);
    for tick in 0..=4_u64 {
        let y = bottom - share(tick, 4, bottom - top);
        line(paper, [(left, y), (right, y)], &PALE, 1)?;
        let label = grouped(most * tick / 4);
        write(paper, &label, (left - 8, y), 12.0, HPos::Right)?;
    }
    let path = points.iter().enumerate();
    let path = path.map(|(place, point)| (x(place, points), y(point.members)));
    let curve = PathElement::new(path.collect::<Vec<_>>(), MAIN.stroke_width(2));
    paper.draw(&curve).map_err(drawing)
}

fn draw_moves(paper: &Paper<'_>, points: &[Point]) -> Result<(), Failure> {
    let [(left, _), (right, _)] = PLOT;
    let [above, below] = MOVES;
    let moved = points.iter().map(|point| point.entered.max(point.left));
    let moved = moved.max().unwrap_or(0).max(1);
    let middle = i32::midpoint(above, below);
    let half = ((right - left) / (points.len().max(2) as i32) / 3).clamp(1, 12);
    for (place, point) in points.iter().enumerate() {
        let up = middle - share(point.entered, moved, middle - above);
        let down = middle + share(point.left, moved, below - middle);
        let (from, to) = (x(place, points) - half, x(place, points) + half);
        bar(paper, [(from, up), (to, middle)], &IN)?;
        bar(paper, [(from, middle), (to, down)], &OUT)?;
    }
    line(paper, [(left, middle), (right, middle)], &INK, 1)?;
    let labels = [("+", above), ("-", below)];
    labels.iter().try_for_each(|(sign, at)| {
        let label = format!("{sign}{}", grouped(moved));
        write(paper, &label, (left - 8, *at), 12.0, HPos::Right)
    })
}
