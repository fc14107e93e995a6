//! Arguments of attributes: `shared, index(a, b), module = "plant", above = -2.5, roles("admin")`.

use proc_macro2::{Ident, Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Error, LitFloat, LitInt, LitStr, Result, Token, parenthesized};

/// One argument.
pub enum Argument {
    Flag(Ident),
    Text(LitStr),
    Set(Ident, LitStr),
    /// A decimal number, as digits.
    Number(Ident, String),
    List(Ident, Vec<Argument>),
}

impl Parse for Argument {
    fn parse(input: ParseStream) -> Result<Self> {
        if input.peek(LitStr) {
            return Ok(Self::Text(input.parse()?));
        }
        let name = input.call(Ident::parse_any)?;
        if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            if input.peek(Token![-]) || input.peek(LitInt) || input.peek(LitFloat) {
                return Ok(Self::Number(name, number(input)?));
            }
            return Ok(Self::Set(name, input.parse()?));
        }
        if input.peek(syn::token::Paren) {
            let inner;
            parenthesized!(inner in input);
            let list = Punctuated::<Argument, Token![,]>::parse_terminated(&inner)?;
            return Ok(Self::List(name, list.into_iter().collect()));
        }
        Ok(Self::Flag(name))
    }
}

/// Without suffixes and separators, as it is written otherwise.
fn number(input: ParseStream) -> Result<String> {
    let sign = if input.parse::<Option<Token![-]>>()?.is_some() { "-" } else { "" };
    let (digits, suffix, span) = if input.peek(LitInt) {
        let literal: LitInt = input.parse()?;
        (literal.base10_digits().to_owned(), literal.suffix().to_owned(), literal.span())
    } else {
        let literal: LitFloat = input.parse()?;
        (literal.base10_digits().to_owned(), literal.suffix().to_owned(), literal.span())
    };
    if suffix.is_empty() { Ok(format!("{sign}{digits}")) } else { Err(Error::new(span, "a number without a suffix")) }
}

impl Argument {
    pub fn parse_all(tokens: TokenStream) -> Result<Vec<Self>> {
        Ok(Punctuated::<Argument, Token![,]>::parse_terminated.parse2(tokens)?.into_iter().collect())
    }

    pub fn span(&self) -> Span {
        match self {
            Self::Flag(name) | Self::Set(name, _) | Self::Number(name, _) | Self::List(name, _) => name.span(),
            Self::Text(text) => text.span(),
        }
    }

    /// The error for an argument that this attribute does not take.
    pub fn unknown(&self, takes: &str) -> Error {
        match self {
            Self::Flag(name) | Self::Set(name, _) | Self::Number(name, _) | Self::List(name, _) => {
                Error::new(self.span(), format!("`{name}` does not belong here: this takes {takes}"))
            }
            Self::Text(_) => Error::new(self.span(), format!("a plain text does not belong here: this takes {takes}")),
        }
    }
}

/// `zh = "…", en = "…"`: both languages are needed.
pub fn words(name: &Ident, list: &[Argument]) -> Result<(LitStr, LitStr)> {
    let find = |language: &str| {
        list.iter().find_map(|argument| match argument {
            Argument::Set(key, text) if key == language => Some(text.clone()),
            _ => None,
        })
    };
    match (find("zh"), find("en"), list.len()) {
        (Some(zh), Some(en), 2) => Ok((zh, en)),
        _ => Err(Error::new(name.span(), format!("`{name}` needs both languages: {name}(zh = \"…\", en = \"…\")"))),
    }
}
