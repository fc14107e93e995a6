//! Inputs from declared types: every value is one that the host would let through.

use super::dice::Dice;
use toolcrib_contract::file::{FileName, Media};
use toolcrib_contract::memory::Snapshot;
use toolcrib_contract::types::{DECIMAL_COEF_MAX, Date, Instant, RawId};
use toolcrib_contract::value::{self, Value};
use toolcrib_contract::{Manifest, Type};

/// Items of a generated list, and once in a while more.
const ITEMS: u64 = 4;
const MANY_ITEMS: u64 = 40;
/// Characters of a generated text that fills its type.
const LONG_CHARS: u64 = 2_000;

/// What texts are made of: what people, spreadsheets and attackers write.
const WORDS: [&str; 12] =
    ["", " ", "A1", "press 1", "换模", "０１２", "\u{1f527}", "' OR 1=1 --", "<b>", "a\nb\t", "-0", "\u{202e}x"];

/// Makes values.
pub(super) struct Generator<'a> {
    pub manifest: &'a Manifest,
    /// Ids in inputs are mostly those of rows that exist here.
    pub moment: &'a Snapshot,
    pub now: Instant,
    /// Also the ends of every range: people and systems may send anything. What the host itself delivers has
    /// plausible figures.
    pub extremes: bool,
}

impl Generator<'_> {
    /// Bytes of one value.
    pub fn bytes(&self, ty: &Type, dice: &mut Dice) -> Vec<u8> {
        let mut out = Vec::new();
        value::write(ty, &self.value(ty, dice), &mut out);
        out
    }

    fn value(&self, ty: &Type, dice: &mut Dice) -> Value {
        match ty {
            Type::Unit => Value::Unit,
            Type::Bool => Value::Bool(dice.once_in(2)),
            Type::Int => Value::Int(self.number(dice, i64::MIN, i64::MAX)),
            Type::Float => Value::Float(self.float(dice)),
            Type::Decimal { .. } => Value::Decimal(self.number(dice, -DECIMAL_COEF_MAX, DECIMAL_COEF_MAX)),
            Type::Text { max } => Value::Text(text(*max, dice)),
            Type::File { accept, .. } => {
                let mut digest = [0; 32];
                digest.fill_with(|| dice.below(256) as u8);
                let media = accept.get(dice.below(accept.len().max(1) as u64) as usize).copied();
                Value::Text(FileName { digest, media: media.unwrap_or(Media::Jpeg) }.to_string())
            }
            Type::Instant => Value::Instant(self.instant(dice)),
            Type::Date => Value::Date(self.date(dice)),
            Type::Id { record } => Value::Id(self.id("", record, dice)),
            Type::Ref { module, record } => Value::Id(self.id(module, record, dice)),
            Type::Enum { cases, .. } => Value::Enum(dice.below(cases.len().max(1) as u64) as u32),
            Type::Option { of } => {
                if dice.once_in(2) {
                    Value::None
                } else {
                    self.value(of, dice)
                }
            }
            Type::List { of } => {
                let most = if dice.once_in(8) { MANY_ITEMS } else { ITEMS };
                let count = dice.below(most);
                // Items without bytes are none that a list can hold.
                let holds =
                    !matches!(**of, Type::Unit) && !matches!(&**of, Type::Struct { fields, .. } if fields.is_empty());
                Value::List((0..count).filter(|_| holds).map(|_| self.value(of, dice)).collect())
            }
            Type::Struct { fields, .. } => {
                Value::Struct(fields.iter().map(|field| self.value(&field.of, dice)).collect())
            }
        }
    }

    fn number(&self, dice: &mut Dice, least: i64, most: i64) -> i64 {
        if self.extremes && dice.once_in(3) {
            return *dice.pick(&[least, most, -1, least + 1, most - 1]).unwrap_or(&0);
        }
        let scale = dice.pick(&[2, 20, 2_000, 1_000_000]).copied().unwrap_or(2);
        dice.below(scale) as i64
    }

    fn float(&self, dice: &mut Dice) -> f64 {
        if self.extremes && dice.once_in(3) {
            return *dice.pick(&[f64::MAX, f64::MIN, f64::MIN_POSITIVE, -0.0, -1.0]).unwrap_or(&0.0);
        }
        dice.below(1_000_000) as f64 / 1_000.0
    }

    fn instant(&self, dice: &mut Dice) -> Instant {
        if self.extremes && dice.once_in(4) {
            return *dice.pick(&[Instant::MIN, Instant::MAX, self.now]).unwrap_or(&self.now);
        }
        let week_us = 7 * 86_400 * 1_000_000;
        let offset = dice.below(2 * week_us) as i64 - week_us as i64;
        Instant((self.now.0.saturating_add(offset)).clamp(Instant::MIN.0, Instant::MAX.0))
    }

    fn date(&self, dice: &mut Dice) -> Date {
        if self.extremes && dice.once_in(4) {
            return *dice.pick(&[Date::MIN, Date::MAX]).unwrap_or(&Date::MIN);
        }
        let today = self.now.0.div_euclid(86_400 * 1_000_000);
        Date((today + dice.below(60) as i64 - 30).clamp(Date::MIN.0, Date::MAX.0))
    }

    fn id(&self, module: &str, record: &str, dice: &mut Dice) -> RawId {
        let module = if module == self.manifest.module { "" } else { module };
        let known = self.moment.ids(module, record);
        match dice.pick(&known) {
            Some(id) if !dice.once_in(4) => *id,
            _ => {
                let mut id = [0; 16];
                id[..8].copy_from_slice(&dice.next().to_be_bytes());
                id[8..].copy_from_slice(&dice.next().to_be_bytes());
                id[6] = 0x70 | (id[6] & 0x0f);
                id[8] = 0x80 | (id[8] & 0x3f);
                RawId(id)
            }
        }
    }
}

fn text(max: u32, dice: &mut Dice) -> String {
    let word = *dice.pick(&WORDS).unwrap_or(&"");
    if dice.once_in(8) {
        let length = u64::from(max).min(LONG_CHARS) as usize;
        let unit = if word.is_empty() { "x" } else { word };
        return unit.chars().cycle().take(length).collect();
    }
    word.chars().take(max as usize).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{self, field};

    #[test]
    fn every_generated_value_is_one_of_its_type() {
        let manifest = example::manifest();
        let moment = Snapshot::default();
        let list = |of: Type| Type::List { of: Box::new(of) };
        let option = |of: Type| Type::Option { of: Box::new(of) };
        let cases = Type::Enum { name: "kind".into(), cases: vec!["a".into(), "b".into()] };
        let fields = vec![
            field("a", Type::Bool),
            field("b", Type::Int),
            field("c", Type::Float),
            field("d", Type::Decimal { scale: 3 }),
            field("e", Type::Text { max: 5 }),
            field("f", option(Type::Instant)),
            field("g", Type::Date),
            field("h", list(cases)),
            field("i", Type::Id { record: "note".into() }),
            field("j", Type::Ref { module: "plant".into(), record: "site".into() }),
            field("k", list(Type::Struct { name: "none".into(), fields: vec![] })),
        ];
        let of = Type::Struct { name: "all".into(), fields };
        for extremes in [false, true] {
            let now = Instant(1_767_600_000_000_000);
            let generator = Generator { manifest: &manifest, moment: &moment, now, extremes };
            for salt in 0..500 {
                let bytes = generator.bytes(&of, &mut Dice::new(7, salt));
                assert!(value::from_bytes(&of, &bytes).is_ok(), "seed 7, salt {salt}");
                assert_eq!(bytes, generator.bytes(&of, &mut Dice::new(7, salt)));
            }
        }
    }
}
