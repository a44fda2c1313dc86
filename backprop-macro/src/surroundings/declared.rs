//! Reading a file for what it declares: once by name, or not at all.

use crate::maps::{HashMap, HashSet};

use quote::ToTokens;
use syn::visit::{self, Visit};

use super::skeleton::skeleton;
use super::{name_of_type, Receiver};
use crate::own_methods::OwnMethods;
use crate::tokens::any_ident;

/// Types as text: syntax trees do not outlive one expansion.
#[derive(Debug, Default)]
pub(crate) struct Declared {
    /// The fields of structs without parameters, by name or position.
    pub(super) records: HashMap<String, Vec<(String, String)>>,
    /// The fields of enum variants, by the names of the enum and the variant.
    pub(super) variants: HashMap<(String, String), Vec<(String, String)>>,
    pub(super) aliases: HashMap<String, String>,
    /// Aliases like `type Fit<T> = Result<T, FitError>`, with the name of what they stand for.
    pub(super) fallible: HashMap<String, String>,
    /// Methods and associated functions, by the name of their type, that no attribute could give
    /// a derivative.
    pub(super) unannotated: HashSet<(String, String)>,
    /// Structs and enums that derive `Differentiable`.
    pub(super) derived: HashSet<String>,
    /// Structs and enums that neither derive nor implement `Differentiable`.
    pub(super) plain: HashSet<String>,
    /// Traits that do not build on another of numbers or gradients.
    pub(super) traits: HashSet<String>,
    pub(super) constants: HashMap<String, String>,
    /// Results of free functions without type parameters.
    pub(super) functions: HashMap<String, String>,
    /// How methods of a name take their receiver, if all of the file do it alike.
    pub(super) receivers: HashMap<String, Option<Receiver>>,
    /// Whether the file names a `Vector` or a `Matrix` that it does not declare.
    pub(super) names_arrays: bool,
    /// Which arguments functions and methods of a name take by `&`.
    pub(super) lent: HashMap<String, Vec<bool>>,
    /// Names of methods that read their receiver and return an integer or a `bool`, wherever the
    /// file declares one.
    pub(super) counting: HashMap<String, bool>,
    /// Results of operators, by the names of their methods.
    pub(super) operators: HashMap<String, String>,
    /// Results of methods and associated functions, and types of associated constants, by the name of the type they belong to.
    pub(super) methods: HashMap<(String, String), String>,
    /// Names of fields that are integers or `bool`s, or arrays or tuples of such, wherever the file
    /// declares one.
    pub(super) whole: HashSet<String>,
    /// Names of fields of which one is an array or a tuple.
    pub(super) compound: HashSet<String>,
    /// The signatures of functions and methods by name; `None` for a name with several.
    pub(super) signatures: HashMap<String, Option<String>>,
    pub(super) own: OwnMethods,
    /// Names of fields that are maps to such wherever the file declares one.
    pub(super) tables: HashSet<String>,
}

impl Declared {
    /// Of a file whose text is not there.
    pub(super) fn unseen() -> Declared {
        Declared { own: OwnMethods::unseen(), ..Declared::default() }
    }

    pub(super) fn read(text: &str) -> Declared {
        let Ok(file) = syn::parse_file(&skeleton(text)) else { return Declared::unseen() };
        let mut reader = Reader::default();
        reader.visit_file(&file);
        let Reader { mut declared, types, values, fields, tables, differentiable, .. } = reader;
        declared.own = OwnMethods::read(text, &file);
        declared.names_arrays = text
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|word| matches!(word, "Vector" | "Matrix") && !declared.plain.contains(word));
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
                    *self.fields.entry(ident.to_string()).or_insert(true) &= is_whole(&field.ty);
                    if matches!(field.ty, syn::Type::Array(_) | syn::Type::Tuple(_)) {
                        self.declared.compound.insert(ident.to_string());
                    }
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
        let plain = !any_ident(ty, |ident| names.contains(&ident.to_string()));
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
        self.declared.records.insert(name, fields);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        let name = self.type_name(&item.ident);
        self.derives(&name, &item.attrs);
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

/// Whether a type is an integer or a `bool`, or an array or a tuple of such.
fn is_whole(ty: &syn::Type) -> bool {
    match ty {
        syn::Type::Array(array) => is_whole(&array.elem),
        syn::Type::Tuple(tuple) => !tuple.elems.is_empty() && tuple.elems.iter().all(is_whole),
        other => is_whole_type(&other.to_token_stream().to_string()),
    }
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
