//! Arguments of attributes: `shared, index(a, b), module = "plant", roles("admin")`.

use proc_macro2::{Ident, Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Error, LitStr, Result, Token, parenthesized};

/// One argument.
pub enum Argument {
    Flag(Ident),
    Text(LitStr),
    Set(Ident, LitStr),
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

impl Argument {
    pub fn parse_all(tokens: TokenStream) -> Result<Vec<Self>> {
        Ok(Punctuated::<Argument, Token![,]>::parse_terminated.parse2(tokens)?.into_iter().collect())
    }

    pub fn span(&self) -> Span {
        match self {
            Self::Flag(name) | Self::Set(name, _) | Self::List(name, _) => name.span(),
            Self::Text(text) => text.span(),
        }
    }

    /// The error for an argument that this attribute does not take.
    pub fn unknown(&self, takes: &str) -> Error {
        match self {
            Self::Flag(name) | Self::Set(name, _) | Self::List(name, _) => {
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
