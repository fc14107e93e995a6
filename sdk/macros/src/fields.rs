//! The named fields of a struct or the parameters of a handler: checks, static table, byte form.

use crate::arguments::Argument;
use crate::names;
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Error, Fields, ItemStruct, Result, Type, Visibility};
use toolcrib_contract::limits;

pub struct Field {
    pub ident: Ident,
    pub name: String,
    pub ty: Type,
    pub doc: String,
    /// Its fields stand here in its place.
    pub embedded: bool,
    /// Where a structure that this one is made from has it.
    pub origin: Origin,
}

/// The field of another structure that a field is taken from.
#[derive(Clone, PartialEq)]
pub enum Origin {
    /// The one of the same name.
    Same,
    /// `#[from(other)]`.
    Other(Ident),
    /// `#[own]`: none.
    Own,
}

/// What the types of fields must be; names the functions of `toolcrib_sdk::declare`.
#[derive(Clone, Copy, PartialEq)]
pub enum Bound {
    Column,
    Crossing,
}

impl Field {
    pub fn new(ident: &Ident, ty: &Type, attributes: &[Attribute]) -> Result<Self> {
        let name = names::checked(&names::plain(ident), ident.span(), "a field")?;
        let (mut embedded, mut origin) = (false, Origin::Same);
        for attribute in attributes {
            let path = attribute.path();
            if path.is_ident("embed") {
                attribute.meta.require_path_only()?;
                embedded = true;
            } else if path.is_ident("own") {
                attribute.meta.require_path_only()?;
                origin = Origin::Own;
            } else if path.is_ident("from") {
                origin = Origin::Other(attribute.parse_args()?);
            }
        }
        Ok(Self { ident: ident.clone(), name, ty: ty.clone(), doc: names::doc(attributes), embedded, origin })
    }

    /// How it is described, written and read.
    fn form(&self, bound: Bound) -> TokenStream {
        let ty = &self.ty;
        match bound {
            Bound::Column if self.embedded => quote_spanned!(ty.span()=> ::toolcrib_sdk::declare::columns::<#ty>()),
            _ => form(ty, bound),
        }
    }
}

/// Takes `#[embed]`, `#[own]` and `#[from(…)]` off what the compiler gets to see.
pub fn without_ours(attributes: &mut Vec<Attribute>) {
    let ours = ["embed", "own", "from"];
    attributes.retain(|attribute| !ours.iter().any(|name| attribute.path().is_ident(name)));
}

/// The same for all fields of a struct.
pub fn plain(item: &ItemStruct) -> ItemStruct {
    let mut item = item.clone();
    item.fields.iter_mut().for_each(|field| without_ours(&mut field.attrs));
    item
}

/// The names of structures in `from(…)`.
pub fn sources(list: &[Argument]) -> Result<Vec<Ident>> {
    let name = |argument: &Argument| match argument {
        Argument::Flag(name) => Ok(name.clone()),
        other => Err(other.unknown("names of structs, such as from(Report)")),
    };
    list.iter().map(name).collect()
}

/// `From` for each of these structures: field by field, those of its own left blank.
pub fn made_from(ident: &Ident, fields: &[Field], bound: Bound, sources: &[Ident]) -> Result<TokenStream> {
    if sources.is_empty() {
        return match fields.iter().find(|field| field.origin != Origin::Same) {
            None => Ok(TokenStream::new()),
            Some(field) => {
                let message = "this struct is made from no other: say which one, for example #[value(from(Report))]";
                Err(Error::new(field.ident.span(), message))
            }
        };
    }
    let values = fields.iter().map(|field| {
        let (name, form) = (&field.ident, field.form(bound));
        let origin = match &field.origin {
            Origin::Own => return quote!(#name: (#form.blank)()),
            Origin::Other(origin) => origin,
            Origin::Same => name,
        };
        quote_spanned!(origin.span()=> #name: ::toolcrib_sdk::declare::taken(of.#origin))
    });
    let values: Vec<_> = values.collect();
    let one = |source: &Ident| {
        quote! {
            impl ::core::convert::From<#source> for #ident {
                fn from(of: #source) -> Self {
                    Self { #(#values),* }
                }
            }
        }
    };
    Ok(sources.iter().map(one).collect())
}

/// The fields of a struct, which must be named ones and no more than the limit.
pub fn of_struct(item: &ItemStruct) -> Result<Vec<Field>> {
    if let Some(parameter) = item.generics.params.first() {
        return Err(Error::new(parameter.span(), "this struct cannot be generic: its type is part of the manifest"));
    }
    let Fields::Named(named) = &item.fields else {
        return Err(Error::new(item.ident.span(), "this struct needs named fields: `struct Name { field: Type }`"));
    };
    let fields: Vec<Field> = named
        .named
        .iter()
        .filter_map(|field| Some(Field::new(field.ident.as_ref()?, &field.ty, &field.attrs)))
        .collect::<Result<_>>()?;
    limited(&fields)?;
    Ok(fields)
}

pub fn limited(fields: &[Field]) -> Result<()> {
    match fields.get(limits::FIELDS) {
        None => Ok(()),
        Some(field) => {
            let message = format!("at most {} fields fit here; this is one too many", limits::FIELDS);
            Err(Error::new(field.ident.span(), message))
        }
    }
}

/// The `Form` of a type, with the errors at the type.
pub fn form(ty: &Type, bound: Bound) -> TokenStream {
    match bound {
        Bound::Column => quote_spanned!(ty.span()=> ::toolcrib_sdk::declare::column::<#ty>()),
        Bound::Crossing => quote_spanned!(ty.span()=> ::toolcrib_sdk::declare::crossing::<#ty>()),
    }
}

/// `&[FieldDecl, …]`.
pub fn table(fields: &[Field], bound: Bound) -> TokenStream {
    let rows = fields.iter().map(|field| {
        let (Field { name, ty, doc, .. }, form) = (field, field.form(bound));
        if field.embedded {
            quote_spanned!(ty.span()=> ::toolcrib_sdk::declare::FieldDecl::All(::toolcrib_sdk::declare::embedded::<#ty>()))
        } else {
            quote!(::toolcrib_sdk::declare::FieldDecl::One { name: #name, of: #form.schema, doc: #doc })
        }
    });
    quote!(&[#(#rows),*])
}

/// `Encode`, `Decode` and `Fill`: the fields in order.
pub fn codec(name: &Ident, fields: &[Field], bound: Bound) -> TokenStream {
    let idents: Vec<_> = fields.iter().map(|field| &field.ident).collect();
    let forms: Vec<_> = fields.iter().map(|field| field.form(bound)).collect();
    quote! {
        impl ::toolcrib_sdk::contract::Encode for #name {
            fn encode(&self, out: &mut ::std::vec::Vec<u8>) {
                let _ = &out;
                #((#forms.put)(&self.#idents, out);)*
            }
        }
        impl ::toolcrib_sdk::contract::Decode for #name {
            fn decode(
                reader: &mut ::toolcrib_sdk::contract::Reader<'_>,
            ) -> ::core::result::Result<Self, ::toolcrib_sdk::contract::CodecError> {
                reader.value()
            }
        }
        impl ::toolcrib_sdk::contract::Fill for #name {
            fn blank() -> Self {
                Self { #(#idents: (#forms.blank)()),* }
            }
            fn fill(&mut self, reader: &mut ::toolcrib_sdk::contract::Reader<'_>) {
                let _ = &reader;
                #((#forms.fill)(&mut self.#idents, reader);)*
            }
        }
    }
}

/// A struct as large as its parameters, beside the function it belongs to.
pub fn parameter_struct(visibility: &Visibility, name: &Ident, doc: &str, fields: &[Field]) -> TokenStream {
    let rows = fields.iter().map(|Field { ident, ty, .. }| quote!(pub #ident: #ty));
    let codec = codec(name, fields, Bound::Crossing);
    quote! {
        #[doc = #doc]
        #[allow(non_camel_case_types, dead_code, reason = "it bears the name of its function")]
        #[derive(Clone, Debug, PartialEq)]
        #visibility struct #name { #(#rows),* }
        #codec
    }
}

/// The derives every record and value gets, without those the author wrote.
pub fn derives(attributes: &[Attribute], wanted: &[&str]) -> TokenStream {
    let mut written = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("derive")) {
        // A malformed derive is the compiler's to report.
        let _ = attribute.parse_nested_meta(|meta| {
            written.extend(meta.path.segments.last().map(|segment| segment.ident.to_string()));
            Ok(())
        });
    }
    let missing = wanted.iter().filter(|name| !written.iter().any(|written| written == *name));
    let missing: Vec<_> = missing.map(|name| Ident::new(name, proc_macro2::Span::call_site())).collect();
    if missing.is_empty() { TokenStream::new() } else { quote!(#[derive(#(#missing),*)]) }
}
