//! Numbers over time as one line: what a signal said in the last hours.

use crate::chart::axis::Axis;
use crate::chart::frame::{Along as Bottom, Frame};
use crate::chart::time::Along;
use crate::chart::{path, thin};
use crate::language::Tr;
use crate::zone::Zone;
use maud::{Markup, html};
use toolcrib_contract::Type;
use toolcrib_contract::types::Instant;
use toolcrib_contract::view::plain;

/// The line through values at moments, in the order of time. `summary` says in words what it shows. Nothing for fewer than
/// two points.
pub fn trace(tr: Tr, zone: &Zone, summary: &str, points: &[(Instant, f64)]) -> Markup {
    let times = points.iter().map(|(at, _)| at.0 as f64);
    let Some(x) = Along::new(zone, &Type::Instant, times).filter(|_| points.len() > 1) else { return html! {} };
    let y = Axis::around(points.iter().map(|(_, value)| *value), false);
    let values: Vec<_> = points.iter().map(|(_, value)| Some(*value)).collect();
    let kept = thin::kept(&values).into_iter().filter_map(|at| points.get(at));
    let line = path(kept.map(|(at, value)| Some((x.place(at.0 as f64), y.place(*value)))));
    let picture = html! { path.stroke.s0 d=(line) vector-effect="non-scaling-stroke" {} };
    let frame = Frame {
        summary: summary.to_owned(),
        left: y.labels(tr, &plain()),
        right: Vec::new(),
        bottom: x.labels(tr),
        along: Bottom::Spread,
        lines: y.lines(),
        picture,
        legend: Vec::new(),
    };
    frame.draw()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Lang;

    #[test]
    fn a_line_says_in_words_what_it_shows_and_one_point_is_none() {
        let (tr, zone) = (Tr::new(Lang::ZhCn), Zone::named("Asia/Shanghai"));
        let points: Vec<_> = (0..1_000).map(|at| (Instant(at * 1_000_000), at as f64)).collect();
        let text = trace(tr, &zone, "温度：最近 8 小时", &points).into_string();
        assert!(text.contains("role=\"img\" aria-label=\"温度：最近 8 小时\""), "{text}");
        assert!(text.len() < 20_000, "a thousand points are thinned out: {}", text.len());
        assert_eq!(trace(tr, &zone, "x", &points[..1]).into_string(), "");
    }
}
