//! Closures that are passed on and closures that are parameters.

use proc_macro2::Span;

use super::{span_of, Lowering};
use crate::graph::{Argument, Callee, Code, Expr, Passing, Place, Step, VarId};
use crate::kind::Kind;
use crate::source::unwrapped;

/// An argument of a call.
enum Given<'a> {
    Value(&'a syn::Expr),
    /// A closure of this number, and how many of the following are what it captures.
    Closure(usize, usize, &'a syn::Expr),
}

impl<'a> Lowering<'a> {
    /// The arguments of a call, those closures among them that have been lifted followed by what
    /// they capture.
    pub(super) fn arguments(
        &mut self,
        exprs: impl IntoIterator<Item = &'a syn::Expr>,
    ) -> Vec<Argument> {
        let mut given = Vec::new();
        for expr in exprs {
            match lifted(expr) {
                Some((index, captures)) => {
                    given.push(Given::Closure(index, captures.len(), expr));
                    given.extend(captures.into_iter().map(|c| Given::Value(aside(c).unwrap_or(c))));
                }
                None => given.push(Given::Value(expr)),
            }
        }
        let exprs = given.iter().filter_map(|given| match given {
            Given::Value(expr) => Some(*expr),
            Given::Closure(..) => None,
        });
        let mut values = self.in_order(exprs).into_iter();
        let mut arguments: Vec<Argument> = Vec::new();
        let mut closures = Vec::new();
        for given in given {
            match given {
                Given::Value(expr) => {
                    let value = values.next().expect("one value for each");
                    arguments.push(self.handed_on(value, span_of(expr)));
                }
                Given::Closure(index, count, expr) => {
                    closures.push((arguments.len(), index));
                    arguments.push(Argument {
                        value: super::unit(),
                        span: span_of(expr),
                        active: false,
                        passing: Passing::Closure(count),
                    });
                }
            }
        }
        for (at, index) in closures {
            let Passing::Closure(count) = arguments[at].passing else { continue };
            for argument in &mut arguments[at + 1..=at + count] {
                // A name that stands for a part of something is a reference itself.
                let lent = match &argument.value {
                    Expr::Apply { args, .. } => args[0].place(),
                    _ => None,
                };
                let lent = lent.filter(|place| place.is_whole()).cloned();
                if let Some(place) = lent.filter(|place| self.graph[place.root].alias.is_some()) {
                    argument.value = Expr::Place(place);
                }
            }
            let captured = &arguments[at + 1..=at + count];
            let lifted = &self.lifted[index];
            let derivative = crate::closures::derivative(
                lifted,
                captured,
                self.graph,
                self.context,
                self.inline,
            );
            match derivative {
                Ok(tokens) => {
                    let reads = Vec::new();
                    let kind = Kind::Unknown;
                    arguments[at].value =
                        Expr::Code(Code { tokens, reads, kind, repeatable: true });
                }
                Err(error) => self.errors.push(error),
            }
        }
        arguments
    }

    /// An argument, which may be a closure that came as a parameter.
    fn handed_on(&mut self, value: Expr, span: Span) -> Argument {
        let place = value.peeled().place().filter(|place| place.is_whole());
        match place.map(|place| self.graph.resolve(place)) {
            Some(place) if place.is_whole() && self.called.contains_key(&place.root) => Argument {
                active: self.graph[place.root].active,
                passing: Passing::Environment { exclusive: self.called[&place.root].exclusive },
                value: Expr::Place(place),
                span,
            },
            _ => self.argument(value, span),
        }
    }

    /// Refuses an argument that is called by the function of the file that it is given to, and of
    /// which it does not show which closure it is.
    pub(super) fn unknown_closure(
        &mut self,
        function: &str,
        arguments: &'a syn::punctuated::Punctuated<syn::Expr, syn::Token![,]>,
    ) -> Option<Expr> {
        let bounds = crate::surroundings::closures(function);
        for (argument, bound) in arguments.iter().zip(bounds) {
            let inner = match unwrapped(argument) {
                syn::Expr::Reference(reference) => unwrapped(&reference.expr),
                other => other,
            };
            let shown = lifted(argument).is_some()
                || matches!(inner, syn::Expr::Closure(_))
                || self.called_parameter(inner).is_some();
            if bound.is_some() && !shown {
                let name = format!("a closure of which it does not show what `{function}` calls");
                return Some(self.refuse(
                    argument,
                    &name,
                    "write the closure in the argument, or bind it to a name with `let`",
                ));
            }
        }
        None
    }

    /// The parameter that a call's function is, if it is one.
    pub(super) fn called_parameter(&self, function: &'a syn::Expr) -> Option<VarId> {
        let name = match unwrapped(function) {
            syn::Expr::Path(path) => path.path.get_ident()?,
            syn::Expr::Unary(e) if matches!(e.op, syn::UnOp::Deref(_)) => {
                return self.called_parameter(&e.expr);
            }
            _ => return None,
        };
        let var = *self.vars.get(&self.source.usage(name)?)?;
        self.called.contains_key(&var).then_some(var)
    }

    /// A call of a closure that is a parameter.
    pub(super) fn call_parameter(
        &mut self,
        closure: VarId,
        e: &'a syn::ExprCall,
        span: Span,
    ) -> Expr {
        // Given nothing that varies, it may all the same yield what another closure has kept.
        if !e.args.iter().any(|argument| self.source.varies(argument).is_some()) {
            self.note_source(e);
        }
        let mut arguments = vec![Argument {
            value: Expr::Place(Place::var(closure)),
            span: span_of(&*e.func),
            active: self.graph[closure].active,
            passing: Passing::Environment { exclusive: self.called[&closure].exclusive },
        }];
        let inputs = self.called[&closure].inputs.clone();
        for (mut argument, ty) in self.arguments(&e.args).into_iter().zip(&inputs) {
            // Its signature shows how it takes its arguments.
            let shared =
                matches!(ty, syn::Type::Reference(syn::TypeReference { mutability: None, .. }));
            if shared && argument.passing == Passing::Exclusive {
                let target = match argument.value.peeled() {
                    Expr::Place(place) if argument.value.place() == Some(place) => {
                        Expr::Place(place.clone().with([Step::Deref]))
                    }
                    other => other.clone(),
                };
                argument.value = Expr::reference(target);
                argument.passing = Passing::Lent;
            }
            arguments.push(argument);
        }
        let kind = Kind::of(&self.called[&closure].output);
        let name = self.graph[closure].ident.to_string();
        self.call(Callee::Parameter(closure), arguments, kind, &name, span)
    }
}

/// The number of a closure that was lifted, and what it captures.
fn lifted(expr: &syn::Expr) -> Option<(usize, Vec<&syn::Expr>)> {
    let syn::Expr::Call(call) = expr else { return None };
    let (name, _) = crate::source::generated(&call.func)?;
    if name != "lifted" {
        return None;
    }
    let mut arguments = call.args.iter();
    let syn::Expr::Lit(literal) = arguments.next()? else { return None };
    let syn::Lit::Int(index) = &literal.lit else { return None };
    Some((index.base10_parse().ok()?, arguments.collect()))
}

/// What a closure changes that is on no way to the result.
fn aside(capture: &syn::Expr) -> Option<&syn::Expr> {
    let syn::Expr::Call(call) = capture else { return None };
    let (name, _) = crate::source::generated(&call.func)?;
    call.args.first().filter(|_| name == "aside")
}

fn untyped(pattern: &syn::Pat) -> &syn::Pat {
    match pattern {
        syn::Pat::Type(typed) => &typed.pat,
        other => other,
    }
}

/// The names that a closure's parameters bind.
pub(super) fn closure_names(closure: &syn::ExprClosure) -> Vec<String> {
    let mut names = Vec::new();
    for input in &closure.inputs {
        names.extend(crate::tokens::names(untyped(input)));
    }
    names
}
