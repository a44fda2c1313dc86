//! What the file around an attribute declares.
//!
//! A macro sees one function. What it calls and which fields it reads shows in the text around it,
//! which rustc lets a macro look up: a struct's fields, a helper's result, a constant's type. That
//! makes generated code direct where the types would otherwise be unknown. It is a hint by name,
//! as every [`Kind`] is: a name counts only if the file declares it once and does not import it,
//! and what follows from a hint is checked by rustc. No variable is ever taken for one without
//! derivative because of it.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::rc::Rc;

use quote::ToTokens;
use syn::visit::{self, Visit};

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

/// Types as text: syntax trees do not outlive one expansion.
#[derive(Debug, Default)]
pub(crate) struct Declared {
    /// The fields of structs without parameters, by name or position.
    records: HashMap<String, Vec<(String, String)>>,
    /// The fields of enum variants, by the names of the enum and the variant.
    variants: HashMap<(String, String), Vec<(String, String)>>,
    aliases: HashMap<String, String>,
    /// Aliases like `type Fit<T> = Result<T, FitError>`, with the name of what they stand for.
    fallible: HashMap<String, String>,
    /// Methods and associated functions, by the name of their type, that no attribute could give
    /// a derivative.
    unannotated: HashSet<(String, String)>,
    /// Structs and enums without type parameters that derive `Differentiable` and skip no field:
    /// what is done with a skipped one need not have a derivative.
    derived: HashSet<String>,
    /// Structs and enums that neither derive nor implement `Differentiable`.
    plain: HashSet<String>,
    /// Traits that do not build on another of numbers or gradients.
    traits: HashSet<String>,
    constants: HashMap<String, String>,
    /// Results of free functions without type parameters.
    functions: HashMap<String, String>,
    /// How methods of a name take their receiver, if all of the file do it alike.
    receivers: HashMap<String, Option<Receiver>>,
    /// Which arguments functions and methods of a name take by `&`.
    lent: HashMap<String, Vec<bool>>,
    /// Names of methods that read their receiver and return an integer or a `bool`, wherever the
    /// file declares one.
    counting: HashMap<String, bool>,
    /// Results of operators, by the names of their methods.
    operators: HashMap<String, String>,
    /// Results of methods and associated functions, and types of associated constants, by the name of the type they belong to.
    methods: HashMap<(String, String), String>,
    /// Names of fields that are integers or `bool`s wherever the file declares one.
    whole: HashSet<String>,
    /// The signatures of functions and methods by name; `None` for a name with several.
    signatures: HashMap<String, Option<String>>,
    own: OwnMethods,
    /// Names of fields that are maps to such wherever the file declares one.
    tables: HashSet<String>,
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

/// Whether the `impl` around the attribute is for a type that derives its gradient.
pub(crate) fn self_has_gradient() -> bool {
    let owner = OWNER.with(|owner| owner.borrow().clone());
    owner.is_some_and(|owner| current().derived.contains(&owner))
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

/// Whether the file has fields of this name and all of them are integers or `bool`s. Whoever
/// believes it has rustc check it.
pub(crate) fn is_whole(member: &syn::Member) -> bool {
    match member {
        syn::Member::Named(name) => current().whole.contains(&name.to_string()),
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

impl Declared {
    /// Of a file whose text is not there.
    fn unseen() -> Declared {
        Declared { own: OwnMethods::unseen(), ..Declared::default() }
    }

    fn read(text: &str) -> Declared {
        let Ok(file) = syn::parse_file(text) else { return Declared::unseen() };
        let mut reader = Reader::default();
        reader.visit_file(&file);
        let Reader { mut declared, types, values, fields, tables, differentiable, .. } = reader;
        declared.own = OwnMethods::read(&file);
        let once = |seen: &HashMap<String, usize>, name: &String| seen.get(name) == Some(&1);
        declared.records.retain(|name, _| once(&types, name));
        declared.variants.retain(|(owner, _), _| once(&types, owner));
        declared.aliases.retain(|name, _| once(&types, name));
        declared.fallible.retain(|name, _| once(&types, name));
        declared.unannotated.retain(|(owner, _)| once(&types, owner));
        declared.derived.retain(|name| once(&types, name));
        declared.traits.retain(|name| once(&types, name));
        declared.plain.retain(|name| once(&types, name) && !differentiable.contains(name));
        declared.constants.retain(|name, _| once(&values, name));
        declared.functions.retain(|name, _| once(&values, name));
        declared.methods.retain(|(owner, _), _| once(&types, owner));
        declared.whole =
            fields.into_iter().filter(|(_, whole)| *whole).map(|(name, _)| name).collect();
        declared.tables =
            tables.into_iter().filter(|(_, table)| *table).map(|(name, _)| name).collect();
        declared
    }
}

#[derive(Default)]
struct Reader {
    declared: Declared,
    /// How often each name is declared or imported, among types and among values.
    types: HashMap<String, usize>,
    values: HashMap<String, usize>,
    /// Fields by name, and whether all of that name are integers or `bool`s.
    fields: HashMap<String, bool>,
    /// Fields by name, and whether all of that name are maps to integers or `bool`s.
    tables: HashMap<String, bool>,
    /// The type that the `impl` around a method belongs to.
    owner: Option<String>,
    /// Whether the `impl` is a trait's, or has an attribute that may add to it.
    expanded: bool,
    /// The types that have a gradient.
    differentiable: HashSet<String>,
}

impl Reader {
    fn type_name(&mut self, ident: &syn::Ident) -> String {
        *self.types.entry(ident.to_string()).or_default() += 1;
        ident.to_string()
    }

    fn value_name(&mut self, ident: &syn::Ident) -> String {
        *self.values.entry(ident.to_string()).or_default() += 1;
        ident.to_string()
    }

    fn import(&mut self, tree: &syn::UseTree, own: bool) {
        match tree {
            syn::UseTree::Path(path) => {
                let own = own || path.ident == "self" || path.ident == "super";
                self.import(&path.tree, own);
            }
            // `use super::helper;` names what the file declares.
            syn::UseTree::Name(name) if !own => self.both(&name.ident),
            syn::UseTree::Rename(rename) => self.both(&rename.rename),
            syn::UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.import(tree, own));
            }
            _ => {}
        }
    }

    fn derives(&mut self, name: &str, attributes: &[syn::Attribute]) {
        self.declared.plain.insert(name.to_owned());
        let derives = |attribute: &syn::Attribute| {
            attribute.path().is_ident("derive")
                && attribute.to_token_stream().to_string().contains("Differentiable")
        };
        if attributes.iter().any(derives) {
            self.declared.derived.insert(name.to_owned());
        }
        // Any other macro could derive it too.
        let known = |attribute: &syn::Attribute| {
            ["doc", "repr", "allow", "non_exhaustive", "must_use", "cfg"]
                .iter()
                .any(|name| attribute.path().is_ident(name))
                || attribute.path().is_ident("derive")
                    && !attribute.to_token_stream().to_string().contains("Differentiable")
        };
        if !attributes.iter().all(known) {
            self.differentiable.insert(name.to_owned());
        }
    }

    fn both(&mut self, ident: &syn::Ident) {
        self.type_name(ident);
        self.value_name(ident);
    }

    /// The fields of a struct or a variant, with their types.
    fn fields(&mut self, fields: &syn::Fields) -> Vec<(String, String)> {
        let mut all = Vec::new();
        for (index, field) in fields.iter().enumerate() {
            let ty = field.ty.to_token_stream().to_string();
            match &field.ident {
                Some(ident) => {
                    *self.fields.entry(ident.to_string()).or_insert(true) &= is_whole_type(&ty);
                    *self.tables.entry(ident.to_string()).or_insert(true) &= is_table(&field.ty);
                    all.push((ident.to_string(), ty));
                }
                None => all.push((index.to_string(), ty)),
            }
        }
        all
    }

    /// Notes the parameters of a function or a method.
    fn signature(&mut self, signature: &syn::Signature) {
        let text = signature.to_token_stream().to_string();
        let known = self.declared.signatures.entry(signature.ident.to_string());
        known.and_modify(|known| *known = None).or_insert(Some(text));
    }

    /// Notes which arguments a function takes by `&`.
    fn arguments(&mut self, signature: &syn::Signature) {
        let own: Vec<bool> = signature
            .inputs
            .iter()
            .filter_map(|input| match input {
                syn::FnArg::Typed(typed) => Some(matches!(
                    &*typed.ty,
                    syn::Type::Reference(syn::TypeReference { mutability: None, .. })
                )),
                syn::FnArg::Receiver(_) => None,
            })
            .collect();
        let known =
            self.declared.lent.entry(signature.ident.to_string()).or_insert_with(|| own.clone());
        let both = known.iter().zip(own).map(|(known, own)| *known && own).collect();
        *known = both;
    }

    /// The result of a function whose types its text tells.
    fn result(signature: &syn::Signature) -> Option<String> {
        let syn::ReturnType::Type(_, ty) = &signature.output else { return None };
        let parameters = signature.generics.type_params();
        let names: Vec<String> = parameters.map(|parameter| parameter.ident.to_string()).collect();
        let plain = !mentions(ty.to_token_stream(), &names);
        plain.then(|| ty.to_token_stream().to_string())
    }

    fn method(&mut self, signature: &syn::Signature) {
        self.signature(signature);
        self.arguments(signature);
        let shared = signature.receiver().is_some_and(|receiver| {
            matches!(receiver.kind, syn::ReceiverKind::Reference(_, _, None))
        });
        let whole = match &signature.output {
            syn::ReturnType::Type(_, ty) => is_whole_type(&ty.to_token_stream().to_string()),
            syn::ReturnType::Default => false,
        };
        let plain = signature.inputs.iter().all(|input| match input {
            syn::FnArg::Typed(typed) => matches!(
                &*typed.ty,
                syn::Type::Path(_)
                    | syn::Type::Reference(syn::TypeReference { mutability: None, .. })
            ),
            syn::FnArg::Receiver(_) => true,
        });
        let all = self.declared.counting.entry(signature.ident.to_string()).or_insert(true);
        *all &= shared && whole && plain;
        if let Some(receiver) = signature.receiver() {
            let receiver = match &receiver.kind {
                syn::ReceiverKind::Reference(_, _, Some(_)) => Receiver::Exclusive,
                syn::ReceiverKind::Reference(..) => Receiver::Shared,
                _ => Receiver::Value,
            };
            let name = signature.ident.to_string();
            let known = self.declared.receivers.entry(name).or_insert(Some(receiver));
            if *known != Some(receiver) {
                // One that may be taken is kept in time.
                let taken = receiver == Receiver::Value || *known == Some(Receiver::Value);
                *known = taken.then_some(Receiver::Value);
            }
        }
        let Some(owner) = self.owner.clone() else { return };
        let key = (owner, signature.ident.to_string());
        // Two traits may give one type two methods of a name.
        let result = match self.declared.methods.contains_key(&key) {
            true => None,
            false => Self::result(signature),
        };
        self.declared.methods.insert(key, result.unwrap_or_else(|| "_".to_owned()));
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        let name = self.type_name(&item.ident);
        let fields = self.fields(&item.fields);
        self.derives(&name, &item.attrs);
        if mentions(item.fields.to_token_stream(), &["skip".to_owned()]) {
            self.declared.derived.remove(&name);
        }
        self.declared.records.insert(name, fields);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        let name = self.type_name(&item.ident);
        self.derives(&name, &item.attrs);
        if mentions(item.variants.to_token_stream(), &["skip".to_owned()]) {
            self.declared.derived.remove(&name);
        }
        for variant in &item.variants {
            let fields = self.fields(&variant.fields);
            let key = (name.clone(), variant.ident.to_string());
            self.declared.variants.insert(key, fields);
        }
    }

    fn visit_item_union(&mut self, item: &'ast syn::ItemUnion) {
        self.type_name(&item.ident);
        for field in &item.fields.named {
            let ident = field.ident.as_ref().expect("a union's fields have names");
            self.fields.insert(ident.to_string(), false);
            self.tables.insert(ident.to_string(), false);
        }
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        let name = self.type_name(&item.ident);
        let marker = |bound: &syn::TypeParamBound| match bound {
            syn::TypeParamBound::Trait(bound) => bound.path.segments.last().is_some_and(|last| {
                ["Clone", "Copy", "Debug", "Send", "Sync", "Any"].iter().any(|n| last.ident == n)
            }),
            _ => true,
        };
        // A trait of numbers gives names to what it builds on, or has constants and no methods.
        let methods = item.items.iter().any(|part| matches!(part, syn::TraitItem::Fn(_)));
        if methods && item.supertraits.iter().all(marker) {
            self.declared.traits.insert(name);
        }
        let owner = self.owner.take();
        for part in &item.items {
            if let syn::TraitItem::Fn(method) = part {
                self.method(&method.sig);
            }
        }
        visit::visit_item_trait(self, item);
        self.owner = owner;
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        let name = self.type_name(&item.ident);
        if item.generics.params.is_empty() {
            self.declared.aliases.insert(name, item.ty.to_token_stream().to_string());
        } else if let Some(outcome) = outcome(item) {
            self.declared.fallible.insert(name, outcome);
        }
    }

    fn visit_type_param(&mut self, parameter: &'ast syn::TypeParam) {
        self.type_name(&parameter.ident);
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        let name = self.value_name(&item.ident);
        self.declared.constants.insert(name, item.ty.to_token_stream().to_string());
        visit::visit_item_const(self, item);
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        let name = self.value_name(&item.ident);
        self.declared.constants.insert(name, item.ty.to_token_stream().to_string());
        visit::visit_item_static(self, item);
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        let name = self.value_name(&item.sig.ident);
        self.signature(&item.sig);
        self.arguments(&item.sig);
        if let Some(result) = Self::result(&item.sig) {
            self.declared.functions.insert(name, result);
        }
        visit::visit_item_fn(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let of_trait = item.trait_.as_ref().and_then(|implemented| implemented.0.segments.last());
        if of_trait.is_some_and(|last| last.ident == "Differentiable") {
            if let syn::Type::Path(path) = &*item.self_ty {
                let name = path.path.segments.last().map(|last| last.ident.to_string());
                self.differentiable.extend(name);
            }
        }
        let owner = name_of_type(&item.self_ty);
        if let Some((operator, output)) = crate::operators::declared(item) {
            // A second one of the name is of another module.
            let known = self.declared.operators.entry(operator).or_insert_with(|| output.clone());
            if *known != output {
                "_".clone_into(known);
            }
        }
        let expanded = item.trait_.is_some() || !is_plain(&item.attrs);
        let outer = std::mem::replace(&mut self.owner, owner);
        let around = std::mem::replace(&mut self.expanded, expanded);
        visit::visit_item_impl(self, item);
        (self.owner, self.expanded) = (outer, around);
    }

    fn visit_impl_item_const(&mut self, item: &'ast syn::ImplItemConst) {
        if let Some(owner) = self.owner.clone() {
            let key = (owner, item.ident.to_string());
            self.declared.methods.insert(key, item.ty.to_token_stream().to_string());
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.method(&item.sig);
        if let (false, true, Some(owner)) = (self.expanded, is_plain(&item.attrs), &self.owner) {
            self.declared.unannotated.insert((owner.clone(), item.sig.ident.to_string()));
        }
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.import(&item.tree, false);
    }
}

/// `Option` or `Result`, if an alias stands for one that holds the alias's own first parameter.
fn outcome(item: &syn::ItemType) -> Option<String> {
    let syn::Type::Path(target) = &*item.ty else { return None };
    let last = target.path.segments.last()?;
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    let syn::GenericArgument::Type(syn::Type::Path(held)) = arguments.args.first()? else {
        return None;
    };
    let parameter = item.generics.type_params().next()?;
    let known = last.ident == "Option" || last.ident == "Result";
    (known && held.path.is_ident(&parameter.ident)).then(|| last.ident.to_string())
}

/// Whether none of the attributes could be a macro's.
fn is_plain(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().all(|attribute| {
        ["doc", "inline", "must_use", "allow", "warn", "deny", "expect", "cold", "deprecated"]
            .iter()
            .any(|name| attribute.path().is_ident(name))
    })
}

/// Whether one of `names` occurs.
fn mentions(tokens: proc_macro2::TokenStream, names: &[String]) -> bool {
    tokens.into_iter().any(|token| match token {
        proc_macro2::TokenTree::Ident(ident) => names.contains(&ident.to_string()),
        proc_macro2::TokenTree::Group(group) => mentions(group.stream(), names),
        _ => false,
    })
}

/// Whether a type is a map to integers or `bool`s.
fn is_table(ty: &syn::Type) -> bool {
    let syn::Type::Path(path) = ty else { return false };
    let Some(last) = path.path.segments.last() else { return false };
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else { return false };
    let held = arguments.args.iter().filter_map(|argument| match argument {
        syn::GenericArgument::Type(ty) => Some(ty.to_token_stream().to_string()),
        _ => None,
    });
    (last.ident == "HashMap" || last.ident == "BTreeMap")
        && held.collect::<Vec<_>>().get(1).is_some_and(|held| is_whole_type(held))
}

fn is_whole_type(ty: &str) -> bool {
    matches!(
        ty,
        "u8" | "u16"
            | "u32"
            | "u64"
            | "u128"
            | "usize"
            | "i8"
            | "i16"
            | "i32"
            | "i64"
            | "i128"
            | "isize"
            | "bool"
    )
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
