//! Methods that traits of the user's give to types that std gives methods too.
//!
//! `x.relu()` means what the traits in scope say it means, and a method of a trait may win over
//! std's: `impl Wave for f64 { fn sin(&self) -> f64 { .. } }` does for a receiver `&f64`. The text of
//! the file tells which traits there are. Where it gives no reason for doubt, a method of a rule
//! table is what its name says; where there is doubt, rustc is asked
//! ([`check_method`](crate::lower)).

mod dereferences;
mod effects;
mod keeping;
mod sums;

pub(crate) use keeping::reaches_behind_a_reference;
pub(crate) use sums::Way;

use crate::maps::{HashMap, HashSet};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit::{self, Visit};

/// What a file tells of methods that traits give.
#[derive(Debug, Default)]
pub(crate) struct OwnMethods {
    traits: HashMap<String, OwnTrait>,
    /// Methods that some type gets that the file does not declare itself: for each name, whether
    /// every implementation only calls the function of that name.
    given: HashMap<String, bool>,
    /// Where the file's imports come from, by the name that they have here.
    imports: HashMap<String, String>,
    /// Whether it imports what may be a trait with methods of any name.
    foreign: bool,
    /// Whether it has a module whose text is in another file.
    elsewhere: bool,
    /// Types and modules that the file declares, or imports from elsewhere.
    names: HashSet<String>,
    /// Types that the file declares.
    declared: HashSet<String>,
    /// Types whose `clone` computes.
    computes_clone: HashSet<String>,
    /// Types of which the file says what happens when they are dropped.
    drops: HashSet<String>,
    /// Whether the file has types with an `Index` of their own.
    indexes: bool,
    /// Whether one of its operators, `Index` or `Deref` may do more than compute.
    effects: bool,
    /// Types whose `==` or `<` the file writes.
    compares: bool,
    /// Operators without the attribute, by the names that their methods would have.
    plain_operators: HashSet<String>,
    /// Types that dereference to others by the file's own `Deref`.
    derefs: HashSet<String>,
    /// What they dereference to.
    dereferences: dereferences::Dereferences,
    /// Methods that types have themselves, and whether they have the attribute.
    inherent: HashMap<(String, String), bool>,
    /// The traits that type parameters of `impl` blocks are bounded by, by parameter.
    parameters: HashMap<String, HashSet<String>>,
    /// Which of its functions may keep what they are given.
    keeping: keeping::Keeping,
    /// What `sum` and `product` do for its types.
    sums: sums::Sums,
}

/// A trait of the file.
#[derive(Debug, Default)]
struct OwnTrait {
    methods: HashSet<String>,
    builds_on: Vec<String>,
    annotated: bool,
}

/// What a bound says of a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    /// It has no such method, or one that is the function of that name.
    Nothing,
    /// The method is the user's own.
    Own,
    /// The trait is not known.
    Unknown,
    /// It is a trait of real numbers, whose methods are the functions that they name.
    Known,
}

impl OwnMethods {
    pub(crate) fn read(text: &str, file: &syn::File) -> OwnMethods {
        let mut reader = Reader::default();
        file.items.iter().for_each(|item| reader.declare(item));
        reader.visit_file(file);
        let Reader { mut own, types, modules, implemented, defaults, operators, .. } = reader;
        own.effects = effects::any(&operators, file);
        let imports = own.imports.keys().cloned().collect();
        own.keeping = keeping::Keeping::read(text, file, &imports);
        own.declared.clone_from(&types);
        own.names.extend(types.into_iter().chain(modules));
        for (name, method, delegates) in defaults {
            if implemented.contains(&name) {
                own.give(method, delegates);
            }
        }
        own
    }

    /// What is known where the text is not there: nothing.
    pub(crate) fn unseen() -> OwnMethods {
        OwnMethods { foreign: true, ..OwnMethods::default() }
    }

    /// Whether the file declares a type or a module of this name, or imports one from elsewhere.
    pub(crate) fn declares(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Whether the file declares a trait of this name, or imports something of it from elsewhere.
    pub(crate) fn declares_trait(&self, name: &str) -> bool {
        self.traits.contains_key(name) || self.imports.contains_key(name)
    }

    /// Whether a type of the file has a method of this name that lacks the attribute.
    pub(crate) fn is_plain_method(&self, ty: &str, method: &str) -> bool {
        self.inherent.get(&(ty.to_owned(), method.to_owned())) == Some(&false)
    }

    /// A type of the file that dereferences to another and has a method of this name that lacks
    /// the attribute: the derivative of the other's must not be taken for it.
    pub(crate) fn covers(&self, method: &str) -> Option<&str> {
        let mut types: Vec<&String> =
            self.derefs.iter().filter(|ty| self.is_plain_method(ty, method)).collect();
        types.sort();
        types.first().map(|ty| ty.as_str())
    }

    /// Whether a function or method of this name may keep what it is given where it is no variable
    /// of the caller's, or read back what is kept there, if the file declares one.
    pub(crate) fn keeps(&self, name: &str) -> Option<bool> {
        self.keeping.of(name)
    }

    /// Whether the file has code of other files at hand: modules of its own and imports that are
    /// neither std's nor of a crate that is known.
    pub(crate) fn has_code_elsewhere(&self) -> bool {
        self.elsewhere || self.foreign || !self.imports.is_empty()
    }

    /// Whether what a value of this type dereferences to may depend on the value.
    pub(crate) fn chooses_deref(&self, ty: &str) -> bool {
        self.dereferences.choose(ty)
    }

    /// How the file's own sums or products take in an item, if it writes any.
    pub(crate) fn way_of_sums(&self, method: &str) -> Option<Way> {
        self.sums.all(method)
    }

    /// Whether the file writes this sum or product for this type, as a loop that starts with that of
    /// nothing and takes in each item.
    pub(crate) fn sums_in_a_loop(&self, ty: &str, method: &str) -> bool {
        self.sums.is_loop(ty, method)
    }

    /// Whether the file says what happens when a value of this type is dropped.
    pub(crate) fn drops(&self, ty: &str) -> bool {
        self.drops.contains(ty)
    }

    /// Whether something may happen when a value of this type is dropped.
    pub(crate) fn may_drop(&self, ty: &str) -> bool {
        self.drops.contains(ty) || self.foreign && !self.declared.contains(ty)
    }

    /// Whether indexing a type that is not std's may compute which element it means.
    pub(crate) fn may_index(&self) -> bool {
        self.indexes || self.foreign
    }

    /// Whether an operator, an index or a dereference of the file's own types may do something that
    /// shows, so that it matters how often it runs.
    pub(crate) fn operators_have_effects(&self) -> bool {
        self.effects
    }

    /// Whether comparing values that are not numbers may run any code.
    pub(crate) fn may_compare(&self) -> bool {
        self.compares
    }

    /// Whether an operator of the file lacks the attribute.
    pub(crate) fn is_plain_operator(&self, method: &str) -> bool {
        self.plain_operators.contains(method)
    }

    /// Whether the file has a `clone` for the type that computes with numbers.
    pub(crate) fn computes_clone(&self, ty: &str) -> bool {
        self.computes_clone.contains(ty)
    }

    fn give(&mut self, method: String, delegates: bool) {
        *self.given.entry(method).or_insert(true) &= delegates;
    }

    /// Whether a method of this name may be a trait's even on numbers and collections of std's.
    pub(crate) fn is_doubtful(&self, method: &str) -> bool {
        self.foreign || self.given.contains_key(method)
    }

    /// Whether the file gives numbers or collections a method of this name that does not just call
    /// the function of that name.
    pub(crate) fn is_given(&self, method: &str) -> bool {
        self.given.get(method) == Some(&false)
    }

    /// The trait of the file that has a method of this name and lacks the attribute.
    pub(crate) fn lacks_attribute(&self, method: &str) -> Option<String> {
        let mut having = self.traits.iter().filter(|(_, own)| own.methods.contains(method));
        let (name, own) = having.next()?;
        (!own.annotated && having.next().is_none()).then(|| name.clone())
    }

    /// Whether a method on a value whose type is a parameter with these bounds may be another than
    /// the function of that name.
    pub(crate) fn bounds_give(&self, bounds: &[String], method: &str) -> bool {
        let says: Vec<Says> = bounds.iter().map(|bound| self.says(bound, method, 0)).collect();
        says.contains(&Says::Own) || says.contains(&Says::Unknown) && !says.contains(&Says::Known)
    }

    /// The bounds of a type parameter of the `impl` blocks.
    pub(crate) fn bounds_of_parameter(&self, name: &str) -> Vec<String> {
        let mut bounds: Vec<String> =
            self.parameters.get(name).into_iter().flatten().cloned().collect();
        bounds.sort();
        bounds
    }

    fn says(&self, bound: &str, method: &str, depth: usize) -> Says {
        let (root, bound) = match bound.rsplit_once("::") {
            Some((path, last)) => (path.split("::").next(), last),
            None => (self.imports.get(bound).map(String::as_str), bound),
        };
        let own = self.traits.get(bound).filter(|_| root.is_none_or(|root| !is_known_root(root)));
        if let Some(own) = own {
            if own.methods.contains(method) {
                let delegates = self.given.get(method) == Some(&true);
                return if delegates { Says::Known } else { Says::Own };
            }
            if depth > 8 {
                return Says::Unknown;
            }
            let mut said = own.builds_on.iter().map(|name| self.says(name, method, depth + 1));
            return said
                .try_fold(Says::Nothing, |all, one| match (all, one) {
                    (_, Says::Own) => Err(Says::Own),
                    (Says::Known, _) | (_, Says::Known) => Ok(Says::Known),
                    (Says::Unknown, _) | (_, Says::Unknown) => Ok(Says::Unknown),
                    _ => Ok(Says::Nothing),
                })
                .unwrap_or_else(|own| own);
        }
        if root.is_some_and(|root| !is_known_root(root)) {
            return Says::Unknown;
        }
        match bound {
            "Float" | "FloatCore" | "Real" | "Number" | "ScalarFunctions" => Says::Known,
            "Num" | "NumAssign" | "NumAssignOps" | "NumOps" | "NumRef" | "RefNum" | "NumCast"
            | "Signed" | "Unsigned" | "FloatConst" | "FromPrimitive" | "ToPrimitive"
            | "AsPrimitive" | "Zero" | "One" | "Bounded" | "Pow" | "Inv" | "MulAdd"
            | "SampleUniform" | "Differentiable" | "VectorSpace" | "Accumulate" => Says::Nothing,
            _ if crate::own_methods::is_of_std(bound) => Says::Nothing,
            _ => Says::Unknown,
        }
    }
}

/// Traits of std that type parameters of numbers are bounded by.
fn is_of_std(name: &str) -> bool {
    matches!(
        name,
        "Add"
            | "Sub"
            | "Mul"
            | "Div"
            | "Rem"
            | "Neg"
            | "AddAssign"
            | "SubAssign"
            | "MulAssign"
            | "DivAssign"
            | "RemAssign"
            | "Sum"
            | "Product"
            | "Copy"
            | "Clone"
            | "Default"
            | "Debug"
            | "Display"
            | "LowerExp"
            | "PartialEq"
            | "PartialOrd"
            | "Eq"
            | "Ord"
            | "Hash"
            | "From"
            | "Into"
            | "TryFrom"
            | "TryInto"
            | "FromStr"
            | "Send"
            | "Sync"
            | "Sized"
            | "Unpin"
            | "Any"
            | "ToOwned"
            | "UnwindSafe"
    )
}

/// Crates whose traits give numbers and collections no method that means something else than the
/// rule tables say.
fn is_known_root(root: &str) -> bool {
    matches!(
        root,
        "std"
            | "core"
            | "alloc"
            | "backprop"
            | "num_traits"
            | "num"
            | "rand"
            | "rand_distr"
            | "approx"
    )
}

#[derive(Default)]
struct Reader {
    own: OwnMethods,
    /// Types and modules that the file declares.
    types: HashSet<String>,
    modules: HashSet<String>,
    /// How many modules of the file lie around.
    depth: usize,
    /// Traits that are implemented for a type that the file does not declare.
    implemented: HashSet<String>,
    /// Methods with a body that traits declare.
    defaults: Vec<(String, String, bool)>,
    /// What the file's operators do.
    operators: Vec<effects::Does>,
}

impl Reader {
    /// Notes the types and modules that an item declares, those inside modules included.
    fn declare(&mut self, item: &syn::Item) {
        match item {
            syn::Item::Struct(item) => drop(self.types.insert(item.ident.to_string())),
            syn::Item::Enum(item) => drop(self.types.insert(item.ident.to_string())),
            syn::Item::Union(item) => drop(self.types.insert(item.ident.to_string())),
            syn::Item::Type(item) => drop(self.types.insert(item.ident.to_string())),
            syn::Item::Mod(item) => {
                self.own.elsewhere |= item.content.is_none();
                if let Some((_, items)) = &item.content {
                    self.modules.insert(item.ident.to_string());
                    items.iter().for_each(|item| self.declare(item));
                }
            }
            _ => {}
        }
    }

    fn import(&mut self, tree: &syn::UseTree, root: Option<&str>, ascents: usize) {
        match tree {
            syn::UseTree::Path(path) => {
                let name = path.ident.to_string();
                match (root, name.as_str()) {
                    (_, "super") => self.import(&path.tree, Some("super"), ascents + 1),
                    (None | Some("super"), _) => {
                        // What lies in the file's own modules is read anyway.
                        let here = name == "self" && root.is_none()
                            || self.modules.contains(&name)
                            || root == Some("super") && ascents <= self.depth;
                        let root = if here { "self" } else { &name };
                        self.import(&path.tree, Some(root), ascents);
                    }
                    (Some(root), _) => self.import(&path.tree, Some(root), ascents),
                }
            }
            syn::UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.import(tree, root, ascents));
            }
            syn::UseTree::Glob(_) => {
                self.own.foreign |= !Self::is_known(root, ascents <= self.depth);
            }
            syn::UseTree::Name(name) => {
                self.named(&name.ident.to_string(), root, ascents);
            }
            syn::UseTree::Rename(rename) => {
                if rename.rename == "f64" || rename.rename == "f32" {
                    self.own.names.insert(rename.rename.to_string());
                }
                self.named(&rename.rename.to_string(), root, ascents);
            }
        }
    }

    fn named(&mut self, name: &str, root: Option<&str>, ascents: usize) {
        let known = Self::is_known(root, ascents <= self.depth);
        if !known {
            self.own.imports.insert(name.to_owned(), root.unwrap_or_default().to_owned());
            self.own.names.insert(name.to_owned());
        }
        // Traits have names like `Wave`.
        let capital = name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_');
        let shouted = name.chars().all(|c| !c.is_lowercase()) && name != "_";
        self.own.foreign |= capital && !shouted && !known;
    }

    fn is_known(root: Option<&str>, inside: bool) -> bool {
        root.is_none_or(|root| is_known_root(root) || root == "self" || root == "super" && inside)
    }

    fn bounds(&mut self, generics: &syn::Generics) {
        for parameter in generics.type_params() {
            let name = parameter.ident.to_string();
            let bounds = names_of(&parameter.bounds);
            self.own.parameters.entry(name).or_default().extend(bounds);
        }
        for predicate in generics.where_clause.iter().flat_map(|clause| &clause.predicates) {
            let syn::WherePredicate::Type(predicate) = predicate else { continue };
            let syn::Type::Path(path) = &predicate.bounded_ty else { continue };
            if let Some(name) = path.path.get_ident() {
                let bounds = names_of(&predicate.bounds);
                self.own.parameters.entry(name.to_string()).or_default().extend(bounds);
            }
        }
    }

    /// The functions that a macro's text may declare.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        let mut name: Option<String> = None;
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Ident(ident) if ident == "fn" => {
                    name = match tokens.peek() {
                        Some(TokenTree::Ident(name)) => Some(name.to_string()),
                        _ => None,
                    };
                }
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                    if let Some(name) = name.take() {
                        let delegates = delegates(&name, group.stream());
                        self.own.give(name, delegates);
                    }
                    self.tokens(group.stream());
                }
                TokenTree::Group(group) if name.is_none() => self.tokens(group.stream()),
                TokenTree::Punct(punct) if punct.as_char() == ';' => name = None,
                _ => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.depth += 1;
        visit::visit_item_mod(self, item);
        self.depth -= 1;
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.import(&item.tree, None, 0);
    }

    fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
        self.tokens(invocation.tokens.clone());
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        let name = item.ident.to_string();
        let annotated = is_annotated(&item.attrs);
        let mut own = OwnTrait {
            annotated,
            builds_on: names_of(&item.supertraits),
            methods: HashSet::default(),
        };
        for part in &item.items {
            let syn::TraitItem::Fn(method) = part else { continue };
            let method_name = method.sig.ident.to_string();
            if let Some(body) = &method.default {
                let delegates = delegates(&method_name, body.to_token_stream());
                self.defaults.push((name.clone(), method_name.clone(), delegates));
            }
            own.methods.insert(method_name);
        }
        self.own.traits.insert(name, own);
        visit::visit_item_trait(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        self.bounds(&item.generics);
        if let Some((operator, _)) = crate::operators::declared(item) {
            if !is_annotated(&item.attrs) {
                self.own.plain_operators.insert(operator);
            }
        }
        let name = match &*item.self_ty {
            syn::Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
            _ => None,
        };
        if let (Some(name), None) = (&name, &item.trait_) {
            for part in &item.items {
                let syn::ImplItem::Fn(method) = part else { continue };
                let annotated = is_annotated(&item.attrs) || is_annotated(&method.attrs);
                let key = (name.clone(), method.sig.ident.to_string());
                *self.own.inherent.entry(key).or_default() |= annotated;
            }
        }
        if let Some((path, _)) = &item.trait_ {
            match path.segments.last().map(|last| last.ident.to_string()).as_deref() {
                Some(deref @ ("Deref" | "DerefMut")) => {
                    if let Some(name) = &name {
                        self.own.dereferences.note(name, item);
                        if deref == "Deref" {
                            self.own.derefs.insert(name.clone());
                        }
                    }
                }
                Some("Drop") => self.own.drops.extend(name.clone()),
                Some("Index" | "IndexMut") => self.own.indexes = true,
                Some("Sum" | "Product") => {
                    if let Some(name) = &name {
                        self.own.sums.note(name, item);
                    }
                }
                Some("PartialEq" | "PartialOrd" | "Ord") => self.own.compares = true,
                _ => {}
            }
            let operator = path.segments.last().is_some_and(|last| {
                ["Add", "Sub", "Mul", "Div", "Rem", "Neg", "Not", "Index", "Deref"]
                    .iter()
                    .any(|name| last.ident == name)
            });
            if operator {
                self.operators.push(effects::Does::of_item(item));
            }
            let clones = path.segments.last().is_some_and(|last| last.ident == "Clone");
            if clones && computes(item.items.iter().map(ToTokens::to_token_stream).collect()) {
                if let syn::Type::Path(path) = &*item.self_ty {
                    let last = path.path.segments.last();
                    self.own.computes_clone.extend(last.map(|last| last.ident.to_string()));
                }
            }
            let mut implementing = &*item.self_ty;
            while let syn::Type::Reference(reference) = implementing {
                implementing = &reference.elem;
            }
            let declared = match implementing {
                syn::Type::Path(path) => path
                    .path
                    .segments
                    .last()
                    .is_some_and(|last| self.types.contains(&last.ident.to_string())),
                _ => false,
            };
            if !declared {
                self.implemented.extend(path.segments.last().map(|last| last.ident.to_string()));
                for part in &item.items {
                    let syn::ImplItem::Fn(method) = part else { continue };
                    let name = method.sig.ident.to_string();
                    let delegates = delegates(&name, method.block.to_token_stream());
                    self.own.give(name, delegates);
                }
            }
        }
        visit::visit_item_impl(self, item);
    }
}

fn is_annotated(attributes: &[syn::Attribute]) -> bool {
    let plain = |path: &syn::Path| {
        [
            "doc",
            "allow",
            "warn",
            "deny",
            "expect",
            "inline",
            "must_use",
            "cold",
            "track_caller",
            "rustfmt",
            "clippy",
        ]
        .iter()
        .any(|name| path.segments.first().is_some_and(|first| first.ident == name))
    };
    // Any other attribute may be this one under another name, or stand for it.
    attributes.iter().any(|attribute| !plain(attribute.path()))
}

fn names_of<'a>(bounds: impl IntoIterator<Item = &'a syn::TypeParamBound>) -> Vec<String> {
    bounds
        .into_iter()
        .filter_map(|bound| match bound {
            syn::TypeParamBound::Trait(bound) => Some(path_of(&bound.path)),
            _ => None,
        })
        .collect()
}

/// A path without its arguments: `num_traits::Float`.
pub(crate) fn path_of(path: &syn::Path) -> String {
    let names: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
    names.join("::")
}

/// A call of a method that slices have, where the file gives collections another of that name.
pub(crate) fn covered(function: &syn::ImplItemFn) -> Option<proc_macro2::Ident> {
    struct Covered(Option<proc_macro2::Ident>);
    impl<'ast> Visit<'ast> for Covered {
        fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
            let name = call.method.to_string();
            let of_slices = matches!(
                name.as_str(),
                "iter"
                    | "iter_mut"
                    | "first"
                    | "last"
                    | "get"
                    | "windows"
                    | "chunks"
                    | "chunks_exact"
                    | "split_at"
                    | "split_at_mut"
                    | "concat"
            );
            if of_slices && crate::surroundings::own_methods(|own| own.is_given(&name)) {
                self.0.get_or_insert_with(|| call.method.clone());
            }
            visit::visit_expr_method_call(self, call);
        }

        fn visit_item(&mut self, _: &'ast syn::Item) {}
    }
    let mut covered = Covered(None);
    covered.visit_block(&function.block);
    covered.0
}

/// Whether code computes with floats, as far as a glance tells.
fn computes(code: TokenStream) -> bool {
    let mut operand = false;
    code.into_iter().any(|token| {
        let found = match &token {
            TokenTree::Group(group) => computes(group.stream()),
            TokenTree::Literal(literal) => literal.to_string().contains('.'),
            TokenTree::Punct(punct) => operand && "+-*/%".contains(punct.as_char()),
            TokenTree::Ident(_) => false,
        };
        operand = matches!(token, TokenTree::Ident(_) | TokenTree::Literal(_));
        found
    })
}

/// Whether a method's body does nothing but call the function of its name: `self.sin()`,
/// `f64::max(self, other)`, `<$t>::powi(*self, n)`.
fn delegates(name: &str, body: TokenStream) -> bool {
    let mut tokens: Vec<TokenTree> = body.into_iter().collect();
    if let [TokenTree::Group(block)] = tokens.as_slice() {
        if block.delimiter() == Delimiter::Brace {
            tokens = block.stream().into_iter().collect();
        }
    }
    let Some((TokenTree::Group(arguments), path)) = tokens.split_last() else { return false };
    let Some((TokenTree::Ident(called), owner)) = path.split_last() else { return false };
    let plain = |tokens: TokenStream, signs: &str| {
        tokens.into_iter().all(|token| match token {
            TokenTree::Ident(_) => true,
            TokenTree::Punct(punct) => signs.contains(punct.as_char()),
            TokenTree::Literal(_) | TokenTree::Group(_) => false,
        })
    };
    let owner = match owner {
        // `(*self).sin()`
        [TokenTree::Group(receiver), TokenTree::Punct(_)] => plain(receiver.stream(), "*&"),
        owner => plain(owner.iter().cloned().collect(), ".:<>$"),
    };
    // A star multiplies only after an operand.
    let mut operand = false;
    let multiplies = arguments.stream().into_iter().any(|token| {
        let star = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '*');
        let found = star && operand;
        operand = matches!(token, TokenTree::Ident(_));
        found
    });
    called == name
        && owner
        && arguments.delimiter() == Delimiter::Parenthesis
        && plain(arguments.stream(), "*&,")
        && !multiplies
}

#[cfg(test)]
mod tests {
    use super::OwnMethods;

    #[test]
    fn a_method_may_cover_that_of_what_a_type_dereferences_to() {
        let own = read(
            "impl std::ops::Deref for W { type Target = N; fn deref(&self) -> &N { &self.0 } } \
             impl W { fn go(&self) {} #[differentiable] fn stay(&self) {} } impl N { fn run(&self) {} }",
        );
        assert_eq!(
            (own.covers("go"), own.covers("stay"), own.covers("run")),
            (Some("W"), None, None)
        );
        assert!(own.is_plain_method("N", "run") && !own.is_plain_method("W", "stay"));
    }

    #[test]
    fn a_clone_that_computes_is_none() {
        let own = read("impl Clone for P { fn clone(&self) -> P { P { v: self.v * 2.0 } } } impl Clone for Q { fn clone(&self) -> Q { *self } }");
        assert!(own.computes_clone("P") && !own.computes_clone("Q"));
    }

    fn read(text: &str) -> OwnMethods {
        OwnMethods::read(text, &syn::parse_file(text).expect("a file"))
    }

    #[test]
    fn a_trait_on_numbers_is_doubtful() {
        let own = read("trait Act { fn relu(self) -> f64; } impl Act for f64 { fn relu(self) -> f64 { 0.1 * self } }");
        assert!(own.is_doubtful("relu") && own.is_given("relu") && !own.is_doubtful("sin"));
        assert_eq!(own.lacks_attribute("relu").as_deref(), Some("Act"));
    }

    #[test]
    fn what_calls_the_function_of_its_name_is_that_function() {
        let own = read(
            "trait Real { fn sin(self) -> Self; fn max(self, o: Self) -> Self; fn abs(self) -> Self; } \
             impl Real for f64 { fn sin(self) -> f64 { f64::sin(self) } fn max(self, o: f64) -> f64 { self.max(o) } \
             fn abs(self) -> f64 { self.abs() * self } }",
        );
        assert!(!own.is_given("sin") && !own.is_given("max") && own.is_given("abs"));
        let bounds = ["Real".to_owned()];
        assert!(!own.bounds_give(&bounds, "sin") && own.bounds_give(&bounds, "abs"));
        assert!(!own.bounds_give(&["Float".to_owned(), "Sum".to_owned()], "abs"));
    }

    #[test]
    fn macros_give_methods_too() {
        let own = read("macro_rules! real { ($t:ty) => { impl Real for $t { fn exp(self) -> Self { <$t>::exp(self) } fn ln(self) -> Self { self } } } }");
        assert!(own.is_doubtful("exp") && !own.is_given("exp") && own.is_given("ln"));
    }

    #[test]
    fn imports_from_elsewhere_are_doubtful() {
        assert!(!read("use std::ops::Add; use backprop::prelude::*; use crate::math::{scale, G};")
            .is_doubtful("sin"));
        assert!(!read("mod a { pub trait T {} } use a::*; mod tests { use super::*; }")
            .is_doubtful("sin"));
        assert!(read("use super::*;").is_doubtful("sin"));
        assert!(read("use crate::ext::Wave;").is_doubtful("sin"));
        assert!(read("mod tests { use super::super::*; }").is_doubtful("sin"));
    }

    #[test]
    fn a_trait_that_builds_on_float_has_its_methods() {
        let own = read("use num_traits::Float; trait Real: Float + Sum {}");
        assert!(!own.bounds_give(&["Real".to_owned()], "sin"));
        let own = read("use crate::real::Float;");
        assert!(own.bounds_give(&["Float".to_owned()], "sin"));
    }
}
