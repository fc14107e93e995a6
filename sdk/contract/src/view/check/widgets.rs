//! Each widget: its fields are there and of the types it needs.

use super::super::{
    Alert, Bar, Cell, Column, ColumnLook, ControlChart, Counter, Does, Form, LimitLine, PrintCard, Scan,
};
use super::super::{PieceLook, Series, Table, Timeseries, Widget, type_at};
use super::place::{Kind, Place};
use super::{action, scalar_input};
use crate::Type;
use crate::words;

/// Millimetres of a printed card's sides.
const CARD_MM: std::ops::RangeInclusive<u32> = 20..=300;

pub(super) fn check(place: &mut Place<'_, '_>, cell: &Cell) {
    let answer = match &cell.widget {
        Widget::Kpi(_) | Widget::Gauge(_) | Widget::Progress(_) | Widget::Detail(_) | Widget::Image(_) => {
            figure(place, &cell.widget).map(|answer| (answer, false))
        }
        Widget::Alert(it) => alert(place, it),
        Widget::PrintCard(it) => print_card(place, it),
        Widget::Form(_) | Widget::Counter(_) | Widget::Scan(_) => {
            acted(place, &cell.widget);
            None
        }
        Widget::Heading(_) | Widget::Prose(_) => None,
        Widget::Unknown(it) => {
            let what = words!("它的类型（{}）这里不认识", "It is of a kind ({}) that is not known here", it.number);
            place.say(what, ("请使用不比市场更新的 SDK", "Use an SDK that is not newer than the marketplace"));
            None
        }
        _ => rows(place, &cell.widget),
    };
    for it in &cell.actions {
        action(place, it, answer.map(|(answer, _)| answer), answer.is_some_and(|(_, rows)| rows));
    }
}

fn figure<'m>(place: &mut Place<'m, '_>, widget: &Widget) -> Option<&'m Type> {
    let part = place.part(widget.source()?)?;
    match widget {
        Widget::Kpi(it) => {
            place.field(part, &it.value, ("数值", "value"), Kind::Number);
            it.target.iter().for_each(|target| place.amount(part, target, ("目标", "target")));
            place.optional(part, it.before.as_ref(), ("先前值", "earlier value"), Kind::Number);
            place.optional(part, it.spark.as_ref(), ("小趋势线", "small line"), Kind::Numbers);
            it.tones.iter().for_each(|rule| place.condition(part, &rule.when));
            place.format(part, &it.format);
        }
        Widget::Gauge(it) => {
            place.field(part, &it.value, ("数值", "value"), Kind::Number);
            for (amount, role) in [(&it.min, ("最小值", "least")), (&it.max, ("最大值", "most"))] {
                place.amount(part, amount, role);
            }
            it.bands.iter().for_each(|band| place.amount(part, &band.to, ("区间", "band")));
            it.target.iter().for_each(|target| place.amount(part, target, ("目标", "target")));
            place.format(part, &it.format);
        }
        Widget::Progress(it) => {
            place.field(part, &it.done, ("完成量", "done"), Kind::Number);
            place.amount(part, &it.total, ("总量", "total"));
            it.pace.iter().for_each(|pace| place.amount(part, pace, ("进度", "pace")));
            place.format(part, &it.format);
        }
        Widget::Detail(it) => {
            if it.columns.is_empty() {
                place.say(("它没有显示任何字段", "It shows no field"), ("请给它列", "Give it columns"));
            }
            columns(place, part, &it.columns);
        }
        Widget::Image(it) => {
            place.field(part, &it.file, ("文件", "file"), Kind::File);
            place.optional(part, it.about.as_ref(), ("说明", "description"), Kind::Line);
        }
        _ => {}
    }
    Some(part)
}

fn rows<'m>(place: &mut Place<'m, '_>, widget: &Widget) -> Option<(&'m Type, bool)> {
    let (answer, row) = place.rows(widget.source()?)?;
    match widget {
        Widget::Timeseries(it) => timeseries(place, answer, row, it),
        Widget::Bar(it) => bar(place, row, it),
        Widget::ControlChart(it) => control_chart(place, answer, row, it),
        Widget::StateTimeline(it) => {
            place.field(row, &it.lane, ("通道", "lane"), Kind::Line);
            place.field(row, &it.from, ("开始", "beginning"), Kind::Instant);
            place.field(row, &it.to, ("结束", "end"), Kind::Instant);
            place.field(row, &it.state, ("状态", "state"), Kind::Word);
        }
        Widget::Table(it) if it.columns.is_empty() => {
            place.say(("它没有列", "It has no columns"), ("请给它一些", "Give it some"))
        }
        Widget::Table(it) => totals(place, row, it),
        Widget::Kanban(it) => {
            place.field(row, &it.lane, ("通道", "lane"), Kind::Word);
            place.field(row, &it.title, ("标题", "title"), Kind::Line);
            place.states(row, &it.lane, it.lanes.iter().map(|lane| lane.value.as_str()));
        }
        Widget::Andon(it) => {
            place.field(row, &it.label, ("标签", "label"), Kind::Line);
            place.field(row, &it.state, ("状态", "state"), Kind::Word);
            place.optional(row, it.since.as_ref(), ("起始时间", "since"), Kind::Instant);
        }
        Widget::Feed(it) => {
            place.field(row, &it.at, ("时间", "time"), Kind::Instant);
            place.field(row, &it.text, ("文字", "text"), Kind::Line);
            place.optional(row, it.who.as_ref(), ("人员", "person"), Kind::Line);
        }
        Widget::Tree(it) => {
            for (path, role) in
                [(&it.key, ("键", "key")), (&it.parent, ("上级", "parent")), (&it.title, ("标题", "title"))]
            {
                place.field(row, path, role, Kind::Line);
            }
        }
        Widget::Gantt(it) => {
            for (path, role) in [(&it.lane, ("通道", "lane")), (&it.label, ("标签", "label"))] {
                place.field(row, path, role, Kind::Line);
            }
            for (path, role) in [(&it.from, ("开始", "beginning")), (&it.to, ("结束", "end"))] {
                place.field(row, path, role, Kind::Instant);
            }
            place.optional(row, it.done.as_ref(), ("完成量", "done"), Kind::Number);
        }
        Widget::Attachments(it) => {
            place.field(row, &it.file, ("文件", "file"), Kind::File);
            place.field(row, &it.title, ("标题", "title"), Kind::Line);
        }
        Widget::Steps(it) => {
            place.field(row, &it.title, ("标题", "title"), Kind::Line);
            place.optional(row, it.text.as_ref(), ("文字", "text"), Kind::Line);
            place.field(row, &it.done, ("完成量", "done"), Kind::Flag);
        }
        _ => {}
    }
    if let Some((path, states)) = widget.states() {
        place.named_states(row, path, states);
    }
    widget.tones().iter().for_each(|rule| place.condition(row, &rule.when));
    columns(place, row, widget.columns());
    widget.actions().iter().for_each(|it| action(place, it, Some(row), true));
    Some((answer, true))
}

/// Sums are of columns that are shown.
fn totals(place: &mut Place<'_, '_>, row: &Type, it: &Table) {
    for field in &it.totals {
        place.field(row, field, ("总量", "total"), Kind::Number);
        if !it.columns.iter().any(|column| column.field == *field) {
            place.say(
                words!("合计 `{field}` 不属于任何列", "The total `{field}` is of no column"),
                ("请写一个有列的字段", "Name a field that has a column"),
            );
        }
    }
}

fn columns(place: &mut Place<'_, '_>, row: &Type, columns: &[Column]) {
    for column in columns {
        let kind = if column.look == ColumnLook::Progress { Kind::Number } else { Kind::Any };
        place.field(row, &column.field, ("列", "column"), kind);
        place.format(row, &column.format);
        place.named_states(row, &column.field, &column.states);
        names(place, row, column);
        match &column.opens {
            Some(view) => {
                place.opened(view, &column.arguments, Some(row), words!("列 `{}`", "the column `{}`", column.field))
            }
            None if !column.arguments.is_empty() => {
                place.say(
                    words!(
                        "列 `{}` 带有参数却不打开任何东西",
                        "The column `{}` has arguments and opens nothing",
                        column.field
                    ),
                    ("请加上 `.opens(\"…\")`", "Add `.opens(\"…\")`"),
                );
            }
            None => {}
        }
    }
}

/// What a column's values are called comes from one place, and its list is of such values.
fn names(place: &mut Place<'_, '_>, row: &Type, column: &Column) {
    let Some(names) = &column.names else { return };
    if !column.states.is_empty() {
        place.say(
            words!("列 `{}` 既有状态又有名称", "The column `{}` has both states and names", column.field),
            ("请用 `.state(…)` 或 `.named(…)`，不要两者都用", "Use `.state(…)` or `.named(…)`, not both"),
        );
    }
    if let Some(ty) = type_at(row, &column.field) {
        place.choices(names, ty, words!("列 `{}` 的名称", "names of the column `{}`", column.field));
    }
}

fn all_series(place: &mut Place<'_, '_>, row: &Type, series: &[Series]) {
    if series.is_empty() {
        place.say(("它没有数据系列", "It has no series"), ("请至少给一个", "Give it at least one"));
    }
    series.iter().for_each(|it| place.field(row, &it.field, ("数据系列", "series"), Kind::Number));
}

fn lines(place: &mut Place<'_, '_>, answer: &Type, limits: &[LimitLine]) {
    limits.iter().for_each(|limit| place.amount(answer, &limit.value, ("限值", "limit")));
}

fn timeseries(place: &mut Place<'_, '_>, answer: &Type, row: &Type, it: &Timeseries) {
    place.field(row, &it.x, ("横轴", "x"), Kind::Ordered);
    all_series(place, row, &it.series);
    lines(place, answer, &it.limits);
    place.format(answer, &it.format);
}

fn bar(place: &mut Place<'_, '_>, row: &Type, it: &Bar) {
    place.field(row, &it.category, ("类别", "category"), Kind::Called);
    all_series(place, row, &it.series);
    if it.pareto && it.series.len() > 1 {
        place.say(
            ("帕累托图有不止一个数据系列", "A Pareto chart has more than one series"),
            ("请只给一个", "Give it one"),
        );
    }
    place.format(row, &it.format);
}

fn control_chart(place: &mut Place<'_, '_>, answer: &Type, row: &Type, it: &ControlChart) {
    place.field(row, &it.x, ("横轴", "x"), Kind::Line);
    place.field(row, &it.value, ("数值", "value"), Kind::Number);
    place.field(row, &it.center, ("中心线", "centre"), Kind::Number);
    place.optional(row, it.lower.as_ref(), ("下限", "lower limit"), Kind::Number);
    place.optional(row, it.upper.as_ref(), ("上限", "upper limit"), Kind::Number);
    place.optional(row, it.signal.as_ref(), ("信号", "signal"), Kind::Line);
    lines(place, answer, &it.limits);
    place.format(answer, &it.format);
}

fn acted(place: &mut Place<'_, '_>, widget: &Widget) {
    match widget {
        Widget::Form(it) => form(place, it),
        Widget::Counter(it) => counter(place, it),
        Widget::Scan(it) => scan(place, it),
        _ => {}
    }
}

fn form(place: &mut Place<'_, '_>, it: &Form) {
    let Some(def) = place.operation(&it.operation, ("表单", "the form")) else { return };
    let given = [it.prefill.clone(), it.hidden.clone()].concat();
    place.arguments(&given, &def.input, None, false, ("表单", "the form"));
    super::station::form(place, it, def);
    super::steps::check(place, it, def);
    for pick in &it.picks {
        match scalar_input(def, &pick.field) {
            Some(ty) => place.choices(&pick.choices, ty, words!("`{}` 的选项", "choices of `{}`", pick.field)),
            None => place.say(
                words!("`{}` 不是该表单的单个输入", "`{}` is no single input of the form", pick.field),
                ("请选另一个输入", "Pick another input"),
            ),
        }
    }
}

fn counter(place: &mut Place<'_, '_>, it: &Counter) {
    let def = place
        .operation(&it.operation, ("计数器", "the counter"))
        .filter(|def| place.is_changing(def, ("计数器", "the counter")));
    let Some(def) = def else { return };
    place.field(&def.input, &it.field, ("数字", "number"), Kind::Number);
    let mut arguments = it.arguments.clone();
    arguments.push(super::super::Argument { name: it.field.clone(), value: super::super::constant("1") });
    place.arguments(&arguments, &def.input, None, true, ("计数器", "the counter"));
    if it.steps.is_empty() && !it.typed {
        place.say(
            ("它没有按钮", "It has no buttons"),
            ("请给它 [1, 5, 10] 这样的步长", "Give it steps such as [1, 5, 10]"),
        );
    }
}

fn scan(place: &mut Place<'_, '_>, it: &Scan) {
    let code = |text: &Type| matches!(super::super::scalar(text), Type::Text { .. });
    match &it.does {
        Does::Run { operation, arguments } | Does::Form { operation, arguments } => {
            let Some(def) = place.operation(operation, ("扫码", "the scan")) else { return };
            let run = matches!(it.does, Does::Run { .. });
            if run && !place.is_changing(def, ("扫码", "the scan")) {
                return;
            }
            if !scalar_input(def, &it.field).is_some_and(code) {
                return place.say(
                    words!("`{}` 不接受文本", "`{}` takes no text", it.field),
                    ("请写一个 Text 类型的输入", "Name an input that is a Text"),
                );
            }
            let mut arguments = arguments.clone();
            arguments.push(super::super::Argument { name: it.field.clone(), value: super::super::constant("x") });
            place.arguments(&arguments, &def.input, None, run, ("扫码", "the scan"));
        }
        Does::Open { view, arguments } => {
            let mut arguments = arguments.clone();
            arguments.push(super::super::Argument { name: it.field.clone(), value: super::super::constant("x") });
            place.opened(view, &arguments, None, ("扫码", "the scan"));
        }
        Does::Print | Does::Export => place.say(
            ("扫码不能打印或保存", "A code cannot be printed or saved"),
            ("请执行、填写或打开某项", "Run, fill in or open something"),
        ),
    }
}

fn alert<'m>(place: &mut Place<'m, '_>, it: &Alert) -> Option<(&'m Type, bool)> {
    match (&it.source, &it.shown_if) {
        (Some(source), Some(condition)) => {
            let part = place.part(source)?;
            place.condition(part, condition);
            Some((part, false))
        }
        (None, None) => None,
        _ => {
            place.say(
                ("它有查询却没有条件，或相反", "It has a query without a condition, or the other way"),
                ("请用 `.shown_if(source, condition)`", "Use `.shown_if(source, condition)`"),
            );
            None
        }
    }
}

fn print_card<'m>(place: &mut Place<'m, '_>, it: &PrintCard) -> Option<(&'m Type, bool)> {
    if !CARD_MM.contains(&it.width_mm) || !CARD_MM.contains(&it.height_mm) {
        place.say(
            ("这种尺寸的卡片无法打印", "A card of this size cannot be printed"),
            ("每边请用 20 到 300 毫米", "Give each side 20 to 300 mm"),
        );
    }
    let def = place.source(&it.source)?;
    let (answer, rows) = match it.source.rows(&def.output) {
        Some((_, row)) => (row, true),
        None => (super::type_at(&def.output, &it.source.at).unwrap_or(&Type::Unit), false),
    };
    for piece in &it.pieces {
        let role = if matches!(piece.look, PieceLook::Qr | PieceLook::Code128) {
            ("编码", "code")
        } else {
            ("部分", "piece")
        };
        place.field(answer, &piece.field, role, Kind::Line);
        place.format(answer, &piece.format);
    }
    if it.pieces.is_empty() {
        place.say(("卡片上什么也没有", "There is nothing on the card"), ("请给它内容", "Give it pieces"));
    }
    Some((&def.output, rows))
}
