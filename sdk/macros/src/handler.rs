//! `#[command]`, `#[query]`, `#[connector]`, `#[on]` and `#[timer]`.

use crate::arguments::Argument;
use crate::fields::{self, Bound, Field};
use crate::names;
use crate::source;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{
    Error, FnArg, GenericArgument, ItemFn, LitStr, Pat, PathArguments, Result, ReturnType, Signature, Type, parse2,
};

#[derive(Clone, Copy, PartialEq)]
pub enum Attribute {
    Command,
    Query,
    Connector,
    On,
    Timer,
}

impl Attribute {
    fn context(self) -> &'static str {
        match self {
            Self::Query => "ctx: &Query",
            Self::Connector => "ctx: &mut Connector",
            _ => "ctx: &mut Command",
        }
    }

    fn takes(self) -> &'static str {
        match self {
            Self::Command | Self::Query | Self::Connector => "only roles(\"…\", …)",
            Self::On => source::TAKES,
            Self::Timer => "no arguments",
        }
    }
}

/// What the arguments say.
struct Options {
    kind: TokenStream,
    /// The type the one parameter must have, when the host decides it.
    delivered: Option<TokenStream>,
    roles: Vec<LitStr>,
}

pub fn expand(attribute: Attribute, args: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let item: ItemFn = parse2(item)?;
    let options = options(attribute, args, item.sig.ident.span())?;
    let signature = &item.sig;
    check_signature(attribute, signature)?;
    let (fields, name) = (parameters(signature)?, &signature.ident);
    let plain = names::checked(&names::plain(name), name.span(), "a handler")?;
    let output = output(&signature.output, signature)?;
    let input = match attribute {
        Attribute::On => delivered_input(&fields, &options, signature)?,
        _ => {
            let table = fields::table(&fields, Bound::Crossing);
            quote!(|| {
                const FIELDS: &[::toolcrib_sdk::declare::FieldDecl] = #table;
                ::toolcrib_sdk::declare::structure(#plain, FIELDS)
            })
        }
    };
    let docs = format!("The parameters of the handler `{plain}`.");
    let parameters = fields::parameter_struct(&item.vis, name, &docs, &fields);
    let context = match attribute {
        Attribute::Query => quote!(context::Query),
        Attribute::Connector => quote!(connector::Connector),
        _ => quote!(context::Command),
    };
    let (doc, kind, roles) = (names::doc(&item.attrs), &options.kind, &options.roles);
    let idents: Vec<_> = fields.iter().map(|field| &field.ident).collect();
    // A parameter may have the handler's own name, so the parameters get others on their way to it.
    let values: Vec<_> = (0..idents.len()).map(|at| format_ident!("value_{at}")).collect();
    let output_form = fields::form(output, Bound::Crossing);
    let timer = matches!(attribute, Attribute::Timer | Attribute::Connector);
    let timer = timer.then(|| quote!(impl ::toolcrib_sdk::handler::Timer for #name {}));
    let own = matches!(attribute, Attribute::Command | Attribute::Query);
    let own = own.then(|| quote!(impl ::toolcrib_sdk::handler::Own for #name {}));
    let in_views = in_views(attribute, name);
    let mut plain_item = item.clone();
    for input in &mut plain_item.sig.inputs {
        if let FnArg::Typed(parameter) = input {
            fields::without_ours(&mut parameter.attrs);
        }
    }
    // Its parameters are the fields of a form: there may be many.
    Ok(quote! {
        #[allow(clippy::too_many_arguments, reason = "they are the fields of a form")]
        #plain_item
        #parameters
        #timer
        #own
        #in_views
        impl ::toolcrib_sdk::handler::Handler for #name {
            type Context = ::toolcrib_sdk::#context;
            type Output = #output;
            const DECLARATION: ::toolcrib_sdk::declare::HandlerDecl = ::toolcrib_sdk::declare::HandlerDecl {
                name: #plain,
                doc: #doc,
                kind: ::toolcrib_sdk::declare::KindDecl::#kind,
                input: #input,
                output: #output_form.schema,
                roles: &[#(#roles),*],
            };
            fn run(
                self,
                ctx: &mut Self::Context,
            ) -> ::toolcrib_sdk::Outcome<Self::Output> {
                let Self { #(#idents: #values),* } = self;
                #name(ctx, #(#values),*)
            }
        }
    })
}

/// What a view may do with the handler.
fn in_views(attribute: Attribute, name: &Ident) -> TokenStream {
    let part = match attribute {
        Attribute::Query => quote!(Asked),
        Attribute::Command | Attribute::Connector => quote!(Pressed),
        Attribute::On | Attribute::Timer => return TokenStream::new(),
    };
    quote! {
        impl ::toolcrib_sdk::handler::#part for #name {}
        impl ::toolcrib_sdk::handler::Offered for #name {}
    }
}

fn options(attribute: Attribute, args: TokenStream, span: Span) -> Result<Options> {
    let simple = |kind| Options { kind, delivered: None, roles: Vec::new() };
    let mut options = match attribute {
        Attribute::Command => simple(quote!(Command)),
        Attribute::Query => simple(quote!(Query)),
        Attribute::Connector => simple(quote!(Connector)),
        Attribute::Timer => simple(quote!(Timer)),
        Attribute::On => simple(TokenStream::new()),
    };
    let arguments = Argument::parse_all(args)?;
    if attribute == Attribute::On {
        (options.kind, options.delivered) = source::source(span, &arguments)?;
        return Ok(options);
    }
    for argument in &arguments {
        match (attribute, argument) {
            (Attribute::Command | Attribute::Query | Attribute::Connector, Argument::List(key, list))
                if key == "roles" =>
            {
                for role in list {
                    let Argument::Text(role) = role else {
                        return Err(role.unknown("roles as texts: roles(\"admin\")"));
                    };
                    options.roles.push(role.clone());
                }
            }
            (_, other) => return Err(other.unknown(attribute.takes())),
        }
    }
    Ok(options)
}

fn check_signature(attribute: Attribute, signature: &Signature) -> Result<()> {
    if let Some(asyncness) = &signature.asyncness {
        return Err(Error::new(asyncness.span(), "a handler is not async: the host waits, the module does not"));
    }
    if let Some(parameter) = signature.generics.params.first() {
        return Err(Error::new(parameter.span(), "a handler cannot be generic: its type is part of the manifest"));
    }
    let wanted = attribute.context();
    match signature.inputs.first() {
        Some(FnArg::Typed(first)) if context_fits(attribute, &first.ty) => Ok(()),
        Some(FnArg::Typed(first)) if names_a_context(&first.ty) => {
            Err(Error::new_spanned(&first.ty, format!("this handler's context is `{wanted}`")))
        }
        Some(first) => {
            Err(Error::new_spanned(first, format!("a handler's first parameter is its context: `{wanted}`")))
        }
        None => {
            Err(Error::new(signature.ident.span(), format!("a handler's first parameter is its context: `{wanted}`")))
        }
    }
}

fn last_segment(ty: &Type) -> Option<&syn::PathSegment> {
    if let Type::Path(path) = ty { path.path.segments.last() } else { None }
}

fn context_fits(attribute: Attribute, ty: &Type) -> bool {
    let Type::Reference(reference) = ty else { return false };
    let query = attribute == Attribute::Query;
    let name = match attribute {
        Attribute::Query => "Query",
        Attribute::Connector => "Connector",
        _ => "Command",
    };
    reference_is_mut(reference) != query && last_segment(&reference.elem).is_some_and(|segment| segment.ident == name)
}

fn names_a_context(ty: &Type) -> bool {
    let ty = if let Type::Reference(reference) = ty { &reference.elem } else { ty };
    let contexts = ["Query", "Command", "Connector"];
    last_segment(ty).is_some_and(|segment| contexts.iter().any(|context| segment.ident == context))
}

fn reference_is_mut(reference: &syn::TypeReference) -> bool {
    reference.mutability.is_some()
}

/// The parameters after the context.
pub fn parameters(signature: &Signature) -> Result<Vec<Field>> {
    typed(signature.inputs.iter().skip(1))
}

/// Parameters as fields.
pub fn typed<'a>(inputs: impl Iterator<Item = &'a FnArg>) -> Result<Vec<Field>> {
    let fields = inputs
        .map(|input| match input {
            FnArg::Typed(parameter) => match &*parameter.pat {
                Pat::Ident(name) => Field::new(&name.ident, &parameter.ty, &parameter.attrs),
                other => Err(Error::new_spanned(other, "a parameter needs a name: callers use it")),
            },
            other => Err(Error::new_spanned(other, "a handler is a plain function, without self")),
        })
        .collect::<Result<Vec<_>>>()?;
    fields::limited(&fields)?;
    Ok(fields)
}

/// `T` of `Outcome<T>`.
fn output<'a>(output: &'a ReturnType, signature: &Signature) -> Result<&'a Type> {
    let wanted = "a handler returns `Outcome<…>`: the value, or why it stopped; `Outcome<()>` when there is no value";
    let ReturnType::Type(_, ty) = output else { return Err(Error::new(signature.ident.span(), wanted)) };
    let segment = last_segment(ty).filter(|segment| segment.ident == "Outcome");
    if let Some(PathArguments::AngleBracketed(arguments)) = segment.map(|segment| &segment.arguments)
        && let Some(GenericArgument::Type(ty)) = arguments.args.first()
    {
        return Ok(ty);
    }
    Err(Error::new_spanned(ty, wanted))
}

/// The input of an `#[on]` handler is what is delivered, not a structure around it.
fn delivered_input(fields: &[Field], options: &Options, signature: &Signature) -> Result<TokenStream> {
    let [Field { ty, .. }] = fields else {
        let message = "this handler takes its context and one more parameter: what is delivered to it";
        return Err(Error::new(signature.ident.span(), message));
    };
    Ok(match &options.delivered {
        Some(delivered) => quote_spanned!(ty.span()=> || {
            let schema: fn() -> ::toolcrib_sdk::contract::Type = ::toolcrib_sdk::declare::delivered::<#ty, #delivered>;
            schema()
        }),
        None => {
            let form = fields::form(ty, Bound::Crossing);
            quote!(#form.schema)
        }
    })
}
