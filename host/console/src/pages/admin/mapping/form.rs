//! A rule as a form: one field for each thing that a rule says, and back.

use std::collections::BTreeMap;
use toolcrib_contract::json::InputError;
use toolcrib_contract::problem::Problem;
use toolcrib_ingest::payload::{Codes, Counting, DeadBand, From, Kind, QualityFrom, Rule};
use toolcrib_ui::form::FormText;
use toolcrib_ui::language::Tr;

/// Kinds of signals by the value that is sent.
pub const KINDS: [(&str, Kind); 6] = [
    ("number", Kind::Number),
    ("count", Kind::Count),
    ("counter", Kind::Counter),
    ("flag", Kind::Flag),
    ("word", Kind::Word),
    ("state", Kind::State),
];

/// Text that was typed; nothing when it is blank.
fn typed(form: &FormText, name: &str) -> Option<String> {
    form.get(name).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The rule that a form says. What does not belong to its kind is left out, so that a change of kind leaves nothing over.
///
/// # Errors
/// Lines of the state map without `=`, and bits that are no number, by the field's name.
pub fn read(form: &FormText) -> Result<Rule, &'static str> {
    let kind = form.get("kind").and_then(|sent| KINDS.iter().find(|(name, _)| *name == sent));
    let kind = kind.map_or(Kind::Number, |(_, kind)| *kind);
    let is_metric = form.get("where") == Some("metric");
    let of_metric = |name| typed(form, name).filter(|_| is_metric);
    let of_topic = |name| typed(form, name).filter(|_| !is_metric);
    let quality = of_topic("quality").map(|path| {
        let codes = if form.get("codes") == Some("ua") { Codes::Ua } else { Codes::Da };
        QualityFrom { path, codes }
    });
    let from = From {
        source: typed(form, "source"),
        topic: of_topic("topic"),
        metric: of_metric("metric"),
        group: of_metric("group"),
        node: of_metric("node"),
        device: of_metric("device"),
        path: typed(form, "path").unwrap_or_default(),
        time: of_topic("time"),
        quality,
    };
    let is_scaled = matches!(kind, Kind::Number | Kind::Count);
    let band = typed(form, "band").filter(|_| kind == Kind::Number);
    let band = band.map(|width| match width.strip_suffix('%') {
        Some(percent) => DeadBand::Percent(percent.trim().to_owned()),
        None => DeadBand::Absolute(width),
    });
    let bits = typed(form, "bits").map(|bits| bits.parse().map_err(|_| "bits")).transpose()?;
    let counting = Counting { bits, restarts: form.get("restarts").is_some() };
    Ok(Rule {
        from,
        equipment: typed(form, "equipment").unwrap_or_default(),
        signal: typed(form, "signal").unwrap_or_default(),
        kind,
        unit: typed(form, "unit"),
        scale: typed(form, "scale").filter(|_| is_scaled),
        offset: typed(form, "offset").filter(|_| is_scaled),
        dead_band: band,
        counter: (kind == Kind::Counter).then_some(counting),
        states: if kind == Kind::State { states(form.get("states").unwrap_or_default())? } else { BTreeMap::new() },
        offline: of_metric("offline").filter(|_| kind == Kind::State),
    })
}

/// `0 = NotExecuting/None`, a line each.
fn states(text: &str) -> Result<BTreeMap<String, String>, &'static str> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let pair = |line: &str| line.split_once('=').map(|(sent, means)| (sent.trim().to_owned(), means.trim().to_owned()));
    lines.map(|line| pair(line).ok_or("states")).collect()
}

/// A rule as a form would say it.
pub fn write(rule: &Rule) -> FormText {
    let from = &rule.from;
    let band = rule.dead_band.as_ref().map(|band| match band {
        DeadBand::Absolute(width) => width.clone(),
        DeadBand::Percent(width) => format!("{width}%"),
    });
    let states: Vec<_> = rule.states.iter().map(|(sent, means)| format!("{sent} = {means}")).collect();
    let kind = KINDS.iter().find(|(_, kind)| *kind == rule.kind).map(|(name, _)| (*name).to_owned());
    let bits = rule.counter.and_then(|counting| counting.bits).map(|bits| bits.to_string());
    let restarts = rule.counter.is_none_or(|counting| counting.restarts).then(|| "yes".to_owned());
    let (quality, codes) = from.quality.as_ref().map(|quality| (quality.path.clone(), quality.codes)).unzip();
    let codes = codes.map(|codes| if codes == Codes::Ua { "ua" } else { "da" }.to_owned());
    let pairs = [
        ("where", Some(if from.metric.is_some() { "metric" } else { "topic" }.to_owned())),
        ("source", from.source.clone()),
        ("topic", from.topic.clone()),
        ("metric", from.metric.clone()),
        ("group", from.group.clone()),
        ("node", from.node.clone()),
        ("device", from.device.clone()),
        ("path", Some(from.path.clone())),
        ("time", from.time.clone()),
        ("quality", quality),
        ("codes", codes),
        ("equipment", Some(rule.equipment.clone())),
        ("signal", Some(rule.signal.clone())),
        ("kind", kind),
        ("unit", rule.unit.clone()),
        ("scale", rule.scale.clone()),
        ("offset", rule.offset.clone()),
        ("band", band),
        ("bits", bits),
        ("restarts", restarts),
        ("states", Some(states.join("\n"))),
        ("offline", rule.offline.clone()),
    ];
    FormText::new(pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect())
}

/// The field that an error of a rule belongs to.
fn field(pointer: &str) -> &str {
    let inside = pointer.trim_start_matches("/rules/").split_once('/').map_or("", |(_, inside)| inside);
    match inside {
        "from" => "where",
        "from/quality/path" => "quality",
        "dead_band" => "band",
        "counter" | "counter/bits" => "bits",
        other => other.strip_prefix("from/").unwrap_or(other),
    }
}

/// Mistakes in a rule, in the words of its form.
pub fn told(tr: Tr, problem: Problem) -> Problem {
    let tell = |error: InputError| {
        let field = field(&error.pointer);
        match (tr.maybe(&format!("mapping-{field}")), tr.maybe(&format!("mapping-{field}-help"))) {
            (Some(label), Some(help)) => InputError { pointer: format!("/{label}"), message: help },
            _ => error,
        }
    };
    Problem { errors: problem.errors.into_iter().map(tell).collect(), ..problem }
}

/// A mistake in one field that no rule could be made of.
pub fn wrong(field: &str) -> Problem {
    Problem::input(vec![InputError { pointer: format!("/rules/0/{field}"), message: String::new() }])
}

#[cfg(test)]
mod tests {
    use super::*;
    use toolcrib_ingest::payload::Rules;
    use toolcrib_ui::language::Lang;

    #[test]
    fn a_rule_comes_back_from_its_form() {
        let rules = [
            r#"{"from":{"topic":"plant/+/t","path":"/v","time":"/ts","source":"d","quality":{"path":"/q","codes":"ua"}},"equipment":"{1}","signal":"t","unit":"°C","scale":"0.1","offset":"-40","dead_band":{"percent":"2.5"}}"#,
            r#"{"from":{"metric":"Good","group":"g","node":"n","device":"+"},"equipment":"{1}","signal":"good","kind":"counter","counter":{"bits":16,"restarts":true}}"#,
            r#"{"from":{"metric":"State","device":"p"},"equipment":"p","signal":"state","kind":"state","states":{"0":"NotExecuting/None","1":"Executing/Processing"},"offline":"NotAvailable"}"#,
            r#"{"from":{"topic":"a"},"equipment":"p","signal":"t","kind":"flag"}"#,
            r#"{"from":{"topic":"a"},"equipment":"p","signal":"t","dead_band":{"absolute":"0.5"}}"#,
        ];
        let rules = Rules::parse(format!("{{\"rules\":[{}]}}", rules.join(",")).as_bytes()).unwrap();
        for rule in rules.rules {
            assert_eq!(read(&write(&rule)).unwrap(), rule);
        }
    }

    #[test]
    fn what_does_not_belong_to_the_kind_is_left_out() {
        let pairs = [
            ("where", "topic"),
            ("topic", "a"),
            ("metric", "M"),
            ("kind", "flag"),
            ("scale", "2"),
            ("band", "1"),
            ("states", "x"),
            ("equipment", "p"),
            ("signal", "s"),
        ];
        let form = FormText::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect());
        let rule = read(&form).unwrap();
        assert_eq!((rule.from.metric, rule.scale, rule.dead_band, rule.states.len()), (None, None, None, 0));
    }

    #[test]
    fn a_mistake_is_told_in_the_words_of_the_form() {
        let rules = Rules { rules: vec![Rule::default()] };
        let problem = told(Tr::new(Lang::ZhCn), rules.check().unwrap_err());
        assert_eq!(problem.errors.len(), 3);
        assert!(problem.errors.iter().all(|error| error.message.chars().any(|char| char > '\u{2fff}')), "{problem:?}");
        let form = FormText::new(vec![("kind".into(), "state".into()), ("states".into(), "running".into())]);
        assert_eq!(read(&form), Err("states"));
    }
}
