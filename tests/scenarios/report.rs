//! A digital level as an assessor takes it along: a workbook, and paper.

use super::demo::Demo;
use super::tables::Pages;
use super::terminal::workshop;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// An assessment of the workshop with an answer, a scene and their proofs; its code, the factory's slug and who owns it.
pub async fn assessed(demo: &Demo) -> (String, String, Value) {
    let (owner, slug, account) = workshop(demo).await;
    let of = |operation: &str| format!("/v1/t/{slug}/m/digital-index/{operation}");
    let code = owner.post(&of("open_assessment"), &json!({"kind": "self_before"})).await.ok();
    let assessment = code.as_str().unwrap().to_owned();
    let asked = owner.post(&of("choices"), &json!({"edition": "2024"})).await.ok();
    // The best choice of the question on networks, whatever its code is.
    let choices = asked["rows"].as_array().unwrap().iter().filter(|row| row["question"] == 2);
    let best = choices.max_by_key(|row| row["points"].as_str().unwrap().parse::<f64>().unwrap().to_bits()).unwrap();
    let answer =
        json!({"assessment": assessment, "question": 2, "options": [best["option"]], "proof": "设备台账 2026 版"});
    owner.post(&of("answer"), &answer).await.ok();
    let scenes = owner.post(&of("scenes"), &json!({"edition": "2024"})).await.ok();
    let scene = &scenes["rows"][0]["scene"];
    let level = json!({"assessment": assessment, "scene": scene, "level": 2, "proof": "图纸系统截图"});
    owner.post(&of("set_scene"), &level).await.ok();
    (assessment, slug, account)
}

/// The lines of a sheet, each with its cells by the letter of their column.
fn table(sheet: &str) -> Vec<BTreeMap<char, String>> {
    let cell = |cell: &str| {
        let text = cell.split("<v>").nth(1).or(cell.split("preserve\">").nth(1))?;
        Some((cell.chars().next()?, text.split("</").next()?.to_owned()))
    };
    sheet.split("<row ").skip(1).map(|row| row.split("<c r=\"").skip(1).filter_map(cell).collect()).collect()
}

/// The text of one file of a zip archive, found by its central directory.
fn unzipped(archive: &[u8], name: &str) -> Option<String> {
    let number =
        |at: usize, bytes: usize| (0..bytes).rev().fold(0usize, |sum, nth| sum << 8 | usize::from(archive[at + nth]));
    let entries = archive.windows(4).enumerate().filter(|(_, mark)| *mark == b"PK\x01\x02");
    let entry = entries.map(|(at, _)| at).find(|at| archive[at + 46..].starts_with(name.as_bytes()))?;
    let (method, size, local) = (number(entry + 10, 2), number(entry + 20, 4), number(entry + 42, 4));
    let begin = local + 30 + number(local + 26, 2) + number(local + 28, 2);
    let packed = &archive[begin..begin + size];
    let bytes = if method == 0 { packed.to_vec() } else { miniz_oxide::inflate::decompress_to_vec(packed).ok()? };
    String::from_utf8(bytes).ok()
}

#[tokio::test]
async fn a_digital_level_is_a_workbook_in_chinese_with_points_scenes_proofs_and_gap() {
    let demo = Demo::shared();
    let (assessment, slug, account) = assessed(&demo).await;
    let pages = Pages::signed_in(&demo, &account).await;
    let path = format!("/t/{slug}/m/digital-index/v/assessment_page");
    let (status, page) = pages.get(&format!("{path}?assessment={assessment}")).await;
    assert_eq!(status, 200, "{page}");
    for words in ["导出 Excel", "另存为 PDF"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let (kind, bytes) = pages.bytes(&format!("{path}/xlsx?assessment={assessment}")).await;
    assert_eq!(kind, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
    // A sheet for each tab that shows something: score, questions, scenes, figures, gap.
    let book = unzipped(&bytes, "xl/workbook.xml").expect("a workbook");
    for name in ["得分", "题目", "场景", "数字", "差距"] {
        assert!(book.contains(&format!("name=\"{name}\"")), "{name}: {book}");
    }
    let sheet = |nth: usize| unzipped(&bytes, &format!("xl/worksheets/sheet{nth}.xml")).expect("a sheet");
    assert!(sheet(1).contains("总分") && sheet(2).contains("<v>6</v>"), "points are numbers: {}", sheet(2));
    let asked = table(&sheet(2));
    let line = |row: &BTreeMap<char, String>| "ABCEFGH".chars().map(|at| row.get(&at).cloned()).collect::<Vec<_>>();
    let texts = |row: [&str; 7]| row.map(|text| (!text.is_empty()).then(|| text.to_owned())).to_vec();
    let heads = ["题号", "部分", "内容", "得分", "满分", "来源", "佐证"];
    assert_eq!(
        (asked.len(), line(&asked[0])),
        (16, texts(heads)),
        "the heads, and a row for each of fifteen questions"
    );
    let second = ["2", "数字化基础", "数字化设备占比", "6", "6", "人工填写", "设备台账 2026 版"];
    assert_eq!(
        (line(&asked[2]), asked[2][&'D'].as_str()),
        (texts(second), "60%以上"),
        "what was answered, and its proof"
    );
    let points = |text: &String| text.parse::<f64>().unwrap();
    let sum: f64 = asked[1..].iter().map(|row| points(&row[&'E'])).sum();
    let total = table(&sheet(1)).into_iter().find(|row| row.get(&'A').is_some_and(|name| name == "总分")).unwrap();
    assert_eq!((sum, points(&total[&'B'])), (6.0, 6.0), "the points of the questions are the score");
    assert!(!sheet(2).contains("Share of machines"), "one language: {}", sheet(2));
    assert!(sheet(3).contains("图纸系统截图") && sheet(3).contains("二级"), "{}", sheet(3));
    assert!(sheet(5).contains("要求分数") && sheet(5).contains("最省的补法"), "{}", sheet(5));
    let report = format!("/t/{slug}/m/digital-index/v/report_page?assessment={assessment}");
    let (_, english) = pages.get_in("en", &report).await;
    assert!(english.contains("Share of machines that are digital") && english.contains("Above 60 %"), "{english}");
    assert!(!english.contains("数字化设备占比") && !english.contains("60%以上"), "one language: {english}");
    let (status, _) = pages.get(&format!("/t/{slug}/m/digital-index/v/absent/xlsx")).await;
    assert_eq!(status, 404);
}
