//! What the file around an attribute declares.
//!
//! A macro sees one function. What it calls and which fields it reads shows in the text around it,
//! which rustc lets a macro look up: a struct's fields, a helper's result, a constant's type. That
//! makes generated code direct where the types would otherwise be unknown. It is a hint by name,
//! as every [`Kind`] is: a name counts only if the file declares it once and does not import it,
//! and what follows from a hint is checked by rustc. No variable is ever taken for one without
//! derivative because of it.

mod declared;
mod skeleton;

use crate::maps::HashMap;
use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;

use self::declared::Declared;
use crate::closures::Bound;
use crate::kind::{Kind, Record};
use crate::own_methods::OwnMethods;
use crate::placement;

/// How a method takes its receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Receiver {
    Shared,
    Exclusive,
    Value,
}

/// How the methods of the file that have this name take their receiver. Whoever believes it has
/// rustc check it.
pub(crate) fn receiver_of(method: &str) -> Option<Receiver> {
    current().receivers.get(method).copied().flatten()
}

/// Whether a method of this name on a value of no known kind is most likely one of the file's: it
/// declares one, and names neither `Vector` nor `Matrix`. Whoever believes it has rustc check it.
pub(crate) fn is_likely_own(method: &str) -> bool {
    let declared = current();
    !declared.names_arrays && declared.receivers.contains_key(method)
}

/// Whether the file declares a function or a method of this name, as it is written there: what a
/// macro adds does not count.
pub(crate) fn declares_function(name: &str) -> bool {
    current().lent.contains_key(name)
}

/// Whether all functions and methods of the file that have this name take their argument of this
/// number, not counting a receiver, by `&`. Whoever believes it has rustc check it.
pub(crate) fn lends(function: &str, argument: usize) -> bool {
    let declared = current();
    declared.lent.get(function).and_then(|lent| lent.get(argument)).copied().unwrap_or(false)
}

/// What the files declare, each with the text that says so.
type Files = HashMap<PathBuf, (Rc<str>, Rc<Declared>)>;

thread_local! {
    static FILES: RefCell<Files> = RefCell::default();
    static CURRENT: RefCell<Rc<Declared>> = RefCell::default();
    static OWNER: RefCell<Option<String>> = RefCell::default();
}

/// Reads the file in which the attribute that is being expanded stands; each file is read once.
pub(crate) fn look_around() {
    let declared = here().unwrap_or_else(|| Rc::new(Declared::unseen()));
    CURRENT.with(|current| *current.borrow_mut() = declared);
    let owner = if proc_macro::is_available() { placement::owner() } else { None };
    OWNER.with(|current| *current.borrow_mut() = owner);
}

fn here() -> Option<Rc<Declared>> {
    if !proc_macro::is_available() {
        return None;
    }
    let (path, text) = placement::file()?;
    FILES.with(|files| {
        let mut files = files.borrow_mut();
        match files.get(&path) {
            Some((known, declared)) if Rc::ptr_eq(known, &text) => Some(Rc::clone(declared)),
            _ => {
                let declared = Rc::new(Declared::read(&text));
                files.insert(path, (text, Rc::clone(&declared)));
                Some(declared)
            }
        }
    })
}

fn current() -> Rc<Declared> {
    CURRENT.with(|current| Rc::clone(&current.borrow()))
}

/// Asks what the file tells of methods that traits give.
pub(crate) fn own_methods<R>(ask: impl FnOnce(&OwnMethods) -> R) -> R {
    ask(&current().own)
}

/// Whether the file declares a type or a module of this name, or imports one that is not std's.
pub(crate) fn declares_type(name: &str) -> bool {
    current().own.declares(name)
}

/// The kind of a type that the file declares under this name.
pub(crate) fn kind_of_type(name: &str) -> Option<Kind> {
    thread_local! { static OPEN: RefCell<Vec<String>> = RefCell::default(); }
    // A type that contains itself ends here.
    if OPEN.with(|open| open.borrow().iter().any(|other| other == name)) {
        return None;
    }
    OPEN.with(|open| open.borrow_mut().push(name.to_owned()));
    let declared = current();
    let kind = match (declared.aliases.get(name), declared.records.get(name)) {
        (Some(target), None) => Some(kind_of_text(target)),
        (None, Some(fields)) => Some(Kind::Record(Rc::new(Record {
            name: name.to_owned(),
            fields: fields.iter().map(|(field, ty)| (field.clone(), kind_of_text(ty))).collect(),
        }))),
        _ => None,
    };
    OPEN.with(|open| open.borrow_mut().pop());
    kind
}

/// The kind of the type that the `impl` around the attribute is for.
pub(crate) fn kind_of_self() -> Kind {
    OWNER
        .with(|owner| owner.borrow().clone())
        .and_then(|name| kind_of_type(&name))
        .unwrap_or(Kind::Unknown)
}

/// The name of a type that the file may declare, whatever its parameters are.
pub(crate) fn name_of_type(ty: &syn::Type) -> Option<String> {
    match ty {
        syn::Type::Path(path) if path.qself.is_none() && path.path.segments.len() == 1 => {
            Some(path.path.segments[0].ident.to_string())
        }
        _ => None,
    }
}

/// Says for which type the `impl` is that is being expanded.
pub(crate) fn within(owner: Option<String>) {
    OWNER.with(|current| *current.borrow_mut() = owner);
}

/// Whether a type is one that the file declares without a gradient.
pub(crate) fn lacks_gradient(ty: &syn::Type) -> bool {
    let syn::Type::Path(path) = ty else { return false };
    let Some(name) = path.path.get_ident() else { return false };
    let name = match OWNER.with(|owner| owner.borrow().clone()) {
        Some(owner) if name == "Self" => owner,
        _ => name.to_string(),
    };
    current().plain.contains(&name)
}

/// Whether a struct of the file has a cell or a lock, or a part that has one.
pub(crate) fn holds_cell(name: &str) -> bool {
    fn search(declared: &Declared, name: &str, seen: &mut crate::maps::HashSet<String>) -> bool {
        let Some(fields) = declared.records.get(name) else { return false };
        fields.iter().any(|(_, ty)| {
            ty.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| {
                matches!(word, "Mutex" | "RwLock" | "OnceLock" | "LazyLock")
                    || word.ends_with("Cell")
                    || word.starts_with("Atomic")
                    || seen.insert(word.to_owned()) && search(declared, word, seen)
            })
        })
    }
    search(&current(), name, &mut crate::maps::HashSet::default())
}

/// Whether a struct of the file has a cell or a lock.
pub(crate) fn declares_cell() -> bool {
    current().records.keys().any(|name| holds_cell(name))
}

/// Whether the `impl` around the attribute is for a type that derives its gradient.
pub(crate) fn self_has_gradient() -> bool {
    let owner = OWNER.with(|owner| owner.borrow().clone());
    owner.is_some_and(|owner| current().derived.contains(&owner))
}

/// Whether the file declares a type of this name that derives its gradient.
pub(crate) fn derives_gradient(name: &str) -> bool {
    current().derived.contains(name)
}

/// Whether the file declares a method or an associated function of one of its types, and nothing
/// gives it a derivative.
pub(crate) fn is_unannotated(owner: &str, name: &str) -> bool {
    let owner = match OWNER.with(|own| own.borrow().clone()) {
        Some(own) if owner == "Self" => own,
        _ => owner.to_owned(),
    };
    current().unannotated.contains(&(owner, name.to_owned()))
}

/// Whether a trait is one that the file declares and that says nothing of numbers or gradients.
pub(crate) fn is_plain_trait(name: &str) -> bool {
    current().traits.contains(name)
}

/// Whether the file has methods of this name and all of them only read their receiver and return
/// an integer or a `bool`. Whoever believes it has rustc check it.
pub(crate) fn counts(method: &str) -> bool {
    current().counting.get(method).copied().unwrap_or(false)
}

/// Whether the file has methods of this name that return something else than an integer or a
/// `bool`.
pub(crate) fn yields_values(method: &str) -> bool {
    let declared = current();
    declared.counting.get(method) == Some(&false) && declared.receivers.contains_key(method)
}

/// The kind of what a function of the file returns.
pub(crate) fn result_of_function(name: &str) -> Kind {
    current().functions.get(name).map_or(Kind::Unknown, |ty| kind_of_text(ty))
}

/// The parameters of the file's function or method of this name that are closures, by position
/// without the receiver.
pub(crate) fn closures(name: &str) -> Vec<Option<Bound>> {
    let Some(signature) = signature(name) else { return Vec::new() };
    let generics = &signature.generics;
    let typed = signature.inputs.iter().filter_map(|input| match input {
        syn::FnArg::Receiver(_) => None,
        syn::FnArg::Typed(typed) => Some(crate::closures::bound_of(&typed.ty, generics)),
    });
    typed.collect()
}

/// The kind of a parameter of the file's function or method of this name, by position among `count`,
/// not counting a receiver. Whoever believes it has rustc check it.
pub(crate) fn parameter_of(name: &str, index: usize, count: usize) -> Kind {
    let Some(signature) = signature(name) else { return Kind::Unknown };
    let inputs = signature.inputs.iter().filter(|input| matches!(input, syn::FnArg::Typed(_)));
    match inputs.clone().nth(index) {
        Some(syn::FnArg::Typed(typed)) if inputs.count() == count => Kind::of(&typed.ty),
        _ => Kind::Unknown,
    }
}

/// The generic parameters of the file's function of this name and how many of its parameters are
/// closures, if it has no other `impl Trait` among them.
pub(crate) fn generics(name: &str) -> Option<(syn::Generics, usize)> {
    let signature = signature(name)?;
    let closures = closures(name).into_iter().flatten().count();
    let hidden = signature.inputs.iter().any(|input| match input {
        syn::FnArg::Typed(typed) => {
            crate::closures::bound_of(&typed.ty, &signature.generics).is_none()
                && crate::tokens::mentions(&typed.ty, "impl")
        }
        syn::FnArg::Receiver(_) => false,
    });
    (!hidden).then_some((signature.generics, closures))
}

/// Whether the file's function of this name returns a closure, as it is or in a box.
pub(crate) fn returns_closure(name: &str) -> bool {
    let output = signature(name).map(|signature| signature.output);
    let Some(syn::ReturnType::Type(_, ty)) = output else { return false };
    let object = matches!(&*ty, syn::Type::ImplTrait(_) | syn::Type::Path(_));
    object && ["Fn", "FnMut", "FnOnce"].iter().any(|name| crate::tokens::mentions(&ty, name))
}

/// How many parameters the file's function of this name has.
pub(crate) fn arity(name: &str) -> Option<usize> {
    signature(name).map(|signature| signature.inputs.len())
}

fn signature(name: &str) -> Option<syn::Signature> {
    let declared = current();
    declared.signatures.get(name)?.as_ref().and_then(|text| syn::parse_str(text).ok())
}

/// The kind of what a method of one of the file's structs returns.
pub(crate) fn result_of_method(receiver: &Kind, name: &str) -> Kind {
    let Kind::Record(record) = receiver.peeled() else { return Kind::Unknown };
    let key = (record.name.clone(), name.to_owned());
    match current().methods.get(&key) {
        Some(ty) if ty == "Self" => receiver.peeled().clone(),
        Some(ty) => kind_of_text(ty),
        // The method that `#[derive(Default)]` writes.
        None if name == "default" => receiver.peeled().clone(),
        None => Kind::Unknown,
    }
}

/// Whether the file has an operator with this name of its method.
pub(crate) fn declares_operator(method: &str) -> bool {
    current().operators.contains_key(method)
}

/// The name of the method of the file's only operator that a condition holds for.
pub(crate) fn operator(is: impl Fn(&str) -> bool) -> Option<String> {
    let declared = current();
    let mut found = declared.operators.keys().filter(|name| is(name));
    found.next().filter(|_| found.next().is_none()).cloned()
}

/// The kind of what an operator yields, by the name of its method.
pub(crate) fn result_of_operator(method: &str) -> Kind {
    current().operators.get(method).map_or(Kind::Unknown, |ty| kind_of_text(ty))
}

/// The type that an alias of the file stands for.
pub(crate) fn alias(name: &proc_macro2::Ident) -> Option<syn::Type> {
    current().aliases.get(&name.to_string()).and_then(|text| syn::parse_str(text).ok())
}

/// What an alias of the file with a parameter stands for: `Option` or `Result`.
pub(crate) fn fallible_alias(name: &str) -> Option<String> {
    current().fallible.get(name).cloned()
}

/// The kind of what a variant of one of the file's enums holds in a field.
pub(crate) fn kind_of_payload(path: &syn::Path, member: &syn::Member) -> Kind {
    let names: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
    let [owner, variant] = names.as_slice() else { return Kind::Unknown };
    let owner = match owner.as_str() {
        "Self" => OWNER.with(|owner| owner.borrow().clone()).unwrap_or_default(),
        name => name.to_owned(),
    };
    let declared = current();
    let fields = declared.variants.get(&(owner, variant.clone()));
    let name = match member {
        syn::Member::Named(name) => name.to_string(),
        syn::Member::Unnamed(index) => index.index.to_string(),
    };
    fields
        .and_then(|fields| fields.iter().find(|(field, _)| *field == name))
        .map_or(Kind::Unknown, |(_, ty)| kind_of_text(ty))
}

/// The kind of what an associated function of one of the file's structs returns, called as
/// `Type::name`, or of a constant of that name.
pub(crate) fn result_of_associated(path: &syn::Path) -> Kind {
    let names: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
    let [owner, name] = names.as_slice() else { return Kind::Unknown };
    let receiver = if owner == "Self" { Some(kind_of_self()) } else { kind_of_type(owner) };
    receiver.map_or(Kind::Unknown, |receiver| result_of_method(&receiver, name))
}

/// The kind of a constant or static of the file.
pub(crate) fn kind_of_constant(name: &str) -> Kind {
    current().constants.get(name).map_or(Kind::Unknown, |ty| kind_of_text(ty))
}

/// Whether the file has fields of this name and all of them are integers or `bool`s, or arrays or
/// tuples of such. Whoever believes it has rustc check it.
pub(crate) fn is_whole(member: &syn::Member) -> bool {
    match member {
        syn::Member::Named(name) => current().whole.contains(&name.to_string()),
        syn::Member::Unnamed(_) => false,
    }
}

/// Whether a field of this name may be an array or a tuple, which is read in place.
pub(crate) fn is_compound(member: &syn::Member) -> bool {
    match member {
        syn::Member::Named(name) => current().compound.contains(&name.to_string()),
        syn::Member::Unnamed(_) => false,
    }
}

/// Whether a call looks up an integer or a `bool` in a map, as far as the fields tell that the file
/// declares by the name. Whoever believes it has rustc check it.
pub(crate) fn looks_up(call: &syn::ExprMethodCall) -> bool {
    let syn::Expr::Field(field) = &*call.receiver else { return false };
    let syn::Member::Named(name) = &field.member else { return false };
    call.method == "get" && current().tables.contains(&name.to_string())
}

/// A hint must not make anything inactive: what looks discrete counts as unknown.
fn kind_of_text(text: &str) -> Kind {
    syn::parse_str::<syn::Type>(text).map_or(Kind::Unknown, |ty| Kind::of(&ty).without_discrete())
}

#[cfg(test)]
mod tests {
    use super::{kind_of_type, result_of_function, result_of_method, Declared, CURRENT};
    use crate::kind::{Float, Kind};

    fn around(text: &str) {
        CURRENT.with(|current| *current.borrow_mut() = Declared::read(text).into());
    }

    #[test]
    fn fields_and_results_are_found_by_name() {
        around(
            "struct Layer { w: Vec<f64>, n: usize } type Grid = [f64; 3]; \
             fn scale(x: f64) -> f64 { x } impl Layer { fn gain(&self) -> f64 { 1.0 } }",
        );
        let layer = kind_of_type("Layer").expect("declared once");
        assert!(matches!(layer.field("w"), Kind::Indexed(..)));
        assert_eq!(layer.field("n"), Kind::Unknown);
        assert_eq!(result_of_function("scale"), Kind::Scalar(Float::F64));
        assert_eq!(result_of_method(&layer, "gain"), Kind::Scalar(Float::F64));
        assert_eq!(result_of_method(&layer, "loss"), Kind::Unknown);
        assert!(matches!(kind_of_type("Grid"), Some(Kind::Indexed(..))));
    }

    #[test]
    fn names_with_two_meanings_count_as_unknown() {
        around("struct A { x: f64 } mod m { struct A { x: f32 } } use other::{f, B as C}; fn f() -> f64 { 1.0 } struct C { y: f64 } fn g<T>() -> T {}");
        assert_eq!(kind_of_type("A"), None);
        assert_eq!(kind_of_type("C"), None);
        assert_eq!(result_of_function("f"), Kind::Unknown);
        assert_eq!(result_of_function("g"), Kind::Unknown);
    }

    #[test]
    fn a_type_that_contains_itself_ends() {
        around("struct List { head: f64, tail: Option<Box<List>>, next: Vec<List> }");
        assert_eq!(kind_of_type("List").expect("declared").field("head"), Kind::Scalar(Float::F64));
    }
}
