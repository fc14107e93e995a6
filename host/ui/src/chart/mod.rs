//! Charts drawn on the server: a picture of lines and boxes, with every letter outside of it, so that text stays readable
//! however wide the screen is.
//!
//! The picture is a square of 1000 by 1000 that is stretched; strokes keep their width, points are strokes without length.

pub mod axis;
pub mod frame;
pub mod thin;
pub mod time;

use maud::{Markup, html};

/// The side of the picture.
pub const SIDE: f64 = 1000.0;

/// A coordinate, with as many digits as anybody sees.
pub fn at(place: f64) -> String {
    let text = format!("{place:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// A picture with its numbers as a table: where a script runs, people walk along it. `places`: where each row of the table
/// stands from left to right, if it does.
pub fn walked(places: impl IntoIterator<Item = Option<f64>>, picture: Markup, table: Markup) -> Markup {
    let places = places.into_iter().map(|place| place.map(at).unwrap_or_default()).collect::<Vec<_>>().join(",");
    html! { tc-chart data-x=(places) { (picture) (table) } }
}

/// A line through points; a gap where one is absent.
pub fn path(points: impl IntoIterator<Item = Option<(f64, f64)>>) -> String {
    let (mut path, mut pen_is_up) = (String::new(), true);
    for point in points {
        match point {
            None => pen_is_up = true,
            Some((x, y)) => {
                path.push_str(&format!("{}{} {}", if pen_is_up { "M" } else { "L" }, at(x), at(y)));
                pen_is_up = false;
            }
        }
    }
    path
}

/// Points as strokes without length, which a round pen makes visible.
pub fn dots(points: impl IntoIterator<Item = (f64, f64)>) -> String {
    points.into_iter().map(|(x, y)| format!("M{} {}h0", at(x), at(y))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_gaps_where_values_are_absent() {
        assert_eq!(path([Some((0.0, 1.0)), Some((2.5, 3.25)), None, Some((4.0, 0.0))]), "M0 1L2.5 3.2M4 0");
        assert_eq!(dots([(1.0, 2.0)]), "M1 2h0");
    }
}
