//! The attribute on a whole `impl` block or `trait`: each function as if it had the attribute.
//!
//! A function of the block may have an attribute of its own, for another `wrt`, or `skip`.
//! Without one, a function that cannot have a derivative is left as it is; so is one that returns a
//! type of the file without a gradient.

use proc_macro2::{TokenStream, TokenTree};
use quote::{quote, ToTokens};
use syn::visit_mut::VisitMut;

use crate::differentiable::{self, Parentheses};
use crate::emit::Home;

use crate::options::Options;
use crate::parameters;
use crate::surroundings;

/// A block that the attribute stands on.
pub(crate) enum Block {
    Impl(syn::ItemImpl),
    Trait(syn::ItemTrait),
}

pub(crate) fn parse(item: &TokenStream) -> Option<Block> {
    if !begins_block(item) {
        return None;
    }
    match syn::parse2(item.clone()) {
        Ok(syn::Item::Impl(item)) => Some(Block::Impl(item)),
        Ok(syn::Item::Trait(item)) => Some(Block::Trait(item)),
        _ => None,
    }
}

/// Whether the first of the words `impl`, `trait` and `fn` is one of a block.
fn begins_block(item: &TokenStream) -> bool {
    item.clone()
        .into_iter()
        .find_map(|token| match token {
            TokenTree::Ident(word) if word == "fn" => Some(false),
            TokenTree::Ident(word) if word == "impl" || word == "trait" => Some(true),
            _ => None,
        })
        .unwrap_or(false)
}

/// The block with the companions of its functions.
pub(crate) fn expand(block: Block, options: &Options) -> TokenStream {
    match block {
        Block::Impl(mut item) if crate::operators::operator_trait(&item).is_some() => {
            for part in &mut item.items {
                if let syn::ImplItem::Fn(function) = part {
                    function.attrs.retain(|attribute| !is_own(attribute));
                }
            }
            let Some(inherent) = crate::operators::inherent(&item) else {
                let error =
                    crate::diagnostics::unclear_operator(&item.self_ty).into_compile_error();
                return quote!(#item #error);
            };
            let operands = inherent.items.iter().find_map(|part| match part {
                syn::ImplItem::Fn(function) => Some(parameters::all_parameters(&function.sig)),
                _ => None,
            });
            let options = Options { wrt: operands, ..options.clone() };
            let companions = expand(Block::Impl(inherent), &options);
            quote!(#item #companions)
        }
        Block::Impl(mut item) if is_trait_of_std(&item) => {
            for part in &mut item.items {
                if let syn::ImplItem::Fn(function) = part {
                    function.attrs.retain(|attribute| !is_own(attribute));
                }
            }
            let error = crate::diagnostics::trait_of_std(&item).into_compile_error();
            quote!(#item #error)
        }
        Block::Impl(mut item) => {
            let home = if item.trait_.is_some() { Home::TraitImpl } else { Home::Type };
            surroundings::within(surroundings::name_of_type(&item.self_ty));
            let generics = item.generics.clone();
            let mut added = Vec::new();
            for part in &mut item.items {
                let syn::ImplItem::Fn(function) = part else { continue };
                let own = own_options(&mut function.attrs, options, &function.sig);
                let companions = own.and_then(|own| match own {
                    None => Ok(TokenStream::new()),
                    Some(own) => {
                        let mut function = function.clone();
                        Parentheses.visit_block_mut(&mut function.block);
                        differentiable::derive(&function, &own, (home, &generics))
                    }
                });
                added.push(companions.unwrap_or_else(syn::Error::into_compile_error));
            }
            item.items.extend(added.into_iter().map(syn::ImplItem::Verbatim));
            item.into_token_stream()
        }
        Block::Trait(mut item) => {
            surroundings::within(None);
            let generics = item.generics.clone();
            let mut added = Vec::new();
            for part in &mut item.items {
                let syn::TraitItem::Fn(method) = part else { continue };
                let own = own_options(&mut method.attrs, options, &method.sig);
                let companions = own.and_then(|own| match (own, &method.default) {
                    (None, _) => Ok(TokenStream::new()),
                    (Some(own), None) => differentiable::require(method, &own, &generics),
                    (Some(own), Some(body)) => {
                        let (attributes, signature) = (&method.attrs, &method.sig);
                        let mut function: syn::ImplItemFn =
                            syn::parse2(quote!(#(#attributes)* #signature #body))?;
                        Parentheses.visit_block_mut(&mut function.block);
                        differentiable::derive(&function, &own, (Home::Trait, &generics))
                    }
                });
                added.push(companions.unwrap_or_else(syn::Error::into_compile_error));
            }
            item.items.extend(added.into_iter().map(syn::TraitItem::Verbatim));
            item.into_token_stream()
        }
    }
}

/// Whether an `impl` is one of a trait of std's that is no operator: it takes no more methods.
fn is_trait_of_std(item: &syn::ItemImpl) -> bool {
    let Some((path, _)) = &item.trait_ else { return false };
    let Some(last) = path.segments.last() else { return false };
    let name = last.ident.to_string();
    matches!(
        name.as_str(),
        "From"
            | "Into"
            | "TryFrom"
            | "TryInto"
            | "FromStr"
            | "FromIterator"
            | "Extend"
            | "Iterator"
            | "DoubleEndedIterator"
            | "ExactSizeIterator"
            | "IntoIterator"
            | "Sum"
            | "Product"
            | "Default"
            | "Clone"
            | "Drop"
            | "Deref"
            | "DerefMut"
            | "Index"
            | "IndexMut"
            | "AsRef"
            | "AsMut"
            | "Borrow"
            | "PartialEq"
            | "PartialOrd"
            | "Ord"
            | "Display"
            | "Debug"
            | "Hash"
            | "Fn"
            | "FnMut"
            | "FnOnce"
    ) && !surroundings::own_methods(|own| own.declares_trait(&name))
}

fn is_own(attribute: &syn::Attribute) -> bool {
    let last = attribute.path().segments.last();
    last.is_some_and(|last| last.ident == "differentiable")
}

/// The options of a function of the block, from its own attribute, which is removed, or from the
/// block's; `None` if it is left as it is.
fn own_options(
    attributes: &mut Vec<syn::Attribute>,
    block: &Options,
    signature: &syn::Signature,
) -> syn::Result<Option<Options>> {
    let own: Vec<syn::Attribute> =
        attributes.iter().filter(|attribute| is_own(attribute)).cloned().collect();
    attributes.retain(|attribute| !is_own(attribute));
    let Some(own) = own.first() else {
        let options = block.of_block(signature);
        return Ok(parameters::may_have_derivative(signature, &options).then_some(options));
    };
    let mut options: Options = match &own.meta {
        syn::Meta::Path(_) => Options::default(),
        syn::Meta::List(list) => syn::parse2(list.tokens.clone())?,
        syn::Meta::NameValue(_) => {
            return Err(syn::Error::new_spanned(own, "expected `#[differentiable(..)]`"))
        }
    };
    if options.skip {
        return Ok(None);
    }
    if options.krate.is_none() {
        options.krate.clone_from(&block.krate);
    }
    Ok(Some(options))
}
