//! One place in a view, and what can be asked of it.

use super::super::source::{Argument, Bind, Choices, Refresh, Source, is_said, scalar, type_at};
use super::super::{Amount, Condition, Format, State, Test, UnitOf, View};
use super::Problem;
use super::fit::{fits, is_literal, is_number, param_type};
use crate::Type;
use crate::manifest::{HandlerDef, HandlerKind, Manifest, Words};
use crate::schema::Field;
use crate::words;

/// Digits after the point that a format may ask for.
const DIGITS: u8 = 12;

/// Where a problem stands, and what is known there.
pub(super) struct Place<'m, 'f> {
    pub manifest: &'m Manifest,
    pub view: &'m View,
    found: &'f mut Vec<Problem>,
    at: String,
}

/// What a field must be.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Number,
    /// An instant, a date or a number: something with an order.
    Ordered,
    Instant,
    Flag,
    /// Anything that fits into one line.
    Line,
    /// The same, or a text in both languages.
    Called,
    /// A text or the case of an enum.
    Word,
    Numbers,
    File,
    Any,
}

impl Kind {
    fn holds(self, ty: &Type) -> bool {
        let ty = scalar(ty);
        match self {
            Self::Number => is_number(ty),
            Self::Ordered => is_number(ty) || matches!(ty, Type::Instant | Type::Date),
            Self::Instant => *ty == Type::Instant,
            Self::Flag => *ty == Type::Bool,
            Self::Line => ty.is_scalar(),
            Self::Called => ty.is_scalar() || is_said(ty),
            Self::Word => matches!(ty, Type::Text { .. } | Type::Enum { .. }),
            Self::Numbers => matches!(ty, Type::List { of } if is_number(of)),
            Self::File => matches!(ty, Type::File { .. }),
            Self::Any => *ty != Type::Unit,
        }
    }

    fn wanted(self) -> (&'static str, &'static str) {
        match self {
            Self::Number => ("数字", "a number"),
            Self::Ordered => ("时间、日期或数字", "a time, a date or a number"),
            Self::Instant => ("时刻", "an instant"),
            Self::Flag => ("是否值（bool）", "a flag (bool)"),
            Self::Line | Self::Called => ("单个值", "a single value"),
            Self::Word => ("文本或枚举", "a text or an enum"),
            Self::Numbers => ("数字列表", "a list of numbers"),
            Self::File => ("文件（Photo 或 Paper）", "a file (Photo or Paper)"),
            Self::Any => ("值", "a value"),
        }
    }
}

impl<'m, 'f> Place<'m, 'f> {
    pub fn new(manifest: &'m Manifest, view: &'m View, found: &'f mut Vec<Problem>) -> Self {
        Self { manifest, view, found, at: format!("view `{}`", view.name) }
    }

    pub fn at(mut self, step: &str) -> Self {
        self.at = format!("{}, {step}", self.at);
        self
    }

    pub fn say(&mut self, what: impl Into<Words>, fix: impl Into<Words>) {
        self.found.push(Problem { place: self.at.clone(), what: what.into(), fix: fix.into() });
    }

    pub fn say_at(&mut self, place: &str, what: impl Into<Words>, fix: impl Into<Words>) {
        self.found.push(Problem { place: place.to_owned(), what: what.into(), fix: fix.into() });
    }

    /// A path that must lead to something of this kind.
    pub fn field(&mut self, within: &Type, path: &str, role: impl Into<Words>, kind: Kind) {
        let role = role.into();
        let Some(ty) = type_at(within, path) else {
            let fields: Vec<_> = scalar(within).fields().iter().map(|field| field.name.as_str()).collect();
            let there = if fields.is_empty() {
                ("没有字段", "no fields").into()
            } else {
                words!("{}", "{}", fields.join(", "))
            };
            return self.say(
                words!("它的{role}是 `{path}`，而没有这个字段", "Its {role} is `{path}`, which is not there"; role),
                words!("可用的有：{there}", "There are: {there}"; there),
            );
        };
        if !kind.holds(ty) {
            let what =
                words!("它的{role} `{path}` 是 {kind}", "Its {role} `{path}` is {kind}"; role, kind = described(ty));
            let wanted = Words::from(kind.wanted());
            self.say(what, words!("请指定{wanted}", "Name {wanted}"; wanted));
        }
    }

    pub fn optional(&mut self, within: &Type, path: Option<&String>, role: impl Into<Words>, kind: Kind) {
        let role = role.into();
        if let Some(path) = path {
            self.field(within, path, role, kind);
        }
    }

    pub fn amount(&mut self, within: &Type, amount: &Amount, role: impl Into<Words>) {
        let role = role.into();
        match amount {
            Amount::Field { path } => self.field(within, path, role, Kind::Number),
            Amount::Fixed { value } if crate::types::parse_decimal(value, DIGITS).is_err() => {
                self.say(
                    words!("它的{role} `{value}` 不是数字", "Its {role} `{value}` is no number"; role),
                    ("请写十进制数，例如 12.5", "Write a decimal such as 12.5"),
                );
            }
            Amount::Fixed { .. } => {}
        }
    }

    pub fn format(&mut self, within: &Type, format: &Format) {
        if format.digits.is_some_and(|digits| digits > DIGITS) {
            self.say(
                ("格式的位数太多", "A format has too many digits"),
                ("小数点后最多 12 位", "Ask for at most 12 after the point"),
            );
        }
        if let super::super::NumberStyle::Money { currency } = &format.style
            && (currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()))
        {
            self.say(
                words!("`{currency}` 不是货币", "`{currency}` is no currency"),
                ("请用 ISO 4217 代码，例如 CNY", "Use a code of ISO 4217 such as CNY"),
            );
        }
        if let UnitOf::Field { path } = &format.unit {
            self.field(within, path, ("单位", "unit"), Kind::Word);
        }
    }

    pub fn condition(&mut self, within: &Type, condition: &Condition) {
        let needs = !matches!(condition.test, Test::Absent | Test::Present);
        let kind = if needs { Kind::Line } else { Kind::Any };
        self.field(within, &condition.field, ("条件字段", "condition's field"), kind);
        let Some(ty) = type_at(within, &condition.field).map(scalar).filter(|ty| ty.is_scalar()) else { return };
        let compares = matches!(condition.test, Test::Less | Test::AtMost | Test::More | Test::AtLeast);
        if compares && !Kind::Ordered.holds(ty) {
            let what = words!(
                "`{}` 是 {kind}，没有大小顺序",
                "`{}` is {kind}, which has no order", condition.field; kind = described(ty)
            );
            return self.say(what, ("请用 `is` 或 `is_not` 比较", "Compare it with `is` or `is_not`"));
        }
        let good = if is_number(ty) {
            crate::types::parse_decimal(&condition.value, DIGITS).is_ok()
        } else {
            is_literal(ty, &condition.value)
        };
        if needs && !good {
            let what = words!("`{}` 永远不会是 `{}`", "`{}` can never be `{}`", condition.field, condition.value);
            self.say(what, words!("它是 {kind}", "It is {kind}"; kind = described(ty)));
        }
    }

    /// States of a field: those of an enum are among its cases.
    pub fn states(&mut self, within: &Type, path: &str, values: impl IntoIterator<Item = impl AsRef<str>>) {
        let Some(Type::Enum { cases, .. }) = type_at(within, path).map(scalar) else { return };
        for value in values {
            if !cases.iter().any(|case| case == value.as_ref()) {
                let what = words!("`{path}` 从不会是 `{}`", "`{path}` is never `{}`", value.as_ref());
                self.say(what, words!("它的取值有 {}", "Its cases are {}", cases.join(", ")));
            }
        }
    }

    pub fn named_states(&mut self, within: &Type, path: &str, states: &[State]) {
        self.states(within, path, states.iter().map(|state| state.value.as_str()));
    }

    /// The query of a source, with its arguments judged.
    pub fn source(&mut self, source: &Source) -> Option<&'m HandlerDef> {
        let Some((_, def)) = self.manifest.handler(&source.query).filter(|(_, def)| def.kind == HandlerKind::Query)
        else {
            let what = words!("`{}` 不是本模块的查询", "`{}` is no query of this module", source.query);
            self.say(what, ("请写列在 `handlers` 下的 #[query]", "Name a #[query] that is listed under `handlers`"));
            return None;
        };
        self.arguments(&source.arguments, &def.input, None, true, words!("查询 `{}`", "the query `{}`", source.query));
        if source.refresh == Refresh::Manual && self.view.place == super::super::Place::Board {
            self.say(
                ("它在看板上要等人来询问", "It waits on a board until somebody asks"),
                ("请给它一个刷新节奏：看板前没有人操作", "Give it a pace: nobody presses anything there"),
            );
        }
        Some(def)
    }

    /// The type of the part of the answer that a widget without rows shows.
    pub fn part(&mut self, source: &Source) -> Option<&'m Type> {
        let def = self.source(source)?;
        let part = type_at(&def.output, &source.at);
        if part.is_none() {
            self.no_part(source);
        }
        part
    }

    /// The whole answer and the type of its rows.
    pub fn rows(&mut self, source: &Source) -> Option<(&'m Type, &'m Type)> {
        let def = self.source(source)?;
        let rows = source.rows(&def.output);
        if rows.is_none() {
            let what = words!("`{}` 在 `{}` 处没有行列表", "`{}` has no list of rows at `{}`", source.query, source.at);
            self.say(what, ("请让 `.at(\"…\")` 指向结构列表", "Point `.at(\"…\")` at a list of structures"));
        }
        Some((&def.output, rows?.1))
    }

    fn no_part(&mut self, source: &Source) {
        self.say(
            words!("`{}` 在 `{}` 处没有答案", "`{}` answers nothing at `{}`", source.query, source.at),
            ("请改正 `.at(\"…\")`", "Correct `.at(\"…\")`"),
        );
    }

    /// An operation that people may call.
    pub fn operation(&mut self, name: &str, who: impl Into<Words>) -> Option<&'m HandlerDef> {
        let who = who.into();
        let def = self.manifest.handler(name).map(|(_, def)| def).filter(|def| def.is_operation());
        if def.is_none() {
            let what = words!(
                "{who}指向 `{name}`，而它不是本模块的操作",
                "{who} leads to `{name}`, which is no operation of this module"; who
            );
            self.say(
                &what,
                (
                    "请写列在 `handlers` 下的命令、连接器或查询",
                    "Name a command, connector or query that is listed under `handlers`",
                ),
            );
        }
        def
    }

    pub fn is_changing(&mut self, def: &HandlerDef, who: impl Into<Words>) -> bool {
        let who = who.into();
        let good = def.kind != HandlerKind::Query;
        if !good {
            self.say(
                words!("{who}执行了查询 `{}`", "{who} runs the query `{}`", def.name; who),
                ("请执行命令或连接器，或打开它的表单", "Run a command or connector, or open its form"),
            );
        }
        good
    }

    /// Arguments of an operation. `whole`: every required input must be among them.
    pub fn arguments(
        &mut self,
        arguments: &[Argument],
        input: &Type,
        row: Option<&Type>,
        whole: bool,
        who: impl Into<Words>,
    ) {
        let who = who.into();
        for (at, argument) in arguments.iter().enumerate() {
            if arguments[..at].iter().any(|other| other.name == argument.name) {
                self.say(
                    words!("`{}` 重复交给了{who}", "`{}` is given twice to {who}", argument.name; who),
                    ("请只给一次", "Give it once"),
                );
            }
            match input.fields().iter().find(|field| field.name == argument.name) {
                None => {
                    let names: Vec<_> = input.fields().iter().map(|field| field.name.as_str()).collect();
                    let what = words!("`{}` 不是{who}的输入", "`{}` is no input of {who}", argument.name; who);
                    self.say(what, words!("它的输入有：{}", "Its inputs: {}", names.join(", ")));
                }
                Some(field) => self.bound(
                    &argument.value,
                    &field.of,
                    row,
                    words!("{who}的 `{}`", "`{}` of {who}", field.name; who),
                ),
            }
        }
        let open = |field: &&Field| {
            !matches!(field.of, Type::Option { .. }) && !arguments.iter().any(|argument| argument.name == field.name)
        };
        if let Some(field) = input.fields().iter().find(open).filter(|_| whole) {
            self.say(
                words!(
                    "{who}的 `{}` 是必填项，却没有给出",
                    "`{}` of {who} is required and not given", field.name; who
                ),
                ("请用 `.with(\"…\", …)` 给出", "Give it with `.with(\"…\", …)`"),
            );
        }
    }

    /// A value that must fit a type.
    pub fn bound(&mut self, bind: &Bind, wanted: &Type, row: Option<&Type>, what: impl Into<Words>) {
        let what = what.into();
        let wanted = scalar(wanted);
        let it_is = words!("它是 {kind}", "It is {kind}"; kind = described(wanted));
        match bind {
            Bind::Constant { text } if !is_literal(wanted, text) => {
                self.say(words!("`{text}` 不能作{what}的值", "`{text}` is no value for {what}"; what), &it_is);
            }
            Bind::Param { name } => match self.view.params.iter().any(|param| param.name == *name) {
                false => self.say(
                    words!(
                        "视图没有供{what}使用的参数 `{name}`",
                        "The view has no parameter `{name}` for {what}"; what
                    ),
                    ("请用 `.param(…)` 声明", "Declare it with `.param(…)`"),
                ),
                true => {
                    let given = param_type(self.manifest, self.view, name);
                    self.given(given.as_ref(), wanted, what, words!("参数 `{name}`", "the parameter `{name}`"));
                }
            },
            Bind::Row { path } => match row {
                None => self.say(
                    words!(
                        "没有行可以填入{what}",
                        "There is no row to fill {what}"; what
                    ),
                    ("请用常量或参数", "Use a constant or a parameter"),
                ),
                Some(row) => {
                    self.field(row, path, words!("{what}的值", "value for {what}"; what), Kind::Line);
                    let given = type_at(row, path).filter(|ty| scalar(ty).is_scalar());
                    self.given(given, wanted, what, words!("`{path}`", "`{path}`"));
                }
            },
            Bind::Place if !matches!(wanted, Type::Text { .. }) => {
                self.say(words!("地点不能填入{what}", "A place cannot fill {what}"; what), &it_is);
            }
            Bind::User if !matches!(wanted, Type::Text { .. }) => {
                self.say(words!("人员不能填入{what}", "A person cannot fill {what}"; what), &it_is);
            }
            Bind::Now { .. } if *wanted != Type::Instant => {
                self.say(words!("时间不能填入{what}", "A time cannot fill {what}"; what), &it_is);
            }
            Bind::Today { .. } if !matches!(wanted, Type::Date | Type::Instant) => {
                self.say(words!("日期不能填入{what}", "A day cannot fill {what}"; what), &it_is);
            }
            _ => {}
        }
    }

    fn given(&mut self, given: Option<&Type>, wanted: &Type, what: impl Into<Words>, from: impl Into<Words>) {
        let (what, from) = (what.into(), from.into());
        if let Some(given) = given
            && !fits(given, wanted)
        {
            let problem = words!(
                "{from}是 {kind}，不能填入{what}",
                "{from} is {kind} and cannot fill {what}"; what, from, kind = described(given)
            );
            self.say(problem, words!("它接受 {kind}", "It takes {kind}"; kind = described(wanted)));
        }
    }

    /// Another view, with the parameters it is opened with.
    pub fn opened(&mut self, name: &str, arguments: &[Argument], row: Option<&Type>, who: impl Into<Words>) {
        let who = who.into();
        let Some(view) = self.manifest.views.iter().find(|view| view.name == name) else {
            return self.say(
                words!(
                    "{who}打开 `{name}`，而它不是本模块的视图",
                    "{who} opens `{name}`, which is no view of this module"; who
                ),
                ("请列在 `views` 下", "List it under `views`"),
            );
        };
        for argument in arguments {
            match param_type(self.manifest, view, &argument.name) {
                Some(ty) => self.bound(
                    &argument.value,
                    &ty,
                    row,
                    words!("视图 `{name}` 的 `{}`", "`{}` of the view `{name}`", argument.name),
                ),
                None => self.say(
                    words!("视图 `{name}` 没有参数 `{}`", "The view `{name}` has no parameter `{}`", argument.name),
                    ("请在那里用 `.param(…)` 声明", "Declare it there with `.param(…)`"),
                ),
            }
        }
    }

    /// A list to choose a value of this type from.
    pub fn choices(&mut self, choices: &Choices, ty: &Type, what: impl Into<Words>) {
        let what = what.into();
        if choices.source.arguments.iter().any(|argument| matches!(argument.value, Bind::Param { .. })) {
            return self.say(
                words!("{what}取决于参数", "The {what} depend on a parameter"; what),
                ("请询问一个不需要参数的查询", "Ask a query that needs none"),
            );
        }
        if choices.source.refresh != Refresh::OnChange {
            return self.say(
                words!("{what}有自己的刷新节奏", "The {what} have a pace of their own"; what),
                ("请删除：它们与页面一样新", "Remove it: they are as fresh as the page"),
            );
        }
        let Some((_, row)) = self.rows(&choices.source) else { return };
        if !type_at(row, &choices.label).is_some_and(is_in_both_languages) {
            self.field(row, &choices.label, ("选项标签", "label to choose by"), Kind::Line);
        }
        self.bound(&Bind::Row { path: choices.value.clone() }, ty, Some(row), what);
    }
}

/// A text that the row has in Chinese and in English.
fn is_in_both_languages(ty: &Type) -> bool {
    let has = |name: &str| {
        ty.fields().iter().any(|field| field.name == name && matches!(scalar(&field.of), Type::Text { .. }))
    };
    has("zh") && has("en")
}

/// A type in an author's words.
pub(super) fn described(ty: &Type) -> Words {
    match ty {
        Type::Unit => ("空", "nothing").into(),
        Type::Bool => ("bool", "a bool").into(),
        Type::Int => ("i64", "an i64").into(),
        Type::Float => ("f64", "an f64").into(),
        Type::Decimal { scale } => words!("Decimal<{scale}>", "a Decimal<{scale}>"),
        Type::Text { max } => words!("Text<{max}>", "a Text<{max}>"),
        Type::File { max_bytes, .. } => words!("最多 {max_bytes} 字节的文件", "a file of at most {max_bytes} bytes"),
        Type::Instant => ("Instant", "an Instant").into(),
        Type::Date => ("Date", "a Date").into(),
        Type::Id { record } => words!("`{record}` 的 Id", "an Id of `{record}`"),
        Type::Ref { record, .. } => words!("指向 `{record}` 的 Ref", "a Ref to `{record}`"),
        Type::Enum { name, cases } => words!("枚举 `{name}`（{}）", "the enum `{name}` ({})", cases.join(", ")),
        Type::Option { of } => words!("可选的 {of}", "an option of {of}"; of = described(of)),
        Type::List { of } => words!("{of} 的列表", "a list of {of}"; of = described(of)),
        Type::Struct { name, .. } => words!("结构 `{name}`", "the struct `{name}`"),
    }
}
