//! What stands around a picture: axes, legend, summary.

use super::{SIDE, at};
use maud::{Markup, html};

/// How labels stand along the bottom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Along {
    /// The first at the left end, the last at the right end.
    Spread,
    /// Each below its own column.
    Columns,
}

/// A picture with its axes.
pub struct Frame {
    /// What the picture shows, in words.
    pub summary: String,
    /// From top to bottom.
    pub left: Vec<String>,
    pub right: Vec<String>,
    pub bottom: Vec<String>,
    pub along: Along,
    /// Places of the lines across.
    pub lines: Vec<f64>,
    pub picture: Markup,
    pub legend: Vec<(String, String)>,
}

impl Frame {
    /// More columns than these need more room than a narrow screen has: it scrolls.
    const ROOMY: usize = 6;

    pub fn draw(self) -> Markup {
        let wide = self.along == Along::Columns && self.bottom.len() > Self::ROOMY;
        let side = at(SIDE);
        let across = |y: &f64| format!("M0 {0}H{side}", at(*y));
        let lines: String = self.lines.iter().map(across).collect();
        html! {
            figure.chart {
                div.scroller tabindex=[wide.then_some("0")] role=[wide.then_some("group")] aria-label=[wide.then_some(&self.summary)] {
                    div.plot.wide[wide] {
                        (ends("left", &self.left))
                        svg viewBox={ "0 0 " (side) " " (side) } preserveAspectRatio="none" role="img" aria-label=(self.summary) {
                            path.line-across d=(lines) vector-effect="non-scaling-stroke" {}
                            (self.picture)
                        }
                        (ends("right", &self.right))
                        div.bottom.columns[self.along == Along::Columns] aria-hidden="true" { @for text in &self.bottom { span { (text) } } }
                    }
                }
                @if !self.legend.is_empty() { figcaption { ul.legend { @for (class, text) in &self.legend { li { span class={ "key " (class) } {} (text) } } } } }
            }
        }
    }
}

fn ends(side: &str, labels: &[String]) -> Markup {
    html! { @if !labels.is_empty() { div class=(side) aria-hidden="true" { @for text in labels { span { (text) } } } } }
}
