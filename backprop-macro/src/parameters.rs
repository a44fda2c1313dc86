//! Parameters: which can carry a derivative, which of them do, and what a signature must not be.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::visit::Visit;
use syn::{FnArg, Pat};

use crate::diagnostics::{self, Errors};
use crate::kind::Kind;
use crate::options::Options;
use crate::surroundings;

/// What no derivative exists for, whatever the body says.
pub(crate) fn validate(signature: &syn::Signature) -> syn::Result<()> {
    let mut errors = Errors::default();
    if let Some(token) = &signature.constness {
        errors.push(diagnostics::unsupported_function(
            token,
            "a `const` function: its companions cannot run at compile time",
        ));
    }
    if let Some(token) = &signature.asyncness {
        errors.push(diagnostics::unsupported_function(
            token,
            "an `async` function; compute the value in a synchronous one",
        ));
    }
    if let syn::Safety::Unsafe(token) = &signature.safety {
        errors.push(diagnostics::unsupported_function(
            token,
            "an `unsafe` function; wrap it in a safe one",
        ));
    }
    if let Some(abi) = &signature.abi {
        errors.push(diagnostics::unsupported_function(
            abi,
            "an `extern` function; wrap it in a Rust one",
        ));
    }
    if let syn::ReturnType::Type(_, ty) = &signature.output {
        if matches!(&**ty, syn::Type::Reference(reference) if reference.mutability.is_some()) {
            errors.push(diagnostics::unsupported_function(
                ty,
                "a function that returns an exclusive reference; return nothing, or the value",
            ));
        }
    }
    for input in &signature.inputs {
        if let FnArg::Typed(typed) = input {
            if !matches!(&*typed.pat, Pat::Ident(_) | Pat::Wild(_)) {
                errors.push(diagnostics::parameter_pattern(&typed.pat));
            }
        }
    }
    errors.into_result()
}

/// Gives parameters that are shared references and refer to something else later, as in
/// `fn f(mut rest: &[f64]) { … rest = &rest[1..]; … }`, variables of their own: a pullback is given
/// again what the caller passed.
pub(crate) fn own_walking(function: &mut syn::ImplItemFn) {
    struct Assigned(Vec<Ident>);
    impl<'ast> Visit<'ast> for Assigned {
        fn visit_item(&mut self, _: &'ast syn::Item) {}
        fn visit_expr_assign(&mut self, e: &'ast syn::ExprAssign) {
            if let syn::Expr::Path(path) = &*e.left {
                self.0.extend(path.path.get_ident().cloned());
            }
            syn::visit::visit_expr_assign(self, e);
        }
    }
    let mut assigned = Assigned(Vec::new());
    let shared = |ty: &syn::Type| matches!(ty, syn::Type::Reference(ty) if ty.mutability.is_none());
    for input in &mut function.sig.inputs {
        let FnArg::Typed(typed) = input else { continue };
        let Pat::Ident(name) = &mut *typed.pat else { continue };
        if name.mutability.is_none() || !shared(&typed.ty) {
            continue;
        }
        if assigned.0.is_empty() {
            assigned.visit_block(&function.block);
        }
        if assigned.0.contains(&name.ident) {
            name.mutability = None;
            let name = &name.ident;
            function.block.stmts.insert(0, syn::parse_quote!(let mut #name = #name;));
        }
    }
}

/// The positions of the parameters to differentiate with respect to.
pub(crate) fn wrt(signature: &syn::Signature, options: &Options) -> syn::Result<Vec<usize>> {
    let names: Vec<String> = signature.inputs.iter().map(parameter_name).collect();
    if let Some(listed) = &options.wrt {
        let mut errors = Errors::default();
        let mut order = Vec::new();
        for ident in listed {
            let Some(index) = names.iter().position(|name| ident == name) else {
                errors.push(diagnostics::unknown_wrt(ident, &names));
                continue;
            };
            if order.contains(&index) {
                errors.push(diagnostics::repeated_wrt(ident));
                continue;
            }
            if let FnArg::Typed(typed) = &signature.inputs[index] {
                if Kind::of(&typed.ty).is_discrete() {
                    errors.push(diagnostics::discrete_wrt(ident, &typed.ty));
                }
            }
            order.push(index);
        }
        errors.into_result()?;
        return Ok(order);
    }
    let order: Vec<usize> = signature
        .inputs
        .iter()
        .enumerate()
        .filter(|(_, input)| match input {
            FnArg::Receiver(_) => false,
            FnArg::Typed(typed) => can_carry(&typed.ty, &signature.generics),
        })
        .map(|(index, _)| index)
        .collect();
    if order.is_empty() {
        // The only parameter that can carry a derivative is meant.
        let owner: syn::Type = syn::parse_quote!(Self);
        let receiver = signature.receiver().is_some() && !surroundings::lacks_gradient(&owner);
        // What a closure carries is for those to say who pass it.
        let called = || signature.inputs.iter().any(|input| is_called(input, &signature.generics));
        return match receiver {
            true => Ok(vec![0]),
            false if called() => Ok(Vec::new()),
            false => Err(diagnostics::no_wrt(&signature.ident)),
        };
    }
    Ok(order)
}

/// Every parameter by name, the receiver included.
pub(crate) fn all_parameters(signature: &syn::Signature) -> Vec<Ident> {
    let name = |input: &FnArg| match input {
        FnArg::Receiver(receiver) => Some(Ident::new("self", receiver.self_token.span)),
        FnArg::Typed(typed) => match &*typed.pat {
            Pat::Ident(pattern) => Some(pattern.ident.clone()),
            _ => None,
        },
    };
    signature.inputs.iter().filter_map(name).collect()
}

/// Whether a parameter of this type is differentiated without being asked for.
pub(crate) fn can_carry(ty: &syn::Type, generics: &syn::Generics) -> bool {
    match ty {
        syn::Type::Reference(reference) => can_carry(&reference.elem, generics),
        syn::Type::Paren(inner) => can_carry(&inner.elem, generics),
        syn::Type::Group(inner) => can_carry(&inner.elem, generics),
        syn::Type::ImplTrait(_)
        | syn::Type::TraitObject(_)
        | syn::Type::FnPtr(_)
        | syn::Type::Ptr(_)
        | syn::Type::Never(_) => false,
        syn::Type::Path(path) => {
            let closure = path.path.get_ident().is_some_and(|name| is_closure(name, generics));
            let foreign = path.path.get_ident().is_some_and(|name| is_foreign(name, generics));
            let other = closure || foreign || is_boxed_trait(path) || is_store(path);
            !(other || Kind::of(ty).is_discrete() || surroundings::lacks_gradient(ty))
        }
        syn::Type::Slice(slice) => can_carry(&slice.elem, generics),
        syn::Type::Array(array) => can_carry(&array.elem, generics),
        syn::Type::Tuple(tuple) => tuple.elems.iter().any(|part| can_carry(part, generics)),
        _ => !Kind::of(ty).is_discrete(),
    }
}

/// Whether a type parameter is bound by nothing but traits that the file declares and that say
/// nothing of numbers or gradients: a model, of which only the trait's methods are known.
pub(crate) fn is_foreign(name: &Ident, generics: &syn::Generics) -> bool {
    let bounds = bounds_of(name, generics);
    !bounds.is_empty()
        && bounds.iter().all(|bound| match bound {
            syn::TypeParamBound::Trait(bound) => bound.path.segments.last().is_some_and(|last| {
                ["Clone", "Copy", "Debug", "Default", "PartialEq", "Send", "Sync", "Sized"]
                    .iter()
                    .any(|name| last.ident == name)
                    || surroundings::is_plain_trait(&last.ident.to_string())
            }),
            _ => true,
        })
        && bounds.iter().any(|bound| match bound {
            syn::TypeParamBound::Trait(bound) => {
                let last = bound.path.segments.last();
                last.is_some_and(|last| surroundings::is_plain_trait(&last.ident.to_string()))
            }
            _ => false,
        })
}

/// Maps, sets and cells of std's, which have no gradient.
fn is_store(path: &syn::TypePath) -> bool {
    let Some(last) = path.path.segments.last() else { return false };
    let name = last.ident.to_string();
    let own = path.path.segments.len() == 1 && surroundings::declares_type(&name);
    let stores = ["HashMap", "HashSet", "BTreeMap", "BTreeSet", "BinaryHeap", "Cell", "RefCell"];
    !own && stores.contains(&name.as_str())
}

/// `Box<dyn Trait>` and the like.
pub(crate) fn is_boxed_trait(path: &syn::TypePath) -> bool {
    path.path.segments.last().is_some_and(|last| match &last.arguments {
        syn::PathArguments::AngleBracketed(arguments) => {
            arguments.args.iter().any(|argument| match argument {
                syn::GenericArgument::Type(syn::Type::TraitObject(_) | syn::Type::ImplTrait(_)) => {
                    true
                }
                syn::GenericArgument::Type(syn::Type::Path(inner)) => is_boxed_trait(inner),
                _ => false,
            })
        }
        _ => false,
    })
}

/// The bounds of a type parameter that the signature shows.
pub(crate) fn bounds_of<'a>(
    name: &Ident,
    generics: &'a syn::Generics,
) -> Vec<&'a syn::TypeParamBound> {
    let bounds = generics
        .type_params()
        .filter(|parameter| parameter.ident == *name)
        .flat_map(|parameter| &parameter.bounds);
    let clauses = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    let clause_bounds = clauses.filter_map(|predicate| match predicate {
        syn::WherePredicate::Type(predicate) => match &predicate.bounded_ty {
            syn::Type::Path(path) if path.path.is_ident(name) => Some(&predicate.bounds),
            _ => None,
        },
        _ => None,
    });
    bounds.chain(clause_bounds.flatten()).collect()
}

/// Whether a type parameter is bound by `Fn`, `FnMut` or `FnOnce`.
pub(crate) fn is_closure(name: &Ident, generics: &syn::Generics) -> bool {
    bounds_of(name, generics).into_iter().any(|bound| match bound {
        syn::TypeParamBound::Trait(bound) => bound
            .path
            .segments
            .last()
            .is_some_and(|last| ["Fn", "FnMut", "FnOnce"].iter().any(|name| last.ident == name)),
        _ => false,
    })
}

pub(crate) fn parameter_name(input: &FnArg) -> String {
    match input {
        FnArg::Receiver(_) => "self".to_owned(),
        FnArg::Typed(typed) => match &*typed.pat {
            Pat::Ident(ident) => ident.ident.to_string(),
            other => other.to_token_stream().to_string(),
        },
    }
}

/// Whether a method's receiver is not changed and is of a type that has a gradient, as far as the
/// file shows.
pub(crate) fn lends_gradient(signature: &syn::Signature) -> bool {
    signature.receiver().is_some_and(|receiver| {
        let plain = match &receiver.kind {
            syn::ReceiverKind::Reference(_, _, mutability) => mutability.is_none(),
            syn::ReceiverKind::Typed(..) => false,
            _ => true,
        };
        plain && surroundings::self_has_gradient()
    })
}

/// Whether a parameter is a closure.
pub(crate) fn is_called(input: &FnArg, generics: &syn::Generics) -> bool {
    match input {
        FnArg::Typed(typed) => crate::closures::bound_of(&typed.ty, generics).is_some(),
        FnArg::Receiver(_) => false,
    }
}

/// Whether a function without an attribute of its own gets companions, as far as its signature
/// tells.
pub(crate) fn may_have_derivative(signature: &syn::Signature, options: &Options) -> bool {
    let ordinary = signature.constness.is_none()
        && signature.asyncness.is_none()
        && matches!(signature.safety, syn::Safety::Default)
        && signature.abi.is_none();
    let output = match &signature.output {
        syn::ReturnType::Default => signature.inputs.iter().any(|input| match input {
            syn::FnArg::Receiver(receiver) => matches!(
                &receiver.kind,
                syn::ReceiverKind::Reference(_, _, mutability) if mutability.is_some()
            ),
            syn::FnArg::Typed(typed) => matches!(Kind::of(&typed.ty), Kind::RefMut(_)),
        }),
        syn::ReturnType::Type(_, ty) => match &**ty {
            syn::Type::Reference(_) | syn::Type::ImplTrait(_) | syn::Type::Never(_) => false,
            ty => !Kind::of(ty).is_discrete() && !surroundings::lacks_gradient(ty),
        },
    };
    ordinary && output && wrt(signature, options).is_ok()
}
