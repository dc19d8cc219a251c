//! Members over time, with those who entered and those who left between two instants.

use onefold::segment::curve::Point;
use onefold_examples::exit::Failure;
use plotters::{prelude::*, style::text_anchor::HPos};

use crate::canvas::{IN, INK, MAIN, OUT, PALE, bar, drawing, grouped, line, share, svg, write};

const SIZE: (u32, u32) = (960, 480);
const PLOT: [(i32, i32); 2] = [(80, 50), (940, 330)];
const MOVES: [i32; 2] = [350, 430];

pub(crate) fn draw(segment: &str, points: &[Point]) -> Result<String, Failure> {
    let title = format!("Members of {segment}, and who entered and left");
    svg(SIZE, &title, |paper| {
        let [(left, top), (right, bottom)] = PLOT;
        let most = points
            .iter()
            .map(|point| point.members)
            .max()
            .unwrap_or(0)
            .max(1);
        let moved = points.iter().map(|point| point.entered.max(point.left));
        let moved = moved.max().unwrap_or(0).max(1);
        for tick in 0..=4_u64 {
            let y = bottom - share(tick, 4, bottom - top);
            line(paper, [(left, y), (right, y)], &PALE, 1)?;
            write(
                paper,
                &grouped(most * tick / 4),
                (left - 8, y),
                12.0,
                HPos::Right,
            )?;
        }
        let x =
            |place: usize| left + share(place as u64, points.len().max(2) as u64 - 1, right - left);
        let path = points.iter().enumerate();
        let path = path
            .map(|(place, point)| (x(place), bottom - share(point.members, most, bottom - top)));
        let curve = PathElement::new(path.collect::<Vec<_>>(), MAIN.stroke_width(2));
        paper.draw(&curve).map_err(drawing)?;
        let [above, below] = MOVES;
        let middle = i32::midpoint(above, below);
        let half = ((right - left) / (points.len().max(2) as i32) / 3).clamp(1, 12);
        for (place, point) in points.iter().enumerate() {
            let up = middle - share(point.entered, moved, middle - above);
            let down = middle + share(point.left, moved, below - middle);
            bar(
                paper,
                [(x(place) - half, up), (x(place) + half, middle)],
                &IN,
            )?;
            bar(
                paper,
                [(x(place) - half, middle), (x(place) + half, down)],
                &OUT,
            )?;
        }
        line(paper, [(left, middle), (right, middle)], &INK, 1)?;
        write(
            paper,
            &format!("+{}", grouped(moved)),
            (left - 8, above),
            12.0,
            HPos::Right,
        )?;
        write(
            paper,
            &format!("-{}", grouped(moved)),
            (left - 8, below),
            12.0,
            HPos::Right,
        )?;
        // As many labels as there is room for.
        let every = points.len().div_ceil(8).max(1);
        for (place, point) in points.iter().enumerate().step_by(every) {
            let date = point.at.to_string();
            let day = date.split('T').next().unwrap_or_default();
            write(paper, day, (x(place), 455), 12.0, HPos::Center)?;
        }
        Ok(())
    })
}
