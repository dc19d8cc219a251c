//! Places for the rows of a component in a picture.
//!
//! Invariant: the same component has the same places on every machine: only additions, products, quotients
//! and square roots are used, which are exact by IEEE 754, and never a sine.

use super::Component;

/// Rounds of stress majorisation; places hardly move after these.
const ROUNDS: usize = 80;

/// Cosine and sine of the golden angle: points of a spiral, none above another.
const GOLDEN: (f64, f64) = (-0.737_368_878_078_320_1, 0.675_490_294_261_523_9);

/// A place for each row, in lengths of one link: wide rather than high, the lowest x and y at 0.
///
/// Stress majorisation (Gansner, Koren and North, 2004): distances in the picture come close to the number
/// of links between rows. Cost: O(rows² · rounds).
pub(super) fn layout(component: &Component) -> Vec<(f64, f64)> {
    let size = component.rows().len();
    let far = (size as f64).sqrt() + 2.0;
    let mut wanted = Vec::with_capacity(size * size);
    for place in 0..size {
        let steps = component.distances(place, |_| true);
        wanted.extend(steps.into_iter().map(|steps| match steps {
            u32::MAX => far,
            steps => f64::from(steps),
        }));
    }
    let mut places = spiral(size);
    for _ in 0..ROUNDS {
        for place in 0..size {
            let row = wanted
                .get(place * size..(place + 1) * size)
                .unwrap_or_default();
            if let Some(better) = pulled(&places, place, row)
                && let Some(spot) = places.get_mut(place)
            {
                *spot = better;
            }
        }
    }
    laid_flat(&mut places);
    places
}

fn spiral(size: usize) -> Vec<(f64, f64)> {
    let (mut x, mut y) = (1.0_f64, 0.0_f64);
    let mut places = Vec::with_capacity(size);
    for number in 0..size {
        let radius = (number as f64 + 0.5).sqrt();
        places.push((x * radius, y * radius));
        (x, y) = (x * GOLDEN.0 - y * GOLDEN.1, x * GOLDEN.1 + y * GOLDEN.0);
        let length = (x * x + y * y).sqrt();
        (x, y) = (x / length, y / length);
    }
    places
}

/// Where the others want a place to be, each by its distance, near ones most.
fn pulled(places: &[(f64, f64)], place: usize, wanted: &[f64]) -> Option<(f64, f64)> {
    let (x, y) = *places.get(place)?;
    let (mut sum_x, mut sum_y, mut weights) = (0.0, 0.0, 0.0);
    for (number, ((other_x, other_y), wanted)) in places.iter().zip(wanted).enumerate() {
        if number == place {
            continue;
        }
        let (dx, dy) = (x - other_x, y - other_y);
        let length = (dx * dx + dy * dy).sqrt().max(1e-9);
        let weight = 1.0 / (wanted * wanted);
        sum_x += weight * (other_x + wanted * dx / length);
        sum_y += weight * (other_y + wanted * dy / length);
        weights += weight;
    }
    (weights > 0.0).then(|| (sum_x / weights, sum_y / weights))
}

/// Turns the longest direction to the horizontal and moves the picture to the origin.
fn laid_flat(places: &mut [(f64, f64)]) {
    let count = (places.len() as f64).max(1.0);
    let sum = |of: fn(&(f64, f64)) -> f64, all: &[(f64, f64)]| all.iter().map(of).sum::<f64>();
    let middle = (
        sum(|at| at.0, places) / count,
        sum(|at| at.1, places) / count,
    );
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in places.iter_mut() {
        (*x, *y) = (*x - middle.0, *y - middle.1);
        (xx, xy, yy) = (xx + *x * *x, xy + *x * *y, yy + *y * *y);
    }
    // The main axis is at half the angle of (xx - yy, 2 xy).
    let length = ((xx - yy) * (xx - yy) + 4.0 * xy * xy).sqrt();
    let twice = if length > 1e-9 {
        (xx - yy) / length
    } else {
        1.0
    };
    let cosine = (f64::max(1.0 + twice, 0.0) / 2.0).sqrt();
    let sine = (f64::max(1.0 - twice, 0.0) / 2.0).sqrt().copysign(xy);
    let mut lowest = (f64::INFINITY, f64::INFINITY);
    for (x, y) in places.iter_mut() {
        (*x, *y) = (*x * cosine + *y * sine, *y * cosine - *x * sine);
        lowest = (lowest.0.min(*x), lowest.1.min(*y));
    }
    for (x, y) in places {
        (*x, *y) = (*x - lowest.0, *y - lowest.1);
    }
}
