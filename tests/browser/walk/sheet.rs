//! The contact sheet: all pictures of one walk on one page, beside the pictures.

use std::fmt::Write;

/// One picture.
pub struct Picture {
    /// The file's name without its ending.
    pub name: String,
    /// Address, language, theme and width.
    pub place: String,
}

/// The pictures of one walk.
#[derive(Default)]
pub struct Sheet(Vec<Picture>);

impl Sheet {
    pub fn push(&mut self, picture: Picture) {
        self.0.push(picture);
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Writes `{role}.html` into the folder of the pictures.
    pub fn write(&self, role: &str) {
        let mut html = String::from("<!doctype html><meta charset=utf-8><title>Contact sheet</title>");
        for Picture { name, place } in &self.0 {
            let place = place.replace('&', "&amp;").replace('<', "&lt;");
            let _ = write!(
                html,
                "<figure><figcaption>{place}</figcaption><img src=\"{name}.png\" width=480 loading=lazy></figure>"
            );
        }
        std::fs::write(crate::browser::chromium::pictures().join("walk").join(format!("{role}.html")), html).unwrap();
    }
}
