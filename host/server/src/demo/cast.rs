//! Who plays in the demo. The names are invented.

use super::machines::{Machine, precision, stamping};

/// A person with an account.
pub struct Person {
    pub email: &'static str,
    pub name: &'static str,
}

/// The marketplace's administrator, who also reviews.
pub const REVIEWER: Person = Person { email: "admin@marketplace.example", name: "周敏" };

/// Reviews beside the administrator: a first publication needs two.
pub const SECOND_REVIEWER: Person = Person { email: "review@marketplace.example", name: "何静" };

/// A software house and the modules it publishes.
pub struct Provider {
    pub slug: &'static str,
    pub name: &'static str,
    pub owner: Person,
    /// Folders under `modules`, and the modules' names.
    pub modules: &'static [&'static str],
}

/// Providers with what they publish.
pub const PROVIDERS: [Provider; 2] = [
    Provider {
        slug: "haichuan",
        name: "海川软件",
        owner: Person { email: "lin@haichuan.example", name: "林涛" },
        modules: &["plant", "work-orders", "job-reporting", "piece-rate"],
    },
    Provider {
        slug: "jingyi",
        name: "精益数据",
        owner: Person { email: "wu@jingyi.example", name: "吴晓" },
        modules: &["oee", "inspection", "spc", "traceability", "digital-index"],
    },
];

/// A small manufacturer with one plant.
pub struct Shop {
    /// Of the organisation and of its tenant.
    pub slug: &'static str,
    pub name: &'static str,
    pub owner: Person,
    pub operator: Person,
    pub machines: fn() -> Vec<Machine>,
}

/// Modules in the order of publication: each after those that it reads and calls.
pub const PUBLISHED: [&str; 9] = [
    "plant",
    "traceability",
    "oee",
    "work-orders",
    "job-reporting",
    "inspection",
    "spc",
    "piece-rate",
    "digital-index",
];

/// What plants that only want to know how their machines run subscribe to.
pub const FOR_MACHINES: [&str; 2] = ["plant", "oee"];

/// The plant that subscribes to everything; people report what it makes.
pub const WORKSHOP: Shop = Shop {
    slug: "xinghe",
    name: "星河五金制品厂",
    owner: Person { email: "sun@xinghe.example", name: "孙丽华" },
    operator: Person { email: "ma@xinghe.example", name: "马师傅" },
    machines: Vec::new,
};

/// Somebody of the workshop without an account. The code is that of the person in the plant's master data.
pub struct Operator {
    pub code: &'static str,
    pub name: &'static str,
    pub pin: &'static str,
    pub badge: &'static str,
}

/// People at the workshop's terminals.
pub const OPERATORS: [Operator; 3] = [
    Operator { code: "2000", name: "王师傅", pin: "2000", badge: "0004200001" },
    Operator { code: "2001", name: "李师傅", pin: "2001", badge: "0004200002" },
    Operator { code: "2901", name: "张师傅", pin: "2901", badge: "0004200003" },
];

/// The workshop's terminals, with the machines they stand for.
pub const TERMINALS: [(&str, &[&str]); 2] = [("一号线平板", &["press-1", "bend-1"]), ("包装台平板", &["pack-1"])];

/// Where the plants stand.
pub const TIME_ZONE: &str = "Asia/Shanghai";

pub const SHOPS: [Shop; 2] = [
    Shop {
        slug: "donghu",
        name: "东湖冲压件厂",
        owner: Person { email: "chen@donghu.example", name: "陈建国" },
        operator: Person { email: "zhao@donghu.example", name: "赵师傅" },
        machines: stamping,
    },
    Shop {
        slug: "nanxi",
        name: "南溪精密机械",
        owner: Person { email: "xu@nanxi.example", name: "徐丽" },
        operator: Person { email: "qian@nanxi.example", name: "钱师傅" },
        machines: precision,
    },
];
