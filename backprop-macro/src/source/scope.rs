//! Name resolution: which binding each identifier means.

use crate::maps::HashMap;
use std::rc::Rc;

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Expr, Pat, Token};

use super::{Binding, Source, SourceVar};
use crate::kind::{Container, Kind};
use crate::sets::Set;
use crate::surroundings;

/// The arguments of a macro call, when its name says how they are to be read.
#[derive(Debug, Clone)]
pub(crate) enum MacroArguments {
    /// `vec![a, b]` and macros that take expressions.
    List(Rc<[Expr]>),
    /// `vec![value; length]`.
    Repeat(Rc<[Expr; 2]>),
    /// A macro of std that only reads its arguments.
    Reads(Rc<[Expr]>, Vec<SourceVar>),
    /// Anything else: the variables whose names occur.
    Tokens(Vec<SourceVar>),
}

/// Resolves every name in `function`.
pub(super) fn resolve(source: &mut Source, signature: &syn::Signature, body: &syn::Block) {
    let mut resolver = Resolver {
        source,
        scopes: vec![HashMap::default()],
        pattern: HashMap::default(),
        refutable: false,
        depth: 0,
        items: false,
        empty: Set::new(),
    };
    for input in &signature.inputs {
        match input {
            syn::FnArg::Receiver(receiver) => {
                let kind = match &receiver.kind {
                    syn::ReceiverKind::Reference(_, _, mutability) if mutability.is_some() => {
                        Kind::RefMut(Box::new(surroundings::kind_of_self()))
                    }
                    syn::ReceiverKind::Reference(..) => {
                        Kind::Ref(Box::new(surroundings::kind_of_self()))
                    }
                    syn::ReceiverKind::Typed(_, ty) => Kind::of(ty),
                    _ => surroundings::kind_of_self(),
                };
                let ident = Ident::new("self", receiver.self_token.span);
                let var = resolver.declare(&ident, receiver.mutability.is_some());
                resolver.source.binders.insert(receiver_key(receiver), var);
                resolver.source.bindings[var.0].kind = kind;
                resolver.source.bindings[var.0].annotated = true;
            }
            syn::FnArg::Typed(typed) => {
                resolver.bind(&typed.pat);
                resolver.annotate(&typed.pat, &Kind::of(&typed.ty));
            }
        }
    }
    resolver.visit_block(body);
}

/// `self` has no identifier node of its own; its token's address stands for it.
pub(super) fn receiver_key(receiver: &syn::Receiver) -> *const Ident {
    std::ptr::from_ref(&receiver.self_token).cast()
}

#[derive(Clone, Copy)]
enum Meaning {
    Variable(SourceVar),
    /// A constant or function declared in a block.
    Item,
    /// A function declared in a block, without the attribute.
    PlainFunction,
    /// A name in a pattern that may be a constant or a binding.
    Unclear,
}

struct Resolver<'s> {
    source: &'s mut Source,
    /// What each name means: a variable, or something else that covers one.
    scopes: Vec<HashMap<String, Meaning>>,
    /// The names bound so far by the pattern being read: `A(x) | B(x)` binds one `x`.
    pattern: HashMap<String, SourceVar>,
    /// Whether a name in the pattern may be that of a constant.
    refutable: bool,
    /// How many blocks are open.
    depth: usize,
    /// Whether an inner block that is open declares items.
    items: bool,
    /// New `Vec`s into which nothing has been put so far.
    empty: Set<SourceVar>,
}

impl Resolver<'_> {
    fn lookup(&self, name: &str) -> Option<SourceVar> {
        match self.meaning(name) {
            Some(Meaning::Variable(var)) => Some(var),
            Some(Meaning::Item | Meaning::PlainFunction | Meaning::Unclear) | None => None,
        }
    }

    fn meaning(&self, name: &str) -> Option<Meaning> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name)).copied()
    }

    fn declare(&mut self, ident: &Ident, mutable: bool) -> SourceVar {
        let name = ident.to_string();
        if let Some(older) = self.lookup(&name) {
            self.source.bindings[older.0].shadowed = true;
        }
        let var = SourceVar(self.source.bindings.len());
        self.source.bindings.push(Binding {
            ident: ident.clone(),
            mutable,
            kind: Kind::Unknown,
            annotated: false,
            written_through: false,
            reassigned: false,
            shadowed: false,
            bits: false,
            collection: false,
            cell: false,
            made: false,
            moved: false,
            touched: false,
        });
        self.scopes
            .last_mut()
            .expect("a scope is always open")
            .insert(name, Meaning::Variable(var));
        var
    }

    /// Binds a pattern that always matches: every name in it is a variable.
    fn bind(&mut self, pattern: &Pat) {
        self.pattern.clear();
        let refutable = std::mem::replace(&mut self.refutable, false);
        self.visit_pat(pattern);
        self.refutable = refutable;
    }

    /// Binds a pattern that may fail to match.
    fn bind_refutable(&mut self, pattern: &Pat) {
        self.pattern.clear();
        let refutable = std::mem::replace(&mut self.refutable, true);
        self.visit_pat(pattern);
        self.refutable = refutable;
    }

    /// Spreads an annotation over the pattern it belongs to.
    fn annotate(&mut self, pattern: &Pat, kind: &Kind) {
        match pattern {
            Pat::Ident(ident) => {
                if let Some(var) = self.source.binders.get(&std::ptr::from_ref(&ident.ident)) {
                    self.source.bindings[var.0].kind = kind.clone();
                    self.source.bindings[var.0].annotated = true;
                }
            }
            Pat::Tuple(tuple) => {
                for (index, part) in tuple.elems.iter().enumerate() {
                    self.annotate(part, &kind.part(index));
                }
            }
            Pat::Reference(reference) => {
                if let Kind::Ref(inner) | Kind::RefMut(inner) = kind {
                    self.annotate(&reference.pat, inner);
                }
            }
            Pat::Paren(paren) => self.annotate(&paren.pat, kind),
            Pat::Slice(slice) => {
                for part in &slice.elems {
                    self.annotate(part, &kind.element());
                }
            }
            _ => {}
        }
    }

    /// Notes the kind that an initialiser shows: it is no annotation.
    fn note_kind(&mut self, pattern: &Pat, kind: &Kind) {
        match pattern {
            Pat::Ident(ident)
                if ident.by_ref.is_none() && ident.subpat.is_none() && *kind != Kind::Unknown =>
            {
                if let Some(var) = self.source.binders.get(&std::ptr::from_ref(&ident.ident)) {
                    self.source.bindings[var.0].kind = kind.clone();
                }
            }
            Pat::Tuple(tuple) => {
                if let Kind::Tuple(kinds) = kind {
                    if kinds.len() == tuple.elems.len() {
                        let parts = tuple.elems.iter().zip(kinds);
                        parts.for_each(|(part, kind)| self.note_kind(part, kind));
                    }
                }
            }
            Pat::Slice(slice) if matches!(kind, Kind::Indexed(..)) => {
                slice.elems.iter().for_each(|part| self.note_kind(part, &kind.element()));
            }
            Pat::Paren(paren) => self.note_kind(&paren.pat, kind),
            _ => {}
        }
    }

    fn scoped(&mut self, inside: impl FnOnce(&mut Self)) {
        self.scopes.push(HashMap::default());
        inside(self);
        self.scopes.pop();
    }

    fn mentions(&self, tokens: TokenStream, found: &mut Vec<SourceVar>) {
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => found.extend(self.lookup(&ident.to_string())),
                TokenTree::Group(group) => self.mentions(group.stream(), found),
                TokenTree::Literal(literal) => {
                    // Format strings name variables inside braces.
                    let text = literal.to_string();
                    for piece in text.split('{').skip(1) {
                        let name: String = piece
                            .chars()
                            .take_while(|c| c.is_alphanumeric() || *c == '_')
                            .collect();
                        found.extend(self.lookup(&name));
                    }
                }
                TokenTree::Punct(_) => {}
            }
        }
    }
}

/// Whether an identifier pattern is a constant or a variant without payload, as far as its
/// spelling tells: `None`, `PI`.
fn is_constant_pattern(pattern: &syn::PatIdent) -> bool {
    pattern.by_ref.is_none()
        && pattern.mutability.is_none()
        && pattern.subpat.is_none()
        && pattern.ident.to_string().starts_with(|c: char| c.is_uppercase())
}

/// The kind of `None`, `Some(..)`, `Ok(..)` and `Err(..)`.
fn variant_kind(init: &Expr) -> Option<Kind> {
    let path = match super::unwrapped(init) {
        Expr::Call(call) => match &*call.func {
            Expr::Path(path) => path,
            _ => return None,
        },
        Expr::Path(path) => path,
        _ => return None,
    };
    match path.path.segments.last()?.ident.to_string().as_str() {
        "Some" | "None" => Some(Kind::Option(Box::new(Kind::Unknown))),
        "Ok" | "Err" => Some(Kind::Result(Box::new(Kind::Unknown))),
        _ => None,
    }
}

/// Whether an attribute of a function is one of rustc's own, which gives it no derivative.
fn is_plain(attribute: &syn::Attribute) -> bool {
    let path = attribute.path();
    path.segments.len() > 1 && path.segments[0].ident == "rustfmt"
        || path.get_ident().is_some_and(|name| {
            ["doc", "inline", "allow", "expect", "warn", "deny", "must_use", "cold", "track_caller"]
                .iter()
                .any(|known| name == known)
        })
}

impl<'ast> Visit<'ast> for Resolver<'_> {
    fn visit_block(&mut self, block: &'ast syn::Block) {
        let outer = self.items;
        self.items |=
            self.depth > 0 && block.stmts.iter().any(|stmt| matches!(stmt, syn::Stmt::Item(_)));
        self.depth += 1;
        self.scoped(|this| {
            for stmt in &block.stmts {
                let syn::Stmt::Item(item) = stmt else { continue };
                let (name, meaning) = match item {
                    syn::Item::Const(item) => (item.ident.to_string(), Meaning::Item),
                    syn::Item::Static(item) => (item.ident.to_string(), Meaning::Item),
                    syn::Item::Fn(item) if item.attrs.iter().all(is_plain) => {
                        (item.sig.ident.to_string(), Meaning::PlainFunction)
                    }
                    syn::Item::Fn(item) => (item.sig.ident.to_string(), Meaning::Item),
                    _ => continue,
                };
                let scope = this.scopes.last_mut().expect("a scope is always open");
                scope.insert(name, meaning);
            }
            visit::visit_block(this, block);
        });
        self.depth -= 1;
        self.items = outer;
    }

    fn visit_expr(&mut self, expr: &'ast Expr) {
        if self.items {
            self.source.in_item_scope.insert(std::ptr::from_ref(expr));
        }
        visit::visit_expr(self, expr);
    }

    fn visit_item(&mut self, _: &'ast syn::Item) {
        // Items do not see the function's variables.
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if let Some(init) = &local.init {
            self.visit_expr(&init.expr);
            if let Some((_, diverge)) = &init.diverge {
                self.visit_expr(diverge);
            }
        }
        let (pattern, kind) = match &local.pat {
            Pat::Type(typed) => (&*typed.pat, Some(Kind::of(&typed.ty))),
            other => (other, None),
        };
        if local.init.as_ref().is_some_and(|init| init.diverge.is_some()) {
            self.bind_refutable(pattern);
        } else {
            self.bind(pattern);
        }
        if let Some(kind) = kind {
            self.annotate(pattern, &kind);
        } else if let Some(init) = local.init.as_ref().filter(|init| init.diverge.is_none()) {
            let kind = variant_kind(&init.expr).filter(|_| matches!(pattern, Pat::Ident(_)));
            let kind = kind.unwrap_or_else(|| match self.source.numbers_in(&init.expr) {
                Kind::Unknown => match self.source.struct_in(&init.expr) {
                    Kind::Unknown => self.source.discrete_parts_in(&init.expr),
                    kind => kind,
                },
                kind => kind,
            });
            self.note_kind(pattern, &kind);
            let made = self.source.is_made(&init.expr);
            if let (true, Pat::Ident(ident)) = (made, pattern) {
                let var = self.source.binders.get(&std::ptr::from_ref(&ident.ident));
                if let Some(var) = var.filter(|_| ident.by_ref.is_none()) {
                    self.source.bindings[var.0].made = true;
                }
            }
        }
        let empty = local.init.as_ref().is_some_and(|init| super::sight::is_empty_vec(&init.expr));
        if let (true, Pat::Ident(name)) = (empty, pattern) {
            let var = self.source.binders.get(&std::ptr::from_ref(&name.ident));
            self.empty.extend(var.filter(|var| {
                let kind = &self.source.bindings[var.0].kind;
                *kind == Kind::Unknown || kind.element() == Kind::Unknown
            }));
        }
    }

    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        if let Some((_, inner)) = &pattern.subpat {
            self.visit_pat(inner);
        }
        if self.refutable && pattern.ident == "None" {
            return;
        }
        if self.refutable && is_constant_pattern(pattern) {
            let scope = self.scopes.last_mut().expect("a scope is always open");
            scope.insert(pattern.ident.to_string(), Meaning::Unclear);
            return;
        }
        let name = pattern.ident.to_string();
        let var = match self.pattern.get(&name) {
            Some(var) => *var,
            None => {
                let var = self.declare(&pattern.ident, pattern.mutability.is_some());
                self.pattern.insert(name, var);
                var
            }
        };
        self.source.binders.insert(std::ptr::from_ref(&pattern.ident), var);
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        if let (None, Some(ident)) = (&path.qself, path.path.get_ident()) {
            if let Some(Meaning::Unclear) = self.meaning(&ident.to_string()) {
                self.source.unclear.push(ident.clone());
            }
            if let Some(Meaning::PlainFunction) = self.meaning(&ident.to_string()) {
                self.source.plain_functions.insert(std::ptr::from_ref(ident));
            }
            if let Some(var) = self.lookup(&ident.to_string()) {
                self.source.uses.insert(std::ptr::from_ref(ident), var);
            }
        }
    }

    fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
        self.scoped(|this| {
            this.pattern.clear();
            this.refutable = false;
            for input in &closure.inputs {
                if let Pat::Type(typed) = input {
                    this.visit_pat(&typed.pat);
                    this.annotate(&typed.pat, &Kind::of(&typed.ty));
                } else {
                    this.visit_pat(input);
                }
            }
            this.visit_expr(&closure.body);
        });
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        self.scoped(|this| {
            this.bind_refutable(&arm.pat);
            this.visit_expr(&arm.body);
        });
    }

    fn visit_expr_let(&mut self, expr: &'ast syn::ExprLet) {
        self.visit_expr(&expr.expr);
        self.bind_refutable(&expr.pat);
    }

    fn visit_expr_if(&mut self, expr: &'ast syn::ExprIf) {
        // Bindings of `if let` reach to the end of the first branch.
        self.scoped(|this| {
            this.visit_expr(&expr.cond);
            this.visit_block(&expr.then_branch);
        });
        if let Some((_, otherwise)) = &expr.else_branch {
            self.visit_expr(otherwise);
        }
    }

    fn visit_expr_while(&mut self, expr: &'ast syn::ExprWhile) {
        self.scoped(|this| {
            this.visit_expr(&expr.cond);
            this.visit_block(&expr.body);
        });
    }

    fn visit_expr_for_loop(&mut self, expr: &'ast syn::ExprForLoop) {
        self.visit_expr(&expr.expr);
        self.scoped(|this| {
            this.bind(&expr.pat);
            let items = this.source.discrete_items_of(&expr.expr);
            for (name, kind) in super::discrete::discrete_names(&expr.pat, &items) {
                if let Some(var) = this.source.binders.get(&std::ptr::from_ref(&name.ident)) {
                    this.source.bindings[var.0].kind = kind;
                }
            }
            this.visit_block(&expr.body);
        });
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        visit::visit_expr_method_call(self, call);
        // What is first put into a `Vec` tells what it holds.
        let (Expr::Path(path), "push", 1) =
            (&*call.receiver, call.method.to_string().as_str(), call.args.len())
        else {
            return;
        };
        let used = path.path.get_ident().and_then(|ident| self.source.usage(ident));
        if let Some(var) = used.filter(|var| self.empty.remove(var)) {
            let element = match self.source.discrete_parts_in(&call.args[0]) {
                Kind::Unknown => self.source.struct_in(&call.args[0]),
                kind => kind,
            };
            if element != Kind::Unknown {
                self.source.bindings[var.0].kind = Kind::Indexed(Box::new(element), Container::Vec);
            }
        }
    }

    fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
        let arguments = self.read_macro(invocation);
        self.source.macros.insert(std::ptr::from_ref(invocation), arguments);
    }
}

impl Resolver<'_> {
    fn read_macro(&mut self, invocation: &syn::Macro) -> MacroArguments {
        let name = super::std_macro(&invocation.path);
        if name == "vec" {
            if let Ok(list) =
                invocation.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated)
            {
                let list: Rc<[Expr]> = list.into_iter().collect();
                list.iter().for_each(|expr| self.visit_expr(expr));
                return MacroArguments::List(list);
            }
            let repeat = |input: syn::parse::ParseStream<'_>| {
                let value: Expr = input.parse()?;
                input.parse::<Token![;]>()?;
                Ok([value, input.parse()?])
            };
            if let Ok(pair) = invocation.parse_body_with(repeat) {
                let pair = Rc::new(pair);
                pair.iter().for_each(|expr| self.visit_expr(expr));
                return MacroArguments::Repeat(pair);
            }
        }
        let mut found = Vec::new();
        self.mentions(invocation.tokens.clone(), &mut found);
        found.sort_unstable();
        found.dedup();
        if super::only_reads(&name) && name != "matches" {
            // What stands in an assertion may have effects of its own.
            if let Ok(list) =
                invocation.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated)
            {
                // `name = value` names an argument.
                let value = |argument| match argument {
                    Expr::Assign(assignment) => *assignment.right,
                    other => other,
                };
                let list: Rc<[Expr]> = list.into_iter().map(value).collect();
                list.iter().for_each(|expr| self.visit_expr(expr));
                return MacroArguments::Reads(list, found);
            }
        }
        MacroArguments::Tokens(found)
    }
}
