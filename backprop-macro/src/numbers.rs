//! Which type parameters stand for numbers: `T` in `fn norm<T: Float>(x: &[T]) -> T`.
//!
//! A macro sees the names of bounds, not what they mean. A trait that is known by name for numbers
//! settles it; of any other trait (`R: Real`) the function tells by what it does with the values:
//! it computes with them, or takes constants from the type. A wrong guess is a bound too many on a
//! companion, or one too few: an error of rustc's, never another gradient.

use proc_macro2::Ident;
use syn::visit::{self, Visit};
use syn::{FnArg, Pat, Type, TypeParamBound, WherePredicate};

/// The type parameters of a function that stand for numbers, and those of the `impl` around it.
/// Where an associated function's `impl` cannot be seen, its parameters are known by their single
/// letter.
pub(crate) fn numbers(
    function: &syn::ImplItemFn,
    associated: bool,
    around: Option<&syn::Generics>,
) -> Vec<Ident> {
    let mut found = declared(&function.sig.generics, function);
    match around {
        _ if !associated => {}
        Some(around) => found.extend(declared(around, function)),
        None => {
            let letters = foreign(&function.sig).into_iter();
            found.extend(letters.filter(|name| computes_with(function, name)));
        }
    }
    found
}

/// Those of declared parameters that stand for numbers in a function.
fn declared(generics: &syn::Generics, function: &syn::ImplItemFn) -> Vec<Ident> {
    let names = generics.type_params().map(|parameter| &parameter.ident);
    names
        .filter(|name| match evidence(name, &bounds(name, generics)) {
            Evidence::Number => true,
            Evidence::Other => false,
            Evidence::None => {
                // `I::ORDER` is a constant of a model, of which the function holds no value.
                let model = crate::parameters::is_foreign(name, generics) && !given(function, name);
                !model && computes_with(function, name)
            }
        })
        .cloned()
        .collect()
}

/// The type parameters of which the function can only move values about: `T` in
/// `fn pick<T: Copy>(first: bool, a: T, b: T) -> T`.
pub(crate) fn moved(signature: &syn::Signature, numbers: &[Ident]) -> Vec<Ident> {
    let names = signature.generics.type_params().map(|parameter| &parameter.ident);
    names
        .filter(|name| !numbers.contains(name))
        .filter(|name| {
            let only_moves = bounds(name, &signature.generics).iter().all(|bound| {
                bound.path.segments.last().is_some_and(|last| {
                    ["Copy", "Clone", "PartialEq", "PartialOrd", "Default", "Debug", "Display"]
                        .iter()
                        .chain(&["Send", "Sync", "Sized"])
                        .any(|known| last.ident == known)
                })
            });
            let given = signature.inputs.iter().any(|input| match input {
                FnArg::Typed(typed) => holds(&typed.ty, name),
                FnArg::Receiver(_) => false,
            });
            let returned = match &signature.output {
                syn::ReturnType::Type(_, ty) => holds(ty, name),
                syn::ReturnType::Default => false,
            };
            only_moves && given && returned
        })
        .cloned()
        .collect()
}

enum Evidence {
    Number,
    Other,
    None,
}

/// The traits that a type parameter is bounded by, in its declaration and in `where` clauses.
fn bounds<'a>(name: &Ident, generics: &'a syn::Generics) -> Vec<&'a syn::TraitBound> {
    let own =
        generics.type_params().filter(|parameter| parameter.ident == *name).map(|p| &p.bounds);
    let clauses = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    let clauses = clauses.filter_map(|predicate| match predicate {
        WherePredicate::Type(predicate) => match &predicate.bounded_ty {
            Type::Path(path) if path.path.is_ident(name) => Some(&predicate.bounds),
            _ => None,
        },
        _ => None,
    });
    own.chain(clauses)
        .flatten()
        .filter_map(|bound| match bound {
            TypeParamBound::Trait(bound) => Some(bound),
            _ => None,
        })
        .collect()
}

/// The paths of the traits that a type parameter of a function, or of the `impl` around it, is
/// bounded by.
pub(crate) fn traits(name: &Ident, generics: &syn::Generics) -> Vec<String> {
    if !generics.type_params().any(|parameter| parameter.ident == *name) {
        return crate::surroundings::own_methods(|own| own.bounds_of_parameter(&name.to_string()));
    }
    let bounds = bounds(name, generics);
    bounds.iter().map(|bound| crate::own_methods::path_of(&bound.path)).collect()
}

fn evidence(name: &Ident, bounds: &[&syn::TraitBound]) -> Evidence {
    let mut operators = false;
    for bound in bounds {
        let Some(last) = bound.path.segments.last() else { continue };
        match last.ident.to_string().as_str() {
            "Float" | "FloatCore" | "Real" | "RealField" | "Num" | "NumAssign" | "NumOps"
            | "NumCast" | "Signed" | "FloatConst" | "FromPrimitive" | "ToPrimitive" | "Zero"
            | "One" | "Number" => return Evidence::Number,
            "Fn" | "FnMut" | "FnOnce" | "AsRef" | "Index" | "IndexMut" | "IntoIterator"
            | "Iterator" | "Deref" | "DerefMut" => return Evidence::Other,
            "Add" | "Sub" | "Mul" | "Div" | "Rem" | "Neg" | "AddAssign" | "SubAssign"
            | "MulAssign" | "DivAssign" | "RemAssign" | "Sum" | "Product" => {
                // `Mul<f64>` is a bound of vectors.
                if !operates_on(last, name) {
                    return Evidence::Other;
                }
                operators = true;
            }
            _ => {}
        }
    }
    if operators {
        Evidence::Number
    } else {
        Evidence::None
    }
}

/// Whether the operand of an operator trait is the parameter itself.
fn operates_on(segment: &syn::PathSegment, name: &Ident) -> bool {
    let syn::PathArguments::AngleBracketed(arguments) = &segment.arguments else { return true };
    arguments.args.iter().all(|argument| match argument {
        syn::GenericArgument::Type(ty) => is_exactly(ty, name),
        _ => true,
    })
}

fn is_exactly(ty: &Type, name: &Ident) -> bool {
    match ty {
        Type::Reference(reference) => is_exactly(&reference.elem, name),
        Type::Paren(inner) => is_exactly(&inner.elem, name),
        Type::Group(inner) => is_exactly(&inner.elem, name),
        Type::Path(path) => path.path.is_ident(name) || path.path.is_ident("Self"),
        _ => false,
    }
}

/// Type parameters of an `impl` that a method mentions: single letters that it does not declare.
fn foreign(signature: &syn::Signature) -> Vec<Ident> {
    struct Letters<'a>(&'a syn::Generics, Vec<Ident>);
    impl<'ast> Visit<'ast> for Letters<'_> {
        fn visit_type_path(&mut self, ty: &'ast syn::TypePath) {
            if let Some(name) = ty.path.get_ident() {
                let text = name.to_string();
                let letter = text.len() == 1 && text.starts_with(|c: char| c.is_ascii_uppercase());
                let own = self.0.type_params().any(|parameter| parameter.ident == *name);
                if letter && !own && !self.1.contains(name) {
                    self.1.push(name.clone());
                }
            }
            visit::visit_type_path(self, ty);
        }
    }
    let mut letters = Letters(&signature.generics, Vec::new());
    for input in &signature.inputs {
        letters.visit_fn_arg(input);
    }
    letters.visit_return_type(&signature.output);
    letters.1
}

/// Whether a parameter or the result holds values of type `name`.
fn given(function: &syn::ImplItemFn, name: &Ident) -> bool {
    let parameter = |input: &FnArg| matches!(input, FnArg::Typed(typed) if holds(&typed.ty, name));
    let returned = match &function.sig.output {
        syn::ReturnType::Type(_, ty) => holds(ty, name),
        syn::ReturnType::Default => false,
    };
    returned || function.sig.inputs.iter().any(parameter)
}

/// Whether the function computes with values of type `name`, or takes constants from the type.
fn computes_with(function: &syn::ImplItemFn, name: &Ident) -> bool {
    let parameters = function.sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) if holds(&typed.ty, name) => match &*typed.pat {
            Pat::Ident(ident) => Some(ident.ident.clone()),
            _ => None,
        },
        _ => None,
    });
    let mut search = Search { name, values: parameters.collect(), found: false };
    search.visit_block(&function.block);
    search.found
}

/// Whether a type is `T`, or a reference to, a slice, an array or a `Vec` of it.
fn holds(ty: &Type, name: &Ident) -> bool {
    match ty {
        Type::Reference(reference) => holds(&reference.elem, name),
        Type::Paren(inner) => holds(&inner.elem, name),
        Type::Group(inner) => holds(&inner.elem, name),
        Type::Slice(slice) => holds(&slice.elem, name),
        Type::Array(array) => holds(&array.elem, name),
        Type::Path(path) if path.path.is_ident(name) => true,
        Type::Path(path) => path.path.segments.last().is_some_and(|last| {
            last.ident == "Vec"
                && matches!(&last.arguments, syn::PathArguments::AngleBracketed(arguments)
                if arguments.args.iter().any(|argument| match argument {
                    syn::GenericArgument::Type(ty) => holds(ty, name),
                    _ => false,
                }))
        }),
        _ => false,
    }
}

struct Search<'a> {
    name: &'a Ident,
    values: Vec<Ident>,
    found: bool,
}

impl Search<'_> {
    /// Whether an operand is made of one of the values.
    fn is_value(&self, expr: &syn::Expr) -> bool {
        match expr {
            syn::Expr::Path(path) => {
                path.path.get_ident().is_some_and(|name| self.values.contains(name))
            }
            syn::Expr::Paren(e) => self.is_value(&e.expr),
            syn::Expr::Group(e) => self.is_value(&e.expr),
            syn::Expr::Unary(e) => self.is_value(&e.expr),
            syn::Expr::Index(e) => self.is_value(&e.expr),
            syn::Expr::Binary(e) => self.is_value(&e.left) || self.is_value(&e.right),
            _ => false,
        }
    }
}

impl<'ast> Visit<'ast> for Search<'_> {
    fn visit_expr(&mut self, expr: &'ast syn::Expr) {
        match expr {
            syn::Expr::Binary(e) if self.is_value(&e.left) || self.is_value(&e.right) => {
                self.found = true;
            }
            syn::Expr::Unary(e) if matches!(e.op, syn::UnOp::Neg(_)) && self.is_value(&e.expr) => {
                self.found = true;
            }
            syn::Expr::MethodCall(e) => {
                let arity = e.args.len() + 1;
                let known = crate::rules::elementary(&e.method.to_string(), arity).is_some();
                self.found |= known && self.is_value(&e.receiver);
            }
            syn::Expr::Path(path) => {
                // `T::zero()`, `T::PI`
                let first = path.path.segments.first();
                self.found |=
                    path.path.segments.len() > 1 && first.is_some_and(|s| s.ident == *self.name);
            }
            _ => {}
        }
        visit::visit_expr(self, expr);
    }

    fn visit_item(&mut self, _: &'ast syn::Item) {}
}
