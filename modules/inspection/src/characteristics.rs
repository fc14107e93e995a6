//! What is looked at: characteristics that are measured, or judged yes or no with named defects.

use toolcrib_sdk::prelude::*;

pub type Code = Text<64>;
pub type Quantity = Decimal<6>;

#[value]
pub enum Nature {
    /// A number with limits.
    Measured,
    /// Good or bad.
    Attribute,
}

/// A characteristic of a material.
#[record(shared, unique(code), from(NewCharacteristic))]
pub struct Characteristic {
    pub code: Code,
    pub name: Text<120>,
    pub nature: Nature,
    pub unit: Option<Text<16>>,
    /// A reading on a limit is good.
    pub lower: Option<Quantity>,
    pub target: Option<Quantity>,
    pub upper: Option<Quantity>,
    /// Names of its defects, with commas between: `划伤,毛刺`. Empty: any name.
    pub defects: Option<Text<400>>,
    #[own]
    pub retired_at: Option<Instant>,
}

impl Characteristic {
    /// Whether a reading is good.
    pub fn holds(&self, value: Quantity) -> bool {
        self.lower.is_none_or(|lower| value >= lower) && self.upper.is_none_or(|upper| value <= upper)
    }

    /// Whether a defect may be called so; in either case of letters.
    pub fn knows(&self, defect: &str) -> bool {
        let same = |name: &str| name.trim().eq_ignore_ascii_case(defect.trim());
        self.defects.as_ref().is_none_or(|names| names.as_str().split([',', '，', '、', ';', '；']).any(same))
    }
}

/// One line of an import.
#[value]
pub struct NewCharacteristic {
    pub code: Code,
    pub name: Text<120>,
    pub nature: Nature,
    pub unit: Option<Text<16>>,
    pub lower: Option<Quantity>,
    pub target: Option<Quantity>,
    pub upper: Option<Quantity>,
    pub defects: Option<Text<400>>,
}

/// Adds or changes many characteristics at once, in order; all or none.
#[command(roles("owner", "admin", "supervisor"))]
pub fn import_characteristics(ctx: &mut Command, rows: Vec<NewCharacteristic>) -> Outcome<Imported> {
    ctx.import(rows, put)
}

/// Adds a characteristic, or changes the one of its code.
#[command(roles("owner", "admin", "supervisor"))]
pub fn set_characteristic(ctx: &mut Command, #[embed] new: NewCharacteristic) -> Outcome<()> {
    put(ctx, new).map(drop)
}

/// Takes a characteristic out of use; plans go on without it.
#[command(roles("owner", "admin", "supervisor"))]
pub fn retire_characteristic(ctx: &mut Command, code: Code) -> Outcome<()> {
    let mut row = known(ctx, &code, "code")?;
    row.retired_at = Some(ctx.now());
    ctx.update(&mut row)
}

/// Characteristics by code, a page at a time.
#[query]
pub fn characteristics(ctx: &Query, after: Option<Cursor>) -> Outcome<Page<Characteristic>> {
    ctx.page(Characteristic::by_code().limit(100).after(after))
}

pub fn known(ctx: &Query, code: &Code, field: &str) -> Outcome<Row<Characteristic>> {
    let message = || ["There is no characteristic ", code.as_str()].concat();
    let found = ctx.first(Characteristic::by_code().eq(code))?;
    found.ok_or_else(|| reject("unknown-characteristic", &message()).field(field))
}

/// Refuses an empty code or name.
pub fn filled(text: &str, field: &str) -> Outcome<()> {
    reject_if(text.trim().is_empty(), "field-empty", "This must not be empty").field(field)
}

fn put(ctx: &mut Command, new: NewCharacteristic) -> Outcome<Put> {
    let NewCharacteristic { code, name, nature, unit, lower, target, upper, .. } = &new;
    filled(code.as_str(), "code")?;
    filled(name.as_str(), "name")?;
    let limits = [*lower, *target, *upper];
    match nature {
        Nature::Measured => {
            filled(unit.as_ref().map_or("", |unit| unit.as_str()), "unit")?;
            let message = "A measured characteristic has a limit, or two";
            reject_if(lower.is_none() && upper.is_none(), "limits-missing", message).field("lower")?;
            let message = "Lower limit, target and upper limit rise";
            reject_if(!limits.iter().flatten().is_sorted(), "limits-crossed", message).field("upper")?;
        }
        Nature::Attribute if limits.iter().any(Option::is_some) => {
            return Err(reject("limits-of-attribute", "What is judged yes or no has no limits").field("lower"));
        }
        Nature::Attribute => {}
    }
    let defects = new.defects.clone().filter(|names| !names.is_blank());
    ctx.put(Characteristic { defects, ..new.into() })
}
