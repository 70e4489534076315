//! Lines through many points, no more of them than there are pixels.

use super::svg::pixels;

/// Points in pixels with at most four in a column of a pixel: its first, lowest, highest and last. What a line through all
/// points would cover is covered.
pub fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut kept = Vec::new();
    for column in points.chunk_by(|one, other| one.0.floor() == other.0.floor()) {
        if column.len() <= 4 {
            kept.extend_from_slice(column);
            continue;
        }
        let order = |one: &&(f64, f64), other: &&(f64, f64)| one.1.total_cmp(&other.1);
        let lowest = column.iter().min_by(order);
        let highest = column.iter().max_by(order);
        let ends = [column.first(), lowest, highest, column.last()];
        let mut four: Vec<(f64, f64)> = ends.into_iter().flatten().copied().collect();
        let (first, last) = (four[0], four[3]);
        if four[1].0 > four[2].0 {
            four.swap(1, 2);
        }
        four[0] = first;
        four[3] = last;
        four.dedup();
        kept.extend(four);
    }
    kept
}

/// A line that keeps each value until the next.
pub fn steps(points: &[(f64, f64)]) -> String {
    let mut commands = String::new();
    let mut before: Option<(f64, f64)> = None;
    for &(x, y) in &thinned(points) {
        match before {
            None => commands.push_str(&format!("M{} {}", pixels(x), pixels(y))),
            Some(last) => {
                if x != last.0 {
                    commands.push_str(&format!("H{}", pixels(x)));
                }
                if y != last.1 {
                    commands.push_str(&format!("V{}", pixels(y)));
                }
            }
        }
        before = Some((x, y));
    }
    commands
}

/// A line from point to point; a gap where there is no value.
pub fn straight(points: &[(f64, Option<f64>)]) -> String {
    let mut commands = String::new();
    for stretch in points.split(|(_, value)| value.is_none()) {
        let known: Vec<(f64, f64)> = stretch
            .iter()
            .filter_map(|(x, y)| Some((*x, (*y)?)))
            .collect();
        for (number, (x, y)) in thinned(&known).into_iter().enumerate() {
            let command = if number == 0 { 'M' } else { 'L' };
            commands.push_str(&format!("{command}{} {}", pixels(x), pixels(y)));
        }
        // A lone value is a dot of the line's width.
        if known.len() == 1 {
            commands.push_str("h0.1");
        }
    }
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_keeps_its_ends_and_extremes() {
        let points: Vec<(f64, f64)> = (0..100)
            .map(|n| (5.0 + f64::from(n) / 100.0, f64::from(n * 37 % 100)))
            .collect();
        let kept = thinned(&points);
        assert!(kept.len() <= 4, "{kept:?}");
        let heights: Vec<f64> = kept.iter().map(|it| it.1).collect();
        assert!(
            heights.contains(&0.0) && heights.contains(&99.0),
            "{kept:?}"
        );
        assert!(
            kept.windows(2).all(|pair| pair[0].0 <= pair[1].0),
            "{kept:?}"
        );
        assert_eq!(kept.last(), points.last());
    }

    #[test]
    fn steps_go_across_and_then_up_and_gaps_stay_gaps() {
        assert_eq!(
            steps(&[(0.0, 5.0), (10.0, 5.0), (20.0, 2.5)]),
            "M0 5H10H20V2.5"
        );
        let line = straight(&[
            (0.0, Some(1.0)),
            (1.0, None),
            (2.0, Some(3.0)),
            (4.0, Some(3.0)),
        ]);
        assert_eq!(line, "M0 1h0.1M2 3L4 3");
    }
}
