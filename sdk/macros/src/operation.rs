//! `#[operation_of]`: calls of another module's operation.

use crate::arguments::{Argument, words};
use crate::fields::{self, Bound};
use crate::names;
use crate::record::module_name;
use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, Result, ReturnType, Signature, Token, Visibility};

/// A function without a body.
struct Declaration {
    visibility: Visibility,
    signature: Signature,
}

impl Parse for Declaration {
    fn parse(input: ParseStream) -> Result<Self> {
        input.call(Attribute::parse_outer)?;
        let declaration = Self { visibility: input.parse()?, signature: input.parse()? };
        if !input.peek(Token![;]) {
            return Err(Error::new(input.span(), "the other module has the body: end the declaration with `;`"));
        }
        input.parse::<Token![;]>()?;
        Ok(declaration)
    }
}

pub fn expand(args: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let Declaration { visibility, signature } = syn::parse2(item)?;
    let takes = "module = \"…\" and reason(zh = \"…\", en = \"…\")";
    let (mut module, mut reason) = (None, None);
    for argument in Argument::parse_all(args)? {
        match &argument {
            Argument::Set(key, text) if key == "module" => module = Some(text.clone()),
            Argument::List(key, list) if key == "reason" => reason = Some(words(key, list)?),
            other => return Err(other.unknown(takes)),
        }
    }
    let name = &signature.ident;
    let missing = || Error::new(name.span(), format!("#[operation_of] needs {takes}"));
    let module = module.ok_or_else(missing)?;
    module_name(&module)?;
    let (zh, en) = reason.ok_or_else(missing)?;
    let plain = names::checked(&names::plain(name), name.span(), "an operation")?;
    let fields = crate::handler::typed(signature.inputs.iter())?;
    let output = match &signature.output {
        ReturnType::Default => quote!(()),
        ReturnType::Type(_, ty) => quote!(#ty),
    };
    let docs = format!("Calls `{plain}` of the module `{}` with `ctx.call(…)`.", module.value());
    let parameters = fields::parameter_struct(&visibility, name, &docs, &fields);
    let table = fields::table(&fields, Bound::Crossing);
    Ok(quote! {
        #parameters
        impl ::toolcrib_sdk::handler::Operation for #name {
            type Output = #output;
            const DECLARATION: ::toolcrib_sdk::declare::CallDecl =
                ::toolcrib_sdk::declare::CallDecl { module: #module, operation: #plain, reason: (#zh, #en) };
            const FIELDS: &'static [::toolcrib_sdk::declare::FieldDecl] = #table;
        }
    })
}
