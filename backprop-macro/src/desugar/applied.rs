//! A closure or function applied to an item: its body in place, its parameters bound.

use proc_macro2::Ident;
use syn::{parse_quote, Expr, Pat, Stmt};

use super::build::{Sink, Stated};
use super::chain::{Function, Stage};
use super::Desugar;

impl Desugar {
    /// `folded = function(folded, item);`
    pub(super) fn folded(
        &mut self,
        folded: &Ident,
        function: &Function,
        item: Expr,
        bound: bool,
    ) -> Vec<Stmt> {
        let Function::Closure(closure) = function else {
            let (mut out, value) = self.applied(function, vec![parse_quote!(#folded), item]);
            out.push(parse_quote!(#folded = #value;));
            return out;
        };
        let (closure, flat) = self.own_names(closure);
        let mut out = Vec::new();
        let mut inside = Vec::new();
        let target = if flat { &mut out } else { &mut inside };
        // The accumulator takes the place of a plain parameter.
        let mut closure = closure;
        let parameter = closure.inputs.first().cloned();
        let simple = match parameter.as_ref().map(untyped) {
            Some(Pat::Ident(ident)) if ident.by_ref.is_none() && ident.subpat.is_none() => {
                Some((ident.ident.clone(), ident.mutability.is_some()))
            }
            _ => None,
        };
        let mut replaced = false;
        if let Some((name, mutable)) = simple {
            let returned = tail(&closure.body)
                .is_some_and(|tail| matches!(tail, Expr::Path(p) if p.path.is_ident(&name)));
            let part = parameter.as_ref().map(untyped).cloned();
            replaced = (!mutable || returned)
                && part.is_some_and(|part| replace(&mut closure, &part, folded));
        }
        if !replaced {
            bind(&closure.inputs[0], parse_quote!(#folded), target);
        }
        if !bound {
            if let Some(pattern) = closure.inputs.iter().nth(1) {
                bind(pattern, item, target);
            }
        }
        let mut value = (*closure.body).clone();
        if flat {
            value = flattened(value, target);
        }
        let unchanged = matches!(&value, Expr::Path(path) if path.path.is_ident(folded));
        if flat {
            if !unchanged {
                out.push(parse_quote!(#folded = #value;));
            }
        } else {
            out.push(parse_quote!(#folded = { #(#inside)* #value };));
        }
        out
    }

    /// The value of a function for an item that the loop's pattern may have bound already.
    pub(super) fn applied_to(
        &mut self,
        function: &Function,
        item: Expr,
        bound: bool,
    ) -> (Vec<Stmt>, Expr) {
        match function {
            Function::Closure(closure) if bound => {
                let (closure, flat) = self.own_names_within(closure);
                let mut out = Vec::new();
                let value = (*closure.body).clone();
                let value = if flat { flattened(value, &mut out) } else { value };
                (out, value)
            }
            function => self.applied(function, vec![item]),
        }
    }

    /// A closure whose parameters keep their names.
    fn own_names_within(&mut self, closure: &syn::ExprClosure) -> (syn::ExprClosure, bool) {
        let mut inner = closure.clone();
        // The parameters' names occur nowhere else, so they stay.
        let (renamed, flat) = self.own_names(&inner);
        inner.body = renamed.body;
        (inner, flat)
    }

    /// The value of a function: statements that bind its parameters, and its body.
    pub(super) fn applied(&mut self, function: &Function, args: Vec<Expr>) -> (Vec<Stmt>, Expr) {
        match function {
            Function::Path(path) => match (method_of_std(path), args.as_slice()) {
                (Some(method), [item]) => (Vec::new(), parse_quote!(#item.#method())),
                _ => (Vec::new(), parse_quote!(#path(#(#args),*))),
            },
            Function::Closure(closure) => {
                let (closure, flat) = self.own_names(closure);
                let mut out = Vec::new();
                for (pattern, arg) in closure.inputs.iter().zip(args) {
                    bind(pattern, arg, &mut out);
                }
                let body = (*closure.body).clone();
                if flat {
                    let value = flattened(body, &mut out);
                    (out, value)
                } else if out.is_empty() {
                    (out, body)
                } else {
                    (Vec::new(), parse_quote!({ #(#out)* #body }))
                }
            }
        }
    }

    /// A condition on an item.
    pub(super) fn predicate(&mut self, function: &Function, item: &Expr) -> Expr {
        let (stmts, value) = match function {
            // What is bound here is seen nowhere else.
            Function::Closure(closure) => {
                let mut out = Vec::new();
                if let Some(pattern) = closure.inputs.first() {
                    bind(pattern, parse_quote!(&#item), &mut out);
                }
                (out, (*closure.body).clone())
            }
            function => self.applied(function, vec![parse_quote!(&#item)]),
        };
        if stmts.is_empty() {
            value
        } else {
            parse_quote!({ #(#stmts)* #value })
        }
    }

    /// The value under a name, if what follows uses it more than once or in another order.
    pub(super) fn named_if_used(
        &mut self,
        value: Expr,
        rest: &[Stated],
        sink: &Sink,
        out: &mut Vec<Stmt>,
    ) -> Expr {
        let direct = matches!(
            (rest.first().map(|stage| &stage.stage), sink),
            (None, Sink::Use(..) | Sink::Run { .. } | Sink::Body(..) | Sink::Attempt(_))
                | (None, Sink::Call(Function::Closure(_)))
                | (
                    Some(
                        Stage::Map(Function::Closure(_))
                            | Stage::FlatMap(Function::Closure(_))
                            | Stage::FilterMap(Function::Closure(_))
                            | Stage::Flatten
                    ),
                    _,
                )
        );
        if direct {
            value
        } else {
            self.named(value, out)
        }
    }

    pub(super) fn named(&mut self, value: Expr, out: &mut Vec<Stmt>) -> Expr {
        if matches!(&value, Expr::Path(path) if path.path.get_ident().is_some()) {
            return value;
        }
        if let Expr::Tuple(parts) = &value {
            // A pair stays one: patterns take it apart.
            let mut parts = parts.clone();
            for part in &mut parts.elems {
                *part = self.named(part.clone(), out);
            }
            return Expr::Tuple(parts);
        }
        let item = self.fresh("item");
        out.push(parse_quote!(let #item = #value;));
        parse_quote!(#item)
    }
}

/// `let pattern = value;`, taken apart as far as both show the same tuples.
pub(super) fn bind(pattern: &Pat, value: Expr, out: &mut Vec<Stmt>) {
    match (pattern, &value) {
        (Pat::Tuple(parts), Expr::Tuple(values))
            if parts.elems.len() == values.elems.len()
                && !parts.elems.iter().any(|part| matches!(part, Pat::Rest(_))) =>
        {
            for (part, value) in parts.elems.iter().zip(&values.elems) {
                bind(part, value.clone(), out);
            }
        }
        // Taking a reference apart binds references.
        (Pat::Tuple(parts), Expr::Reference(reference))
            if matches!(&*reference.expr, Expr::Tuple(values)
                if values.elems.len() == parts.elems.len())
                && !parts.elems.iter().any(|part| matches!(part, Pat::Rest(_))) =>
        {
            let Expr::Tuple(values) = &*reference.expr else { unreachable!("just looked at") };
            for (part, value) in parts.elems.iter().zip(&values.elems) {
                bind(part, parse_quote!(&#value), out);
            }
        }
        (Pat::Paren(inner), _) => bind(&inner.pat, value, out),
        (Pat::Reference(inner), Expr::Reference(reference)) if reference.mutability.is_none() => {
            bind(&inner.pat, (*reference.expr).clone(), out);
        }
        // `let &x = item;` reads what the item refers to.
        (Pat::Reference(inner), _) if inner.mutability.is_none() => {
            bind(&inner.pat, parse_quote!(*#value), out);
        }
        (Pat::Wild(_), Expr::Path(_)) => {}
        (Pat::Ident(ident), Expr::Path(path)) if path.path.is_ident(&ident.ident) => {}
        _ => out.push(parse_quote!(let #pattern = #value;)),
    }
}

pub(super) fn untyped(pattern: &Pat) -> &Pat {
    match pattern {
        Pat::Type(typed) => &typed.pat,
        other => other,
    }
}

/// The statements of a block, and its value.
pub(super) fn flattened(value: Expr, out: &mut Vec<Stmt>) -> Expr {
    match value {
        Expr::Block(mut block) if block.label.is_none() => match block.block.stmts.pop() {
            Some(Stmt::Expr(tail, None)) => {
                out.extend(block.block.stmts);
                tail
            }
            Some(stmt) => {
                out.extend(block.block.stmts);
                out.push(stmt);
                parse_quote!(())
            }
            None => parse_quote!(()),
        },
        other => other,
    }
}

/// The same where the block's names may cover others: only a block without statements.
pub(super) fn flattened_scope(value: Expr, out: &mut Vec<Stmt>) -> Expr {
    match &value {
        Expr::Block(block) if block.block.stmts.len() == 1 => flattened(value, out),
        _ => value,
    }
}

pub(super) fn push_effect(value: Expr, out: &mut Vec<Stmt>) {
    if matches!(&value, Expr::Tuple(tuple) if tuple.elems.is_empty()) {
        return;
    }
    out.push(Stmt::Expr(value, Some(parse_quote!(;))));
}

pub(super) fn tail(body: &Expr) -> Option<&Expr> {
    match body {
        Expr::Block(block) => match block.block.stmts.last() {
            Some(Stmt::Expr(tail, None)) => Some(tail),
            _ => None,
        },
        other => Some(other),
    }
}

/// Puts a variable in the place of a parameter, unless the body binds that name again.
pub(super) fn replace(closure: &mut syn::ExprClosure, parameter: &Pat, variable: &Ident) -> bool {
    let Pat::Ident(name) = parameter else { return false };
    let name = name.ident.to_string();
    if count_bindings(closure, &name) > 1 {
        return false;
    }
    let mut rename = super::rename::Rename { from: name, to: variable.clone(), feasible: true };
    let mut body = (*closure.body).clone();
    syn::visit_mut::VisitMut::visit_expr_mut(&mut rename, &mut body);
    if rename.feasible {
        *closure.body = body;
    }
    rename.feasible
}

fn count_bindings(closure: &syn::ExprClosure, name: &str) -> usize {
    use syn::visit::Visit;
    struct Bound<'n>(&'n str, usize);
    impl<'ast> Visit<'ast> for Bound<'_> {
        fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
            self.1 += usize::from(pattern.ident == self.0);
        }
    }
    let mut bound = Bound(name, 0);
    bound.visit_expr_closure(closure);
    bound.1
}

/// The method that a path names by its type: `f64::clone`, `Vec::len`.
fn method_of_std(path: &Expr) -> Option<Ident> {
    let Expr::Path(path) = path else { return None };
    let mut names = path.path.segments.iter().rev().map(|segment| &segment.ident);
    let method = names.next()?;
    let owner = names.next();
    let collection = match (&path.qself, owner) {
        (None, Some(owner)) => {
            matches!(owner.to_string().as_str(), "Vec" | "VecDeque" | "Option" | "String" | "str")
        }
        (Some(qself), None) => matches!(*qself.ty, syn::Type::Slice(_)),
        _ => false,
    };
    let measures = matches!(
        method.to_string().as_str(),
        "len" | "is_empty" | "is_some" | "is_none" | "to_vec"
    );
    (collection && measures || owner.is_some() && method == "clone").then(|| method.clone())
}
