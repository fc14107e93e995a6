//! What is known of the editions, as it is written into rows. Where a row says `verified: false` it comes from public copies
//! and one more implementation, and was not compared with the official text yet.
//!
//! Sources: 工信厅企业〔2024〕56号 (2024 edition), 工信厅企业〔2022〕32号 (2022 edition: its four bounds only; its questions
//! are not known here). The work of each choice and stage is our own estimate, there to be corrected.

use crate::edition::{Choice, Edition, Kind, Part, Question, Scene, Stage, Threshold, Year};
use toolcrib_sdk::prelude::*;

/// Option, Chinese, English, points × 10 000, work, modules that help.
type ChoiceSeed = (&'static str, &'static str, &'static str, i64, i64, &'static str);

struct QuestionSeed {
    part: Part,
    zh: &'static str,
    en: &'static str,
    kind: Kind,
    points: i64,
    over: &'static str,
    under: &'static str,
    choices: &'static [ChoiceSeed],
}

/// Lower bounds of bands, percent × 10 000, after the first band, which has none.
const BANDS: [i64; 4] = [10_0000, 20_0000, 40_0000, 60_0000];
const NONE: &str = "none";

const fn asked(
    part: Part,
    zh: &'static str,
    en: &'static str,
    points: i64,
    choices: &'static [ChoiceSeed],
) -> QuestionSeed {
    QuestionSeed { part, zh, en, kind: Kind::Multiple, points, over: "", under: "", choices }
}

impl QuestionSeed {
    const fn single(mut self) -> Self {
        self.kind = Kind::Single;
        self
    }

    const fn of(mut self, kind: Kind, over: &'static str, under: &'static str) -> Self {
        (self.kind, self.over, self.under) = (kind, over, under);
        self
    }
}

const QUESTIONS: &[QuestionSeed] = &[
    asked(
        Part::Base,
        "网络建设情况",
        "Networks",
        8_0000,
        &[
            ("control", "建有车间级工业控制网络", "A control network on the shop floor", 2_0000, 3, ""),
            (
                "application",
                "建有连接设备、人员、系统的应用网络",
                "A network that links machines, people and systems",
                2_0000,
                3,
                "",
            ),
            ("5g", "自建或租用5G等工业网络", "A 5G industrial network, built or leased", 2_0000, 5, ""),
            ("whole-site", "网络覆盖全厂且可扩展", "The whole site is covered and can grow", 2_0000, 4, ""),
            (NONE, "以上都没有", "None of these", 0, 0, ""),
        ],
    ),
    asked(
        Part::Base,
        "数字化设备占比",
        "Share of machines that are digital",
        6_0000,
        &[
            ("band-1", "不超过10%", "Up to 10 %", 0, 0, ""),
            ("band-2", "10%（不含）至20%", "Above 10 to 20 %", 1_5000, 3, "plant"),
            ("band-3", "20%（不含）至40%", "Above 20 to 40 %", 3_0000, 5, "plant"),
            ("band-4", "40%（不含）至60%", "Above 40 to 60 %", 4_5000, 8, "plant"),
            ("band-5", "60%以上", "Above 60 %", 6_0000, 11, "plant"),
        ],
    )
    .of(Kind::Share, "digital_machines", "machines"),
    asked(
        Part::Base,
        "联网设备占比",
        "Share of machines that are connected",
        6_0000,
        &[
            ("band-1", "不超过10%", "Up to 10 %", 0, 0, ""),
            ("band-2", "10%（不含）至20%", "Above 10 to 20 %", 1_5000, 2, "plant oee"),
            ("band-3", "20%（不含）至40%", "Above 20 to 40 %", 3_0000, 4, "plant oee"),
            ("band-4", "40%（不含）至60%", "Above 40 to 60 %", 4_5000, 6, "plant oee"),
            ("band-5", "60%以上", "Above 60 %", 6_0000, 9, "plant oee"),
        ],
    )
    .of(Kind::Share, "networked_machines", "machines"),
    asked(
        Part::Base,
        "实现数据自动获取的业务环节",
        "Processes whose data is collected automatically",
        10_0000,
        &[
            ("product-design", "产品设计", "Product design", 7000, 3, ""),
            ("process-design", "工艺设计", "Process design", 7000, 3, ""),
            ("sales", "营销管理", "Sales", 7000, 2, ""),
            ("service", "售后服务", "Service", 7000, 2, ""),
            ("planning", "计划排程", "Planning", 7000, 2, "work-orders"),
            ("production", "生产管控", "Production", 7000, 2, "job-reporting oee"),
            ("quality", "质量管理", "Quality", 7000, 2, "inspection spc"),
            ("equipment", "设备管理", "Equipment", 7000, 2, "oee"),
            ("safety", "安全生产", "Safety", 7000, 3, ""),
            ("energy", "能耗管理", "Energy", 7000, 3, ""),
            ("purchasing", "采购管理", "Purchasing", 7000, 2, ""),
            ("warehouse", "仓储物流", "Warehouse", 7000, 2, "traceability"),
            ("finance", "财务管理", "Finance", 7000, 2, ""),
            ("people", "人力资源", "People", 9000, 2, "piece-rate"),
            (NONE, "以上都没有", "None of these", 0, 0, ""),
        ],
    ),
    asked(
        Part::Base,
        "信息系统覆盖的业务环节",
        "Processes covered by information systems",
        10_0000,
        &[
            (NONE, "没有使用信息系统", "None", 0, 0, ""),
            ("one", "一个环节", "One process", 2_5000, 2, "work-orders"),
            ("several", "两个及以上环节", "Two or more", 5_0000, 4, "work-orders job-reporting inspection"),
            ("most", "80%以上环节", "Over 80 %", 7_5000, 10, "work-orders job-reporting inspection traceability"),
            ("all", "全部环节", "All", 10_0000, 14, "work-orders job-reporting inspection traceability piece-rate"),
        ],
    )
    .single(),
    asked(
        Part::Base,
        "网络安全保障",
        "Network security",
        5_0000,
        &[
            ("policy", "建立网络安全管理制度", "A policy", 1_2500, 1, ""),
            ("products", "采用网络安全产品和服务", "Products or services", 1_2500, 3, ""),
            ("assessment", "开展网络安全风险评估", "A risk assessment", 1_2500, 2, ""),
            (
                "boundary",
                "边界防护、入侵和恶意代码检测",
                "Boundary control, detection of intrusion and malware",
                1_2500,
                3,
                "",
            ),
            (NONE, "以上都没有", "None of these", 0, 0, ""),
        ],
    ),
    asked(
        Part::Base,
        "数据安全保障",
        "Data security",
        5_0000,
        &[
            ("policy", "建立数据安全管理制度", "A policy", 1_2500, 1, ""),
            ("products", "采用数据安全产品和服务", "Products or services", 1_2500, 3, ""),
            ("assessment", "开展数据安全风险评估", "A risk assessment", 1_2500, 2, ""),
            ("inventory", "梳理数据清单并定期检查", "An inventory of data, checked regularly", 1_2500, 2, ""),
            (NONE, "以上都没有", "None of these", 0, 0, ""),
        ],
    ),
    asked(
        Part::Management,
        "数字化规划与实施",
        "Planning of the transformation",
        7_5000,
        &[
            (NONE, "尚未考虑", "Not considered", 0, 0, ""),
            ("aware", "有数字化转型意识", "Aware", 1_5000, 1, ""),
            ("plan", "制定了规划或方案", "A plan", 3_0000, 2, ""),
            ("started", "已开始实施", "Started", 4_5000, 4, ""),
            ("changed", "带动业务和决策改变", "Business and decisions have changed", 6_0000, 8, ""),
            (
                "leading",
                "学习标杆或对外输出经验",
                "Learns from leading firms or exports its experience",
                7_5000,
                11,
                "",
            ),
        ],
    )
    .single(),
    asked(
        Part::Management,
        "管理机制建设",
        "Rules",
        7_5000,
        &[
            ("process", "业务流程管理制度", "For processes", 1_8750, 2, ""),
            ("operation", "信息化建设和运维制度", "For building and running systems", 1_8750, 2, ""),
            ("data", "数据管理制度", "For data", 1_8750, 2, ""),
            ("incentive", "数字化激励制度", "For incentives", 1_8750, 2, ""),
            (NONE, "以上都没有", "None of these", 0, 0, ""),
        ],
    ),
    asked(
        Part::Management,
        "人才建设",
        "People for the transformation",
        7_5000,
        &[
            ("staff", "有数字化人员", "Staff", 1_5000, 3, ""),
            ("post", "设有岗位或部门", "A post or department", 1_5000, 2, ""),
            ("training", "开展培训", "Training", 1_5000, 1, ""),
            ("pay", "纳入薪酬和绩效考核", "Part of pay and targets", 1_5000, 2, "piece-rate"),
            ("ladder", "建立人才梯队", "A talent ladder", 1_5000, 3, ""),
            (NONE, "以上都没有", "None of these", 0, 0, ""),
        ],
    ),
    asked(
        Part::Management,
        "近三年数字化投入占营业收入比例",
        "Digital spending ÷ revenue, three years",
        7_5000,
        &[
            ("band-1", "不超过10%", "Up to 10 %", 0, 0, ""),
            ("band-2", "10%（不含）至20%", "Above 10 to 20 %", 1_8750, 6, ""),
            ("band-3", "20%（不含）至40%", "Above 20 to 40 %", 3_7500, 12, ""),
            ("band-4", "40%（不含）至60%", "Above 40 to 60 %", 5_6250, 20, ""),
            ("band-5", "60%以上", "Above 60 %", 7_5000, 30, ""),
        ],
    )
    .of(Kind::Share, "spend_1+spend_2+spend_3", "revenue_1+revenue_2+revenue_3"),
    asked(
        Part::Results,
        "绿色：每百元营业收入能耗",
        "Green: energy per ¥100 of revenue",
        7_0000,
        &[
            ("worse", "上升", "Up", 0, 0, ""),
            ("flat", "持平", "Flat", 3_5000, 3, ""),
            ("better", "下降", "Down", 7_0000, 7, ""),
        ],
    )
    .of(Kind::Falling, "energy", "revenue"),
    asked(
        Part::Results,
        "质量：月均产品合格率",
        "Quality: monthly pass rate",
        7_0000,
        &[
            ("worse", "下降", "Down", 0, 0, ""),
            ("flat", "持平", "Flat", 3_5000, 2, "inspection"),
            ("better", "上升", "Up", 7_0000, 5, "inspection spc"),
        ],
    )
    .of(Kind::Rising, "passed", "checked"),
    asked(
        Part::Results,
        "市场：人均营业收入",
        "Market: revenue per head",
        3_0000,
        &[
            ("worse", "下降", "Down", 0, 0, ""),
            ("flat", "持平", "Flat", 1_5000, 3, ""),
            ("better", "上升", "Up", 3_0000, 6, ""),
        ],
    )
    .of(Kind::Rising, "revenue", "headcount"),
    asked(
        Part::Results,
        "价值：每百元营业收入成本",
        "Value: cost per ¥100 of revenue",
        3_0000,
        &[
            ("worse", "上升", "Up", 0, 0, ""),
            ("flat", "持平", "Flat", 1_5000, 3, ""),
            ("better", "下降", "Down", 3_0000, 6, ""),
        ],
    )
    .of(Kind::Falling, "cost", "revenue"),
];

/// Scene, starred, Chinese, English, what levels 2, 3 and 4 ask for, modules that help.
type SceneSeed = (&'static str, bool, &'static str, &'static str, [&'static str; 3], &'static str);

const OFFICE: &str = "用办公软件、手机应用等工具管理";

const SCENES: &[SceneSeed] = &[
    (
        "product-design",
        true,
        "产品设计",
        "Product design",
        ["系统管理版本、图纸、设计BOM和变更", "标准件和知识库，与工艺设计共享", "仿真验证，产业链协同设计"],
        "",
    ),
    (
        "process-design",
        false,
        "工艺设计",
        "Process design",
        ["系统管理工艺路线、文件、制造BOM和变更", "工艺知识库，数据直达生产", "三维工艺仿真，结合质量和成本数据"],
        "work-orders",
    ),
    (
        "sales",
        true,
        "营销管理",
        "Sales",
        ["系统管理计划、订单和客户", "实时，并与生产、库存、财务打通", "智能预测驱动采购、生产、物流"],
        "",
    ),
    (
        "service",
        false,
        "售后服务",
        "Service",
        ["系统管理，与设计、生产、销售共享", "问题清单，快速响应并反馈设计", "远程运维，客户模型"],
        "",
    ),
    (
        "planning",
        false,
        "计划排程",
        "Planning",
        ["系统辅助排程，物料设备齐套检查", "按约束自动排程，下达并执行", "智能优化，动态重排"],
        "work-orders",
    ),
    (
        "production",
        true,
        "生产管控",
        "Production",
        ["系统跟踪工单进度、产量和领料", "订单和工艺参数采集，与计划、质量、设备打通", "智能监控，闭环控制"],
        "work-orders job-reporting",
    ),
    (
        "quality",
        true,
        "质量管理",
        "Quality",
        ["系统管理过程质量数据、统计和流程", "关键工序自动判定报警，或全程追溯", "视觉检测、跨企业数据或缺陷预测"],
        "inspection spc traceability",
    ),
    (
        "equipment",
        true,
        "设备管理",
        "Equipment",
        ["系统管理保养计划、点检和维修", "关键参数实时，故障分析，统计OEE", "健康模型，预测性维护"],
        "oee",
    ),
    (
        "safety",
        true,
        "安全生产",
        "Safety",
        ["系统管理作业许可，在线监测风险", "危废流转，实时报警，应急预案", "隐患模型，主动预防"],
        "",
    ),
    (
        "energy",
        true,
        "能耗管理",
        "Energy",
        ["系统统计水电气数据", "实时采集，与设备联动控制", "能耗模型，预测和调度"],
        "",
    ),
    (
        "purchasing",
        true,
        "采购管理",
        "Purchasing",
        ["系统管理需求、订单和供应商", "寻源到执行贯通，与生产、库存、财务打通", "智能识别供应风险"],
        "",
    ),
    (
        "warehouse",
        true,
        "仓储物流",
        "Warehouse",
        ["系统管理全部出入库和库存", "与生产、采购、财务打通", "自动配送，与上下游协同"],
        "traceability",
    ),
    (
        "finance",
        true,
        "财务管理",
        "Finance",
        ["总账、应收应付、存货、资产一体", "业财一体，管理会计", "预测和风险"],
        "",
    ),
    ("people", false, "人力资源", "People", ["系统管理考勤和薪酬", "绩效分析", "人才模型"], "piece-rate"),
    ("office", false, "协同办公", "Office", ["平台审批", "集成，移动办公", "智能协同"], ""),
    ("decisions", false, "决策支持", "Decisions", ["数据打通，可视化看板", "典型场景模拟推演", "智能预测"], "oee"),
];

/// Work of each level of a scene, from the level below.
const STAGE_EFFORT: [i64; 4] = [1, 4, 8, 16];

/// Level, score, scenes, starred.
const LEVELS_2024: [(i64, i64, i64, i64); 4] =
    [(1, 20_0000, 6, 3), (2, 40_0000, 6, 3), (3, 60_0000, 8, 5), (4, 80_0000, 10, 6)];
const LEVELS_2022: [(i64, i64, i64, i64); 4] =
    [(1, 20_0000, 0, 0), (2, 40_0000, 0, 0), (3, 60_0000, 0, 0), (4, 80_0000, 0, 0)];

/// Writes an edition into rows.
///
/// # Errors
/// `unknown-edition` for one that is not known here.
pub fn install(ctx: &mut Command, edition: &Year) -> Outcome<()> {
    let (document, levels) = match edition.as_str() {
        "2024" => ("工信厅企业〔2024〕56号", LEVELS_2024),
        "2022" => ("工信厅企业〔2022〕32号", LEVELS_2022),
        _ => return Err(reject("unknown-edition", "The editions 2022 and 2024 are known here").field("edition")),
    };
    ctx.insert(Edition { edition: edition.clone(), document: Text::new(document)?, revision: 1 })?;
    let thresholds = levels.map(|(level, score, scenes, starred)| Threshold {
        edition: edition.clone(),
        level,
        score: Decimal(score),
        scenes,
        starred,
        // Of 2024 one source says so; the bounds of 2022 stand in its notice.
        verified: scenes == 0,
    });
    ctx.insert_all(&thresholds)?;
    if edition.as_str() == "2024" {
        questions(ctx, edition)?;
        scenes(ctx, edition)?;
    }
    Ok(())
}

fn given<const N: u32>(text: &str) -> Outcome<Option<Text<N>>> {
    if text.is_empty() { Ok(None) } else { Ok(Some(Text::new(text)?)) }
}

fn questions(ctx: &mut Command, edition: &Year) -> Outcome<()> {
    let (mut asked, mut choices) = (Vec::new(), Vec::new());
    for (number, seed) in (1..).zip(QUESTIONS) {
        asked.push(Question {
            edition: edition.clone(),
            number,
            part: seed.part,
            zh: Text::new(seed.zh)?,
            en: Text::new(seed.en)?,
            kind: seed.kind,
            points: Decimal(seed.points),
            over: given(seed.over)?,
            under: given(seed.under)?,
        });
        for (at, (option, zh, en, points, effort, modules)) in seed.choices.iter().enumerate() {
            let above = if seed.kind == Kind::Share { at.checked_sub(1).map(|at| Decimal(BANDS[at])) } else { None };
            choices.push(Choice {
                edition: edition.clone(),
                question: number,
                option: Text::new(*option)?,
                zh: Text::new(*zh)?,
                en: Text::new(*en)?,
                points: Decimal(*points),
                alone: *option == NONE,
                above,
                effort: *effort,
                modules: given(modules)?,
                verified: false,
            });
        }
    }
    ctx.insert_all(&asked)?;
    ctx.insert_all(&choices).map(drop)
}

fn scenes(ctx: &mut Command, edition: &Year) -> Outcome<()> {
    let (mut scenes, mut stages) = (Vec::new(), Vec::new());
    for (scene, starred, zh, en, levels, modules) in SCENES {
        let all = std::iter::once(&OFFICE).chain(levels);
        for ((level, zh), effort) in (1..).zip(all).zip(STAGE_EFFORT) {
            stages.push(Stage {
                edition: edition.clone(),
                scene: Text::new(*scene)?,
                level,
                zh: Text::new(*zh)?,
                effort,
                modules: given(modules)?,
            });
        }
        let (zh, en) = (Text::new(*zh)?, Text::new(*en)?);
        let edition = edition.clone();
        scenes.push(Scene { edition, scene: Text::new(*scene)?, zh, en, starred: *starred, verified: false });
    }
    ctx.insert_all(&scenes)?;
    ctx.insert_all(&stages).map(drop)
}
