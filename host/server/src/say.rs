//! What the program tells the person in front of it: progress, results, complaints. Everything else goes to the log.

use std::fmt::Display;

/// One line on standard output.
#[expect(clippy::print_stdout, reason = "the program speaks to a person at a terminal")]
pub fn line(text: impl Display) {
    println!("{text}");
}

/// A step that was done, with its time.
pub fn done(what: impl Display, since: std::time::Instant) {
    line(format_args!("  {what} ({:.1} s)", since.elapsed().as_secs_f64()));
}

/// One complaint on standard error.
#[expect(clippy::print_stderr, reason = "the program speaks to a person at a terminal")]
pub fn complaint(text: impl Display) {
    eprintln!("toolcrib: {text}");
}
