//! Routings: the operations of a material, one after another. An order takes a copy when it is released.

use crate::jobs::Job;
use toolcrib_sdk::prelude::*;

/// Steps of one routing.
pub const STEPS_MAX: usize = 50;
/// The largest number of a step: four digits, so that a card's text keeps inside its type.
pub const STEP_MAX: i64 = 9_999;
/// The step and operation of a material without a routing.
const ONLY_STEP: (i64, &str) = (10, "生产");

/// One operation of a material.
#[record(shared, unique(material, step), from(NewStep, Job))]
pub struct RoutingStep {
    #[own]
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
    reject_if(material.is_blank(), "material-needed", "Say which material this routing makes").field("material")?;
    let steps = chain(steps)?;
    ctx.delete_all(RoutingStep::by_material_step().eq(&material))?;
    let of_material = |new| RoutingStep { material: material.clone(), ..RoutingStep::from(new) };
    ctx.insert_all(&steps.into_iter().map(of_material).collect::<Vec<_>>()).map(drop)
}

/// The operations of a material, in order.
#[query]
pub fn routing(ctx: &Query, material: Text<64>) -> Outcome<Vec<Row<RoutingStep>>> {
    of_material(ctx, &material)
}

fn of_material(ctx: &Query, material: &Text<64>) -> Outcome<Vec<Row<RoutingStep>>> {
    ctx.all(RoutingStep::by_material_step().eq(material))
}

/// The operations a new order of this material takes: its routing, or one step.
pub fn copied(ctx: &Query, material: &Text<64>) -> Outcome<Vec<RoutingStep>> {
    let mut steps: Vec<_> = of_material(ctx, material)?.into_iter().map(|row| row.value).collect();
    if steps.is_empty() {
        let (material, step, operation) = (material.clone(), ONLY_STEP.0, Text::new(ONLY_STEP.1)?);
        steps.push(RoutingStep { material, step, operation, ..RoutingStep::blank() });
    }
    Ok(steps)
}

/// The steps in the order they run: one chain in which the numbers rise.
fn chain(steps: Vec<NewStep>) -> Outcome<Vec<NewStep>> {
    reject_if(steps.len() > STEPS_MAX, "too-many-steps", "A routing has at most 50 steps").field("steps")?;
    for (at, step) in steps.iter().enumerate() {
        sound(step, &steps[..at]).nth("steps", at)?;
    }
    for (at, step) in steps.iter().enumerate() {
        placed(step, &steps).nth("steps", at)?;
    }
    for (at, step) in steps.iter().enumerate() {
        let before = steps.iter().map(|other| other.step).filter(|other| *other < step.step).max();
        let beside = step.after.is_some_and(|after| before != Some(after));
        let message = "Each step comes after the one before it, not beside it";
        reject_if(beside, "branching-routing", message).field("after").nth("steps", at)?;
    }
    let mut sorted: Vec<NewStep> = Vec::new();
    for step in steps {
        sorted.insert(sorted.partition_point(|other| other.step < step.step), step);
    }
    Ok(sorted)
}

fn sound(step: &NewStep, before: &[NewStep]) -> Outcome<()> {
    let message = "Number the steps 1 to 9999, for example 10, 20, 30";
    reject_if(!(1..=STEP_MAX).contains(&step.step), "bad-step", message).field("step")?;
    reject_if(step.operation.is_blank(), "operation-needed", "Name what is done in this step").field("operation")?;
    let twice = before.iter().any(|other| other.step == step.step);
    reject_if(twice, "duplicate-step", "Two steps have this number; give one of them another").field("step")
}

/// The step it comes after is one of these, and before it.
fn placed(step: &NewStep, steps: &[NewStep]) -> Outcome<()> {
    let Some(after) = step.after else { return Ok(()) };
    let unknown = steps.iter().all(|other| other.step != after);
    reject_if(unknown, "unknown-step", "The routing has no such step to come after").field("after")?;
    let circle = runs_in_a_circle(steps, step);
    reject_if(circle, "cyclic-routing", "This step would have to wait for itself").field("after")?;
    reject_if(after > step.step, "steps-out-of-order", "Number the steps in the order they run").field("after")
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
