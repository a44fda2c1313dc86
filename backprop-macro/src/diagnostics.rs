//! Every error the macro reports, in one place.
//!
//! A message says what cannot be differentiated, which parameter's derivative is lost there, and
//! what to write instead.

use proc_macro2::TokenStream;
use quote::ToTokens;

/// Errors found so far; all are reported in one build.
#[derive(Debug, Default)]
pub(crate) struct Errors {
    errors: Vec<syn::Error>,
}

impl Errors {
    pub(crate) fn push(&mut self, error: syn::Error) {
        self.errors.push(error);
    }

    pub(crate) fn len(&self) -> usize {
        self.errors.len()
    }

    pub(crate) fn into_result(self) -> syn::Result<()> {
        match self.errors.into_iter().reduce(|mut all, next| {
            all.combine(next);
            all
        }) {
            None => Ok(()),
            Some(errors) => Err(errors),
        }
    }
}

/// Whose derivative is at stake: "the derivative with respect to `w`".
fn derivative(origin: Option<&str>) -> String {
    match origin {
        Some(name) => format!("the derivative with respect to `{name}`"),
        None => "a derivative".to_owned(),
    }
}

fn at(tokens: &impl ToTokens, message: String) -> syn::Error {
    syn::Error::new_spanned(tokens, message)
}

/// An expression on the way from a parameter to the result that has no rule.
pub(crate) fn not_differentiable(
    tokens: &impl ToTokens,
    what: &str,
    origin: Option<&str>,
    instead: &str,
) -> syn::Error {
    at(
        tokens,
        format!(
            "{} flows into {what}, which `#[differentiable]` cannot differentiate; {instead}",
            derivative(origin)
        ),
    )
}

/// A number that an `Err` holds, used as a value.
pub(crate) fn error_payload(pattern: &impl ToTokens) -> syn::Error {
    at(
        pattern,
        "a derivative flows into what an `Err` holds, which `#[differentiable]` takes for a \
         message that carries none; return the number in the `Ok`, or in an enum of your own with \
         `#[derive(Clone, Differentiable)]`"
            .to_owned(),
    )
}

pub(crate) fn unknown_macro(
    tokens: &impl ToTokens,
    name: &str,
    origin: Option<&str>,
) -> syn::Error {
    at(
        tokens,
        format!(
            "{} flows into the macro `{name}!`, whose expansion `#[differentiable]` cannot see; \
             write its code out, move it into a `#[differentiable]` function, or wrap the call in \
             `stop_gradient(..)` if no derivative is wanted",
            derivative(origin)
        ),
    )
}

/// A call of a function that has no derivative.
pub(crate) fn not_annotated(
    tokens: &impl ToTokens,
    name: &str,
    origin: Option<&str>,
) -> syn::Error {
    if crate::surroundings::returns_closure(name) {
        return at(
            tokens,
            format!(
                "{} flows into `{name}`, which returns a closure; bind the closure itself to a \
                 name: `let f = |x| ..;`",
                derivative(origin)
            ),
        );
    }
    at(
        tokens,
        format!(
            "{} flows into `{name}`, which has no derivative; write `#[differentiable]` above it, \
             or wrap the call in `stop_gradient(..)` if no derivative is wanted",
            derivative(origin)
        ),
    )
}

/// A method of a trait of the file, which has no derivative.
pub(crate) fn trait_not_annotated(
    tokens: &impl ToTokens,
    name: &str,
    owner: &str,
    origin: Option<&str>,
) -> syn::Error {
    at(
        tokens,
        format!(
            "{} flows into `{name}`, a method of the trait `{owner}`, which has no derivative; \
             write `#[differentiable]` above the trait and its implementations, or wrap the call \
             in `stop_gradient(..)` if no derivative is wanted",
            derivative(origin)
        ),
    )
}

/// A method of slices that a trait of the file gives to collections, too.
pub(crate) fn own_method_of_collections(name: &proc_macro2::Ident) -> syn::Error {
    at(
        name,
        format!(
            "a trait of this file has a method `{name}` and gives it to types of std, and \
             `#[differentiable]` cannot tell which one is meant here; rename the trait's"
        ),
    )
}

/// An `unsafe` block that depends on a parameter.
pub(crate) fn unsafe_block(span: proc_macro2::Span, origin: &str) -> syn::Error {
    syn::Error::new(
        span,
        format!(
            "{} flows into an `unsafe` block, which `#[differentiable]` cannot differentiate; move \
             it into a safe function with a derivative of its own",
            derivative(Some(origin))
        ),
    )
}

/// An operator of the user's own type, which has no derivative.
pub(crate) fn operator_not_annotated(
    span: proc_macro2::Span,
    method: &str,
    origin: &str,
) -> syn::Error {
    let words = method.split('_').map(|word| word[..1].to_uppercase() + &word[1..]);
    let name: String = words.collect();
    syn::Error::new(
        span,
        format!(
            "{} flows into an operator whose implementation has no derivative; write \
             `#[differentiable]` above the `impl {name}`",
            derivative(Some(origin))
        ),
    )
}

/// Two variables that only macro hygiene keeps apart.
pub(crate) fn two_variables(name: &proc_macro2::Ident) -> syn::Error {
    at(
        name,
        format!(
            "`{name}` is the name of a variable of a macro's own and of one that the macro was \
             given, which `#[differentiable]` cannot tell apart; rename the macro's own"
        ),
    )
}

/// A type that is to be differentiable, whose clones are no copies.
pub(crate) fn clone_computes(name: &proc_macro2::Ident) -> syn::Error {
    at(
        name,
        format!(
            "the `Clone` of `{name}` computes with numbers; gradients rely on a clone being equal \
             to its original: derive `Clone`, and give what this one does a name of its own"
        ),
    )
}

/// The attribute on an implementation of one of std's traits.
pub(crate) fn trait_of_std(item: &syn::ItemImpl) -> syn::Error {
    let path = item.trait_.as_ref().map(|(path, _)| path);
    let last = path.and_then(|path| path.segments.last());
    let name = last.map(|last| last.ident.to_string()).unwrap_or_default();
    at(
        &path,
        format!(
            "`{name}` is a trait of std, to which no companions can be added; put what is to be \
             differentiated into a method or a function with `#[differentiable]`, and call that"
        ),
    )
}

/// A type that is to be differentiable and dereferences now to one part, now to another.
pub(crate) fn deref_chooses(name: &proc_macro2::Ident) -> syn::Error {
    at(
        name,
        format!(
            "the `Deref` of `{name}` may lead to another part in the gradient, which holds other \
             numbers; let `deref` and `deref_mut` yield one field, `&self.field`, or write a method \
             with `#[differentiable]` instead"
        ),
    )
}

/// Code that may keep an active value where it can be read again.
pub(crate) fn kept_elsewhere(
    tokens: &impl ToTokens,
    source: &impl ToTokens,
    name: &str,
) -> syn::Error {
    at(
        tokens,
        format!(
            "a value that depends on `{name}` goes into code that may keep it, and the result \
             depends on code that may read it again (`{}`), which `#[differentiable]` cannot \
             follow; pass the value through variables and results, or wrap what goes in here in \
             `stop_gradient(..)`",
            shortened(source)
        ),
    )
}

/// Code on one line, cut short.
fn shortened(tokens: &impl ToTokens) -> String {
    let text = tokens.to_token_stream().to_string().replace(" . ", ".").replace(" (", "(");
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

pub(crate) fn unsupported_function(tokens: &impl ToTokens, what: &str) -> syn::Error {
    at(tokens, format!("`#[differentiable]` does not apply to {what}"))
}

pub(crate) fn no_wrt(span: &impl ToTokens) -> syn::Error {
    at(
        span,
        "no parameter of this function can carry a derivative; name the parameters to \
         differentiate with respect to in `#[differentiable(wrt(..))]`"
            .to_owned(),
    )
}

pub(crate) fn unknown_wrt(ident: &proc_macro2::Ident, known: &[String]) -> syn::Error {
    let list = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    at(ident, format!("`wrt({ident})` names no parameter; the function's parameters are {list}"))
}

pub(crate) fn discrete_wrt(ident: &proc_macro2::Ident, ty: &impl ToTokens) -> syn::Error {
    let ty = ty.to_token_stream();
    at(ident, format!("`{ident}` is of type `{ty}`, which carries no derivative"))
}

pub(crate) fn check_of_method(option: &proc_macro2::Ident) -> syn::Error {
    at(
        option,
        "`check(..)` writes a test, which cannot stand inside an `impl`; call \
         `check::assert_derivative` in a test of your own"
            .to_owned(),
    )
}

pub(crate) fn check_without(
    option: &proc_macro2::Ident,
    parameter: &proc_macro2::Ident,
) -> syn::Error {
    at(
        option,
        format!("`check(..)` has no value for `{parameter}`; write `check({parameter} = .., ..)`"),
    )
}

pub(crate) fn check_of_unknown(name: &proc_macro2::Ident) -> syn::Error {
    at(name, format!("the function has no parameter `{name}`"))
}

pub(crate) fn check_of_in_out(parameter: &proc_macro2::Ident) -> syn::Error {
    at(
        parameter,
        format!(
            "`check(..)` is for functions that return what they compute, and this one changes \
             `{parameter}`; call `check::assert_derivative` in a test of your own"
        ),
    )
}

pub(crate) fn check_of_reference(output: &impl ToTokens) -> syn::Error {
    at(
        output,
        "`check(..)` is for functions that return a value of their own; call \
         `check::assert_derivative` in a test of your own"
            .to_owned(),
    )
}

pub(crate) fn unclear_operator(ty: &impl ToTokens) -> syn::Error {
    at(
        ty,
        "this operator cannot be differentiated as it is written; its operands must be structs or \
         numbers under plain names: `fn mul(self, other: f64) -> Self::Output`"
            .to_owned(),
    )
}

pub(crate) fn rule_in_trait(name: &proc_macro2::Ident) -> syn::Error {
    at(
        name,
        "a derivative cannot be given for a trait's method; give it for a method of the type, and \
         call that"
            .to_owned(),
    )
}

pub(crate) fn closure_with_jvp(span: proc_macro2::Span) -> syn::Error {
    syn::Error::new(
        span,
        "forward mode does not follow closures that are passed on; call the closure here, pass a \
         value, or leave out `jvp`",
    )
}

pub(crate) fn pullback_with_jvp(option: &proc_macro2::Ident) -> syn::Error {
    at(
        option,
        "forward mode cannot be told from a pullback; give the derivative by `partials(..)`, or \
         leave out `jvp`"
            .to_owned(),
    )
}

pub(crate) fn rule_of_in_out(parameter: &proc_macro2::Ident) -> syn::Error {
    at(
        parameter,
        format!(
            "`{parameter}` is changed for the caller, and a derivative can be given only for \
             functions that return what they compute; take `{parameter}` by reference or by value"
        ),
    )
}

pub(crate) fn partials_of_aggregate(ty: &impl ToTokens, does: &str) -> syn::Error {
    let text = ty.to_token_stream().to_string().replace(' ', "");
    at(
        ty,
        format!(
            "`partials(..)` is for numbers computed from numbers, and this function {does} a \
             `{text}`; give the derivative by `pullback = path`, a function of the parameters, the \
             value and its adjoint that returns the gradients"
        ),
    )
}

pub(crate) fn parameter_named_value(parameter: &proc_macro2::Ident) -> syn::Error {
    at(
        parameter,
        "in `partials(..)`, `value` is what the function returned; give the parameter another name"
            .to_owned(),
    )
}

pub(crate) fn repeated_wrt(ident: &proc_macro2::Ident) -> syn::Error {
    at(ident, format!("`{ident}` is named twice in `wrt(..)`"))
}

/// A closure that is passed on and returns nothing that derivatives flow through.
pub(crate) fn closure_without_value(span: proc_macro2::Span) -> syn::Error {
    syn::Error::new(
        span,
        "this closure returns no value, and #[differentiable] cannot tell what its caller gets of \
         it; let it return a value, or say in the file that calls it which arguments it changes",
    )
}

pub(crate) fn no_result(signature: &syn::Signature) -> syn::Error {
    at(
        &signature.ident,
        format!("`{}` returns nothing, so there is nothing to differentiate", signature.ident),
    )
}

/// The result does not depend on a parameter through anything that has a derivative.
pub(crate) fn constant_result(tokens: &impl ToTokens, names: &[String]) -> syn::Error {
    let list = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    at(
        tokens,
        format!(
            "the result depends on {list} only through operations whose derivative is zero \
             (comparisons, rounding, casts to integers, lengths), so every gradient would be zero; \
             if that is meant, wrap the result in `stop_gradient(..)`"
        ),
    )
}

pub(crate) fn parameter_pattern(tokens: &impl ToTokens) -> syn::Error {
    at(
        tokens,
        "a parameter of a differentiable function needs a name; bind it to one and take it apart \
         with `let`"
            .to_owned(),
    )
}

/// A `&mut` parameter of a trait's method that a derivative flows into.
pub(crate) fn changed_outside_wrt(tokens: &impl ToTokens, name: &str) -> syn::Error {
    at(
        tokens,
        format!(
            "a derivative flows into `{name}`, which this method of a trait changes for its \
             caller; list `{name}` in the method's `wrt(..)`, in the trait and in each \
             implementation"
        ),
    )
}

/// A write through a reference of which it is not known what it points to.
pub(crate) fn unknown_target(span: proc_macro2::Span, name: &str) -> syn::Error {
    syn::Error::new(
        span,
        format!(
            "a derivative flows into what `{name}` refers to, and `#[differentiable]` cannot tell \
             what that is; write to the variable or element itself, or borrow it with \
             `let {name} = &mut ..;`"
        ),
    )
}

/// A variable that refers now to one thing, now to another.
pub(crate) fn moving_reference(span: proc_macro2::Span, name: &str) -> syn::Error {
    syn::Error::new(
        span,
        format!(
            "a derivative flows into what `{name}` refers to, which changes here; keep the index \
             or the value in a variable instead of the reference"
        ),
    )
}

/// A capital name in a pattern that is used afterwards.
pub(crate) fn unclear_name(ident: &proc_macro2::Ident) -> syn::Error {
    at(
        ident,
        format!(
            "`#[differentiable]` cannot tell whether `{ident}` is a constant or a variable that \
             the pattern binds; give the variable a lower-case name"
        ),
    )
}

/// A macro that is defined inside a differentiable function.
pub(crate) fn local_macro(tokens: &impl ToTokens) -> syn::Error {
    at(
        tokens,
        "`#[differentiable]` cannot follow a macro that is defined inside the function: it may \
         change variables that it is not given; define it outside, or write its code out"
            .to_owned(),
    )
}

/// A macro of the user's with the name of one of std's.
pub(crate) fn own_macro(tokens: &impl ToTokens, name: &str) -> syn::Error {
    at(
        tokens,
        format!(
            "this file defines a macro `{name}!`, and `#[differentiable]` cannot tell which one is \
             meant here; write `std::{name}!` for std's, or give the other one another name"
        ),
    )
}

/// A `cfg` attribute inside the body.
pub(crate) fn condition_in_body(tokens: &impl ToTokens) -> syn::Error {
    at(
        tokens,
        "`#[differentiable]` cannot tell whether code under this attribute is compiled; write \
         `if cfg!(..) { .. }`, or put the attribute on the whole function"
            .to_owned(),
    )
}

/// `?` leaves the function with a value that has no adjoint.
pub(crate) fn question_mark(tokens: &impl ToTokens) -> syn::Error {
    at(
        tokens,
        "`#[differentiable]` does not follow a `?` that may not run at all; give it a statement of \
         its own before this one: `let value = …?;`"
            .to_owned(),
    )
}

/// A statement that changes a variable which a derivative flows through, in a way that is not
/// understood.
pub(crate) fn changed_in_code(tokens: &impl ToTokens, name: &str) -> syn::Error {
    at(
        tokens,
        format!(
            "this may change `{name}`, which a derivative flows through, in a way that \
             `#[differentiable]` cannot follow; assign the new value with `=` or an operator"
        ),
    )
}

/// A broken assumption inside the macro.
pub(crate) fn internal(item: &TokenStream, assumption: &str) -> syn::Error {
    at(
        item,
        format!(
            "`#[differentiable]` failed on this function because of a bug in backprop \
             ({assumption}); please report it together with the function"
        ),
    )
}

/// `#[checkpoint]` on something else than a loop or a block.
pub(crate) fn misplaced_checkpoint(attribute: &impl ToTokens) -> syn::Error {
    at(
        attribute,
        "`#[checkpoint]` stands on a statement that is a loop or a block; put what is to be \
         computed again into a block"
            .to_owned(),
    )
}

/// `#[checkpoint]` on a loop whose iterations are not those of a range.
pub(crate) fn checkpoint_without_range(attribute: &impl ToTokens) -> syn::Error {
    at(
        attribute,
        "`#[checkpoint]` splits loops over a range, `for i in 0..n`; of other loops, mark a block \
         in the body: `#[checkpoint] { .. }`"
            .to_owned(),
    )
}

/// A checkpoint that is left before its end.
pub(crate) fn checkpoint_left(exit: &impl ToTokens) -> syn::Error {
    at(
        exit,
        "what has `#[checkpoint]` runs to its end; leave it by a condition around the rest of it, \
         or mark a block that does not leave"
            .to_owned(),
    )
}

/// A checkpoint that gives a variable from outside its first value.
pub(crate) fn checkpoint_first_value(name: &proc_macro2::Ident) -> syn::Error {
    at(
        name,
        format!(
            "`#[checkpoint]` copies what it changes beforehand, and `{name}` has no value there; \
             declare it with one: `let mut {name} = ..;`"
        ),
    )
}

/// A checkpoint with effects.
pub(crate) fn checkpoint_effect(effect: &impl ToTokens) -> syn::Error {
    at(
        effect,
        "what has `#[checkpoint]` runs a second time in the reverse, and so would this; move it \
         out of the marked loop or block"
            .to_owned(),
    )
}
