//! Sizes: what is declared stays inside the published limits, so that drawing it is bounded.

use super::super::{Cell, View, Widget};
use super::Problem;
use crate::codec::Encode;
use crate::limits;
use crate::manifest::Words;
use crate::words;

/// Views beyond a published limit.
pub fn check(views: &[View]) -> Vec<Problem> {
    let mut most = Most::default();
    most.of(String::new(), views.len(), limits::VIEWS, ("个视图", "views"));
    for view in views {
        let place = format!("view `{}`", view.name.chars().take(40).collect::<String>());
        most.of(place.clone(), view.to_bytes().len(), limits::VIEW_BYTES, ("字节", "bytes"));
        most.of(place.clone(), view.params.len(), limits::VIEW_PARAMS, ("个参数", "parameters"));
        most.of(place.clone(), view.tabs.len(), limits::VIEW_TABS, ("个标签页", "tabs"));
        let ways = view.scans.len().max(view.undos.len()).max(view.lates.len());
        most.of(place.clone(), ways, limits::WIDGET_ITEMS, ("个扫码、撤销或补报", "scans, undos or late entries"));
        let sections = view.tabs.iter().map(|tab| tab.sections.len()).sum();
        most.of(place.clone(), sections, limits::VIEW_SECTIONS, ("个分区", "sections"));
        most.of(place.clone(), view.cells().count(), limits::VIEW_WIDGETS, ("个部件", "widgets"));
        for (at, cell) in view.cells() {
            self::cell(&mut most, &format!("{place}, {at}"), cell);
        }
    }
    most.0
}

#[derive(Default)]
struct Most(Vec<Problem>);

impl Most {
    fn of(&mut self, place: String, have: usize, limit: usize, of: (&str, &str)) {
        if have > limit {
            let of = Words::from(of);
            let what = words!("有 {have} {of}，最多允许 {limit}", "{have} {of}, at most {limit} are allowed"; of);
            self.0.push(Problem {
                place,
                what,
                fix: ("请缩小它，或拆成两个", "Make it smaller, or make two of it").into(),
            });
        }
    }
}

fn cell(most: &mut Most, place: &str, cell: &Cell) {
    let at = || place.to_owned();
    most.of(at(), cell.actions.len(), limits::CELL_ACTIONS, ("个单元格按钮", "buttons of a cell"));
    most.of(at(), cell.widget.actions().len(), limits::ROW_ACTIONS, ("个行按钮", "buttons of a row"));
    most.of(at(), cell.widget.columns().len(), limits::WIDGET_COLUMNS, ("个列", "columns"));
    let named = cell.widget.columns().iter().map(|column| column.states.len());
    let listed = match &cell.widget {
        Widget::Kanban(it) => it.lanes.len(),
        Widget::PrintCard(it) => it.pieces.len(),
        Widget::Counter(it) => it.steps.len(),
        Widget::Form(it) => {
            let pads =
                it.pads.iter().map(|pad| pad.steps.len()).chain([it.pads.len(), it.folds.len(), it.steps.len()]).max();
            it.picks.len().max(pads.unwrap_or(0))
        }
        Widget::Timeseries(it) => it.limits.len(),
        Widget::ControlChart(it) => it.limits.len(),
        Widget::Gauge(it) => it.bands.len(),
        widget => widget.states().map_or(0, |(_, states)| states.len()),
    };
    let longest = named.chain([listed, cell.widget.tones().len()]).max().unwrap_or(0);
    most.of(
        at(),
        longest,
        limits::WIDGET_ITEMS,
        ("个状态、通道、区间、线条或部分", "states, lanes, bands, lines or pieces"),
    );
    let series = match &cell.widget {
        Widget::Timeseries(it) => it.series.len(),
        Widget::Bar(it) => it.series.len(),
        _ => 0,
    };
    most.of(at(), series, limits::WIDGET_SERIES, ("个数据系列", "series"));
    let arguments = cell.widget.handed().into_iter().map(|(_, arguments)| arguments.len()).max().unwrap_or(0);
    most.of(at(), arguments, limits::FIELDS, ("个参数", "arguments"));
}
