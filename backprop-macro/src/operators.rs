//! Operators of the user's own types: `#[differentiable] impl Mul<f64> for Vec3 { .. }`.
//!
//! A foreign trait cannot be given companions. The operator's body therefore becomes a method of the
//! type as well, whose name says the operator and both operands (`mul_Vec3_number`), and that
//! method has companions like any other. Where one of the operands is a struct of the file, an
//! operator is lowered to a call of that method.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote, ToTokens};

use crate::kind::{Float, Kind};
use crate::surroundings;

/// The traits, with their methods and how many operands these have.
const OPERATORS: &[(&str, &str, usize)] = &[
    ("Add", "add", 2),
    ("Sub", "sub", 2),
    ("Mul", "mul", 2),
    ("Div", "div", 2),
    ("Rem", "rem", 2),
    ("Neg", "neg", 1),
    ("AddAssign", "add_assign", 2),
    ("SubAssign", "sub_assign", 2),
    ("MulAssign", "mul_assign", 2),
    ("DivAssign", "div_assign", 2),
    ("RemAssign", "rem_assign", 2),
];

/// The name of an arithmetic operator's method.
pub(crate) fn name_of(op: &syn::BinOp) -> Option<&'static str> {
    Some(match op {
        syn::BinOp::Add(_) => "add",
        syn::BinOp::Sub(_) => "sub",
        syn::BinOp::Mul(_) => "mul",
        syn::BinOp::Div(_) => "div",
        syn::BinOp::Rem(_) => "rem",
        _ => return None,
    })
}

/// The name of the method for `left op right`, and whether it belongs to the right operand.
pub(crate) fn method(op: &str, operands: &[Kind]) -> Option<(Ident, bool)> {
    let is_record = |kind: &Kind| matches!(kind.peeled(), Kind::Record(_));
    let reversed = !is_record(operands.first()?);
    if reversed && !operands.get(1).is_some_and(is_record) {
        return None;
    }
    let tags: Vec<Option<String>> = operands.iter().map(tag_of_kind).collect();
    // A literal may be an `f32`, and an `f32` the number of a type parameter.
    let other = |tag: &String| match tag.as_str() {
        "number" => "f32".to_owned(),
        "f32" => "number".to_owned(),
        _ => tag.clone(),
    };
    let known: Option<Vec<String>> = tags.iter().cloned().collect();
    let declared = known.and_then(|tags| {
        let others = tags.iter().map(other).collect();
        let mut names =
            [tags, others].map(|tags: Vec<String>| format!("{op}_{}", tags.join("_"))).into_iter();
        names.find(|name| surroundings::declares_operator(name))
    });
    if let Some(name) = declared {
        return Some((Ident::new(&name, Span::call_site()), reversed));
    }
    let name = surroundings::operator(|name| matches(name, op, &tags)).unwrap_or_else(|| {
        // What is of no kind by sight is most often a number of a type parameter.
        let tags: Vec<String> =
            tags.into_iter().map(|tag| tag.unwrap_or_else(|| "number".to_owned())).collect();
        format!("{op}_{}", tags.join("_"))
    });
    let of_number = name[op.len() + 1..].trim_start_matches("ref_").starts_with("number_");
    Some((Ident::new(&name, Span::call_site()), reversed && of_number))
}

/// Whether a method's name is that of an operator with operands of these tags, of which some may be
/// unknown.
fn matches(name: &str, op: &str, tags: &[Option<String>]) -> bool {
    let Some(rest) = name.strip_prefix(op).and_then(|rest| rest.strip_prefix('_')) else {
        return false;
    };
    match tags {
        [Some(left), None] => rest.strip_prefix(left.as_str()).is_some_and(|r| r.starts_with('_')),
        [None, Some(right)] => rest.strip_suffix(right.as_str()).is_some_and(|r| r.ends_with('_')),
        // With all of them known there is nothing to look for.
        _ => false,
    }
}

/// The text of what an operator of the file yields, by the name of its method.
pub(crate) fn declared(item: &syn::ItemImpl) -> Option<(String, String)> {
    let operator = Operator::read(item)?;
    Some((operator.name.to_string(), operator.output.to_string()))
}

fn tag_of_kind(kind: &Kind) -> Option<String> {
    Some(match kind {
        Kind::Ref(inner) | Kind::RefMut(inner) => format!("ref_{}", tag_of_kind(inner)?),
        Kind::Scalar(Float::F32) => "f32".to_owned(),
        Kind::Scalar(_) => "number".to_owned(),
        Kind::Record(record) => record.name.clone(),
        _ => return None,
    })
}

/// The tag of an operand's type; a type parameter of the `impl` stands for a number.
fn tag_of_type(ty: &syn::Type, generics: &syn::Generics) -> Option<String> {
    let tag = |inner: &syn::Type| tag_of_type(inner, generics);
    match ty {
        syn::Type::Paren(inner) => tag(&inner.elem),
        syn::Type::Group(inner) => tag(&inner.elem),
        syn::Type::Reference(reference) => Some(format!("ref_{}", tag(&reference.elem)?)),
        syn::Type::Path(path) => {
            let last = &path.path.segments.last()?.ident;
            let number =
                last == "f64" || generics.type_params().any(|parameter| parameter.ident == *last);
            Some(if number { "number".to_owned() } else { last.to_string() })
        }
        _ => None,
    }
}

/// The implementation of an operator.
struct Operator<'a> {
    name: Ident,
    function: &'a syn::ImplItemFn,
    /// The other operand.
    right: Option<(Ident, syn::Type)>,
    output: TokenStream,
}

impl Operator<'_> {
    fn read(item: &syn::ItemImpl) -> Option<Operator<'_>> {
        let (path, _) = operator_trait(item)?;
        let last = path.segments.last()?;
        let (_, method, arity) =
            OPERATORS.iter().find(|(name, _, _)| last.ident == *name).copied()?;
        let function = item.items.iter().find_map(|part| match part {
            syn::ImplItem::Fn(function) if function.sig.ident == method => Some(function),
            _ => None,
        })?;
        let output = item.items.iter().find_map(|part| match part {
            syn::ImplItem::Type(ty) if ty.ident == "Output" => Some(ty.ty.to_token_stream()),
            _ => None,
        });
        // A compound assignment yields nothing.
        let output = output.or_else(|| method.ends_with("_assign").then(|| quote!(())))?;
        let this = item.self_ty.to_token_stream();
        let right = match function.sig.inputs.iter().nth(1) {
            Some(syn::FnArg::Typed(typed)) => {
                let syn::Pat::Ident(pattern) = &*typed.pat else { return None };
                let ty = syn::parse2(replaced(typed.ty.to_token_stream(), "Self", &this)).ok()?;
                Some((pattern.ident.clone(), ty))
            }
            _ => None,
        };
        if right.is_some() != (arity == 2) {
            return None;
        }
        let mut tags = vec![tag_of_type(&item.self_ty, &item.generics)?];
        if let Some((_, ty)) = &right {
            tags.push(tag_of_type(ty, &item.generics)?);
        }
        let name = format_ident!("{method}_{}", tags.join("_"), span = Span::call_site());
        Some(Operator { name, function, right, output: replaced(output, "Self", &this) })
    }
}

/// The trait of an `impl`, if it is that of an operator.
pub(crate) fn operator_trait(item: &syn::ItemImpl) -> Option<(&syn::Path, &'static str)> {
    let syn::ItemImpl { trait_: Some(implemented), .. } = item else { return None };
    let path = &implemented.0;
    let last = path.segments.last()?;
    OPERATORS.iter().find(|(name, _, _)| last.ident == *name).map(|(_, method, _)| (path, *method))
}

/// The `impl` block with the operator as a method of the type, and the names of its operands.
pub(crate) fn inherent(item: &syn::ItemImpl) -> Option<syn::ItemImpl> {
    let item = &without_lifetimes(item);
    let operator = Operator::read(item)?;
    let this = &*item.self_ty;
    let (generics, _, clause) = item.generics.split_for_impl();
    let own_type = !is_number(this, &item.generics);
    let Operator { name, function, right, output } = &operator;
    let as_receiver = |ty: &syn::Type| match ty {
        syn::Type::Reference(reference) => ((*reference.elem).clone(), quote!(&self)),
        ty => (ty.clone(), quote!(self)),
    };
    let body = replaced_path(function.block.to_token_stream(), output);
    let attributes: Vec<&syn::Attribute> =
        function.attrs.iter().filter(|attribute| attribute.path().is_ident("allow")).collect();
    let (owner, signature, body) = if own_type {
        let (owner, mut receiver) = as_receiver(this);
        if let Some(syn::FnArg::Receiver(written)) = function.sig.inputs.first() {
            // `mut self`, `&mut self`.
            if !matches!(this, syn::Type::Reference(_)) {
                receiver = written.to_token_stream();
            }
        }
        let body = replaced(body, "Self", &owner.to_token_stream());
        let right = right.as_ref().map(|(name, ty)| quote!(, #name: #ty));
        (owner, quote!(#receiver #right), body)
    } else {
        // `2.0 * v` belongs to the type of `v`, which then is `self`.
        let (own, ty) = right.as_ref()?;
        let mutable = function.sig.inputs.iter().any(|input| match input {
            syn::FnArg::Typed(typed) => {
                matches!(&*typed.pat, syn::Pat::Ident(pattern) if pattern.mutability.is_some())
            }
            syn::FnArg::Receiver(_) => false,
        });
        let (owner, receiver) = as_receiver(ty);
        let number = format_ident!("number", span = Span::mixed_site());
        let body = replaced(body, "self", &number.to_token_stream());
        let body = replaced(body, "Self", &this.to_token_stream());
        let mutable = mutable.then(|| quote!(mut));
        let body = quote!({ let #mutable #own = self; #body });
        (owner, quote!(#receiver, #number: #this), body)
    };
    let arrow = (!function.sig.ident.to_string().ends_with("_assign")).then(|| quote!(-> #output));
    syn::parse2(quote! {
        #[doc(hidden)]
        #[allow(non_snake_case, dead_code, clippy::all, clippy::pedantic, missing_docs)]
        impl #generics #owner #clause {
            #(#attributes)*
            #[allow(clippy::all, clippy::pedantic)]
            pub fn #name(#signature) #arrow #body
        }
    })
    .ok()
}

/// The lifetimes of operands that are references are elided in a method.
fn without_lifetimes(item: &syn::ItemImpl) -> syn::ItemImpl {
    struct Elide(Vec<Ident>);
    impl syn::visit_mut::VisitMut for Elide {
        fn visit_type_reference_mut(&mut self, reference: &mut syn::TypeReference) {
            if reference.lifetime.as_ref().is_some_and(|name| self.0.contains(&name.ident)) {
                reference.lifetime = None;
            }
            syn::visit_mut::visit_type_reference_mut(self, reference);
        }
    }
    let mut item = item.clone();
    let names: Vec<Ident> =
        item.generics.lifetimes().map(|parameter| parameter.lifetime.ident.clone()).collect();
    syn::visit_mut::VisitMut::visit_item_impl_mut(&mut Elide(names), &mut item);
    item.generics.params = std::mem::take(&mut item.generics.params)
        .into_iter()
        .filter(|parameter| !matches!(parameter, syn::GenericParam::Lifetime(_)))
        .collect();
    item
}

fn is_number(ty: &syn::Type, generics: &syn::Generics) -> bool {
    let tag = tag_of_type(ty, generics);
    tag.is_some_and(|tag| matches!(tag.trim_start_matches("ref_"), "number" | "f32"))
}

/// `tokens` with every identifier `name` replaced.
fn replaced(tokens: TokenStream, name: &str, by: &TokenStream) -> TokenStream {
    tokens
        .into_iter()
        .flat_map(|token| match token {
            TokenTree::Ident(ident) if ident == name => by.clone(),
            TokenTree::Group(group) => {
                let inner = replaced(group.stream(), name, by);
                let mut new = proc_macro2::Group::new(group.delimiter(), inner);
                new.set_span(group.span());
                TokenTree::Group(new).into()
            }
            other => other.into(),
        })
        .collect()
}

/// `Self::Output` as a type.
fn replaced_path(tokens: TokenStream, output: &TokenStream) -> TokenStream {
    let all: Vec<TokenTree> = tokens.into_iter().collect();
    let mut out = TokenStream::new();
    let mut index = 0;
    while index < all.len() {
        let is = |at: usize, text: &str| all.get(at).is_some_and(|token| token.to_string() == text);
        if is(index, "Self") && is(index + 1, ":") && is(index + 2, ":") && is(index + 3, "Output")
        {
            out.extend(output.clone());
            index += 4;
            continue;
        }
        match &all[index] {
            TokenTree::Group(group) => {
                let inner = replaced_path(group.stream(), output);
                let mut new = proc_macro2::Group::new(group.delimiter(), inner);
                new.set_span(group.span());
                out.extend([TokenTree::Group(new)]);
            }
            other => out.extend([other.clone()]),
        }
        index += 1;
    }
    out
}
