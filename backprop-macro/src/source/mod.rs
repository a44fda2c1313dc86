//! Reading the user's syntax tree: which name means which variable ([`scope`]) and through which
//! variables derivatives flow ([`flow`]).
//!
//! Both work on the tree as it was parsed and identify its nodes by address, so the tree must
//! outlive the [`Source`] and not move.

mod discrete;
mod flow;
mod generated;
mod known;
mod moves;
mod scan;
mod scope;
mod sight;

use crate::maps::{HashMap, HashSet};
use std::ptr;

use proc_macro2::Ident;
use syn::Expr;

pub(crate) use flow::{bound, root, unwrapped};
pub(crate) use generated::generated;
pub(crate) use known::{
    is_compound, is_discrete_method, is_function_of_floats, is_inherent, is_iterator,
    is_known_macro, is_logging, is_own_method, is_pure_everywhere, is_pure_method,
    is_pure_sum_method, is_step, only_reads, passes_items_on, reads_receiver, std_macro,
    yields_option,
};
pub(crate) use scan::{captured_writes, writes_active, Scan, Scannable};
pub(crate) use scope::MacroArguments;

use crate::kind::Kind;
use crate::sets::Set;

/// A variable of the user's function: a parameter or a binding of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SourceVar(pub(crate) usize);

#[derive(Debug)]
pub(crate) struct Binding {
    pub(crate) ident: Ident,
    /// Declared `mut`.
    pub(crate) mutable: bool,
    /// From the annotation, if there is one.
    pub(crate) kind: Kind,
    /// Whether the binding has a type annotation of its own.
    pub(crate) annotated: bool,
    /// Whether values are written through it (`r[i] = x`, `*r += x`): a mutable borrow if the
    /// binding itself is not `mut`.
    pub(crate) written_through: bool,
    /// Assigned to as a whole, after its declaration.
    pub(crate) reassigned: bool,
    /// Another binding of the same name comes later in an overlapping scope.
    pub(crate) shadowed: bool,
    /// Holds the bits of a number, which are discrete by type only.
    pub(crate) bits: bool,
    /// A new collection of std's by its initialiser.
    pub(crate) collection: bool,
    /// A new cell or lock of std's, or something shared, by its initialiser.
    pub(crate) cell: bool,
    /// A new struct or variant by its initialiser.
    pub(crate) made: bool,
    /// Stands where a value is taken, after which nothing may be left of it.
    pub(crate) moved: bool,
    /// Given to code that is not known, which may change what is behind a shared reference.
    pub(crate) touched: bool,
}

impl Binding {
    /// Whether the binding's type says that it carries no derivative. Text and bits can be made
    /// into the number again that they were made of.
    fn stops_derivatives(&self) -> bool {
        self.kind.is_discrete() && !self.kind.is_text() && !self.bits
    }
}

/// What is known about the variables of a function.
#[derive(Debug, Default)]
pub(crate) struct Source {
    pub(crate) bindings: Vec<Binding>,
    /// By the address of the pattern's identifier.
    binders: HashMap<*const Ident, SourceVar>,
    /// By the address of the identifier in a path expression.
    uses: HashMap<*const Ident, SourceVar>,
    /// By the address of an expression: it can see the items of an inner block.
    in_item_scope: Set<*const Expr>,
    /// By the address of the name: functions of a block that have no derivative.
    plain_functions: Set<*const Ident>,
    /// Names that a pattern may bind or take for a constant, where they are used.
    unclear: Vec<Ident>,
    /// By the address of the macro call.
    macros: HashMap<*const syn::Macro, MacroArguments>,
    /// The labels of blocks whose statements belong to what surrounds them.
    inline: HashSet<String>,
    /// By the address of an expression: the variables whose derivatives may flow into its value.
    carried: HashMap<*const Expr, Set<SourceVar>>,
    /// What closures that have a name change of what they capture.
    closure_writes: HashMap<SourceVar, Vec<SourceVar>>,
    /// Parameters that are closures and may change what they capture.
    changing: Set<SourceVar>,
    /// Variables that depend on a `wrt` parameter and that the result depends on.
    active: Set<SourceVar>,
    /// Variables that the result depends on.
    useful: Set<SourceVar>,
    /// Variables that depend on a `wrt` parameter, with one that they depend on.
    origin: HashMap<SourceVar, SourceVar>,
}

impl Source {
    /// Resolves the names of a function and finds out which of its variables are active.
    pub(crate) fn read(
        signature: &syn::Signature,
        body: &syn::Block,
        inline: &HashSet<String>,
        is_wrt: impl Fn(&str) -> bool,
    ) -> Source {
        let mut source = Source { inline: inline.clone(), ..Source::default() };
        scope::resolve(&mut source, signature, body);
        moves::note(&mut source, body);
        let mut parameters = Vec::new();
        let mut without = Vec::new();
        for input in &signature.inputs {
            let first = parameters.len();
            match input {
                syn::FnArg::Receiver(receiver) => parameters.push(source.receiver(receiver)),
                syn::FnArg::Typed(typed) => bound(&source, &typed.pat, &mut parameters),
            }
            if crate::closures::is_marked_inert(input) {
                without.extend(parameters[first..].iter().copied());
            }
            if crate::closures::is_exclusive(input, &signature.generics) {
                // A call of it changes it.
                for var in &parameters[first..] {
                    source.closure_writes.insert(*var, vec![*var]);
                    source.changing.insert(*var);
                }
            }
        }
        let wrt: Vec<SourceVar> = parameters
            .iter()
            .filter(|var| is_wrt(&source.binding(**var).ident.to_string()))
            .copied()
            .collect();
        let outputs: Vec<SourceVar> = parameters
            .iter()
            .filter(|var| {
                matches!(source.binding(**var).kind, Kind::RefMut(_))
                    || source.changing.contains(var)
            })
            .filter(|var| !without.contains(var))
            .copied()
            .collect();
        flow::analyse(&mut source, body, &flow::Ends { wrt: &wrt, outputs: &outputs });
        for var in &without {
            // So the caller has found, who sees what it is.
            source.active.remove(var);
            source.useful.remove(var);
        }
        source
    }

    /// Refuses names that could mean two things.
    pub(crate) fn check_names(&self) -> syn::Result<()> {
        let mut errors = crate::diagnostics::Errors::default();
        for name in &self.unclear {
            errors.push(crate::diagnostics::unclear_name(name));
        }
        errors.into_result()
    }

    pub(crate) fn receiver(&self, receiver: &syn::Receiver) -> SourceVar {
        self.binders[&scope::receiver_key(receiver)]
    }

    /// Whether a block's statements belong to what surrounds it.
    pub(crate) fn is_inline(&self, block: &syn::ExprBlock) -> bool {
        let label = block.label.as_ref().map(|label| label.name.ident.to_string());
        label.is_some_and(|label| self.inline.contains(&label))
    }

    /// The arguments of a macro call.
    pub(crate) fn macro_arguments(&self, invocation: &syn::Macro) -> Option<&MacroArguments> {
        self.macros.get(&ptr::from_ref(invocation))
    }

    /// Whether an active variable's derivative may flow into the value of `expr`.
    pub(crate) fn carries(&self, expr: &Expr) -> bool {
        self.carrier(expr).is_some()
    }

    /// [`carries`](Self::carries), of an expression that may not have been read.
    pub(crate) fn may_carry(&self, expr: &Expr) -> bool {
        let carried = self.carried.get(&ptr::from_ref(expr));
        carried.is_some_and(|carried| carried.iter().any(|var| self.is_active(*var)))
    }

    /// An active variable whose derivative may flow into the value of `expr`.
    pub(crate) fn carrier(&self, expr: &Expr) -> Option<SourceVar> {
        // An expression that was not read would count as inert and lose its derivative.
        let carried =
            self.carried.get(&ptr::from_ref(expr)).expect("every expression has been read");
        carried.iter().find(|var| self.is_active(**var)).copied()
    }

    pub(crate) fn binder(&self, ident: &Ident) -> SourceVar {
        self.binders[&ptr::from_ref(ident)]
    }

    /// The variable that a pattern's name binds; `None` for the name of a constant.
    pub(crate) fn bound_by(&self, ident: &Ident) -> Option<SourceVar> {
        self.binders.get(&ptr::from_ref(ident)).copied()
    }

    /// The variable that this occurrence of a name means; `None` for constants and functions.
    pub(crate) fn usage(&self, ident: &Ident) -> Option<SourceVar> {
        self.uses.get(&ptr::from_ref(ident)).copied()
    }

    /// Whether names in an expression may be those of items that an inner block declares.
    pub(crate) fn sees_items(&self, expr: &Expr) -> bool {
        self.in_item_scope.contains(&ptr::from_ref(expr))
    }

    /// Whether a name means a function that a block declares without the attribute.
    pub(crate) fn is_plain_function(&self, ident: &Ident) -> bool {
        self.plain_functions.contains(&ptr::from_ref(ident))
    }

    pub(crate) fn binding(&self, var: SourceVar) -> &Binding {
        &self.bindings[var.0]
    }

    /// The variables that code moves, unless they are copied.
    pub(crate) fn taken_by(&self, code: &impl Scannable) -> Vec<SourceVar> {
        moves::taken(self, code)
    }

    /// Whether an expression is a struct of the file's, or a part of one, under a name that means
    /// nothing else, wherever it is bound.
    pub(crate) fn names_record(&self, expr: &Expr) -> bool {
        let named = |base: &Expr| {
            let Expr::Path(path) = base else { return Kind::Unknown };
            let Some(name) = path.path.get_ident() else { return Kind::Unknown };
            let mut bindings = self.bindings.iter().filter(|binding| binding.ident == *name);
            let Some(first) = bindings.next() else { return Kind::Unknown };
            let record = |kind: &Kind| matches!(kind.peeled(), Kind::Record(_));
            let whole = std::ptr::eq(base, expr) && record(&first.kind);
            let same = |kind: &Kind| kind.peeled() == first.kind.peeled() || whole && record(kind);
            if bindings.all(|binding| same(&binding.kind)) {
                first.kind.clone()
            } else {
                Kind::Unknown
            }
        };
        matches!(sight::part(expr, &named).peeled(), Kind::Record(_))
    }

    /// Whether a variable is of a type of std's by sight, whose methods are known.
    pub(crate) fn is_std(&self, var: SourceVar) -> bool {
        let binding = self.binding(var);
        let mutable = binding.mutable || matches!(binding.kind, Kind::RefMut(_));
        // What is not mutable is not changed by a method, whatever its type.
        !mutable
            || matches!(
                binding.kind.peeled(),
                Kind::Scalar(_)
                    | Kind::Discrete
                    | Kind::Text
                    | Kind::Indexed(..)
                    | Kind::Option(_)
                    | Kind::Result(_)
            )
    }

    /// What a call of a closure changes besides its arguments.
    pub(crate) fn written_by(&self, callee: SourceVar) -> &[SourceVar] {
        self.closure_writes.get(&callee).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn is_active(&self, var: SourceVar) -> bool {
        self.active.contains(&var)
    }

    /// Whether the result depends on a variable.
    pub(crate) fn is_useful(&self, var: SourceVar) -> bool {
        self.useful.contains(&var)
    }

    /// Whether a variable depends on a `wrt` parameter.
    pub(crate) fn depends(&self, var: SourceVar) -> bool {
        self.origin.contains_key(&var)
    }

    /// Whether a variable's type keeps derivatives out.
    pub(crate) fn stops_derivatives(&self, var: SourceVar) -> bool {
        self.binding(var).stops_derivatives()
    }

    /// A `wrt` parameter that the value of `expr` depends on, whether or not the result depends
    /// on that value.
    pub(crate) fn varies(&self, expr: &Expr) -> Option<SourceVar> {
        let carried = self.carried.get(&ptr::from_ref(expr))?;
        carried.iter().find_map(|var| self.origin.get(var)).copied()
    }

    /// A `wrt` parameter that a variable depends on which has a name that stands in the tokens, in
    /// any scope.
    pub(crate) fn varied_by_name(&self, tokens: proc_macro2::TokenStream) -> Option<SourceVar> {
        tokens.into_iter().find_map(|token| match token {
            proc_macro2::TokenTree::Ident(ident) => {
                let named = self.bindings.iter().enumerate().filter(|(_, b)| b.ident == ident);
                named.filter_map(|(index, _)| self.origin.get(&SourceVar(index))).next().copied()
            }
            proc_macro2::TokenTree::Group(group) => self.varied_by_name(group.stream()),
            _ => None,
        })
    }

    /// The name of a `wrt` parameter whose derivative flows into `var`, for error messages.
    pub(crate) fn origin(&self, var: SourceVar) -> Option<String> {
        let origin = self.origin.get(&var)?;
        Some(crate::names::spelled(&self.binding(*origin).ident))
    }
}
