//! `#[record]` and `#[shared_record]`.

use crate::arguments::{Argument, words};
use crate::fields::{self, Bound, Field};
use crate::names;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{Error, ItemStruct, LitStr, Result, parse2};
use toolcrib_contract::ModuleName;

/// What the host keeps beside the fields of every row.
const RESERVED: [&str; 4] = ["id", "rev", "created", "updated"];

struct Index {
    fields: Vec<usize>,
    unique: bool,
    method: Ident,
}

#[derive(Default)]
struct Options {
    shared: bool,
    name: Option<LitStr>,
    module: Option<LitStr>,
    reason: Option<(LitStr, LitStr)>,
    indexes: Vec<Index>,
    sources: Vec<Ident>,
}

pub fn own(args: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let item: ItemStruct = parse2(item)?;
    let fields = record_fields(&item)?;
    let takes = "shared, index(field, …), unique(field, …), name = \"…\" and from(Struct)";
    let mut options = Options::default();
    for argument in Argument::parse_all(args)? {
        match &argument {
            Argument::Flag(flag) if flag == "shared" => options.shared = true,
            Argument::List(key, list) if key == "from" => options.sources = fields::sources(list)?,
            Argument::Set(key, text) if key == "name" => options.name = Some(text.clone()),
            Argument::List(key, list) if key == "index" || key == "unique" => {
                options.indexes.push(index(key, list, &fields, &options.indexes)?);
            }
            other => return Err(other.unknown(takes)),
        }
    }
    let body = body(&item, &fields, &options, "", &quote!(Own))?;
    let (ident, shared) = (&item.ident, options.shared);
    let (doc, indexes) = (names::doc(&item.attrs), index_table(&options.indexes, &fields));
    let keyed = options.indexes.iter().find(|index| index.unique).map(|index| keyed(ident, index, &fields));
    Ok(quote! {
        #body
        #keyed
        impl ::toolcrib_sdk::contract::Schema for #ident {
            fn schema() -> ::toolcrib_sdk::contract::Type {
                ::toolcrib_sdk::declare::of_record::<Self>()
            }
        }
        impl ::toolcrib_sdk::record::Crosses for #ident {}
        #[diagnostic::do_not_recommend]
        impl ::toolcrib_sdk::record::Embed for #ident {
            const FIELDS: &'static [::toolcrib_sdk::declare::FieldDecl] =
                <Self as ::toolcrib_sdk::record::Stored>::FIELDS;
        }
        impl ::toolcrib_sdk::record::Record for #ident {}
        impl ::toolcrib_sdk::declare::RecordDeclaration for #ident {
            const DOC: &'static str = #doc;
            const SHARED: bool = #shared;
            const INDEXES: &'static [::toolcrib_sdk::declare::IndexDecl] = #indexes;
        }
    })
}

/// The walk to the row that has the key of this one.
fn keyed(ident: &Ident, index: &Index, fields: &[Field]) -> TokenStream {
    let (method, key) = (&index.method, index.fields.iter().map(|at| &fields[*at].ident));
    quote! {
        impl ::toolcrib_sdk::record::Keyed for #ident {
            fn same(&self) -> ::toolcrib_sdk::index::Index<Self, ()> {
                Self::#method()#(.eq(&self.#key))*
            }
        }
    }
}

pub fn shared(args: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let item: ItemStruct = parse2(item)?;
    let fields = record_fields(&item)?;
    let takes = "module = \"…\", reason(zh = \"…\", en = \"…\"), index(field, …) and name = \"…\"";
    let mut options = Options::default();
    for argument in Argument::parse_all(args)? {
        match &argument {
            Argument::Set(key, text) if key == "name" => options.name = Some(text.clone()),
            Argument::Set(key, text) if key == "module" => options.module = Some(text.clone()),
            Argument::List(key, list) if key == "reason" => options.reason = Some(words(key, list)?),
            Argument::List(key, list) if key == "index" || key == "unique" => {
                options.indexes.push(index(key, list, &fields, &options.indexes)?);
            }
            other => return Err(other.unknown(takes)),
        }
    }
    let missing = |what: &str| Error::new(item.ident.span(), format!("#[shared_record] needs {what}"));
    let module = options.module.clone().ok_or_else(|| missing("module = \"…\", the module that owns the record"))?;
    module_name(&module)?;
    let (zh, en) = options
        .reason
        .clone()
        .ok_or_else(|| missing("reason(zh = \"…\", en = \"…\"), which the tenant reads before consenting"))?;
    let body = body(&item, &fields, &options, &module.value(), &quote!(Shared))?;
    let (ident, indexes) = (&item.ident, index_table(&options.indexes, &fields));
    Ok(quote! {
        #body
        impl ::toolcrib_sdk::declare::ReadDeclaration for #ident {
            const INDEXES: &'static [::toolcrib_sdk::declare::IndexDecl] = #indexes;
            const REASON: ::toolcrib_sdk::declare::WordsDecl = (#zh, #en);
        }
    })
}

/// A module's name, checked where it is written.
pub fn module_name(name: &LitStr) -> Result<()> {
    name.value().parse::<ModuleName>().map(drop).map_err(|error| Error::new(name.span(), error.to_string()))
}

fn record_fields(item: &ItemStruct) -> Result<Vec<Field>> {
    let fields = fields::of_struct(item)?;
    if let Some(field) = fields.iter().find(|field| RESERVED.contains(&field.name.as_str())) {
        let message =
            format!("every row has `{}` already: read it from Row, and give this field another name", field.name);
        return Err(Error::new(field.ident.span(), message));
    }
    if fields.is_empty() {
        return Err(Error::new(item.ident.span(), "a record needs at least one field"));
    }
    Ok(fields)
}

fn index(key: &Ident, list: &[Argument], fields: &[Field], known: &[Index]) -> Result<Index> {
    let mut positions = Vec::new();
    for argument in list {
        let Argument::Flag(name) = argument else {
            return Err(argument.unknown(&format!("names of fields in `{key}`, such as {key}(code)")));
        };
        let Some(at) = fields.iter().position(|field| field.name == names::plain(name)) else {
            let all: Vec<_> = fields.iter().map(|field| field.name.as_str()).collect();
            let message = format!("the record has no field `{name}`; its fields are {}", all.join(", "));
            return Err(Error::new(name.span(), message));
        };
        if fields[at].embedded {
            let message =
                format!("an index is over the record's own fields: declare the one that `{name}` embeds here");
            return Err(Error::new(name.span(), message));
        }
        if positions.contains(&at) {
            return Err(Error::new(name.span(), format!("`{name}` stands in this index already")));
        }
        positions.push(at);
    }
    if positions.is_empty() || positions.len() > 8 {
        return Err(Error::new(key.span(), format!("`{key}` needs one to eight fields")));
    }
    if known.iter().any(|index| index.fields == positions) {
        return Err(Error::new(key.span(), "there is an index over these fields already"));
    }
    let names: Vec<_> = positions.iter().map(|at| fields[*at].name.as_str()).collect();
    Ok(Index { method: format_ident!("by_{}", names.join("_")), fields: positions, unique: key == "unique" })
}

fn index_table(indexes: &[Index], fields: &[Field]) -> TokenStream {
    let rows = indexes.iter().map(|index| {
        let (positions, unique) = (index.fields.iter().map(|at| position(&fields[..*at])), index.unique);
        quote!((&[#(#positions),*], #unique))
    });
    quote!(&[#(#rows),*])
}

/// How many columns stand before a field.
fn position(before: &[Field]) -> TokenStream {
    let own = before.iter().filter(|field| !field.embedded).count() as u32;
    let embedded = before.iter().filter(|field| field.embedded).map(|field| &field.ty);
    quote!(#own #(+ ::toolcrib_sdk::declare::width(::toolcrib_sdk::declare::embedded::<#embedded>()))*)
}

fn body(
    item: &ItemStruct,
    fields: &[Field],
    options: &Options,
    module: &str,
    place: &TokenStream,
) -> Result<TokenStream> {
    let (ident, vis, plain) = (&item.ident, &item.vis, fields::plain(item));
    let (name, span) = match &options.name {
        Some(name) => (name.value(), name.span()),
        None => (names::snake_case(&ident.to_string()), ident.span()),
    };
    let name = names::checked(&name, span, "a record")?;
    let derives = fields::derives(&item.attrs, &["Clone", "Debug", "PartialEq"]);
    let table = fields::table(fields, Bound::Column);
    let made_from = fields::made_from(ident, fields, Bound::Column, &options.sources)?;
    let codec = fields::codec(ident, fields, Bound::Column);
    let walks = options.indexes.iter().enumerate().map(|(at, index)| {
        let (method, at) = (&index.method, at as u32);
        let types: Vec<_> = index.fields.iter().map(|at| &fields[*at].ty).collect();
        let doc = format!(
            "Rows in the order of {}.",
            index.fields.iter().map(|at| format!("`{}`", fields[*at].name)).collect::<Vec<_>>().join(", ")
        );
        quote! {
            #[doc = #doc]
            #[allow(dead_code, reason = "made for every index")]
            #vis fn #method() -> ::toolcrib_sdk::index::Index<Self, (#(#types,)*)> {
                ::toolcrib_sdk::index::Index::at(#at)
            }
        }
    });
    Ok(quote! {
        #derives
        #plain
        #codec
        #made_from
        impl ::toolcrib_sdk::contract::schema::RecordName for #ident {
            const MODULE: &'static str = #module;
            const RECORD: &'static str = #name;
        }
        impl ::toolcrib_sdk::record::Stored for #ident {
            type Place = ::toolcrib_sdk::record::#place;
            const FIELDS: &'static [::toolcrib_sdk::declare::FieldDecl] = #table;
        }
        impl #ident {
            /// Rows in the order of their creation.
            #[allow(dead_code, reason = "made for every record")]
            #vis fn by_id() -> ::toolcrib_sdk::index::Index<Self, ()> {
                ::toolcrib_sdk::index::Index::at(::toolcrib_sdk::contract::select::BY_ID)
            }
            #(#walks)*
        }
    })
}
