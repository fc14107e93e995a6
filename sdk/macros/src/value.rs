//! `#[value]` and `#[event]`.

use crate::arguments::Argument;
use crate::fields::{self, Bound};
use crate::names;
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Error, Fields, Item, ItemEnum, ItemStruct, Result, parse2};

pub fn value(args: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let (mut name, mut bound, mut sources) = (None, Bound::Crossing, Vec::new());
    for argument in Argument::parse_all(args)? {
        match &argument {
            Argument::Set(key, text) if key == "name" => name = Some(text.clone()),
            Argument::Flag(flag) if flag == "columns" => bound = Bound::Column,
            Argument::List(key, list) if key == "from" => sources = fields::sources(list)?,
            other => return Err(other.unknown("only name = \"…\", columns and from(Struct)")),
        }
    }
    match parse2(item)? {
        Item::Struct(item) => structure(&item, name, bound, &sources),
        Item::Enum(item) if !sources.is_empty() => {
            Err(Error::new(item.ident.span(), "an enum has no fields to take from another: `from` is for structs"))
        }
        Item::Enum(item) if bound == Bound::Column => {
            Err(Error::new(item.ident.span(), "an enum is one column already: `columns` is for structs"))
        }
        Item::Enum(item) => cases(&item, name),
        other => Err(Error::new_spanned(other, "#[value] marks a struct or an enum")),
    }
}

pub fn event(args: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let (name, sources) = of_event(args)?;
    let item: ItemStruct = parse2(item)?;
    let body = structure(&item, name.clone(), Bound::Crossing, &sources)?;
    let ident = &item.ident;
    let (name, doc) = (contract_name(ident, name, "an event")?, names::doc(&item.attrs));
    Ok(quote! {
        #body
        impl ::toolcrib_sdk::handler::Event for #ident {
            const NAME: &'static str = #name;
            const DOC: &'static str = #doc;
        }
    })
}

/// What an event takes: `name = "…"` and `from(…)`.
fn of_event(args: TokenStream) -> Result<(Option<syn::LitStr>, Vec<Ident>)> {
    let (mut name, mut sources) = (None, Vec::new());
    for argument in Argument::parse_all(args)? {
        match argument {
            Argument::Set(key, text) if key == "name" => name = Some(text),
            Argument::List(key, list) if key == "from" => sources = fields::sources(&list)?,
            other => return Err(other.unknown("only name = \"…\" and from(Struct)")),
        }
    }
    Ok((name, sources))
}

fn contract_name(ident: &Ident, name: Option<syn::LitStr>, what: &str) -> Result<String> {
    match name {
        Some(name) => names::checked(&name.value(), name.span(), what),
        None => names::checked(&names::snake_case(&ident.to_string()), ident.span(), what),
    }
}

fn structure(item: &ItemStruct, name: Option<syn::LitStr>, bound: Bound, sources: &[Ident]) -> Result<TokenStream> {
    let fields = fields::of_struct(item)?;
    let (ident, plain) = (&item.ident, fields::plain(item));
    let made_from = fields::made_from(ident, &fields, bound, sources)?;
    let name = contract_name(ident, name, "a value")?;
    let derives = fields::derives(&item.attrs, &["Clone", "Debug", "PartialEq"]);
    let codec = fields::codec(ident, &fields, bound);
    let table = fields::table(&fields, bound);
    let columns = (bound == Bound::Column).then(|| quote!(impl ::toolcrib_sdk::record::Columns for #ident {}));
    Ok(quote! {
        #derives
        #plain
        #codec
        #columns
        #made_from
        #[diagnostic::do_not_recommend]
        impl ::toolcrib_sdk::record::Embed for #ident {
            const FIELDS: &'static [::toolcrib_sdk::declare::FieldDecl] = #table;
        }
        impl ::toolcrib_sdk::contract::Schema for #ident {
            fn schema() -> ::toolcrib_sdk::contract::Type {
                ::toolcrib_sdk::declare::structure(#name, <Self as ::toolcrib_sdk::record::Embed>::FIELDS)
            }
        }
        impl ::toolcrib_sdk::record::Crosses for #ident {}
    })
}

fn cases(item: &ItemEnum, name: Option<syn::LitStr>) -> Result<TokenStream> {
    if let Some(variant) = item.variants.iter().find(|variant| !matches!(variant.fields, Fields::Unit)) {
        let message = "a case of a #[value] enum holds no data; use a struct with optional fields";
        return Err(Error::new(variant.ident.span(), message));
    }
    if item.variants.is_empty() {
        return Err(Error::new(item.ident.span(), "a #[value] enum needs at least one case"));
    }
    let ident = &item.ident;
    let name = contract_name(ident, name, "a value")?;
    let derives = fields::derives(&item.attrs, &["Clone", "Copy", "Debug", "PartialEq", "Eq"]);
    let variants: Vec<_> = item.variants.iter().map(|variant| &variant.ident).collect();
    let (first, count) = (variants[0], variants.len() as u64);
    let positions: Vec<_> = (0..count).collect();
    let cases = variants
        .iter()
        .map(|variant| names::checked(&names::snake_case(&variant.to_string()), variant.span(), "a case"))
        .collect::<Result<Vec<_>>>()?;
    Ok(quote! {
        #derives
        #item
        impl ::toolcrib_sdk::contract::Encode for #ident {
            fn encode(&self, out: &mut ::std::vec::Vec<u8>) {
                let case: u64 = match self { #(Self::#variants => #positions),* };
                ::toolcrib_sdk::contract::Encode::encode(&case, out);
            }
        }
        impl ::toolcrib_sdk::contract::Decode for #ident {
            fn decode(
                reader: &mut ::toolcrib_sdk::contract::Reader<'_>,
            ) -> ::core::result::Result<Self, ::toolcrib_sdk::contract::CodecError> {
                reader.value()
            }
        }
        impl ::toolcrib_sdk::contract::Fill for #ident {
            fn blank() -> Self {
                Self::#first
            }
            fn fill(&mut self, reader: &mut ::toolcrib_sdk::contract::Reader<'_>) {
                *self = match reader.case(#count) {
                    #(#positions => Self::#variants,)*
                    _ => Self::#first,
                };
            }
        }
        impl ::toolcrib_sdk::contract::Schema for #ident {
            fn schema() -> ::toolcrib_sdk::contract::Type {
                ::toolcrib_sdk::declare::cases(#name, &[#(#cases),*])
            }
        }
        impl ::toolcrib_sdk::record::Crosses for #ident {}
        impl ::toolcrib_sdk::record::Column for #ident {}
        impl ::toolcrib_sdk::record::Scalar for #ident {}
    })
}
