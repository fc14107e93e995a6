//! How fields and cases are called in files. [`Plain`] calls them as the module's code does; whoever knows words for them
//! gives those instead, and both are understood.

/// Words for fields of tables.
pub trait Names: Send + Sync {
    /// The heading above a field's column; `field` is `order` or, inside a structure, `order.number`.
    fn heading(&self, field: &str) -> String {
        field.to_owned()
    }

    /// The field that a heading of a file means; none when the heading is no word of ours.
    fn field(&self, _heading: &str) -> Option<String> {
        None
    }

    /// The word for a case of an enumeration.
    fn case(&self, _enumeration: &str, case: &str) -> String {
        case.to_owned()
    }
}

/// The names of the module's code.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plain;

impl Names for Plain {}
