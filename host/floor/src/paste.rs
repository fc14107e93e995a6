//! Lists of people, pasted from a sheet or from a module's exported table: a line each, columns by their heading.

use crate::board::Floor;
use crate::operator::OperatorDraft;
use crate::{PASTE_LINES, ROLES};
use toolcrib_contract::json::InputError;
use toolcrib_contract::problem::Problem;
use toolcrib_contract::types::RawId;

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Code,
    Name,
    Badge,
    Pin,
    Role,
    Other,
}

/// Without headings.
const USUAL: [Column; 4] = [Column::Code, Column::Name, Column::Badge, Column::Pin];

fn column(heading: &str) -> Column {
    match heading.trim().to_lowercase().as_str() {
        "code" | "工号" | "编号" | "人员编号" | "员工编号" | "代码" => Column::Code,
        "name" | "姓名" | "名称" => Column::Name,
        "badge" | "工牌" | "卡号" => Column::Badge,
        "pin" => Column::Pin,
        "role" | "角色" => Column::Role,
        _ => Column::Other,
    }
}

/// Cells of a line: by tabs where there are any, else by commas; quotes around a cell are taken off.
fn cells(line: &str) -> Vec<String> {
    let by: &[char] = if line.contains('\t') { &['\t'] } else { &[',', '，'] };
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    for char in line.chars() {
        match char {
            '"' => quoted = !quoted,
            char if by.contains(&char) && !quoted => cells.push(std::mem::take(&mut cell)),
            char => cell.push(char),
        }
    }
    cells.push(cell);
    cells.iter().map(|cell| cell.trim().to_owned()).collect()
}

/// Reads a pasted list: `code, name, badge, PIN`, or columns in any order below a line of headings.
///
/// # Errors
/// `bad-input` with the lines that are wrong, by their number from 1.
pub fn paste(text: &str) -> Result<Vec<OperatorDraft>, Problem> {
    let text = text.trim_start_matches('\u{feff}');
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let mut lines: Vec<_> = lines.map(|(at, line)| (at + 1, cells(line))).collect();
    let wrong = |message: String| Problem::input(vec![InputError { pointer: "/list".to_owned(), message }]);
    let mut columns = USUAL.to_vec();
    if let Some((_, first)) = lines.first() {
        let headings: Vec<_> = first.iter().map(|cell| column(cell)).collect();
        if headings.contains(&Column::Code) && headings.contains(&Column::Name) {
            columns = headings;
            lines.remove(0);
        }
    }
    if lines.is_empty() {
        return Err(wrong("there is no line with code and name / 没有一行工号和姓名".to_owned()));
    }
    if lines.len() > PASTE_LINES {
        return Err(wrong(format!("{} lines; at most {PASTE_LINES} at once / 一次最多 {PASTE_LINES} 行", lines.len())));
    }
    let mut errors = Vec::new();
    let mut all: Vec<OperatorDraft> = Vec::new();
    for (number, cells) in lines {
        let mut draft = OperatorDraft::default();
        for (column, cell) in columns.iter().zip(cells) {
            match column {
                Column::Code => draft.code = cell,
                Column::Name => draft.name = cell,
                Column::Badge => draft.badge = Some(cell),
                Column::Pin => draft.pin = Some(cell),
                Column::Role if !cell.is_empty() => draft.role = role(&cell),
                Column::Role | Column::Other => {}
            }
        }
        let mut told = Vec::new();
        let draft = draft.checked("", &mut told);
        let mut say = |message: String| {
            errors.push(InputError { pointer: "/list".to_owned(), message: format!("{number}: {message}") });
        };
        told.into_iter().for_each(|error| say(format!("{} – {}", &error.pointer[1..], error.message)));
        if all.iter().any(|known| known.code == draft.code) {
            say(format!("code – {} comes twice / 工号重复", draft.code));
        }
        all.push(draft);
    }
    errors.truncate(toolcrib_contract::json::ERRORS_MAX);
    if errors.is_empty() { Ok(all) } else { Err(Problem::input(errors)) }
}

fn role(cell: &str) -> String {
    match cell {
        "班长" | "组长" | "主管" => ROLES[1].to_owned(),
        "操作工" | "操作员" | "员工" => ROLES[0].to_owned(),
        other => other.to_lowercase(),
    }
}

impl Floor {
    /// Adds the people of a pasted list and changes those whose code is known: all of them, or none. Returns how many.
    ///
    /// # Errors
    /// `bad-input` with the lines that are wrong; what saving one refuses.
    pub async fn save_list(&self, tenant: RawId, list: &str, actor: String) -> Result<usize, Problem> {
        let drafts = paste(list)?;
        let count = drafts.len();
        self.save_operators(tenant, drafts, actor).await?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_with_and_without_headings() {
        let plain = paste("W1,王小明,0012345,4711\nW2，李四\n\n").unwrap();
        assert_eq!(
            (plain[0].code.as_str(), plain[0].badge.as_deref(), plain[0].pin.as_deref()),
            ("W1", Some("0012345"), Some("4711"))
        );
        assert_eq!((plain[1].name.as_str(), plain[1].pin.as_deref()), ("李四", None));
        let sheet = paste("\u{feff}姓名\t部门\t工号\t角色\r\n王小明\t冲压\tW1\t班长\r\n").unwrap();
        assert_eq!(
            (sheet[0].code.as_str(), sheet[0].name.as_str(), sheet[0].role.as_str()),
            ("W1", "王小明", "supervisor")
        );
        let export = paste("\"id\",\"code\",\"name\"\n\"1\",\"W1\",\"Wang, Xiaoming\"\n").unwrap();
        assert_eq!(export[0].name, "Wang, Xiaoming");
    }

    #[test]
    fn every_wrong_line_is_told_by_its_number() {
        let problem = paste("W1,王,,12\nW 2,李\nW1,张\n").unwrap_err();
        let told: Vec<_> = problem.errors.iter().map(|error| error.message.as_str()).collect();
        assert!(
            told[0].starts_with("1: pin") && told[1].starts_with("2: code") && told[2].starts_with("3: code"),
            "{told:?}"
        );
        assert!(paste(" \n").is_err());
        let many: String = (0..=PASTE_LINES).map(|at| format!("W{at},王\n")).collect();
        assert!(paste(&many).unwrap_err().errors[0].message.starts_with("201 lines"));
    }
}
