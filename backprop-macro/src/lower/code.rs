//! Inert code: what it reads and writes, and whether it may be evaluated twice.

use quote::{quote, ToTokens};

use super::Lowering;
use crate::graph::{Code, Effects, Expr, NodeOp, Role, VarId};
use crate::kind::{Float, Kind};
use crate::source::{captured_writes, Scan, Scannable};
use crate::source::{is_compound, root, unwrapped, MacroArguments, SourceVar};
use crate::surroundings;

impl<'a> Lowering<'a> {
    /// The user's expression as inert code.
    pub(super) fn code_of(&mut self, expr: &'a syn::Expr) -> Expr {
        let effects = self.effects_of(expr);
        let (tokens, kind) = (self.gated(expr), self.code_kind(expr));
        if effects.writes.is_empty() {
            let repeatable = self.is_repeatable(expr);
            return Expr::Code(Code { tokens, repeatable, reads: effects.reads, kind });
        }
        // A statement, so that what it changes is known.
        let var = self.graph.fresh("c", kind.clone(), Role::User);
        let name = self.graph[var].ident.clone();
        let (tokens, declares) = (quote!(let #name = #tokens;), vec![var]);
        let node = NodeOp::Code { tokens, effects, declares, repeatable: false };
        self.emit(node, super::span_of(expr));
        Expr::Code(Code { tokens: quote!(#name), repeatable: true, reads: vec![var], kind })
    }

    /// Inert code as an operand: evaluated here, once, if evaluating it again could matter.
    pub(super) fn inert_operand(&mut self, expr: &'a syn::Expr) -> Expr {
        let code = self.code_of(expr);
        self.atom(code, super::span_of(expr))
    }

    /// What a piece of the user's code reads and writes among the variables of the graph.
    pub(super) fn effects_of(&self, code: &impl Scannable) -> Effects {
        let mut scan = Scan { source: self.source, reads: Vec::new(), writes: Vec::new() };
        code.scan(&mut scan);
        let known = |vars: Vec<SourceVar>| {
            let mut known: Vec<VarId> =
                vars.into_iter().filter_map(|var| self.vars.get(&var).copied()).collect();
            known.sort_unstable();
            known.dedup();
            known
        };
        let mut writes = known(scan.writes);
        // What is written through a borrow is written where it borrows from.
        let roots: Vec<VarId> = writes
            .iter()
            .map(|var| self.graph.resolve(&crate::graph::Place::var(*var)).root)
            .filter(|root| !writes.contains(root))
            .collect();
        writes.extend(roots);
        Effects { reads: known(scan.reads), writes }
    }

    /// The inert variables that inert code moves.
    pub(super) fn moved_by(&self, code: &impl Scannable) -> Vec<VarId> {
        let taken = self.source.taken_by(code).into_iter();
        let taken = taken.filter_map(|var| self.vars.get(&var).copied());
        taken
            .filter(|var| {
                let info = &self.graph[*var];
                !info.active && info.kind != crate::kind::Kind::Unknown && self.may_go(*var)
            })
            .collect()
    }

    /// The user's variables that a piece of code mentions.
    pub(super) fn mentioned(&self, code: &impl Scannable) -> Vec<SourceVar> {
        let mut scan = Scan { source: self.source, reads: Vec::new(), writes: Vec::new() };
        code.scan(&mut scan);
        scan.reads.sort_unstable();
        scan.reads.dedup();
        // A closure's own bindings are not declared outside it.
        scan.reads.retain(|var| self.vars.contains_key(var));
        scan.reads
    }

    /// Whether a closure changes an active variable that is not its own.
    pub(super) fn writes_captured(&self, closure: &'a syn::ExprClosure) -> bool {
        let captured = captured_writes(self.source, closure);
        captured.iter().any(|var| self.source.is_active(*var))
    }

    /// Whether a piece of code changes an active variable.
    pub(super) fn writes_active(&self, code: &impl Scannable) -> bool {
        let mut scan = Scan { source: self.source, reads: Vec::new(), writes: Vec::new() };
        code.scan(&mut scan);
        scan.writes.iter().any(|var| self.source.is_active(*var))
    }

    fn code_kind(&self, expr: &'a syn::Expr) -> Kind {
        match expr {
            syn::Expr::Lit(literal) => match &literal.lit {
                syn::Lit::Float(float) => match float.suffix() {
                    "f32" => Kind::Scalar(Float::F32),
                    "f64" => Kind::Scalar(Float::F64),
                    _ => Kind::Scalar(Float::Literal),
                },
                syn::Lit::Int(int) => match int.suffix() {
                    "f32" => Kind::Scalar(Float::F32),
                    "f64" => Kind::Scalar(Float::F64),
                    _ => Kind::Discrete,
                },
                _ => Kind::Discrete,
            },
            syn::Expr::Paren(e) => self.code_kind(&e.expr),
            syn::Expr::Group(e) => self.code_kind(&e.expr),
            syn::Expr::Cast(e) => Kind::of(&e.ty),
            syn::Expr::Reference(e) if e.mutability.is_none() => {
                Kind::Ref(Box::new(self.code_kind(&e.expr)))
            }
            syn::Expr::Unary(e) => match e.op {
                syn::UnOp::Neg(_) => {
                    let kind = self.code_kind(&e.expr);
                    match crate::operators::method("neg", std::slice::from_ref(&kind)) {
                        Some((name, _)) => surroundings::result_of_operator(&name.to_string()),
                        None => kind,
                    }
                }
                syn::UnOp::Deref(_) => match self.code_kind(&e.expr) {
                    Kind::Ref(inner) | Kind::RefMut(inner) => *inner,
                    _ => Kind::Unknown,
                },
                _ => Kind::Discrete,
            },
            syn::Expr::Binary(e) => {
                let (left, right) = (self.code_kind(&e.left), self.code_kind(&e.right));
                match (left.peeled(), right.peeled()) {
                    (Kind::Discrete, Kind::Discrete) => Kind::Discrete,
                    (Kind::Scalar(a), Kind::Scalar(b)) => Kind::Scalar(*a).join(&Kind::Scalar(*b)),
                    (Kind::Record(_), _) | (_, Kind::Record(_)) => {
                        let Some(name) = crate::operators::name_of(&e.op) else {
                            return Kind::Unknown;
                        };
                        crate::operators::method(name, &[left, right])
                            .map_or(Kind::Unknown, |(name, _)| {
                                surroundings::result_of_operator(&name.to_string())
                            })
                    }
                    _ => Kind::Unknown,
                }
            }
            syn::Expr::Path(path) => {
                let ident = path.path.get_ident();
                match ident.and_then(|ident| self.source.usage(ident)) {
                    Some(var) => {
                        self.vars.get(&var).map_or(Kind::Unknown, |id| self.graph[*id].kind.clone())
                    }
                    None => match ident {
                        Some(ident) if ident == "None" => Kind::Option(Box::new(Kind::Unknown)),
                        Some(ident) => surroundings::kind_of_constant(&ident.to_string()),
                        None => match surroundings::result_of_associated(&path.path) {
                            Kind::Unknown => constant_kind(&path.path),
                            kind => kind,
                        },
                    },
                }
            }
            syn::Expr::Call(e) => match crate::source::generated(&e.func) {
                Some((name, ty)) if name.starts_with("empty_") => match ty {
                    Some(ty) if !matches!(ty, syn::Type::Infer(_)) => Kind::of(&ty),
                    _ => Kind::Scalar(Float::Literal),
                },
                Some(_) => Kind::Unknown,
                None if makes_map(&e.func) => Kind::Map,
                None => self.call_kind(e),
            },
            syn::Expr::Range(_) => Kind::Range,
            syn::Expr::Index(e) => self.code_kind(&e.expr).element(),
            syn::Expr::Field(e) => self.code_kind(&e.base).member(&e.member),
            syn::Expr::MethodCall(e) => {
                let name = e.method.to_string();
                let receiver = self.code_kind(&e.receiver);
                match receiver.peeled() {
                    Kind::Scalar(float)
                        if crate::rules::elementary(&name, e.args.len() + 1).is_some() =>
                    {
                        Kind::Scalar(*float)
                    }
                    Kind::Scalar(float)
                        if super::call::operator(&name, e.args.len() + 1).is_some() =>
                    {
                        Kind::Scalar(*float)
                    }
                    Kind::Indexed(..) if name == "len" => Kind::Discrete,
                    Kind::Indexed(element, _) if name == "to_vec" || name == "to_owned" => {
                        Kind::Indexed(element.clone(), crate::kind::Container::Vec)
                    }
                    copied @ (Kind::Indexed(..) | Kind::Scalar(_) | Kind::Range)
                        if name == "clone" =>
                    {
                        copied.clone()
                    }
                    _ if matches!(name.as_str(), "sum" | "product") => match &e.turbofish {
                        Some(turbofish) => match turbofish.args.first() {
                            Some(syn::GenericArgument::Type(ty)) => Kind::of(ty),
                            _ => Kind::Unknown,
                        },
                        None => Kind::Unknown,
                    },
                    record @ Kind::Record(_) => {
                        match surroundings::result_of_method(record, &name) {
                            Kind::Unknown if name == "clone" => record.clone(),
                            kind => kind,
                        }
                    }
                    _ => Kind::Unknown,
                }
            }
            syn::Expr::Repeat(e) => Kind::Indexed(
                Box::new(self.code_kind(&e.expr)),
                crate::kind::Container::Array(e.len.to_token_stream().to_string()),
            ),
            syn::Expr::Array(e) => Kind::Indexed(
                Box::new(e.elems.first().map_or(Kind::Unknown, |e| self.code_kind(e))),
                crate::kind::Container::Array(e.elems.len().to_string()),
            ),
            syn::Expr::Macro(e) => {
                let element = match self.source.macro_arguments(&e.mac) {
                    Some(MacroArguments::List(list)) => {
                        list.first().map_or(Kind::Unknown, |e| self.code_kind(e))
                    }
                    Some(MacroArguments::Repeat(pair)) => self.code_kind(&pair[0]),
                    _ => return Kind::Unknown,
                };
                Kind::Indexed(Box::new(element), crate::kind::Container::Vec)
            }
            syn::Expr::Struct(e) => Kind::of_path(&e.path),
            // What a chain has become: `{ let mut folded = init; for … { … } folded }`.
            syn::Expr::Block(e) => match e.block.stmts.last() {
                Some(syn::Stmt::Expr(syn::Expr::Path(value), None)) => {
                    self.declared_kind(&e.block, &value.path)
                }
                _ => Kind::Unknown,
            },
            syn::Expr::Tuple(e) => Kind::Tuple(e.elems.iter().map(|e| self.code_kind(e)).collect()),
            _ => Kind::Unknown,
        }
    }

    /// The kind of what a block declares under a name.
    fn declared_kind(&self, block: &'a syn::Block, name: &syn::Path) -> Kind {
        let declared = block.stmts.iter().find_map(|stmt| {
            let syn::Stmt::Local(local) = stmt else { return None };
            let (pattern, ty) = match &local.pat {
                syn::Pat::Type(typed) => (&*typed.pat, Some(&*typed.ty)),
                pattern => (pattern, None),
            };
            let syn::Pat::Ident(ident) = pattern else { return None };
            name.is_ident(&ident.ident).then_some((ty, &local.init))
        });
        match declared {
            Some((Some(ty), _)) => Kind::of(ty),
            Some((None, Some(init))) => self.code_kind(&init.expr),
            _ => Kind::Unknown,
        }
    }

    /// The kind of `Some(x)`, `Ok(x)` and `Err(e)`, and of what a function of this file yields.
    fn call_kind(&self, e: &'a syn::ExprCall) -> Kind {
        let syn::Expr::Path(path) = &*e.func else { return Kind::Unknown };
        let last = path.path.segments.last().map(|last| last.ident.to_string());
        let held = || Box::new(e.args.first().map_or(Kind::Unknown, |e| self.code_kind(e)));
        match last.as_deref() {
            Some("Some") => Kind::Option(held()),
            Some("Ok") => Kind::Result(held()),
            Some("Err") => Kind::Result(Box::new(Kind::Unknown)),
            _ => match path.path.get_ident() {
                Some(name) if self.source.usage(name).is_none() => {
                    match surroundings::result_of_function(&name.to_string()) {
                        // The constructor of a tuple struct.
                        Kind::Unknown => Kind::of_path(&path.path),
                        kind => kind,
                    }
                }
                Some(_) => Kind::Unknown,
                None => match (constant_kind(&path.path), last.as_deref()) {
                    // `f64::sin(x)`.
                    (kind @ Kind::Scalar(_), Some(name))
                        if crate::rules::elementary(name, e.args.len()).is_some() =>
                    {
                        kind
                    }
                    _ => surroundings::result_of_associated(&path.path),
                },
            },
        }
    }

    /// The kind of the user's expression, as far as it shows without lowering it.
    pub(super) fn kind_by_sight(&self, expr: &'a syn::Expr) -> Kind {
        self.code_kind(expr)
    }
}

/// Constants that are written with their float type: `std::f64::consts::PI`, `f64::EPSILON`.
fn constant_kind(path: &syn::Path) -> Kind {
    let names: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
    if names.iter().any(|name| name == "f64") && names.len() > 1 {
        Kind::Scalar(Float::F64)
    } else if names.iter().any(|name| name == "f32") && names.len() > 1 {
        Kind::Scalar(Float::F32)
    } else if names.last().is_some_and(|name| name == "None") {
        Kind::Option(Box::new(Kind::Unknown))
    } else {
        Kind::Unknown
    }
}

impl Lowering<'_> {
    /// Whether evaluating an expression again costs little, has no effect and gives the same.
    pub(super) fn is_repeatable(&self, expr: &syn::Expr) -> bool {
        // Elsewhere the names of a block's items mean something else, or nothing.
        if self.source.sees_items(expr) {
            return false;
        }
        match expr {
            syn::Expr::Lit(_) | syn::Expr::Path(_) => true,
            syn::Expr::Paren(e) => self.is_repeatable(&e.expr),
            syn::Expr::Group(e) => self.is_repeatable(&e.expr),
            syn::Expr::Reference(e) => e.mutability.is_none() && self.is_repeatable(&e.expr),
            syn::Expr::Unary(e) => self.is_std_operand(&e.expr) && self.is_repeatable(&e.expr),
            syn::Expr::Field(e) => self.is_repeatable(&e.base),
            syn::Expr::Cast(e) => self.is_repeatable(&e.expr),
            syn::Expr::Index(e) => {
                self.is_std_operand(&e.expr)
                    && !self.is_local_map(&e.expr)
                    && self.is_repeatable(&e.expr)
                    && self.is_repeatable(&e.index)
            }
            syn::Expr::Binary(e) => {
                let operands = [&*e.left, &*e.right];
                !is_compound(&e.op)
                    && operands.iter().all(|e| self.is_std_operand(e) && self.is_repeatable(e))
            }
            syn::Expr::Range(e) => {
                e.start.as_deref().is_none_or(|e| self.is_repeatable(e))
                    && e.end.as_deref().is_none_or(|e| self.is_repeatable(e))
            }
            syn::Expr::Tuple(e) => e.elems.iter().all(|e| self.is_repeatable(e)),
            syn::Expr::MethodCall(e) => {
                matches!(e.method.to_string().as_str(), "len" | "is_empty" | "abs" | "min" | "max")
                    && !self.may_change_behind(&e.receiver)
                    && self.is_repeatable(&e.receiver)
                    && e.args.iter().all(|e| self.is_repeatable(e))
            }
            _ => false,
        }
    }

    /// Whether an operator on `operand` is one of std's, or one of the file's that only computes.
    fn is_std_operand(&self, operand: &syn::Expr) -> bool {
        if !surroundings::own_methods(|own| own.operators_have_effects()) {
            return true;
        }
        let root = match root(self.source, operand) {
            Some((var, true)) => self.source.binding(var).kind.clone(),
            _ => return matches!(unwrapped(operand), syn::Expr::Lit(_) | syn::Expr::Cast(_)),
        };
        matches!(root.peeled(), Kind::Scalar(_) | Kind::Discrete | Kind::Indexed(..))
    }

    /// Whether a map is the function's own, which a pullback may not hold: its keys may be
    /// references.
    fn is_local_map(&self, place: &syn::Expr) -> bool {
        let var = root(self.source, place).and_then(|(var, _)| self.vars.get(&var));
        let local = var.is_some_and(|var| matches!(self.graph[*var].role, Role::User));
        local && *self.place_kind(place).peeled() == Kind::Map
    }

    /// The kind of a place, by the fields that lead to it.
    fn place_kind(&self, place: &syn::Expr) -> Kind {
        match place {
            syn::Expr::Paren(e) => self.place_kind(&e.expr),
            syn::Expr::Path(path) => {
                let used = path.path.get_ident().and_then(|ident| self.source.usage(ident));
                let var = used.and_then(|var| self.vars.get(&var));
                var.map_or(Kind::Unknown, |var| self.graph[*var].kind.clone())
            }
            syn::Expr::Field(e) => self.place_kind(&e.base).member(&e.member),
            _ => Kind::Unknown,
        }
    }

    /// Whether code that is not known is given what `receiver` is a part of, and its type does not
    /// show that nothing changes behind a shared reference.
    fn may_change_behind(&self, receiver: &syn::Expr) -> bool {
        // A length does not change where the collection itself is behind a shared reference.
        if matches!(self.place_kind(receiver).peeled(), Kind::Scalar(_) | Kind::Indexed(..)) {
            return false;
        }
        root(self.source, receiver).is_some_and(|(var, _)| {
            let binding = self.source.binding(var);
            binding.touched
                && !matches!(
                    binding.kind.peeled(),
                    Kind::Scalar(_) | Kind::Discrete | Kind::Text | Kind::Indexed(..)
                )
                && !binding.collection
        })
    }
}

/// Whether a function is one of a map's or a set's of std.
fn makes_map(function: &syn::Expr) -> bool {
    let syn::Expr::Path(path) = crate::source::unwrapped(function) else { return false };
    path.path.segments.iter().rev().nth(1).is_some_and(|owner| {
        ["HashMap", "HashSet", "BTreeMap", "BTreeSet"].iter().any(|name| owner.ident == name)
    })
}
