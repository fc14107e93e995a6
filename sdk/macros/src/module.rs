//! `module!`: the declaration of the whole module and its entry points.

use crate::names;
use crate::record::module_name;
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, LitStr, Path, Result, Token, UseTree, braced, bracketed, parenthesized};
use toolcrib_contract::limits;

const KEYS: &str = "name, title, summary, records, reads, events, calls, handlers, requests and views";

#[derive(Default)]
struct Module {
    name: Option<LitStr>,
    title: Option<(LitStr, LitStr)>,
    summary: Option<(LitStr, LitStr)>,
    records: Vec<Path>,
    reads: Vec<Path>,
    events: Vec<Path>,
    calls: Vec<Path>,
    handlers: Vec<Path>,
    requests: Vec<TokenStream>,
    views: Vec<Path>,
}

impl Parse for Module {
    fn parse(input: ParseStream) -> Result<Self> {
        let mut module = Self::default();
        let mut seen: Vec<Ident> = Vec::new();
        while !input.is_empty() {
            let key: Ident = input.parse()?;
            if seen.contains(&key) {
                return Err(Error::new(key.span(), format!("`{key}` is given twice")));
            }
            input.parse::<Token![:]>()?;
            match key.to_string().as_str() {
                "name" => module.name = Some(input.parse()?),
                "title" => module.title = Some(braced_words(input, &key)?.0),
                "summary" => module.summary = Some(braced_words(input, &key)?.0),
                "records" => module.records = paths(input, limits::RECORDS)?,
                "reads" => module.reads = paths(input, limits::RECORDS)?,
                "events" => module.events = paths(input, limits::RECORDS)?,
                "calls" => module.calls = paths(input, limits::HANDLERS)?,
                "handlers" => module.handlers = paths(input, limits::HANDLERS)?,
                "requests" => module.requests = requests(input)?,
                "views" => module.views = paths(input, limits::VIEWS)?,
                _ => return Err(Error::new(key.span(), format!("module! has no `{key}`; it has {KEYS}"))),
            }
            seen.push(key);
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(module)
    }
}

/// `{ zh: "…", en: "…" }`, with `optional` where it is allowed.
fn braced_words(input: ParseStream, key: &Ident) -> Result<((LitStr, LitStr), bool)> {
    let inner;
    braced!(inner in input);
    let (mut zh, mut en, mut optional) = (None, None, false);
    while !inner.is_empty() {
        let word: Ident = inner.parse()?;
        match word.to_string().as_str() {
            "zh" | "en" => {
                inner.parse::<Token![:]>()?;
                let text: LitStr = inner.parse()?;
                if word == "zh" { zh = Some(text) } else { en = Some(text) }
            }
            "optional" => optional = true,
            _ => return Err(Error::new(word.span(), "expected zh: \"…\", en: \"…\"")),
        }
        if !inner.is_empty() {
            inner.parse::<Token![,]>()?;
        }
    }
    match (zh, en) {
        (Some(zh), Some(en)) => Ok(((zh, en), optional)),
        _ => Err(Error::new(key.span(), format!("`{key}` needs both languages: {{ zh: \"…\", en: \"…\" }}"))),
    }
}

/// `[name, inner::name, inner::{name, name}]`.
fn paths(input: ParseStream, limit: usize) -> Result<Vec<Path>> {
    let inner;
    bracketed!(inner in input);
    let mut paths = Vec::new();
    for tree in Punctuated::<UseTree, Token![,]>::parse_terminated(&inner)? {
        flatten(None, tree, &mut paths)?;
    }
    let name = |path: &Path| path.segments.last().map(|segment| segment.ident.to_string());
    for (at, path) in paths.iter().enumerate() {
        if paths[..at].iter().any(|other| name(other) == name(path)) {
            return Err(Error::new_spanned(path, "this name is listed twice; names are unique in a module"));
        }
    }
    match paths.get(limit) {
        None => Ok(paths),
        Some(path) => Err(Error::new_spanned(path, format!("at most {limit} fit here; this is one too many"))),
    }
}

fn flatten(before: Option<Path>, tree: UseTree, paths: &mut Vec<Path>) -> Result<()> {
    let join = |ident: Ident| match &before {
        None => Path::from(ident),
        Some(before) => {
            let mut path = before.clone();
            path.segments.push(ident.into());
            path
        }
    };
    match tree {
        UseTree::Name(name) => paths.push(join(name.ident)),
        UseTree::Path(path) => flatten(Some(join(path.ident)), *path.tree, paths)?,
        UseTree::Group(group) => {
            for tree in group.items {
                flatten(before.clone(), tree, paths)?;
            }
        }
        other => return Err(Error::new_spanned(other, "list each name itself, without `*` and `as`")),
    }
    Ok(())
}

/// `readings("good") { zh: "…", en: "…" }`, `outbound("host") { zh: "…", en: "…", optional }`.
fn requests(input: ParseStream) -> Result<Vec<TokenStream>> {
    let inner;
    bracketed!(inner in input);
    let mut requests = Vec::new();
    while !inner.is_empty() {
        let kind: Ident = inner.parse()?;
        let about;
        parenthesized!(about in inner);
        let about: LitStr = about.parse()?;
        let ((zh, en), optional) = braced_words(&inner, &kind)?;
        let (name, key) = match kind.to_string().as_str() {
            "readings" => (quote!(Readings), quote!(signal)),
            "outbound" => (quote!(Outbound), quote!(host)),
            _ => return Err(Error::new(kind.span(), "a request is readings(\"signal\") or outbound(\"host\")")),
        };
        requests.push(quote! {
            ::toolcrib_sdk::declare::RequestDecl::#name { #key: #about, reason: (#zh, #en), optional: #optional }
        });
        if !inner.is_empty() {
            inner.parse::<Token![,]>()?;
        }
    }
    Ok(requests)
}

/// A view is called as its function is.
fn view_name(path: &Path) -> Result<String> {
    let Some(segment) = path.segments.last() else { return Err(Error::new_spanned(path, "name a function")) };
    names::checked(&names::plain(&segment.ident), segment.ident.span(), "a view")
}

pub fn expand(input: TokenStream) -> Result<TokenStream> {
    let Module { name, title, summary, records, reads, events, calls, handlers, requests, views } = syn::parse2(input)?;
    let missing = |what: &str| Error::new(Span::call_site(), format!("module! needs {what}"));
    let name = name.ok_or_else(|| missing("name: \"…\""))?;
    module_name(&name)?;
    let words = |words: Option<(LitStr, LitStr)>, key: &str| {
        words.ok_or_else(|| missing(&format!("{key}: {{ zh: \"…\", en: \"…\" }}")))
    };
    let ((title_zh, title_en), (summary_zh, summary_en)) = (words(title, "title")?, words(summary, "summary")?);
    let view_names = views.iter().map(view_name).collect::<Result<Vec<_>>>()?;
    let numbers: Vec<_> = (0..handlers.len() as u32).collect();
    Ok(quote! {
        fn __manifest() -> ::toolcrib_sdk::contract::Manifest {
            use ::toolcrib_sdk::declare;
            const TABLES: declare::Tables = declare::Tables {
                module: #name,
                version: ::core::env!("CARGO_PKG_VERSION"),
                title: (#title_zh, #title_en),
                summary: (#summary_zh, #summary_en),
                requests: &[#(#requests),*],
                records: &[#(declare::record::<#records>()),*],
                reads: &[#(declare::read::<#reads>()),*],
                calls: &[#(declare::call::<#calls>()),*],
                events: &[#(declare::event::<#events>()),*],
                handlers: &[#(declare::handler::<#handlers>()),*],
                views: &[#(declare::view(#view_names, #views)),*],
            };
            declare::manifest(&TABLES)
        }

        /// The module on an in-memory host, for tests.
        #[cfg(not(target_family = "wasm"))]
        pub fn module() -> ::toolcrib_sdk::testing::Module {
            ::toolcrib_sdk::testing::Module::new(__manifest(), |handler, invocation, input, memory| match handler {
                #(#numbers => ::toolcrib_sdk::testing::handle::<#handlers>(invocation, input, memory),)*
                _ => ::toolcrib_sdk::testing::unknown(memory),
            })
        }

        #[cfg(target_family = "wasm")]
        const _: () = {
            struct Component;
            impl ::toolcrib_sdk::entry::Guest for Component {
                fn describe() -> ::std::vec::Vec<u8> {
                    ::toolcrib_sdk::entry::describe(&__manifest())
                }
                fn handle(
                    handler: u32,
                    invocation: ::toolcrib_sdk::entry::Invocation,
                    input: ::std::vec::Vec<u8>,
                ) -> ::core::result::Result<::std::vec::Vec<u8>, ::toolcrib_sdk::entry::Failure> {
                    let entry = match handler {
                        #(#numbers => ::core::option::Option::Some(::toolcrib_sdk::entry::of::<#handlers>()),)*
                        _ => ::core::option::Option::None,
                    };
                    ::toolcrib_sdk::entry::handle(entry, invocation, &input)
                }
            }
            ::toolcrib_sdk::export_module!(Component with_types_in ::toolcrib_sdk::bindings);
        };
    })
}
