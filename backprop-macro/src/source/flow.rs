//! Activity: through which variables derivatives flow from the `wrt` parameters to the result.
//!
//! One walk over the function collects, per variable, which variables flow into it. The analysis
//! is insensitive to order, so it holds for loops without iteration, and it errs towards *active*:
//! what it does not know is taken to pass derivatives on. Taking a variable for active costs at
//! most an error message or some work; taking an active variable for inactive would be a silently
//! wrong gradient.

use std::collections::{BTreeMap, BTreeSet};
use std::ptr;

use syn::{Expr, Pat, Stmt};

use super::known::{
    is_compound, is_discrete_method, is_function_of_floats, is_inherent, is_iterator,
    is_pure_everywhere, is_pure_method, only_reads, passes_items_on, reads_receiver, std_macro,
    ASSERTING_MACROS,
};
use super::scope::MacroArguments;
use super::{Source, SourceVar};
use crate::kind::Kind;
use crate::surroundings;

pub(crate) type Carried = BTreeSet<SourceVar>;

/// Where derivatives come from and go to.
pub(super) struct Ends<'a> {
    pub(super) wrt: &'a [SourceVar],
    /// Variables that are results besides the returned value: `&mut` parameters.
    pub(super) outputs: &'a [SourceVar],
}

pub(super) fn analyse(source: &mut Source, body: &syn::Block, ends: &Ends<'_>) {
    let mut flow = Flow {
        source,
        edges: BTreeMap::new(),
        lenders: BTreeMap::new(),
        discrete: Carried::new(),
        shared: BTreeSet::new(),
        closures: BTreeMap::new(),
        iterators: BTreeSet::new(),
        everything: ends.wrt.iter().copied().collect(),
        dropped: None,
        result: Carried::new(),
        breaks: Vec::new(),
    };
    // Twice, so that what is learnt of references holds for the code before it too.
    flow.block(body);
    flow.block(body);
    let value = flow.returned_by(body);
    flow.result.extend(value);
    flow.result.extend(ends.outputs);

    // `edges[to]` holds what flows into `to`.
    let mut origin: BTreeMap<SourceVar, SourceVar> = ends.wrt.iter().map(|v| (*v, *v)).collect();
    loop {
        let before = origin.len();
        for (to, from) in &flow.edges {
            if !origin.contains_key(to) {
                if let Some(found) = from.iter().find_map(|var| origin.get(var)).copied() {
                    origin.insert(*to, found);
                }
            }
        }
        if origin.len() == before {
            break;
        }
    }
    let mut useful = flow.result.clone();
    let mut pending: Vec<SourceVar> = useful.iter().copied().collect();
    while let Some(var) = pending.pop() {
        for from in flow.edges.get(&var).into_iter().flatten() {
            if useful.insert(*from) {
                pending.push(*from);
            }
        }
    }
    source.useful.clone_from(&useful);
    source.active = origin.keys().filter(|var| useful.contains(var)).copied().collect();
    source.origin = origin.into_iter().collect();
}

struct Flow<'s> {
    source: &'s mut Source,
    edges: BTreeMap<SourceVar, Carried>,
    /// What a binding may have borrowed from, if something is written through it.
    lenders: BTreeMap<SourceVar, Carried>,
    /// Parts of discrete values, which are discrete themselves.
    discrete: Carried,
    /// Bindings that refer to what shared references lend.
    shared: BTreeSet<SourceVar>,
    /// The parameters of closures that have a name.
    closures: BTreeMap<SourceVar, NamedClosure>,
    /// Variables that are iterators by their initialisers.
    iterators: BTreeSet<SourceVar>,
    /// The `wrt` parameters: what a closure may be given of which it is not known who calls it.
    everything: Carried,
    /// The call that stands as a statement of its own, while it is read.
    dropped: Option<*const Expr>,
    result: Carried,
    /// Per open loop or labelled block, what its `break` values carry.
    breaks: Vec<(Option<String>, Carried)>,
}

/// A closure that has a name.
#[derive(Clone)]
struct NamedClosure {
    parameters: Vec<Vec<SourceVar>>,
    /// What its body may change besides its own variables.
    changes: Carried,
}

impl Flow<'_> {
    fn flows(&mut self, from: &Carried, to: SourceVar) {
        if !self.source.binding(to).stops_derivatives() {
            self.edges.entry(to).or_default().extend(from);
        }
    }

    /// `from` is stored somewhere inside what `target` names.
    fn store(&mut self, target: &Expr, from: &Carried) {
        self.expr(target);
        match target {
            Expr::Tuple(parts) => {
                return parts.elems.iter().for_each(|part| self.store(part, from))
            }
            Expr::Array(parts) => {
                return parts.elems.iter().for_each(|part| self.store(part, from))
            }
            Expr::Infer(_) => return,
            _ => {}
        }
        let Some((root, whole)) = root(self.source, target) else {
            // A place that a call returns: whatever the call could reach may change.
            for root in self.mentions(target) {
                self.store_in(root, from);
            }
            return;
        };
        if whole {
            self.source.bindings[root.0].reassigned = true;
            self.flows(from, root);
        } else {
            self.store_in(root, from);
        }
    }

    /// `from` is stored somewhere behind `root`: in it, and in whatever it may refer to.
    fn store_in(&mut self, root: SourceVar, from: &Carried) {
        let mut reached = Carried::from([root]);
        let mut pending = vec![root];
        while let Some(var) = pending.pop() {
            self.source.bindings[var.0].written_through = true;
            self.flows(from, var);
            if var != root {
                // What is written through a borrow arrives in what was borrowed.
                self.flows(&Carried::from([root]), var);
            }
            for lender in self.lenders.get(&var).into_iter().flatten() {
                let lent = &self.source.bindings[lender.0];
                let number = matches!(lent.kind, Kind::Scalar(_) | Kind::Discrete);
                let fixed = matches!(lent.kind, Kind::Ref(_)) || number && !lent.mutable;
                if !fixed && reached.insert(*lender) {
                    pending.push(*lender);
                }
            }
        }
    }

    /// What a function's value carries, once it has been read: what an `Err` holds is a message for
    /// the caller.
    fn returned(&mut self, expr: &Expr) -> Carried {
        match expr {
            Expr::Paren(e) => self.returned(&e.expr),
            Expr::Group(e) => self.returned(&e.expr),
            Expr::Call(e) if is_error(&e.func) => Carried::new(),
            Expr::Block(e) if e.label.is_none() => self.returned_by(&e.block),
            Expr::If(e) => {
                let mut carried = self.returned_by(&e.then_branch);
                if let Some((_, otherwise)) = &e.else_branch {
                    carried.extend(self.returned(otherwise));
                }
                carried
            }
            Expr::Match(e) => {
                let mut carried = Carried::new();
                for arm in &e.arms {
                    carried.extend(self.returned(&arm.body));
                }
                carried
            }
            other => self.source.carried.get(&ptr::from_ref(other)).cloned().unwrap_or_default(),
        }
    }

    fn returned_by(&mut self, block: &syn::Block) -> Carried {
        match block.stmts.last() {
            Some(Stmt::Expr(expr, None)) => self.returned(expr),
            Some(Stmt::Macro(statement)) if statement.semi_token.is_none() => {
                self.invocation(&statement.mac)
            }
            _ => Carried::new(),
        }
    }

    fn mentions(&mut self, expr: &Expr) -> Carried {
        self.expr(expr)
    }

    fn bind(&mut self, pattern: &Pat, carried: &Carried) {
        let mut names = Vec::new();
        bound(self.source, pattern, &mut names);
        for var in names {
            self.flows(carried, var);
            if !self.source.binding(var).kind.is_owned() {
                self.lenders.entry(var).or_default().extend(carried);
            }
        }
        if let Pat::Guard(guard) = pattern {
            self.expr(&guard.guard);
        }
    }

    /// Binds a pattern to the items of an iterable: counters carry nothing.
    fn bind_items(&mut self, pattern: &Pat, iterable: &Expr) {
        let inner = match pattern {
            Pat::Type(typed) => &*typed.pat,
            Pat::Paren(paren) => &*paren.pat,
            other => other,
        };
        match unwrapped(iterable) {
            Expr::Range(_) => self.bind(inner, &Carried::new()),
            Expr::MethodCall(call) => {
                let parts = match inner {
                    Pat::Tuple(tuple) if tuple.elems.len() == 2 => Some(&tuple.elems),
                    _ => None,
                };
                // Only of an iterator is it known what the adapters yield.
                let iterates = is_iterator(&call.receiver, &|var| self.iterates(var));
                match (call.method.to_string().as_str(), parts) {
                    _ if !iterates && !is_iterator(iterable, &|_| false) => {
                        let carried = self.expr(iterable);
                        self.bind(inner, &carried);
                    }
                    ("enumerate", Some(parts)) => {
                        self.bind(&parts[0], &Carried::new());
                        self.bind_items(&parts[1], &call.receiver);
                    }
                    ("zip", Some(parts)) => {
                        self.bind_items(&parts[0], &call.receiver);
                        self.bind_items(&parts[1], &call.args[0]);
                    }
                    (name, _) if iterates && passes_items_on(name) && name != "chain" => {
                        self.bind_items(inner, &call.receiver);
                    }
                    _ => {
                        self.bind_leaf(inner, iterable);
                    }
                }
            }
            _ => {
                self.bind_leaf(inner, iterable);
            }
        }
    }

    /// Binds a pattern to the items of what no adapter is known to rearrange.
    fn bind_leaf(&mut self, pattern: &Pat, iterable: &Expr) {
        let carried = self.expr(iterable);
        self.bind(pattern, &carried);
        let lends = match unwrapped(iterable) {
            Expr::Reference(reference) => reference.mutability.is_none(),
            Expr::MethodCall(call) => {
                ["iter", "windows", "chunks", "chunks_exact"].iter().any(|name| call.method == name)
            }
            Expr::Path(_) => root(self.source, iterable).is_some_and(|(var, _)| {
                matches!(self.source.binding(var).kind, Kind::Ref(_)) || self.shared.contains(&var)
            }),
            _ => false,
        };
        if lends {
            let mut names = Vec::new();
            bound(self.source, pattern, &mut names);
            self.shared.extend(names);
        }
    }

    /// Whether an identifier names an iterator.
    fn iterates(&self, name: &syn::Ident) -> bool {
        self.source.usage(name).is_some_and(|var| self.iterators.contains(&var))
    }

    /// Whoever calls a closure that is handed on may give it anything to store.
    fn change(&mut self, changes: &Carried) {
        let everything = self.everything.clone();
        changes.iter().for_each(|var| self.store_in(*var, &everything));
    }

    /// The variables outside a closure that its body may change.
    fn changes(&self, closure: &syn::ExprClosure) -> Carried {
        let mut own = Vec::new();
        closure.inputs.iter().for_each(|input| bound(self.source, input, &mut own));
        let mut find = Changes { source: self.source, found: Carried::new(), own };
        if !closure.inputs.is_empty() {
            syn::visit::Visit::visit_expr(&mut find, &closure.body);
        }
        let Changes { mut found, own, .. } = find;
        found.retain(|var| !own.contains(var));
        found
    }

    fn block(&mut self, block: &syn::Block) -> Carried {
        let mut last = Carried::new();
        for stmt in &block.stmts {
            last = Carried::new();
            match stmt {
                Stmt::Local(local) => {
                    let Some(init) = &local.init else { continue };
                    let carried = self.expr(&init.expr);
                    if let Some((_, diverge)) = &init.diverge {
                        self.expr(diverge);
                    }
                    let known = self.lenders.clone();
                    if makes_bits(&init.expr) {
                        let mut names = Vec::new();
                        bound(self.source, &local.pat, &mut names);
                        names.iter().for_each(|var| self.source.bindings[var.0].bits = true);
                    }
                    self.bind(&local.pat, &carried);
                    let mut names = Vec::new();
                    bound(self.source, &local.pat, &mut names);
                    for name in names {
                        let owned = self.source.binding(name).kind.is_owned();
                        if !owned && self.may_borrow(&init.expr) {
                            let mut lent = self.lent(&init.expr);
                            lent.extend(known.get(&name).into_iter().flatten());
                            self.lenders.insert(name, lent);
                        } else if let Some(known) = known.get(&name) {
                            self.lenders.insert(name, known.clone());
                        } else {
                            self.lenders.remove(&name);
                        }
                    }
                    self.note_closure(&local.pat, &init.expr);
                    if let Pat::Ident(name) = unannotated(&local.pat) {
                        if let Some(var) = self.source.bound_by(&name.ident) {
                            self.source.bindings[var.0].collection =
                                super::known::makes_collection(&init.expr);
                        }
                    }
                    if is_iterator(&init.expr, &|var| self.iterates(var)) {
                        if let Pat::Ident(name) = &local.pat {
                            self.iterators.insert(self.source.binder(&name.ident));
                        }
                    }
                }
                Stmt::Item(_) => {}
                Stmt::Expr(expr, semi) => {
                    self.dropped = semi.map(|_| ptr::from_ref(expr));
                    let carried = self.expr(expr);
                    if semi.is_some() {
                        self.called_for_effect(expr);
                    }
                    if semi.is_none() {
                        last = carried;
                    }
                }
                Stmt::Macro(statement) => {
                    let carried = self.invocation(&statement.mac);
                    if statement.semi_token.is_none() {
                        last = carried;
                    }
                }
            }
        }
        last
    }

    fn tail_may_borrow(&self, block: &syn::Block) -> bool {
        match block.stmts.last() {
            Some(Stmt::Expr(tail, None)) => self.may_borrow(tail),
            _ => false,
        }
    }

    /// Whether a value may be, or hold, a reference to something that has a name.
    fn may_borrow(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Lit(_) | Expr::Binary(_) | Expr::Unary(_) | Expr::Cast(_) | Expr::Range(_) => {
                matches!(expr, Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Deref(_)))
            }
            Expr::Paren(e) => self.may_borrow(&e.expr),
            Expr::Block(e) if e.label.is_none() || self.source.is_inline(e) => {
                self.tail_may_borrow(&e.block)
            }
            Expr::If(e) => {
                let otherwise = e.else_branch.as_ref().map(|(_, otherwise)| otherwise);
                self.tail_may_borrow(&e.then_branch)
                    || otherwise.is_some_and(|otherwise| self.may_borrow(otherwise))
            }
            Expr::Match(e) => e.arms.iter().any(|arm| self.may_borrow(&arm.body)),
            Expr::Group(e) => self.may_borrow(&e.expr),
            Expr::Array(e) => e.elems.iter().any(|part| self.may_borrow(part)),
            Expr::Tuple(e) => e.elems.iter().any(|part| self.may_borrow(part)),
            Expr::Repeat(e) => self.may_borrow(&e.expr),
            Expr::Struct(e) => {
                e.fields.iter().any(|field| self.may_borrow(&field.expr)) || e.rest.is_some()
            }
            Expr::Path(path) => {
                let used = path.path.get_ident().and_then(|ident| self.source.usage(ident));
                used.is_none_or(|var| {
                    !matches!(self.source.binding(var).kind, Kind::Scalar(_) | Kind::Discrete)
                })
            }
            Expr::MethodCall(_) if counts(expr) => false,
            Expr::Call(call) if is_inert(call) => false,
            Expr::Call(call) if wraps(call) => self.may_borrow(&call.args[0]),
            Expr::Macro(invocation) if std_macro(&invocation.mac.path) == "format" => false,
            Expr::MethodCall(call) => {
                let name = call.method.to_string();
                let receiver = root(self.source, &call.receiver).map(|(var, _)| var);
                let known = receiver.is_some_and(|var| {
                    matches!(
                        self.source.binding(var).kind.peeled(),
                        Kind::Scalar(_) | Kind::Discrete | Kind::Indexed(..)
                    )
                });
                let owned = if crate::rules::method_exists(&name) {
                    // A user's `grid.row(0)` may lend of what can change.
                    known
                        || receiver
                            .is_none_or(|var| !self.reaches_mutable(var, true, &mut Carried::new()))
                } else {
                    name == "clone" && known
                        || name == "len"
                        || matches!(name.as_str(), "to_vec" | "to_owned" | "collect")
                            && !takes_exclusively(expr)
                };
                !owned
            }
            Expr::Macro(invocation) => {
                match self.source.macros.get(&ptr::from_ref(&invocation.mac)) {
                    Some(MacroArguments::List(list)) => {
                        list.iter().any(|part| self.may_borrow(part))
                    }
                    Some(MacroArguments::Repeat(pair)) => self.may_borrow(&pair[0]),
                    _ => true,
                }
            }
            _ => true,
        }
    }

    /// Remembers the parameters of a closure that has a name.
    fn note_closure(&mut self, pattern: &Pat, init: &Expr) {
        let (Pat::Ident(name), Expr::Closure(closure)) = (pattern, unwrapped(init)) else { return };
        let parameters = closure
            .inputs
            .iter()
            .map(|input| {
                let mut names = Vec::new();
                bound(self.source, input, &mut names);
                names
            })
            .collect();
        let var = self.source.binder(&name.ident);
        let writes = crate::lower::captured_writes(self.source, closure);
        self.source.closure_writes.insert(var, writes);
        let named = NamedClosure { parameters, changes: self.changes(closure) };
        self.closures.insert(var, named);
    }

    /// A method whose value is dropped is called for what it does to its receiver, whatever its
    /// name: `cell.set(x);`, and a user's own `statistics.max(x);`.
    fn called_for_effect(&mut self, expr: &Expr) {
        let Expr::MethodCall(call) = unwrapped(expr) else { return };
        let arguments = self.all(&call.args);
        let lent = root(self.source, &call.receiver).is_some_and(|(var, _)| {
            matches!(self.source.binding(var).kind, Kind::Ref(_)) || self.shared.contains(&var)
        });
        if lent && call.args.iter().any(takes_exclusively) {
            // What it is called for is the change of its argument.
            return;
        }
        if let Some((root, _)) = root(self.source, &call.receiver) {
            self.source.bindings[root.0].written_through = true;
            let mut from = self.expr(&call.receiver);
            from.extend(arguments);
            self.store_in(root, &from);
        }
    }

    fn invocation(&mut self, invocation: &syn::Macro) -> Carried {
        let name = std_macro(&invocation.path);
        match self.source.macros.get(&ptr::from_ref(invocation)).cloned() {
            Some(MacroArguments::List(list)) => list.iter().flat_map(|e| self.expr(e)).collect(),
            Some(MacroArguments::Repeat(pair)) => {
                self.expr(&pair[1]);
                self.expr(&pair[0])
            }
            Some(MacroArguments::Reads(list, mentioned)) => {
                self.all(list.iter());
                if ASSERTING_MACROS.contains(&name.as_str()) {
                    Carried::new()
                } else {
                    mentioned.into_iter().collect()
                }
            }
            Some(MacroArguments::Tokens(_)) if ASSERTING_MACROS.contains(&name.as_str()) => {
                Carried::new()
            }
            Some(MacroArguments::Tokens(mentioned)) => {
                let carried: Carried = mentioned.iter().copied().collect();
                for var in mentioned.into_iter().filter(|_| !only_reads(&name)) {
                    if !matches!(self.source.binding(var).kind, Kind::Scalar(_) | Kind::Discrete)
                        || self.source.binding(var).mutable
                    {
                        self.store_in(var, &carried);
                    }
                }
                carried
            }
            None => Carried::new(),
        }
    }

    /// What a call may leave in its arguments: everything it was given, in all it can write to.
    fn effects<'a>(&mut self, arguments: impl Iterator<Item = &'a Expr>, carried: &Carried) {
        for argument in arguments {
            if let Expr::Reference(reference) = unwrapped(argument) {
                if reference.mutability.is_some() {
                    self.store(&reference.expr, carried);
                }
                self.touch(argument);
                continue;
            }
            if let Expr::Closure(closure) = unwrapped(argument) {
                for input in &closure.inputs {
                    self.bind(input, carried);
                }
                continue;
            }
            self.touch(argument);
            // A reference in a variable, or one that an expression makes, is handed on.
            for var in self.mentioned(argument) {
                let binding = self.source.binding(var);
                let exclusive = matches!(binding.kind, Kind::RefMut(_));
                let closed = binding.kind.is_closed();
                let holds = self.lenders.get(&var).is_some_and(|lenders| !lenders.is_empty())
                    && self.reaches_mutable(var, true, &mut Carried::new());
                let made = !matches!(unwrapped(argument), Expr::Path(_))
                    && binding.mutable
                    && !matches!(binding.kind, Kind::Ref(_) | Kind::Discrete)
                    && takes_exclusively(argument);
                let whole = self.discrete.contains(&var);
                if !whole && (exclusive || made || !closed && holds) {
                    self.store_in(var, carried);
                }
            }
        }
    }

    /// Code that is not known is given what an expression mentions.
    fn touch(&mut self, expr: &Expr) {
        let mut pending: Vec<SourceVar> = self.mentioned(expr).into_iter().collect();
        let mut seen = Carried::new();
        while let Some(var) = pending.pop() {
            if seen.insert(var) {
                self.source.bindings[var.0].touched = true;
                pending.extend(self.lenders.get(&var).into_iter().flatten());
            }
        }
    }

    /// Whether a value is a part of something discrete: an element of a list of words, a character
    /// of one.
    fn is_part_of_discrete(&self, expr: &Expr) -> bool {
        match unwrapped(expr) {
            Expr::Path(path) => {
                let used = path.path.get_ident().and_then(|ident| self.source.usage(ident));
                used.is_some_and(|var| {
                    self.source.binding(var).kind.is_discrete() || self.discrete.contains(&var)
                })
            }
            Expr::Reference(e) => self.is_part_of_discrete(&e.expr),
            Expr::Unary(e) => self.is_part_of_discrete(&e.expr),
            Expr::Index(e) => self.is_part_of_discrete(&e.expr),
            Expr::Field(e) => self.is_part_of_discrete(&e.base),
            Expr::MethodCall(e) => e.args.is_empty() && self.is_part_of_discrete(&e.receiver),
            _ => false,
        }
    }

    /// Notes what a pattern binds of a part of something discrete.
    fn bind_discrete(&mut self, pattern: &Pat, value: &Expr) {
        if self.is_part_of_discrete(value) {
            let mut names = Vec::new();
            bound(self.source, pattern, &mut names);
            self.discrete.extend(names);
        }
    }

    /// Whether something that can change may be reached through a variable: nothing can that was
    /// borrowed, by way of other bindings, from a shared reference or an immutable variable.
    /// `unknown` is the answer for what is immutable itself but may refer to something beyond.
    fn reaches_mutable(&self, var: SourceVar, unknown: bool, seen: &mut Carried) -> bool {
        let binding = self.source.binding(var);
        if binding.mutable {
            return true;
        }
        let lenders = self.lenders.get(&var).filter(|lenders| !lenders.is_empty());
        match (&binding.kind, lenders) {
            (Kind::Ref(_) | Kind::Scalar(_) | Kind::Discrete, _) => false,
            (Kind::RefMut(_), _) => true,
            (_, None) => unknown,
            (_, Some(lenders)) => {
                // A circle of bindings reaches what its members reach.
                lenders.iter().any(|lender| {
                    seen.insert(*lender) && self.reaches_mutable(*lender, unknown, seen)
                })
            }
        }
    }

    /// The variables that a value may refer to.
    fn lent(&self, expr: &Expr) -> Carried {
        match unwrapped(expr) {
            // A function hands out references only to what it was lent to change.
            Expr::Call(call) => call
                .args
                .iter()
                .flat_map(|argument| {
                    self.mentioned(argument).into_iter().map(move |v| (argument, v))
                })
                .filter(|(argument, var)| {
                    takes_exclusively(argument)
                        || matches!(self.source.binding(*var).kind, Kind::RefMut(_))
                        || self.lenders.get(var).is_some_and(|lenders| !lenders.is_empty())
                })
                .map(|(_, var)| var)
                .collect(),
            Expr::MethodCall(call) => self.lent(&call.receiver),
            Expr::Block(e) if e.label.is_none() || self.source.is_inline(e) => {
                match e.block.stmts.last() {
                    Some(Stmt::Expr(tail, None)) => self.lent(tail),
                    _ => Carried::new(),
                }
            }
            other => self.mentioned(other),
        }
    }

    /// Every variable that an expression mentions, also those that carry nothing.
    fn mentioned(&self, expr: &Expr) -> Carried {
        let mut tokens = Mentions { source: self.source, found: Carried::new() };
        syn::visit::Visit::visit_expr(&mut tokens, expr);
        tokens.found
    }

    fn all<'a>(&mut self, exprs: impl IntoIterator<Item = &'a Expr>) -> Carried {
        exprs.into_iter().flat_map(|expr| self.expr(expr)).collect()
    }

    fn expr(&mut self, expr: &Expr) -> Carried {
        let carried = self.visit(expr);
        self.source.carried.insert(ptr::from_ref(expr), carried.clone());
        carried
    }

    fn visit(&mut self, expr: &Expr) -> Carried {
        match expr {
            Expr::Path(path) => {
                let used = path.path.get_ident().and_then(|ident| self.source.usage(ident));
                if let Some(closure) = used.and_then(|var| self.closures.get(&var)).cloned() {
                    // Not called but handed on: whoever calls it may give it anything.
                    self.change(&closure.changes);
                }
                used.into_iter()
                    .filter(|var| !self.source.binding(*var).stops_derivatives())
                    .collect()
            }
            Expr::Lit(_) | Expr::Continue(_) | Expr::Infer(_) => Carried::new(),
            Expr::Paren(e) => self.expr(&e.expr),
            Expr::Group(e) => self.expr(&e.expr),
            Expr::Reference(e) => self.expr(&e.expr),
            Expr::RawAddr(e) => self.expr(&e.expr),
            // What leaves by `?` is an error or `None`, which carry no derivative.
            Expr::Try(e) => self.expr(&e.expr),
            Expr::Await(e) => self.expr(&e.base),
            Expr::Unary(e) => self.expr(&e.expr),
            Expr::Field(e) => {
                let carried = self.expr(&e.base);
                if surroundings::is_whole(&e.member) {
                    Carried::new()
                } else {
                    carried
                }
            }
            Expr::Index(e) => {
                self.expr(&e.index);
                self.expr(&e.expr)
            }
            Expr::Cast(e) => {
                let carried = self.expr(&e.expr);
                if Kind::of(&e.ty).is_discrete() {
                    Carried::new()
                } else {
                    carried
                }
            }
            Expr::Binary(e) => self.binary(e),
            Expr::Assign(e) => {
                if let (true, Some((var, _))) = (makes_bits(&e.right), root(self.source, &e.left)) {
                    self.source.bindings[var.0].bits = true;
                }
                let carried = self.expr(&e.right);
                if let (true, Some((target, _))) =
                    (self.may_borrow(&e.right), root(self.source, &e.left))
                {
                    let owned = self.source.binding(target).kind.is_owned();
                    let mut lent = if owned { Carried::new() } else { self.lent(&e.right) };
                    // What is immutable and borrows nothing of the function's only gives a value.
                    lent.retain(|var| self.reaches_mutable(*var, false, &mut Carried::new()));
                    self.lenders.entry(target).or_default().extend(lent);
                }
                self.store(&e.left, &carried);
                Carried::new()
            }
            Expr::Tuple(e) => {
                self.handed_on(&e.elems);
                self.all(&e.elems)
            }
            Expr::Repeat(e) => {
                self.expr(&e.len);
                self.expr(&e.expr)
            }
            Expr::Struct(e) => {
                self.handed_on(e.fields.iter().map(|field| &field.expr));
                let mut carried = self.all(e.fields.iter().map(|field| &field.expr));
                if let Some(rest) = &e.rest {
                    carried.extend(self.expr(rest));
                }
                if may_drop(&e.path) {
                    // When it is dropped, it may write what it holds to what it borrows.
                    self.effects(e.fields.iter().map(|field| &field.expr), &carried);
                }
                carried
            }
            Expr::Range(e) => self.all(e.start.iter().chain(&e.end).map(|e| &**e)),
            Expr::Block(e) => self.labelled(e.label.as_ref(), |this| this.block(&e.block)),
            Expr::Unsafe(e) => self.block(&e.block),
            Expr::Async(e) => self.block(&e.block),
            Expr::Const(_) => Carried::new(),
            Expr::If(e) => {
                self.expr(&e.cond);
                let mut carried = self.block(&e.then_branch);
                if let Some((_, otherwise)) = &e.else_branch {
                    carried.extend(self.expr(otherwise));
                }
                carried
            }
            Expr::Let(e) => {
                let carried = self.expr(&e.expr);
                self.bind_discrete(&e.pat, &e.expr);
                self.bind(&e.pat, &carried);
                Carried::new()
            }
            Expr::Match(e) => {
                let matched = self.expr(&e.expr);
                let mut carried = Carried::new();
                for arm in &e.arms {
                    self.bind_discrete(&arm.pat, &e.expr);
                    self.bind(&arm.pat, &matched);
                    carried.extend(self.expr(&arm.body));
                }
                carried
            }
            Expr::ForLoop(e) => {
                self.expr(&e.expr);
                self.bind_discrete(&e.pat, &e.expr);
                self.bind_items(&e.pat, &e.expr);
                self.labelled(e.label.as_ref(), |this| this.block(&e.body));
                Carried::new()
            }
            Expr::While(e) => {
                self.expr(&e.cond);
                self.labelled(e.label.as_ref(), |this| this.block(&e.body));
                Carried::new()
            }
            Expr::Loop(e) => self.labelled(e.label.as_ref(), |this| {
                this.block(&e.body);
                Carried::new()
            }),
            Expr::Break(e) => {
                let carried = e.expr.as_ref().map(|e| self.expr(e)).unwrap_or_default();
                let label = e.label.as_ref().map(|label| label.ident.to_string());
                let target = self
                    .breaks
                    .iter_mut()
                    .rev()
                    .find(|(name, _)| label.is_none() || *name == label);
                if let Some((_, broken)) = target {
                    broken.extend(carried);
                }
                Carried::new()
            }
            Expr::Return(e) => {
                if let Some(value) = &e.expr {
                    self.expr(value);
                    let carried = self.returned(value);
                    self.result.extend(carried);
                }
                Carried::new()
            }
            Expr::Call(e) => {
                let dropped = self.dropped.take() == Some(ptr::from_ref(expr));
                self.call(e, dropped)
            }
            Expr::MethodCall(e) => {
                let dropped = self.dropped.take() == Some(ptr::from_ref(expr));
                self.method(e, dropped)
            }
            // The parameters count as carried, so that what they are bound to flows on.
            Expr::Closure(e) => self.expr(&e.body),
            Expr::Array(e) => {
                self.handed_on(&e.elems);
                self.all(&e.elems)
            }
            Expr::Macro(e) => self.invocation(&e.mac),
            _ => Carried::new(),
        }
    }

    fn labelled(
        &mut self,
        label: Option<&syn::Label>,
        inside: impl FnOnce(&mut Self) -> Carried,
    ) -> Carried {
        self.breaks.push((label.map(|label| label.name.ident.to_string()), Carried::new()));
        let mut carried = inside(self);
        let (_, broken) = self.breaks.pop().expect("pushed above");
        carried.extend(broken);
        carried
    }

    fn binary(&mut self, e: &syn::ExprBinary) -> Carried {
        use syn::BinOp;
        let mut carried = self.expr(&e.left);
        carried.extend(self.expr(&e.right));
        if surroundings::own_methods(|own| own.may_compare()) && is_comparison(&e.op) {
            // An operator of the user's own may write to what its operands borrow.
            for operand in [&e.left, &e.right] {
                if let Some((var, true)) = root(self.source, operand) {
                    let kind = self.source.binding(var).kind.peeled();
                    if matches!(kind, Kind::Unknown | Kind::Record(_))
                        && self.lenders.get(&var).is_some_and(|lenders| !lenders.is_empty())
                    {
                        self.store_in(var, &carried);
                    }
                }
            }
        }
        match e.op {
            BinOp::And(_)
            | BinOp::Or(_)
            | BinOp::Eq(_)
            | BinOp::Lt(_)
            | BinOp::Le(_)
            | BinOp::Ne(_)
            | BinOp::Ge(_)
            | BinOp::Gt(_) => Carried::new(),
            op if is_compound(&op) => {
                let from = self.expr(&e.right);
                self.store(&e.left, &from);
                Carried::new()
            }
            _ => carried,
        }
    }

    /// Closures that a call may keep: later it may give them anything.
    fn handed_on<'a>(&mut self, arguments: impl IntoIterator<Item = &'a Expr>) {
        for argument in arguments {
            if let Expr::Closure(closure) = unwrapped(argument) {
                let changes = self.changes(closure);
                self.change(&changes);
            }
        }
    }

    fn call(&mut self, e: &syn::ExprCall, dropped: bool) -> Carried {
        if !dropped {
            self.handed_on(&e.args);
        }
        let mut carried = self.all(&e.args);
        if is_inert(e) {
            // Which element it is carries nothing.
            self.expr(&e.func);
            for argument in &e.args {
                if let Expr::Closure(closure) = unwrapped(argument) {
                    closure.inputs.iter().for_each(|input| self.bind(input, &carried));
                }
            }
            return Carried::new();
        }
        if let Expr::Closure(closure) = unwrapped(&e.func) {
            for (input, argument) in closure.inputs.iter().zip(&e.args) {
                let given = self.expr(argument);
                self.bind(input, &given);
            }
        }
        let callee = root(self.source, &e.func).filter(|(_, whole)| *whole).map(|(var, _)| var);
        let named = callee.and_then(|callee| self.closures.remove_entry(&callee));
        carried.extend(self.expr(&e.func));
        let parameters = named.as_ref().map(|(_, closure)| closure.parameters.clone());
        self.closures.extend(named);
        if let Some(parameters) = parameters {
            for (names, argument) in parameters.into_iter().zip(&e.args) {
                let given = self.expr(argument);
                for name in names {
                    self.flows(&given, name);
                }
            }
            // What its body does not use does not flow on.
            carried = self.expr(&e.func);
        }
        if !(is_function_of_floats(&e.func) || converts(e) || wraps(e)) {
            self.effects(e.args.iter(), &carried);
        }
        if let Expr::Path(path) = &*e.func {
            let segments = &path.path.segments;
            let last = segments.last().map(|s| s.ident.to_string()).unwrap_or_default();
            let on_float =
                segments.len() == 2 && (segments[0].ident == "f64" || segments[0].ident == "f32");
            let stops =
                last == "stop_gradient" && (segments.len() == 1 || segments[0].ident == "backprop");
            if stops || on_float && is_inherent(&last) {
                return Carried::new();
            }
        }
        carried
    }

    fn method(&mut self, e: &syn::ExprMethodCall, dropped: bool) -> Carried {
        if e.args.iter().any(makes_bits) {
            if let Some((var, _)) = root(self.source, &e.receiver) {
                self.source.bindings[var.0].bits = true;
            }
        }
        let name = e.method.to_string();
        let iterates = is_iterator(&e.receiver, &|var| self.iterates(var));
        if !iterates && !dropped && !is_pure_method(&name) {
            self.handed_on(&e.args);
        }
        let receiver = self.expr(&e.receiver);
        let arguments = self.all(&e.args);
        let mut carried: Carried = receiver.union(&arguments).copied().collect();
        let selects = matches!(
            name.as_str(),
            "max_by"
                | "min_by"
                | "max_by_key"
                | "min_by_key"
                | "find"
                | "filter"
                | "take_while"
                | "skip_while"
        );
        if counts(&e.receiver) && (selects || is_count_adapter(&name)) {
            // Numbers that are counted.
            return Carried::new();
        }
        if selects && crate::desugar::is_iterator(&e.receiver) {
            // The closure decides which items come through, not what they hold.
            carried.clone_from(&receiver);
        }
        for argument in &e.args {
            if let Expr::Closure(closure) = unwrapped(argument) {
                // A closure is given items of the receiver, and what it returned before.
                match closure.inputs.len() {
                    _ if !iterates => {
                        closure.inputs.iter().for_each(|input| self.bind(input, &carried));
                    }
                    1 => self.bind_items(&closure.inputs[0], &e.receiver),
                    _ => {
                        for (index, input) in closure.inputs.iter().enumerate() {
                            if index == 1 {
                                self.bind_items(input, &e.receiver);
                            } else {
                                self.bind(input, &carried);
                            }
                        }
                    }
                }
            }
        }
        if !is_pure_everywhere(&name) {
            self.effects(e.args.iter(), &carried);
        }
        if !is_pure_method(&name) {
            self.touch(&e.receiver);
        }
        let known = root(self.source, &e.receiver).is_none_or(|(var, _)| self.source.is_std(var));
        if !(is_pure_method(&name) && (known || is_pure_everywhere(&name))) {
            // The method may change what it is called on, if that can change.
            if let Some((root, _)) = root(self.source, &e.receiver) {
                let binding = self.source.binding(root);
                let borrowed = matches!(binding.kind, Kind::Ref(_)) || self.shared.contains(&root);
                let exclusive = binding.mutable
                    || matches!(binding.kind, Kind::RefMut(_))
                    || self.lenders.get(&root).is_some_and(|lenders| !lenders.is_empty());
                if exclusive && !borrowed && !reads_receiver(&name) {
                    self.store_in(root, &carried);
                }
            }
        }
        if is_discrete_method(&name) || surroundings::looks_up(e) {
            Carried::new()
        } else {
            carried
        }
    }
}

/// Whether a call's function is `Err`.
fn is_error(function: &Expr) -> bool {
    match unwrapped(function) {
        Expr::Path(path) => path.path.segments.last().is_some_and(|last| last.ident == "Err"),
        _ => false,
    }
}

/// What the body of a closure may change.
struct Changes<'a> {
    source: &'a Source,
    found: Carried,
    /// The closure's own variables.
    own: Vec<SourceVar>,
}

impl Changes<'_> {
    fn change(&mut self, place: &Expr) {
        self.found.extend(root(self.source, place).map(|(var, _)| var));
    }
}

impl<'ast> syn::visit::Visit<'ast> for Changes<'_> {
    fn visit_local(&mut self, local: &'ast syn::Local) {
        bound(self.source, &local.pat, &mut self.own);
        syn::visit::visit_local(self, local);
    }

    fn visit_expr_assign(&mut self, expr: &'ast syn::ExprAssign) {
        self.change(&expr.left);
        syn::visit::visit_expr_assign(self, expr);
    }

    fn visit_expr_binary(&mut self, expr: &'ast syn::ExprBinary) {
        if is_compound(&expr.op) {
            self.change(&expr.left);
        }
        syn::visit::visit_expr_binary(self, expr);
    }

    fn visit_expr_reference(&mut self, expr: &'ast syn::ExprReference) {
        if expr.mutability.is_some() {
            self.change(&expr.expr);
        }
        syn::visit::visit_expr_reference(self, expr);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if !is_pure_method(&call.method.to_string()) && !call.args.is_empty() {
            self.change(&call.receiver);
        }
        syn::visit::visit_expr_method_call(self, call);
    }
}

/// Whether a value is made of a number's bits, which still hold the number.
fn makes_bits(expr: &Expr) -> bool {
    struct Find(bool);
    impl<'ast> syn::visit::Visit<'ast> for Find {
        fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
            self.0 |= super::known::is_bits(&call.method.to_string());
            syn::visit::visit_expr_method_call(self, call);
        }
        fn visit_expr_unsafe(&mut self, _: &'ast syn::ExprUnsafe) {
            self.0 = true;
        }
        // A comparison of bits is a truth like any other.
        fn visit_expr_binary(&mut self, e: &'ast syn::ExprBinary) {
            use syn::BinOp;
            if !matches!(
                e.op,
                BinOp::Eq(_)
                    | BinOp::Ne(_)
                    | BinOp::Lt(_)
                    | BinOp::Le(_)
                    | BinOp::Gt(_)
                    | BinOp::Ge(_)
            ) {
                syn::visit::visit_expr_binary(self, e);
            }
        }
    }
    let mut find = Find(false);
    syn::visit::Visit::visit_expr(&mut find, expr);
    find.0
}

struct Mentions<'a> {
    source: &'a Source,
    found: Carried,
}

impl<'ast> syn::visit::Visit<'ast> for Mentions<'_> {
    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        self.found.extend(path.path.get_ident().and_then(|ident| self.source.usage(ident)));
    }
}

/// Whether an expression may make an exclusive reference: `&mut a` inside it, or a method whose
/// name says so.
fn takes_exclusively(expr: &Expr) -> bool {
    struct Find(bool);
    impl<'ast> syn::visit::Visit<'ast> for Find {
        fn visit_expr_reference(&mut self, expr: &'ast syn::ExprReference) {
            self.0 |= expr.mutability.is_some();
            syn::visit::visit_expr_reference(self, expr);
        }
        fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
            self.0 |= call.method.to_string().contains("mut");
            syn::visit::visit_expr_method_call(self, call);
        }
    }
    let mut find = Find(false);
    syn::visit::Visit::visit_expr(&mut find, expr);
    find.0
}

/// The variable at the root of a place expression, and whether the place is the whole variable.
/// Whether a call asks the runtime for something that carries no derivative.
fn is_inert(call: &syn::ExprCall) -> bool {
    crate::lower::generated(&call.func)
        .is_some_and(|(name, _)| name.starts_with("select::") || name.starts_with("Length::"))
}

/// `From::from(value)`, as `?` calls it on an error.
fn converts(call: &syn::ExprCall) -> bool {
    let Expr::Path(path) = unwrapped(&call.func) else { return false };
    let names: Vec<&syn::Ident> = path.path.segments.iter().map(|segment| &segment.ident).collect();
    matches!(names.as_slice(), [.., owner, name] if *owner == "From" && *name == "from")
}

/// `Some(value)`, `Ok(value)`, `Err(value)`.
fn wraps(call: &syn::ExprCall) -> bool {
    let name = match unwrapped(&call.func) {
        Expr::Path(path) => path.path.segments.last(),
        _ => None,
    };
    let known = |name: &syn::PathSegment| ["Some", "Ok", "Err"].iter().any(|it| name.ident == it);
    call.args.len() == 1 && name.is_some_and(known)
}

pub(crate) fn root(source: &Source, place: &Expr) -> Option<(SourceVar, bool)> {
    match place {
        Expr::Path(path) => {
            let var = path.path.get_ident().and_then(|ident| source.usage(ident))?;
            Some((var, true))
        }
        Expr::Paren(e) => root(source, &e.expr),
        Expr::Group(e) => root(source, &e.expr),
        Expr::Field(e) => root(source, &e.base).map(|(var, _)| (var, false)),
        Expr::Index(e) => root(source, &e.expr).map(|(var, _)| (var, false)),
        Expr::Unary(e) if matches!(e.op, syn::UnOp::Deref(_)) => {
            root(source, &e.expr).map(|(var, _)| (var, false))
        }
        Expr::Reference(e) => root(source, &e.expr).map(|(var, _)| (var, false)),
        // What is known not to hold anything of its receiver is no part of it.
        Expr::MethodCall(e) if is_discrete_method(&e.method.to_string()) => None,
        Expr::MethodCall(e) => root(source, &e.receiver).map(|(var, _)| (var, false)),
        _ => None,
    }
}

/// Whether an expression is a range, or some of its numbers.
fn counts(expr: &Expr) -> bool {
    match unwrapped(expr) {
        Expr::Range(_) => true,
        Expr::MethodCall(call) => {
            let name = call.method.to_string();
            let selects = matches!(
                name.as_str(),
                "max_by" | "min_by" | "max_by_key" | "min_by_key" | "find" | "filter"
            );
            (selects || is_count_adapter(&name)) && counts(&call.receiver)
        }
        _ => false,
    }
}

/// Methods of ranges, and of what they yield, whose values are numbers of the range.
fn is_count_adapter(name: &str) -> bool {
    matches!(
        name,
        "rev"
            | "step_by"
            | "skip"
            | "take"
            | "last"
            | "nth"
            | "next"
            | "max"
            | "min"
            | "unwrap"
            | "expect"
    )
}

/// A pattern without its type.
fn unannotated(pattern: &Pat) -> &Pat {
    match pattern {
        Pat::Type(typed) => &typed.pat,
        other => other,
    }
}

/// An expression without the parentheses and invisible groups around it.
pub(crate) fn unwrapped(expr: &Expr) -> &Expr {
    match expr {
        Expr::Paren(e) => unwrapped(&e.expr),
        Expr::Group(e) => unwrapped(&e.expr),
        other => other,
    }
}

/// The variables that a pattern binds, each once.
pub(crate) fn bound(source: &Source, pattern: &Pat, names: &mut Vec<SourceVar>) {
    match pattern {
        Pat::Ident(ident) => {
            if let Some(var) = source.bound_by(&ident.ident) {
                if !names.contains(&var) {
                    names.push(var);
                }
            }
            if let Some((_, inner)) = &ident.subpat {
                bound(source, inner, names);
            }
        }
        Pat::Guard(guard) => bound(source, &guard.pat, names),
        Pat::Or(or) => or.cases.iter().for_each(|case| bound(source, case, names)),
        Pat::Paren(paren) => bound(source, &paren.pat, names),
        Pat::Reference(reference) => bound(source, &reference.pat, names),
        Pat::Slice(slice) => slice.elems.iter().for_each(|p| bound(source, p, names)),
        Pat::Struct(record) => record.fields.iter().for_each(|f| bound(source, &f.pat, names)),
        Pat::Tuple(tuple) => tuple.elems.iter().for_each(|p| bound(source, p, names)),
        Pat::TupleStruct(tuple) => tuple.elems.iter().for_each(|p| bound(source, p, names)),
        Pat::Type(typed) => bound(source, &typed.pat, names),
        _ => {}
    }
}

/// Whether something may happen when a value of the type that is built is dropped.
fn may_drop(path: &syn::Path) -> bool {
    path.segments
        .last()
        .is_some_and(|last| surroundings::own_methods(|own| own.may_drop(&last.ident.to_string())))
}

fn is_comparison(op: &syn::BinOp) -> bool {
    use syn::BinOp;
    matches!(
        op,
        BinOp::Eq(_) | BinOp::Ne(_) | BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_)
    )
}
