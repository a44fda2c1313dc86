//! Calls: what functions, methods and closures pass on, and what they may leave in what they are
//! given.

use syn::Expr;

use super::syntax::{
    bound, converts, counts, is_count_adapter, is_inert, makes_bits, root, takes_exclusively,
    unwrapped, wraps,
};
use super::{Carried, Flow};
use crate::kind::Kind;
use crate::source::known::{
    is_compound, is_discrete_method, is_function_of_floats, is_inherent, is_iterator,
    is_own_method, is_pure_everywhere, is_pure_method, reads_receiver,
};
use crate::source::{generated, Source, SourceVar};
use crate::surroundings;

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

impl Flow<'_> {
    /// Whoever calls a closure that is handed on may give it anything to store.
    pub(super) fn change(&mut self, changes: &Carried) {
        let everything = self.everything.clone();
        changes.iter().for_each(|var| self.store_in(*var, &everything));
    }

    /// The variables outside a closure that its body may change.
    pub(super) fn changes(&self, closure: &syn::ExprClosure) -> Carried {
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

    /// A method whose value is dropped is called for what it does to its receiver, whatever its
    /// name: `cell.set(x);`, and a user's own `statistics.max(x);`.
    pub(super) fn called_for_effect(&mut self, expr: &Expr) {
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

    /// What a call may leave in its arguments: everything it was given, in all it can write to.
    pub(super) fn effects<'a>(
        &mut self,
        arguments: impl Iterator<Item = &'a Expr>,
        carried: &Carried,
    ) {
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
            if self.yields_number(argument) {
                continue;
            }
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

    /// Whether an argument is the number that a closure with a name yields.
    fn yields_number(&self, argument: &Expr) -> bool {
        let Expr::Call(call) = unwrapped(argument) else { return false };
        let callee = root(self.source, &call.func).filter(|(_, whole)| *whole);
        callee.and_then(|(var, _)| self.closures.get(&var)).is_some_and(|closure| closure.number)
    }

    /// Closures that a call may keep: later it may give them anything.
    pub(super) fn handed_on<'a>(&mut self, arguments: impl IntoIterator<Item = &'a Expr>) {
        for argument in arguments {
            if let Expr::Closure(closure) = unwrapped(argument) {
                let changes = self.changes(closure);
                self.change(&changes);
            }
        }
    }

    /// A closure that is passed on, by what it captures: what it changes depends on all of it.
    fn lifted(&mut self, e: &syn::ExprCall) -> Carried {
        let mut carried = Carried::new();
        let mut changed = Vec::new();
        for capture in &e.args {
            let aside = match capture {
                Expr::Call(call) => generated(&call.func).filter(|(name, _)| name == "aside"),
                _ => None,
            };
            if let (Some(_), Expr::Call(call)) = (aside, capture) {
                // What it changes besides is on no way to the result.
                self.source.carried.insert(std::ptr::from_ref(capture), Carried::new());
                self.all(&call.args);
                continue;
            }
            carried.extend(self.expr(capture));
            match capture {
                Expr::Reference(lent) if lent.mutability.is_some() => changed.push(&lent.expr),
                _ => {}
            }
        }
        changed.into_iter().for_each(|place| self.store(place, &carried));
        carried
    }

    pub(super) fn call(&mut self, e: &syn::ExprCall, dropped: bool) -> Carried {
        if generated(&e.func).is_some_and(|(name, _)| name == "lifted") {
            return self.lifted(e);
        }
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
        if let Some(callee) = callee.filter(|callee| self.source.changing.contains(callee)) {
            // It may keep what it is given where it is called again.
            self.flows(&carried, callee);
        }
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

    pub(super) fn method(&mut self, e: &syn::ExprMethodCall, dropped: bool) -> Carried {
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
        let mut carried: Carried = receiver.clone();
        carried.extend(&arguments);
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
                let lent = self.lenders.get(&root).is_some_and(|lenders| !lenders.is_empty());
                let exclusive = binding.mutable
                    || matches!(binding.kind, Kind::RefMut(_))
                    || lent && !self.borrows_text(root, &mut Carried::new());
                if exclusive && !borrowed && !reads_receiver(&name) {
                    self.store_in(root, &carried);
                }
            }
        }
        let own = is_own_method(e, |receiver| self.source.names_record(receiver));
        if !own && is_discrete_method(&name) || surroundings::looks_up(e) {
            Carried::new()
        } else {
            carried
        }
    }
}
