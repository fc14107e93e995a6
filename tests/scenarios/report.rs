//! The report of a digital level as an assessor takes it along: a page, a workbook, and paper.

use super::demo::Demo;
use super::tables::Pages;
use super::terminal::workshop;
use serde_json::{Value, json};

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
async fn a_report_is_a_workbook_in_chinese_with_answers_scenes_proofs_and_gap() {
    let demo = Demo::shared();
    let (assessment, slug, account) = assessed(&demo).await;
    let pages = Pages::signed_in(&demo, &account).await;
    let path = format!("/t/{slug}/m/digital-index/v/report_page");
    let (status, page) = pages.get(&format!("{path}?assessment={assessment}")).await;
    assert_eq!(status, 200, "{page}");
    for words in ["导出 Excel", "另存为 PDF", "设备台账 2026 版", "图纸系统截图", "最省的补法"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let (kind, bytes) = pages.bytes(&format!("{path}/xlsx?assessment={assessment}")).await;
    assert_eq!(kind, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
    let texts = unzipped(&bytes, "xl/worksheets/sheet1.xml").expect("a sheet");
    for words in [
        assessment.as_str(),
        "逐题作答与佐证",
        "设备台账 2026 版",
        "图纸系统截图",
        "业务场景",
        "二级",
        "最省的补法",
        "改造前自评",
        "要求分数",
    ] {
        assert!(texts.contains(words), "{words}: {texts}");
    }
    assert!(texts.contains("<v>6</v>"), "the points of a question are a number");
    assert!(unzipped(&bytes, "xl/workbook.xml").is_some_and(|book| book.contains("name=\"评测报告\"")));
    // A view with tabs has a sheet for each; one that shows nothing of tables has none.
    let (_, bytes) =
        pages.bytes(&format!("/t/{slug}/m/digital-index/v/assessment_page/xlsx?assessment={assessment}")).await;
    let book = unzipped(&bytes, "xl/workbook.xml").unwrap();
    for name in ["得分", "题目", "场景", "数字", "差距"] {
        assert!(book.contains(&format!("name=\"{name}\"")), "{name}: {book}");
    }
    let (status, _) = pages.get(&format!("/t/{slug}/m/digital-index/v/absent/xlsx")).await;
    assert_eq!(status, 404);
}
