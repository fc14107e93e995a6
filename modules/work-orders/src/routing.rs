//! Routings: the operations of a material, one after another. An order takes a copy when it is released.

use toolcrib_sdk::context::Context;
use toolcrib_sdk::prelude::*;

/// Steps of one routing.
pub const STEPS_MAX: usize = 50;
/// The largest number of a step: four digits, so that a card's text keeps inside its type.
pub const STEP_MAX: i64 = 9_999;
/// The step and operation of a material without a routing.
const ONLY_STEP: (i64, &str) = (10, "生产");

/// One operation of a material.
#[record(shared, unique(material, step))]
pub struct RoutingStep {
    pub material: Text<64>,
    /// Its place: 10, 20, 30, …
    pub step: i64,
    pub operation: Text<40>,
    /// Where it is usually done.
    pub equipment: Option<Text<64>>,
    /// What somebody who does it should be qualified for.
    pub skill: Option<Text<40>>,
    /// What the job card tells the operator.
    pub note: Option<Text<200>>,
}

/// One line of a routing.
#[value]
pub struct NewStep {
    pub step: i64,
    pub operation: Text<40>,
    pub equipment: Option<Text<64>>,
    pub skill: Option<Text<40>>,
    pub note: Option<Text<200>>,
    /// The step it comes after; none: the next smaller one. Each step comes after exactly one other.
    pub after: Option<i64>,
}

/// Sets the operations of a material, in place of what it had; no steps: it has no routing any more. Orders released
/// before keep the copy they took.
#[command(roles("owner", "admin", "supervisor"))]
pub fn set_routing(ctx: &mut Command, material: Text<64>, steps: Vec<NewStep>) -> Outcome<()> {
    if material.as_str().trim().is_empty() {
        return Err(reject("material-needed", "Say which material this routing makes").field("material"));
    }
    let steps = chain(steps)?;
    for row in of_material(ctx, &material)? {
        ctx.delete(row.id)?;
    }
    let rows: Vec<_> = steps.into_iter().map(|new| new.of(&material)).collect();
    if !rows.is_empty() {
        ctx.insert_all(&rows)?;
    }
    Ok(())
}

/// The operations of a material, in order.
#[query]
pub fn routing(ctx: &Query, material: Text<64>) -> Outcome<Vec<Row<RoutingStep>>> {
    of_material(ctx, &material)
}

fn of_material<M>(ctx: &Context<M>, material: &Text<64>) -> Outcome<Vec<Row<RoutingStep>>> {
    ctx.all(RoutingStep::by_material_step().eq(material))
}

/// The operations a new order of this material takes: its routing, or one step.
pub fn copied<M>(ctx: &Context<M>, material: &Text<64>) -> Outcome<Vec<RoutingStep>> {
    let mut steps: Vec<_> = of_material(ctx, material)?.into_iter().map(|row| row.value).collect();
    if steps.is_empty() {
        let (step, operation) = (ONLY_STEP.0, Text::new(ONLY_STEP.1)?);
        let material = material.clone();
        steps.push(RoutingStep { material, step, operation, equipment: None, skill: None, note: None });
    }
    Ok(steps)
}

impl NewStep {
    fn of(self, material: &Text<64>) -> RoutingStep {
        let Self { step, operation, equipment, skill, note, after: _ } = self;
        RoutingStep { material: material.clone(), step, operation, equipment, skill, note }
    }
}

fn wrong(code: &str, message: &str, at: usize, field: &str) -> Stopped {
    reject(code, message).field(field).within(&["steps/", &at.to_string()].concat())
}

/// The steps in the order they run: one chain in which the numbers rise.
fn chain(steps: Vec<NewStep>) -> Outcome<Vec<NewStep>> {
    if steps.len() > STEPS_MAX {
        return Err(reject("too-many-steps", "A routing has at most 50 steps").field("steps"));
    }
    for (at, step) in steps.iter().enumerate() {
        if !(1..=STEP_MAX).contains(&step.step) {
            return Err(wrong("bad-step", "Number the steps 1 to 9999, for example 10, 20, 30", at, "step"));
        }
        if step.operation.as_str().trim().is_empty() {
            return Err(wrong("operation-needed", "Name what is done in this step", at, "operation"));
        }
        if steps[..at].iter().any(|other| other.step == step.step) {
            return Err(wrong("duplicate-step", "Two steps have this number; give one of them another", at, "step"));
        }
    }
    for (at, step) in steps.iter().enumerate() {
        let Some(after) = step.after else { continue };
        if !steps.iter().any(|other| other.step == after) {
            return Err(wrong("unknown-step", "The routing has no such step to come after", at, "after"));
        }
        if runs_in_a_circle(&steps, step) {
            return Err(wrong("cyclic-routing", "This step would have to wait for itself", at, "after"));
        }
        if after > step.step {
            return Err(wrong("steps-out-of-order", "Number the steps in the order they run", at, "after"));
        }
    }
    let positions: Vec<_> = steps.iter().map(|step| step.step).collect();
    for (at, step) in steps.iter().enumerate() {
        let before = positions.iter().filter(|other| **other < step.step).max();
        if step.after.is_some_and(|after| before != Some(&after)) {
            return Err(wrong(
                "branching-routing",
                "Each step comes after the one before it, not beside it",
                at,
                "after",
            ));
        }
    }
    let mut sorted: Vec<NewStep> = Vec::new();
    for step in steps {
        sorted.insert(sorted.partition_point(|other| other.step < step.step), step);
    }
    Ok(sorted)
}

/// Whether following `after` from a step comes back to it.
fn runs_in_a_circle(steps: &[NewStep], from: &NewStep) -> bool {
    let mut at = from.after;
    // Longer than the routing itself is a circle as well, one that `from` leads into.
    for _ in 0..steps.len() {
        match at {
            None => return false,
            Some(step) if step == from.step => return true,
            Some(step) => at = steps.iter().find(|other| other.step == step).and_then(|other| other.after),
        }
    }
    at.is_some()
}
