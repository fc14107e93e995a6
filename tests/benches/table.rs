//! The table of results: medians with their spread over the rounds, next to the goal.

/// One figure, measured once in every round.
#[derive(Clone, Debug)]
pub struct Spread(Vec<f64>);

impl Spread {
    /// # Panics
    /// Without any round.
    pub fn new(mut rounds: Vec<f64>) -> Self {
        assert!(!rounds.is_empty(), "nothing was measured");
        rounds.sort_by(f64::total_cmp);
        Self(rounds)
    }

    /// The quotient of each round: both figures of a round saw the same machine.
    pub fn quotient(upper: &[f64], lower: &[f64]) -> Self {
        Self::new(upper.iter().zip(lower).map(|(upper, lower)| upper / lower).collect())
    }

    pub fn median(&self) -> f64 {
        self.0[self.0.len() / 2]
    }

    fn text(&self, unit: &str) -> String {
        let (least, most) = (self.0[0], self.0[self.0.len() - 1]);
        let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
        if self.0.len() == 1 {
            return format!("{}{unit}", short(least));
        }
        format!("{}{unit} ({}–{})", short(self.median()), short(least), short(most))
    }
}

/// Three digits that matter, with separators for thousands.
fn short(value: f64) -> String {
    match value.abs() {
        size if size >= 1_000.0 => {
            let digits = format!("{value:.0}");
            let mut text = String::new();
            for (at, digit) in digits.chars().enumerate() {
                if at > 0 && (digits.len() - at).is_multiple_of(3) {
                    text.push(',');
                }
                text.push(digit);
            }
            text
        }
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// What a figure should be.
#[derive(Clone, Copy, Debug)]
pub enum Goal {
    AtLeast(f64),
    AtMost(f64),
    /// Measured for the record.
    None,
}

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Row {
    pub what: String,
    /// The product's own figure and its unit.
    pub ours: (Spread, &'static str),
    /// The peer's, in the same unit.
    pub peer: Option<Spread>,
    /// The figure that the goal speaks of, when it is not `ours`.
    pub ratio: Option<Spread>,
    pub goal: Goal,
}

impl Row {
    fn cells(&self) -> [String; 5] {
        let judged = self.ratio.as_ref().unwrap_or(&self.ours.0).median();
        let unit = if self.ratio.is_some() { String::new() } else { format!(" {}", self.ours.1) };
        let goal = match self.goal {
            Goal::None => "–".to_owned(),
            Goal::AtLeast(least) => format!("≥ {}{unit} {}", short(least), verdict(judged >= least)),
            Goal::AtMost(most) => format!("≤ {}{unit} {}", short(most), verdict(judged <= most)),
        };
        let peer = self.peer.as_ref().map_or_else(|| "–".to_owned(), |peer| peer.text(self.ours.1));
        let ratio = self.ratio.as_ref().map_or_else(|| "–".to_owned(), |ratio| ratio.text(""));
        [self.what.clone(), self.ours.0.text(self.ours.1), peer, ratio, goal]
    }
}

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "MISSED" }
}

const HEAD: [&str; 5] = ["What", "Toolcrib", "Peer", "Ratio", "Goal"];

/// For a terminal.
pub fn plain(rows: &[Row]) -> String {
    let lines: Vec<_> = std::iter::once(HEAD.map(str::to_owned)).chain(rows.iter().map(Row::cells)).collect();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<_> = (0..HEAD.len()).map(width).collect();
    let pad = |(cell, width): (&String, &usize)| format!("{cell}{}", " ".repeat(width - cell.chars().count()));
    lines
        .iter()
        .map(|line| line.iter().zip(&widths).map(pad).collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n")
        .collect()
}

/// For the README.
pub fn markdown(rows: &[Row]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let head = line(&HEAD.map(str::to_owned)) + "|---|---|---|---|---|\n";
    head + &rows.iter().map(|row| line(&row.cells())).collect::<String>()
}
