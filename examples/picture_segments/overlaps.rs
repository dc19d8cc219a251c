//! Who is in which segments at once, as an UpSet plot: sets below, their combinations beside each other.

use onefold::segment::overlap::Overlap;
use onefold_examples::exit::Failure;
use plotters::{prelude::*, style::text_anchor::HPos};

use crate::canvas::{INK, MAIN, PALE, bar, drawing, grouped, line, share, svg, write};

/// More combinations are not drawn; the largest come first.
const PARTS_MAX: usize = 24;
const ROW: i32 = 26;
const COLUMN: i32 = 30;
const LEFT: i32 = 330;
const TOP: i32 = 60;
const BARS: i32 = 220;

pub(crate) fn draw(overlap: &Overlap) -> Result<String, Failure> {
    let parts = overlap.parts.get(..PARTS_MAX).unwrap_or(&overlap.parts);
    let width = LEFT + COLUMN * parts.len().max(8) as i32 + 40;
    let height = TOP + BARS + 30 + ROW * overlap.sets.len() as i32 + 30;
    let size = (width.unsigned_abs(), height.unsigned_abs());
    let title = format!(
        "Who is in which segments: {} people",
        grouped(overlap.reach)
    );
    svg(size, &title, |paper| {
        let most = parts.first().map_or(0, |part| part.people);
        let largest = overlap
            .sets
            .iter()
            .map(|(_, people)| *people)
            .max()
            .unwrap_or(0);
        let first_row = TOP + BARS + 30;
        let y = |set: usize| first_row + ROW * set as i32;
        for (place, (name, people)) in overlap.sets.iter().enumerate() {
            let end = 120 - share(*people, largest, 100);
            bar(paper, [(end, y(place) - 8), (120, y(place) + 8)], &MAIN)?;
            let text = format!("{name} ({})", grouped(*people));
            write(paper, &text, (LEFT - 20, y(place)), 13.0, HPos::Right)?;
        }
        for (place, part) in parts.iter().enumerate() {
            let x = LEFT + COLUMN * place as i32 + COLUMN / 2;
            let top = TOP + BARS - share(part.people, most, BARS - 20);
            bar(paper, [(x - 9, top), (x + 9, TOP + BARS)], &INK)?;
            write(
                paper,
                &grouped(part.people),
                (x, top - 9),
                10.0,
                HPos::Center,
            )?;
            for set in 0..overlap.sets.len() {
                let colour = if part.sets.contains(&set) {
                    &INK
                } else {
                    &PALE
                };
                let dot = Circle::new((x, y(set)), 7, colour.filled());
                paper.draw(&dot).map_err(drawing)?;
            }
            if let (Some(first), Some(last)) = (part.sets.first(), part.sets.last()) {
                line(paper, [(x, y(*first)), (x, y(*last))], &INK, 3)?;
            }
        }
        let hidden = overlap.parts.len() - parts.len();
        if hidden > 0 {
            let text = format!("{hidden} smaller combinations are not drawn");
            write(paper, &text, (16, height - 14), 12.0, HPos::Left)?;
        }
        Ok(())
    })
}
