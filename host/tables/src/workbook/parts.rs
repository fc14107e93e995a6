//! The parts of a workbook as XML: what stands where, how it looks, and the sheets.

use super::{About, Cell, number};
use std::fmt::Write;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
/// Characters of one cell, by the format.
const CELL_CHARS: usize = 32_767;
/// Width of a column, in characters, at least and at most.
const WIDTHS: (usize, usize) = (8, 60);

/// What the package consists of.
pub const RELATIONS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>
<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/><Relationship Id=\"rId2\" Type=\"http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties\" Target=\"docProps/core.xml\"/></Relationships>";

/// Style 0 is plain, 1 a heading, 2 a text that keeps to its column.
pub const STYLES: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>
<styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/><family val=\"2\"/></font><font><b/><sz val=\"11\"/><name val=\"Calibri\"/><family val=\"2\"/></font></fonts><fills count=\"3\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill><fill><patternFill patternType=\"solid\"><fgColor rgb=\"FFE8EDF3\"/><bgColor indexed=\"64\"/></patternFill></fill></fills><borders count=\"2\"><border><left/><right/><top/><bottom/><diagonal/></border><border><left/><right/><top/><bottom style=\"thin\"><color auto=\"1\"/></bottom><diagonal/></border></borders><cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs><cellXfs count=\"3\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/><xf numFmtId=\"0\" fontId=\"1\" fillId=\"2\" borderId=\"1\" xfId=\"0\" applyFont=\"1\" applyFill=\"1\" applyBorder=\"1\"/><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyAlignment=\"1\"><alignment vertical=\"top\" wrapText=\"1\"/></xf></cellXfs><cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles></styleSheet>";

/// Text inside XML: what has a meaning there is written otherwise, and what XML cannot hold is a blank.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars().take(CELL_CHARS) {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(letter),
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            letter => out.push(letter),
        }
    }
    out
}

/// The part of the sheet at this place, from 0.
pub fn path(at: usize) -> String {
    format!("xl/worksheets/sheet{}.xml", at + 1)
}

/// The media type of every part.
pub fn types(sheets: usize) -> String {
    let of = |path: &str, kind: &str| {
        format!("<Override PartName=\"/{path}\" ContentType=\"application/vnd.openxmlformats-{kind}+xml\"/>")
    };
    let sheet = |at: usize| of(&path(at), "officedocument.spreadsheetml.worksheet");
    let fixed = [
        of("xl/workbook.xml", "officedocument.spreadsheetml.sheet.main"),
        of("xl/styles.xml", "officedocument.spreadsheetml.styles"),
        of("docProps/core.xml", "package.core-properties"),
    ];
    let all: String = fixed.into_iter().chain((0..sheets).map(sheet)).collect();
    let relations = "application/vnd.openxmlformats-package.relationships+xml";
    format!(
        "{HEAD}<Types xmlns=\"{PACKAGE}/content-types\"><Default Extension=\"rels\" ContentType=\"{relations}\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/>{all}</Types>"
    )
}

/// Title and time.
pub fn properties(About { title, made }: About<'_>) -> String {
    // Whole seconds, which is what programs read here.
    let made = toolcrib_contract::types::Instant(made.0 - made.0.rem_euclid(1_000_000));
    let (title, kind) = (escaped(title), "xsi:type=\"dcterms:W3CDTF\"");
    format!(
        "{HEAD}<cp:coreProperties xmlns:cp=\"{PACKAGE}/metadata/core-properties\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:dcterms=\"http://purl.org/dc/terms/\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><dc:title>{title}</dc:title><dcterms:created {kind}>{made}</dcterms:created></cp:coreProperties>"
    )
}

/// The sheets by name.
pub fn book(names: &[&str]) -> String {
    let sheets = names
        .iter()
        .enumerate()
        .map(|(at, name)| format!("<sheet name=\"{}\" sheetId=\"{}\" r:id=\"rId{}\"/>", escaped(name), at + 1, at + 1));
    let sheets: String = sheets.collect();
    format!("{HEAD}<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets>{sheets}</sheets></workbook>")
}

/// Where the sheets and styles are.
pub fn book_relations(sheets: usize) -> String {
    let to = |id: usize, kind: &str, target: &str| {
        format!("<Relationship Id=\"rId{id}\" Type=\"{OFFICE}/{kind}\" Target=\"{target}\"/>")
    };
    let sheet = |at: usize| to(at + 1, "worksheet", path(at).trim_start_matches("xl/"));
    let all: String = (0..sheets).map(sheet).chain([to(sheets + 1, "styles", "styles.xml")]).collect();
    format!("{HEAD}<Relationships xmlns=\"{PACKAGE}/relationships\">{all}</Relationships>")
}

/// The letters of a column, from 0: `A` … `Z`, `AA` …
fn letters(column: usize) -> String {
    let (before, last) = (column / 26, column % 26);
    let last = char::from(b'A' + u8::try_from(last).expect("below 26"));
    if before == 0 { last.to_string() } else { format!("{}{last}", letters(before - 1)) }
}

/// Lines as they stand, on paper A4 across and one page wide.
pub fn sheet(lines: &[Vec<Cell>]) -> String {
    let mut rows = String::new();
    for (row, line) in lines.iter().enumerate() {
        let _ = write!(rows, "<row r=\"{}\">", row + 1);
        for (column, cell) in line.iter().enumerate() {
            let place = format!("{}{}", letters(column), row + 1);
            let (style, digits) = match cell {
                Cell::Heading(_) => (1, None),
                Cell::Text(_) => (2, None),
                Cell::Number(digits) => (0, number(digits)),
            };
            let _ = match digits {
                Some(digits) => write!(rows, "<c r=\"{place}\"><v>{digits}</v></c>"),
                None if cell.text().is_empty() => continue,
                // A text is a text in this format: nothing in it is reckoned as a formula.
                None => write!(
                    rows,
                    "<c r=\"{place}\" s=\"{style}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">{}</t></is></c>",
                    escaped(cell.text())
                ),
            };
        }
        rows.push_str("</row>");
    }
    let columns = columns(lines);
    format!(
        "{HEAD}<worksheet xmlns=\"{MAIN}\"><sheetPr><pageSetUpPr fitToPage=\"1\"/></sheetPr>{columns}<sheetData>{rows}</sheetData><pageMargins left=\"0.5\" right=\"0.5\" top=\"0.5\" bottom=\"0.5\" header=\"0.3\" footer=\"0.3\"/><pageSetup paperSize=\"9\" orientation=\"landscape\" fitToWidth=\"1\" fitToHeight=\"0\"/></worksheet>"
    )
}

/// Columns as wide as what stands in them; signs of Chinese are twice as wide.
fn columns(lines: &[Vec<Cell>]) -> String {
    let count = lines.iter().map(Vec::len).max().unwrap_or(0);
    if count == 0 {
        return String::new();
    }
    let of_line = |line: &str| line.chars().map(|letter| 1 + usize::from(letter > '\u{2e7f}')).sum::<usize>();
    let width = |text: &str| text.lines().map(of_line).max().unwrap_or(0);
    let column = |at: usize| {
        let cells = lines.iter().filter_map(|line| line.get(at));
        let widest = cells.map(|cell| width(cell.text())).max().unwrap_or(0) + 2;
        let widest = widest.clamp(WIDTHS.0, WIDTHS.1);
        format!("<col min=\"{0}\" max=\"{0}\" width=\"{widest}\" customWidth=\"1\"/>", at + 1)
    };
    format!("<cols>{}</cols>", (0..count).map(column).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_called_as_in_every_spreadsheet() {
        assert_eq!([0, 25, 26, 51, 52, 701, 702].map(letters), ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
    }

    #[test]
    fn what_has_a_meaning_in_xml_is_only_read() {
        assert_eq!(escaped("a<b & \"c\">\u{1}\u{b}\n=1"), "a&lt;b &amp; &quot;c&quot;&gt;  \n=1");
        let text = sheet(&[vec![Cell::Text("=1+1".into()), Cell::Number("2.50".into()), Cell::Text(String::new())]]);
        assert!(text.contains("t=\"inlineStr\"><is><t xml:space=\"preserve\">=1+1</t></is>"), "{text}");
        assert!(text.contains("<c r=\"B1\"><v>2.5</v></c>") && !text.contains("C1"), "{text}");
    }
}
