//! How many people come to each step of a sequence.

use onefold_examples::exit::Failure;
use plotters::style::text_anchor::HPos;

use crate::canvas::{MAIN, PALE, bar, grouped, share, svg, write};

const ROW: i32 = 46;
const TOP: i32 = 60;
const LEFT: i32 = 260;
const LENGTH: i32 = 520;

/// Steps with their labels, each with those who came so far.
pub(crate) fn draw(segment: &str, steps: &[(String, u64)]) -> Result<String, Failure> {
    let height = TOP + ROW * steps.len() as i32 + 10;
    let title = format!("Steps of {segment}");
    svg((960, height.unsigned_abs()), &title, |paper| {
        let first = steps.first().map_or(0, |(_, people)| *people);
        let mut before = first;
        for (place, (label, people)) in steps.iter().enumerate() {
            let top = TOP + ROW * place as i32;
            let middle = top + ROW / 2 - 4;
            bar(paper, [(LEFT, top), (LEFT + LENGTH, top + ROW - 10)], &PALE)?;
            let end = LEFT + share(*people, first, LENGTH);
            bar(paper, [(LEFT, top), (end, top + ROW - 10)], &MAIN)?;
            write(
                paper,
                &shortened(label),
                (LEFT - 12, middle),
                13.0,
                HPos::Right,
            )?;
            let of = |whole: u64| match whole {
                0 => "-".to_owned(),
                whole => format!("{:.1} %", *people as f64 * 100.0 / whole as f64),
            };
            let text = format!("{}  ({} of the step before)", grouped(*people), of(before));
            write(paper, &text, (LEFT + LENGTH + 10, middle), 11.0, HPos::Left)?;
            before = *people;
        }
        Ok(())
    })
}

/// At most 36 characters.
fn shortened(label: &str) -> String {
    match label.char_indices().nth(35) {
        Some((end, _)) => format!("{}…", label.get(..end).unwrap_or(label)),
        None => label.to_owned(),
    }
}
