//! Calls: of functions in the rule tables, of constructors, and of other differentiable functions.

use proc_macro2::Span;

use super::names::Table;
use super::{span_of, Lowering};
use crate::graph::{Argument, Call, Callee, Expr, NodeOp, Op, Passing, Place, Role};
use crate::kind::Kind;
use crate::rules;
use crate::surroundings;

impl<'a> Lowering<'a> {
    pub(super) fn method_call(&mut self, expr: &'a syn::Expr, e: &'a syn::ExprMethodCall) -> Expr {
        let name = e.method.to_string();
        let arity = e.args.len() + 1;
        let span = e.method.span();
        if let Some(value) = self.in_cell(expr, e) {
            return value;
        }
        if let Some(value) = self.edit(e) {
            return value;
        }
        if let Some(value) = self.sum_method(expr, e) {
            return value;
        }
        let receiver = self.kind_by_sight(&e.receiver);
        // A struct's methods are the user's own, whatever they are called.
        let own = matches!(receiver.peeled(), Kind::Record(_)) && name != "clone"
            || rules::elementary(&name, arity).is_some() && self.is_own_function(&receiver, &name)
            || *receiver.peeled() == Kind::Unknown
                && rules::elementary(&name, arity).is_none()
                && rules::method(&name, arity).is_some()
                && surroundings::is_likely_own(&name);
        if own {
            if let Some(value) = self.of_unannotated_trait(expr, &e.method) {
                return value;
            }
        }
        if e.turbofish.is_none() && !own {
            let given = surroundings::own_methods(|own| own.is_given(&name));
            if let Some(op) = operator(&name, arity).filter(|_| receiver.is_scalar() && !given) {
                let args = self.operands(e);
                return Expr::apply(op, args, span);
            }
            if let Some(rule) = rules::elementary(&name, arity) {
                let mut args = self.operands(e);
                args[0] = self.check_method(e, &args[0].clone(), Table::Number);
                return Expr::apply(Op::Elementary(rule, None), args, span);
            }
            // A float has no such methods; on a slice they would be iterator code.
            let rule = rules::method(&name, arity).filter(|_| !receiver.is_scalar() && !given);
            if let (true, Some(value)) = (given, self.of_unannotated_trait(expr, &e.method)) {
                return value;
            }
            if let Some(rule) = rule {
                let args = self.operands(e);
                return Expr::apply(Op::Method(rule, e.method.clone()), args, span);
            }
            if name == "sin_cos" && arity == 1 {
                let operand = self.operand(&e.receiver);
                return self.sin_cos(operand, span);
            }
            if matches!(name.as_str(), "clone" | "to_vec" | "to_owned") && arity == 1 {
                let mut operand = self.operand(&e.receiver);
                if name == "to_vec" {
                    operand = self.check_method(e, &operand, Table::Reading);
                }
                return Expr::apply(Op::Copied(e.method.clone()), vec![operand], span);
            }
        }
        if let Some((what, instead)) = refused_method(&name).filter(|_| !own) {
            return self.refuse(expr, what, instead);
        }
        if iterator_method(&name) && !own {
            if crate::desugar::is_iterator(&e.receiver) {
                let (what, instead) = match name.as_str() {
                    "collect" => (
                        "a collection other than `Vec` or `VecDeque`",
                        "collect into a `Vec` first",
                    ),
                    _ => ("an iterator", "write the loop out with `for`"),
                };
                return self.refuse(expr, what, instead);
            }
            return self.refuse(
                expr,
                &format!("the method `{name}`"),
                "use operators and elementwise methods such as `x.sin()`, or a `for` loop",
            );
        }
        if self.is_plain_method(&receiver, &name) {
            let origin = self.origin(expr);
            let error = crate::diagnostics::not_annotated(&e.method, &name, origin.as_deref());
            self.errors.push(error);
            return self.stand_in(expr);
        }
        if let Kind::Record(record) = receiver.peeled() {
            if surroundings::is_unannotated(&record.name, &name) {
                let origin = self.origin(expr);
                let origin = origin.as_deref();
                self.errors.push(crate::diagnostics::not_annotated(&e.method, &name, origin));
                return self.stand_in(expr);
            }
        }
        let arguments = self.arguments_of_method(e);
        let callee = Callee::Method { name: e.method.clone(), turbofish: e.turbofish.clone() };
        let kind = surroundings::result_of_method(&receiver, &name);
        self.call(callee, arguments, kind, &name, span_of(expr))
    }

    /// A method of a variable that is a cell or a lock: one mistake, however often it is used.
    fn in_cell(&mut self, expr: &'a syn::Expr, e: &'a syn::ExprMethodCall) -> Option<Expr> {
        let (var, _) = crate::source::root(self.source, &e.receiver)?;
        if !self.source.binding(var).cell {
            return None;
        }
        let (what, instead) = refused_owner("Cell")?;
        let value = self.refuse(expr, what, instead);
        self.spoilt.push(var);
        Some(value)
    }

    fn operands(&mut self, e: &'a syn::ExprMethodCall) -> Vec<Expr> {
        self.in_order(std::iter::once(&*e.receiver).chain(&e.args))
    }

    /// `(x.sin(), x.cos())`, which is how std computes it.
    fn sin_cos(&mut self, operand: Expr, span: Span) -> Expr {
        let (sin, cos) =
            (Expr::elementary("sin", operand.clone()), Expr::elementary("cos", operand));
        let parts = vec![self.atom(sin, span), self.atom(cos, span)];
        Expr::apply(Op::Tuple, parts, span)
    }

    pub(super) fn function_call(&mut self, expr: &'a syn::Expr, e: &'a syn::ExprCall) -> Expr {
        let span = span_of(expr);
        if let Some(closure) = self.called_parameter(&e.func) {
            return self.call_parameter(closure, e, span);
        }
        if let syn::Expr::Closure(closure) = crate::source::unwrapped(&e.func) {
            let arguments = e.args.iter().map(|arg| self.named(arg)).collect();
            return self.inlined(expr, closure, arguments);
        }
        let syn::Expr::Path(path) = crate::source::unwrapped(&e.func) else {
            return self.refuse(
                expr,
                "a call of a computed function",
                "call a `#[differentiable]` function by its name",
            );
        };
        let segments = &path.path.segments;
        let last = segments.last().map(|s| s.ident.to_string()).unwrap_or_default();
        if let Some(value) = self.of_named_number(path, e).or_else(|| self.of_copy(path, e)) {
            return value;
        }
        let companion =
            ["_grad", "_grad_add", "_vjp", "_jvp"].iter().any(|suffix| last.ends_with(suffix));
        if companion && !surroundings::declares_function(&last) {
            return self.refuse(
                expr,
                "the gradient of another function",
                "second derivatives are not supported; use finite differences of the gradient",
            );
        }
        if let Some(ident) = path.path.get_ident().filter(|_| path.qself.is_none()) {
            let variable = self.source.usage(ident).is_some();
            if self.source.is_plain_function(ident)
                || !variable && crate::scopes::is_plain_function(&last)
            {
                let origin = self.origin(expr);
                self.errors.push(crate::diagnostics::not_annotated(
                    ident,
                    &last,
                    origin.as_deref(),
                ));
                return self.stand_in(expr);
            }
            if let Some(var) = self.source.usage(ident) {
                if let Some(closure) = self.closures.get(&var).copied() {
                    // All arguments are computed before a parameter covers a name.
                    let arguments = e.args.iter().map(|arg| self.named(arg)).collect();
                    return self.inlined(expr, closure, arguments);
                }
                return self.refuse(
                    expr,
                    "a call of a closure or function pointer",
                    "write a `#[differentiable]` function and call it by its name",
                );
            }
        }
        let owner = segments.len().checked_sub(2).map(|index| segments[index].ident.to_string());
        if self.owns_numbers(path, segments.len()) {
            if let Some(rule) = rules::elementary(&last, e.args.len()) {
                let args = self.in_order(&e.args);
                return Expr::apply(Op::Elementary(rule, Some(path.clone())), args, span);
            }
        }
        // Types and modules of one's own may have the names of std's.
        let of_std = owner.as_deref().filter(|owner| !surroundings::declares_type(owner));
        match of_std {
            Some("f64" | "f32") => {
                if let Some(rule) = rules::elementary(&last, e.args.len()) {
                    let args = self.in_order(&e.args);
                    return Expr::apply(Op::Elementary(rule, Some(path.clone())), args, span);
                }
                let given = surroundings::own_methods(|own| own.is_given(&last));
                if let Some(op) = operator(&last, e.args.len()).filter(|_| !given) {
                    let args = self.in_order(&e.args);
                    return Expr::apply(op, args, span);
                }
                if last == "sin_cos" && e.args.len() == 1 {
                    let operand = self.operand(&e.args[0]);
                    return self.sin_cos(operand, span);
                }
                if last == "from" && e.args.len() == 1 {
                    let operand = self.operand(&e.args[0]);
                    let operand = self.check_converted(operand, span_of(&e.args[0]));
                    return Expr::apply(Op::Converted(path.clone()), vec![operand], span);
                }
                return self.refuse(
                    expr,
                    &format!("the function `{}::{last}`", segments[segments.len() - 2].ident),
                    "there is no rule for it; compute the value in another way",
                );
            }
            Some("Add" | "Sub" | "Mul" | "Div" | "Rem" | "Neg")
                if path.qself.is_none() && operator(&last, e.args.len()).is_some() =>
            {
                let op = operator(&last, e.args.len()).expect("an operator");
                let args = self.in_order(&e.args);
                return Expr::apply(op, args, span);
            }
            Some("__rt")
                if matches!(
                    last.as_str(),
                    "array" | "array_of" | "boxed_slice" | "unboxed_slice"
                ) =>
            {
                let mut operands = vec![self.operand(&e.args[0])];
                operands.extend(e.args.iter().skip(1).map(|length| self.code_of(length)));
                return Expr::apply(Op::Converted(path.clone()), operands, span);
            }
            Some("Vec" | "VecDeque") if last == "from" && e.args.len() == 1 => {
                let operand = self.operand(&e.args[0]);
                let operand = self.check_converted(operand, span_of(&e.args[0]));
                return Expr::apply(Op::Converted(path.clone()), vec![operand], span);
            }
            Some("Vector" | "Matrix") if matches!(last.as_str(), "from" | "from_slice") => {
                let operand = self.operand(&e.args[0]);
                let operand = self.check_converted(operand, span_of(&e.args[0]));
                return Expr::apply(Op::Converted(path.clone()), vec![operand], span);
            }
            Some("Box") if last == "new" && e.args.len() == 1 => {
                let operand = self.operand(&e.args[0]);
                return Expr::apply(Op::Boxed(path.clone()), vec![operand], span);
            }
            _ => {}
        }
        if let Some((what, instead)) = of_std.and_then(refused_owner) {
            return self.refuse(expr, what, instead);
        }
        if let Some(value) = self.variant_call(expr, e) {
            return value;
        }
        if owner.as_ref().is_some_and(|owner| self.numbers.iter().any(|number| number == owner)) {
            let last = &segments[segments.len() - 1].ident;
            if let Some(value) = self.of_unannotated_trait(expr, last) {
                return value;
            }
        }
        if let Some(owner) = owner.filter(|_| segments.len() == 2 && path.qself.is_none()) {
            if surroundings::is_unannotated(&owner, &last) {
                let name = format!("{owner}::{last}");
                let origin = self.origin(expr);
                let origin = origin.as_deref();
                self.errors.push(crate::diagnostics::not_annotated(path, &name, origin));
                return self.stand_in(expr);
            }
        }
        if let Some(value) = self.unknown_closure(&last, &e.args) {
            return value;
        }
        let mut arguments = self.arguments(&e.args);
        self.lend(&last, &mut arguments);
        self.call_function(path, arguments, span)
    }

    /// A call of `<f64>::sin`: an inherent function of a type of std that no name can cover.
    fn of_named_number(&mut self, path: &'a syn::ExprPath, e: &'a syn::ExprCall) -> Option<Expr> {
        let owner = path.qself.as_ref().filter(|owner| owner.position == 0)?;
        let [name] = path.path.segments.iter().collect::<Vec<_>>()[..] else { return None };
        let name = name.ident.to_string();
        let float = matches!(&*owner.ty, syn::Type::Path(ty)
            if ["f64", "f32"].iter().any(|name| ty.path.is_ident(name) && !surroundings::declares_type(name)));
        let rule = rules::elementary(&name, e.args.len()).filter(|_| float)?;
        let args = self.in_order(&e.args);
        Some(Expr::apply(Op::Elementary(rule, Some(path.clone())), args, span_of(e)))
    }

    /// A copy by a function's name: `<[f64]>::to_vec`, `Vec::clone`, `ToOwned::to_owned`.
    fn of_copy(&mut self, path: &'a syn::ExprPath, e: &'a syn::ExprCall) -> Option<Expr> {
        let segments: Vec<&syn::PathSegment> = path.path.segments.iter().collect();
        let (name, own) = match (&path.qself, &segments[..]) {
            (Some(owner), [name]) if owner.position == 0 => {
                (name, matches!(&*owner.ty, syn::Type::Slice(_) | syn::Type::Array(_)))
            }
            (None, [owner, name]) => {
                let owner = owner.ident.to_string();
                let std = ["Vec", "VecDeque", "Clone", "ToOwned", "f64", "f32"];
                (name, std.contains(&owner.as_str()) && !surroundings::declares_type(&owner))
            }
            _ => return None,
        };
        let copies = ["clone", "to_vec", "to_owned"].iter().any(|known| name.ident == known);
        if !(own && copies && e.args.len() == 1 && name.arguments.is_none()) {
            return None;
        }
        let operand = self.operand(&e.args[0]);
        Some(Expr::apply(Op::Copied(name.ident.clone()), vec![operand], span_of(e)))
    }

    /// Whether a path is `T::name` for a type parameter that stands for numbers, or `Float::name`
    /// for a trait that is known for them.
    pub(super) fn owns_numbers(&self, path: &syn::ExprPath, length: usize) -> bool {
        let segments = &path.path.segments;
        let owner = length.checked_sub(2).map(|index| &segments[index].ident);
        let Some(last) = segments.last().map(|last| last.ident.to_string()) else { return false };
        path.qself.is_none()
            && owner.is_some_and(|owner| {
                length == 2 && self.numbers.contains(owner) && !self.is_of_bounds(&last)
                    || ["Float", "FloatCore", "Real"].iter().any(|name| owner == name)
                        && !surroundings::own_methods(|own| {
                            own.bounds_give(&[owner.to_string()], &last)
                        })
            })
    }

    /// A call of a differentiable function.
    pub(super) fn call_function(
        &mut self,
        path: &syn::ExprPath,
        arguments: Vec<Argument>,
        span: Span,
    ) -> Expr {
        let last = path.path.segments.last().map(|s| s.ident.to_string()).unwrap_or_default();
        let kind = match path.path.get_ident() {
            Some(_) => surroundings::result_of_function(&last),
            None => surroundings::result_of_associated(&path.path),
        };
        self.call(Callee::Function(path.clone()), arguments, kind, &last, span)
    }

    /// A call of a local closure: its body, with its parameters bound to the arguments.
    pub(super) fn inlined(
        &mut self,
        expr: &'a syn::Expr,
        closure: &'a syn::ExprClosure,
        arguments: Vec<Expr>,
    ) -> Expr {
        let span = span_of(expr);
        if closure.inputs.len() != arguments.len() {
            // rustc reports it.
            return self.stand_in(expr);
        }
        let own = super::closures::closure_names(closure);
        let captured = self.captured(closure);
        if let Some(name) = captured.iter().find(|name| own.contains(name)) {
            return self.refuse(
                expr,
                &format!("a closure in which `{name}` means two things"),
                "give the closure's parameter a name of its own",
            );
        }
        if let Some(name) = self.taken_over(closure) {
            return self.refuse(
                expr,
                &format!("a closure that captures `{name}`, a name with several meanings"),
                "rename one of the variables",
            );
        }
        let body = self.region(|this| {
            for (input, value) in closure.inputs.iter().zip(arguments) {
                let (pattern, ty) = match input {
                    syn::Pat::Type(typed) => (&*typed.pat, Some(&*typed.ty)),
                    other => (other, None),
                };
                this.bind_expr(pattern, ty, value, span);
            }
            Some(this.function_body(&closure.body))
        });
        self.finish_if(None, body, crate::graph::Region::default(), span)
            .unwrap_or_else(super::unit)
    }

    /// The names that a closure captures.
    fn captured(&self, closure: &'a syn::ExprClosure) -> Vec<String> {
        self.captures(closure).map(|var| self.source.binding(var).ident.to_string()).collect()
    }

    /// A captured variable whose name means something else elsewhere: inlining could confuse them.
    fn taken_over(&self, closure: &'a syn::ExprClosure) -> Option<String> {
        self.captures(closure)
            .map(|var| self.source.binding(var))
            .find(|binding| binding.shadowed)
            .map(|binding| binding.ident.to_string())
    }

    fn captures(
        &self,
        closure: &'a syn::ExprClosure,
    ) -> impl Iterator<Item = crate::source::SourceVar> + use<'a, '_> {
        let mut own = Vec::new();
        closure.inputs.iter().for_each(|input| crate::source::bound(self.source, input, &mut own));
        self.mentioned(&*closure.body).into_iter().filter(move |var| !own.contains(var))
    }

    /// A reference that could be changed through is only lent where the called function shows that
    /// it takes a shared one.
    fn lend(&self, function: &str, arguments: &mut [Argument]) {
        // What closures capture stands behind each, and is no parameter of its own.
        let captured = |argument: &Argument| match argument.passing {
            Passing::Closure(count) => count,
            _ => 0,
        };
        let count = arguments.len() - arguments.iter().map(captured).sum::<usize>();
        let mut at = 0;
        for index in 0..count {
            let Some(argument) = arguments.get_mut(at) else { break };
            at += 1 + captured(argument);
            // What has no type of its own before the call gets the parameter's by it.
            if let Expr::Code(code) = &mut argument.value {
                let parameter = || surroundings::parameter_of(function, index, count);
                if let (Kind::Unknown, Kind::Scalar(float)) = (&code.kind, parameter()) {
                    code.kind = Kind::Scalar(float);
                }
            }
            let named = matches!(argument.value, Expr::Place(_));
            if named
                && argument.passing == Passing::Exclusive
                && surroundings::lends(function, index)
            {
                argument.passing = Passing::Lent;
            }
        }
    }

    /// An argument that is not a receiver.
    pub(super) fn argument(&self, value: Expr, span: Span) -> Argument {
        let passing = match (&value, value.kind(self.graph)) {
            (Expr::Apply { op: Op::ReferenceMut, .. }, _) | (_, Kind::RefMut(_)) => {
                Passing::Exclusive
            }
            (Expr::Apply { op: Op::Reference, .. }, _) | (_, Kind::Ref(_)) => Passing::Lent,
            _ => Passing::Value,
        };
        Argument { active: self.is_active(&value), value, span, passing }
    }

    /// The receiver of a method and its arguments.
    fn arguments_of_method(&mut self, e: &'a syn::ExprMethodCall) -> Vec<Argument> {
        let mut arguments = self.arguments(std::iter::once(&*e.receiver).chain(&e.args));
        self.lend(&e.method.to_string(), &mut arguments[1..]);
        let place = arguments[0].value.peeled().place();
        let mutable = place.is_some_and(|place| {
            let root = self.graph.resolve(place).root;
            [place.root, root].iter().any(|var| {
                let var = &self.graph[*var];
                var.mutable && !matches!(var.kind, Kind::Ref(_))
                    || matches!(var.kind, Kind::RefMut(_))
            })
        });
        let (mut mutable, mut taken) = (mutable, false);
        match surroundings::receiver_of(&e.method.to_string()) {
            Some(surroundings::Receiver::Shared) => mutable = false,
            Some(surroundings::Receiver::Value) => taken = true,
            Some(surroundings::Receiver::Exclusive) | None => {}
        }
        arguments[0].passing = Passing::Receiver { mutable, taken };
        arguments
    }

    /// An operator of one of the file's structs: a call of the method that stands for it.
    pub(super) fn own_operator(
        &mut self,
        op: &str,
        operands: &[&'a syn::Expr],
        span: Span,
    ) -> Option<Expr> {
        let kinds: Vec<Kind> = operands.iter().map(|operand| self.kind_by_sight(operand)).collect();
        let (mut method, reversed) = crate::operators::method(op, &kinds)?;
        method.set_span(span);
        let plain = surroundings::own_methods(|own| own.is_plain_operator(&method.to_string()));
        let origin = operands.iter().find_map(|operand| self.origin(operand));
        if let (true, Some(origin)) = (plain, &origin) {
            self.errors.push(crate::diagnostics::operator_not_annotated(span, op, origin));
            return Some(self.stand_in(operands[0]));
        }
        let mutable = op.ends_with("_assign");
        let mut arguments = if mutable {
            // What is assigned to is a place, of which no copy may be made: it comes last.
            let mut arguments = self.arguments(operands.iter().rev().copied());
            arguments.reverse();
            arguments
        } else {
            self.arguments(operands.iter().copied())
        };
        if reversed {
            arguments.swap(0, 1);
        }
        let receiver = &kinds[usize::from(reversed)];
        let taken = !mutable && !receiver.is_reference();
        arguments[0].passing = Passing::Receiver { mutable, taken };
        let name = method.to_string();
        let kind = surroundings::result_of_operator(&name);
        let callee = Callee::Method { name: method, turbofish: None };
        Some(self.call(callee, arguments, kind, op, span))
    }

    pub(super) fn call(
        &mut self,
        callee: Callee,
        arguments: Vec<Argument>,
        kind: Kind,
        name: &str,
        span: Span,
    ) -> Expr {
        let result = self.graph.fresh("t", kind, Role::Temporary);
        self.graph[result].active = true;
        let pullback = self.graph.fresh(&format!("{name}_pullback"), Kind::Unknown, Role::Pullback);
        let call = Call { callee, arguments, result, pullback, seeded: None, tangents: None };
        self.emit(NodeOp::Call(call), span);
        Expr::Place(Place::var(result))
    }
}

/// The operator that a method of the traits in `std::ops` stands for.
pub(super) fn operator(name: &str, arity: usize) -> Option<Op> {
    Some(match (name, arity) {
        ("add", 2) => Op::Add,
        ("sub", 2) => Op::Sub,
        ("mul", 2) => Op::Mul,
        ("div", 2) => Op::Div,
        ("rem", 2) => Op::Rem,
        ("neg", 1) => Op::Neg,
        _ => return None,
    })
}

/// Methods of std that take a number where no derivative follows, with what to do instead.
fn refused_method(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "to_string" | "parse" => {
            ("text", "compute with the number itself, and format it outside this function")
        }
        "to_bits" | "to_le_bytes" | "to_be_bytes" | "to_ne_bytes" => {
            ("the bits of a number", "compute with the number itself")
        }
        "borrow" | "borrow_mut" | "lock" | "try_lock" => (
            "a cell or a lock",
            "keep the value in a variable, and store it there outside this function",
        ),
        "send" | "recv" | "try_recv" => ("a channel", "pass the value as an argument or a result"),
        "as_ptr" | "as_mut_ptr" => ("a raw pointer", "use a reference"),
        _ => return None,
    })
}

/// Types and modules of std whose values no derivative passes through.
fn refused_owner(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "Rc" | "Arc" => ("shared ownership", "own the value, or borrow it"),
        "Cell" | "RefCell" | "Mutex" | "RwLock" | "OnceCell" | "OnceLock" | "UnsafeCell" => (
            "a cell or a lock",
            "keep the value in a variable, and store it there outside this function",
        ),
        "thread" => ("a thread", "call the function directly"),
        "ptr" => ("a raw pointer", "use a reference"),
        "MaybeUninit" | "ManuallyDrop" | "Pin" => {
            ("a wrapper of std that no derivative passes", "keep the value itself in the variable")
        }
        _ => return None,
    })
}

/// Whether a method is one of iterators.
fn iterator_method(name: &str) -> bool {
    matches!(
        name,
        "iter"
            | "into_iter"
            | "iter_mut"
            | "map"
            | "zip"
            | "enumerate"
            | "fold"
            | "filter"
            | "windows"
            | "chunks"
            | "collect"
            | "rev"
            | "skip"
            | "take"
            | "flat_map"
            | "copied"
            | "cloned"
    )
}

impl Expr {
    /// `name(x)` for a function of the rule table.
    pub(crate) fn elementary(name: &'static str, x: Expr) -> Expr {
        let rule = rules::elementary(name, 1).expect("a row of the table");
        Expr::apply(Op::Elementary(rule, None), vec![x], Span::mixed_site())
    }
}
