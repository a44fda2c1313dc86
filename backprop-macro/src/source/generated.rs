//! Calls that simplification wrote.

/// The name of a function of the runtime that simplified code calls, and its type argument.
pub(crate) fn generated(function: &syn::Expr) -> Option<(String, Option<syn::Type>)> {
    let syn::Expr::Path(path) = crate::source::unwrapped(function) else { return None };
    let start = path.path.segments.iter().position(|segment| segment.ident == "__rt")?;
    let mut rest = path.path.segments.iter().skip(start + 1).rev();
    let last = rest.next()?;
    let ty = match &last.arguments {
        syn::PathArguments::AngleBracketed(arguments) => match arguments.args.first() {
            Some(syn::GenericArgument::Type(ty)) => Some(ty.clone()),
            _ => None,
        },
        _ => None,
    };
    let name = match rest.next() {
        Some(module) => format!("{}::{}", module.ident, last.ident),
        None => last.ident.to_string(),
    };
    Some((name, ty))
}
