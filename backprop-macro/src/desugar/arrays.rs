//! Which receivers of `map` are arrays.
//!
//! Arrays have a `map` as `Option`s and iterators do. Where it shows that a receiver is an array (by
//! a type that is written, by what the file declares, by how the value is made), the call is
//! marked; rustc checks that it is one.

use crate::maps::HashMap;

use proc_macro2::{Ident, Span};
use syn::visit_mut::{self, VisitMut};
use syn::{parse_quote, Block, Expr, Pat};

use super::chain::is_iterator;
use crate::kind::{Container, Kind};
use crate::source::unwrapped;
use crate::surroundings;

/// The name of the attribute that marks calls of an array's `map`.
const MARK: &str = "backprop_array";

/// Whether a call is known to be one of an array's `map`, and how many references the array is
/// behind.
pub(super) fn marked(call: &syn::ExprMethodCall) -> Option<usize> {
    let attr = call.attrs.iter().find(|attr| attr.path().is_ident(MARK))?;
    let syn::Meta::List(list) = &attr.meta else { return Some(0) };
    Some(list.tokens.to_string().parse().unwrap_or(0))
}

pub(super) fn is_mark(attr: &syn::Attribute) -> bool {
    attr.path().is_ident(MARK)
}

/// Marks the calls of `map` on what shows to be an array.
pub(super) fn mark(signature: &syn::Signature, block: &mut Block) {
    let mut reader = Reader { scopes: vec![HashMap::default()], given: Vec::new() };
    for input in &signature.inputs {
        match input {
            syn::FnArg::Typed(typed) => reader.bind(&typed.pat, &Kind::of(&typed.ty)),
            syn::FnArg::Receiver(_) => {
                reader.name("self".to_owned(), surroundings::kind_of_self());
            }
        }
    }
    reader.visit_block_mut(block);
}

/// What is known of a name.
#[derive(Clone)]
struct Known {
    kind: Kind,
    /// What a call of it yields, if it is a closure.
    yields: Kind,
}

struct Reader {
    scopes: Vec<HashMap<String, Known>>,
    /// What the closure is given that is read next.
    given: Vec<Kind>,
}

impl Reader {
    fn name(&mut self, name: String, kind: Kind) {
        let known = Known { kind, yields: Kind::Unknown };
        self.scopes.last_mut().expect("there is a scope").insert(name, known);
    }

    fn lookup(&self, name: &Ident) -> Option<&Known> {
        let name = name.to_string();
        self.scopes.iter().rev().find_map(|scope| scope.get(&name))
    }

    fn scoped<T>(&mut self, inside: impl FnOnce(&mut Self) -> T) -> T {
        self.scopes.push(HashMap::default());
        let result = inside(self);
        self.scopes.pop();
        result
    }

    /// Binds a pattern's names to the parts of a value of a kind.
    fn bind(&mut self, pattern: &Pat, kind: &Kind) {
        let part = |inner: Kind| match kind {
            Kind::Ref(_) | Kind::RefMut(_) => Kind::Ref(Box::new(inner)),
            _ => inner,
        };
        match pattern {
            Pat::Ident(ident) => self.name(ident.ident.to_string(), kind.clone()),
            Pat::Paren(inner) => self.bind(&inner.pat, kind),
            Pat::Type(typed) => self.bind(&typed.pat, &Kind::of(&typed.ty)),
            Pat::Reference(inner) => match kind {
                Kind::Ref(target) | Kind::RefMut(target) => self.bind(&inner.pat, target),
                _ => self.bind(&inner.pat, &Kind::Unknown),
            },
            Pat::Tuple(tuple) => {
                let counted = !tuple.elems.iter().any(|part| matches!(part, Pat::Rest(_)));
                for (index, inner) in tuple.elems.iter().enumerate() {
                    let kind = if counted { kind.part(index) } else { Kind::Unknown };
                    self.bind(inner, &part(kind));
                }
            }
            Pat::TupleStruct(tuple) => {
                for (index, inner) in tuple.elems.iter().enumerate() {
                    let held = match (kind.success(), kind.peeled()) {
                        (Kind::Unknown, Kind::Record(_)) => part(kind.part(index)),
                        (held, _) => held,
                    };
                    self.bind(inner, &held);
                }
            }
            Pat::Struct(record) => {
                for field in &record.fields {
                    let held = kind.member(&field.member);
                    self.bind(&field.pat, &part(held));
                }
            }
            Pat::Slice(slice) => {
                for inner in &slice.elems {
                    self.bind(inner, &part(kind.element()));
                }
            }
            Pat::Or(alternatives) => {
                for inner in &alternatives.cases {
                    self.bind(inner, kind);
                }
            }
            _ => {}
        }
    }

    fn kind(&mut self, expr: &Expr) -> Kind {
        match expr {
            Expr::Paren(e) => self.kind(&e.expr),
            Expr::Group(e) => self.kind(&e.expr),
            Expr::Path(path) => match path.path.get_ident() {
                Some(ident) => match self.lookup(ident) {
                    Some(known) => known.kind.clone(),
                    None => surroundings::kind_of_constant(&ident.to_string()),
                },
                None => surroundings::result_of_associated(&path.path),
            },
            Expr::Reference(e) => Kind::Ref(Box::new(self.kind(&e.expr))),
            Expr::Unary(e) if matches!(e.op, syn::UnOp::Deref(_)) => match self.kind(&e.expr) {
                Kind::Ref(inner) | Kind::RefMut(inner) => *inner,
                _ => Kind::Unknown,
            },
            Expr::Field(e) => self.kind(&e.base).member(&e.member),
            Expr::Index(e) => {
                let range = matches!(unwrapped(&e.index), Expr::Range(_));
                self.kind(&e.expr).at(range)
            }
            Expr::Array(e) => {
                let element = e.elems.first().map_or(Kind::Unknown, |first| self.kind(first));
                array(element)
            }
            Expr::Repeat(e) => {
                let element = self.kind(&e.expr);
                array(element)
            }
            Expr::Tuple(e) => Kind::Tuple(e.elems.iter().map(|part| self.kind(part)).collect()),
            Expr::Struct(e) => Kind::of_path(&e.path),
            Expr::Cast(e) => Kind::of(&e.ty),
            Expr::Try(e) => self.kind(&e.expr).success(),
            Expr::Call(e) => self.call(e),
            Expr::MethodCall(e) => self.method(e),
            Expr::Block(e) => self.block(&e.block),
            Expr::If(e) => self.block(&e.then_branch),
            Expr::Match(e) => e.arms.first().map_or(Kind::Unknown, |arm| self.kind(&arm.body)),
            _ => Kind::Unknown,
        }
    }

    /// The kind of a block's value. Of names that the block declares only literals matter.
    fn block(&mut self, block: &Block) -> Kind {
        self.scoped(|this| {
            for stmt in &block.stmts {
                if let syn::Stmt::Local(local) = stmt {
                    this.local(local);
                }
            }
            match block.stmts.last() {
                Some(syn::Stmt::Expr(value, None)) => this.kind(value),
                _ => Kind::Unknown,
            }
        })
    }

    fn local(&mut self, local: &syn::Local) {
        let init = local.init.as_ref().map(|init| unwrapped(&init.expr));
        if let (Pat::Ident(name), Some(Expr::Closure(closure))) = (&local.pat, init) {
            let yields = self.applied(closure, &[]);
            let known = Known { kind: Kind::Unknown, yields };
            let scope = self.scopes.last_mut().expect("there is a scope");
            scope.insert(name.ident.to_string(), known);
            return;
        }
        let kind = match (&local.pat, init) {
            (Pat::Type(typed), _) => Kind::of(&typed.ty),
            (_, Some(init)) => self.kind(init),
            (_, None) => Kind::Unknown,
        };
        let pattern = match &local.pat {
            Pat::Type(typed) => &typed.pat,
            pattern => pattern,
        };
        self.bind(pattern, &kind);
    }

    /// The kind of what a closure yields for arguments of these kinds.
    fn applied(&mut self, closure: &syn::ExprClosure, arguments: &[Kind]) -> Kind {
        if let syn::ReturnType::Type(_, ty) = &closure.output {
            return Kind::of(ty);
        }
        self.scoped(|this| {
            for (index, input) in closure.inputs.iter().enumerate() {
                this.bind(input, arguments.get(index).unwrap_or(&Kind::Unknown));
            }
            this.kind(&closure.body)
        })
    }

    fn call(&mut self, e: &syn::ExprCall) -> Kind {
        let Expr::Path(path) = unwrapped(&e.func) else { return Kind::Unknown };
        if let Some(name) = path.path.get_ident() {
            return match self.lookup(name) {
                Some(known) => known.yields.clone(),
                None if name == "Some" => match e.args.first() {
                    Some(held) => Kind::Option(Box::new(self.kind(held))),
                    None => Kind::Unknown,
                },
                None => surroundings::result_of_function(&name.to_string()),
            };
        }
        let names: Vec<String> =
            path.path.segments.iter().rev().map(|segment| segment.ident.to_string()).collect();
        if names[0] == "from_fn" && names[1] == "array" {
            let element = match e.args.first().map(unwrapped) {
                Some(Expr::Closure(closure)) => self.applied(closure, &[]),
                _ => Kind::Unknown,
            };
            return array(element);
        }
        surroundings::result_of_associated(&path.path)
    }

    fn method(&mut self, e: &syn::ExprMethodCall) -> Kind {
        if is_iterator(&e.receiver) {
            return Kind::Unknown;
        }
        let receiver = self.kind(&e.receiver);
        let name = e.method.to_string();
        match (name.as_str(), receiver.peeled()) {
            ("map", Kind::Indexed(element, Container::Array(_))) => {
                let element = match e.args.first().map(unwrapped) {
                    Some(Expr::Closure(closure)) => {
                        self.applied(closure, std::slice::from_ref(element))
                    }
                    _ => Kind::Unknown,
                };
                array(element)
            }
            ("clone", kind) => kind.clone(),
            ("to_vec" | "to_owned", Kind::Indexed(element, _)) => {
                Kind::Indexed(element.clone(), Container::Vec)
            }
            ("unwrap" | "expect", kind) => kind.success(),
            (_, Kind::Record(_)) => surroundings::result_of_method(&receiver, &name),
            _ => Kind::Unknown,
        }
    }

    /// The kind of the items of an iterator, or of what can become one.
    fn items(&mut self, expr: &Expr) -> Kind {
        let lent = |kind: Kind| Kind::Ref(Box::new(kind));
        let Expr::MethodCall(e) = unwrapped(expr) else {
            return match self.kind(expr) {
                Kind::Ref(inner) | Kind::RefMut(inner) => lent(inner.element()),
                kind => kind.element(),
            };
        };
        let name = e.method.to_string();
        match name.as_str() {
            "iter" | "iter_mut" => lent(self.kind(&e.receiver).element()),
            "into_iter" if !is_iterator(&e.receiver) => match self.kind(&e.receiver) {
                Kind::Ref(inner) | Kind::RefMut(inner) => lent(inner.element()),
                kind => kind.element(),
            },
            "windows" | "chunks" | "chunks_exact" => lent(self.kind(&e.receiver).at(true)),
            "copied" | "cloned" => match self.items(&e.receiver) {
                Kind::Ref(inner) | Kind::RefMut(inner) => *inner,
                kind => kind,
            },
            "enumerate" => Kind::Tuple(vec![Kind::Discrete, self.items(&e.receiver)]),
            "zip" if e.args.len() == 1 => {
                Kind::Tuple(vec![self.items(&e.receiver), self.items(&e.args[0])])
            }
            "map" if e.args.len() == 1 => {
                let item = self.items(&e.receiver);
                match unwrapped(&e.args[0]) {
                    Expr::Closure(closure) => self.applied(closure, &[item]),
                    _ => Kind::Unknown,
                }
            }
            "rev" | "skip" | "take" | "step_by" | "filter" | "take_while" | "skip_while"
            | "inspect" => self.items(&e.receiver),
            _ => Kind::Unknown,
        }
    }
}

fn array(element: Kind) -> Kind {
    Kind::Indexed(Box::new(element), Container::Array(String::new()))
}

impl VisitMut for Reader {
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}

    fn visit_block_mut(&mut self, block: &mut Block) {
        self.scopes.push(HashMap::default());
        visit_mut::visit_block_mut(self, block);
        self.scopes.pop();
    }

    fn visit_local_mut(&mut self, local: &mut syn::Local) {
        visit_mut::visit_local_mut(self, local);
        self.local(local);
    }

    fn visit_expr_for_loop_mut(&mut self, e: &mut syn::ExprForLoop) {
        self.visit_expr_mut(&mut e.expr);
        let item = self.items(&e.expr);
        self.scopes.push(HashMap::default());
        self.bind(&e.pat, &item);
        self.visit_block_mut(&mut e.body);
        self.scopes.pop();
    }

    fn visit_expr_let_mut(&mut self, e: &mut syn::ExprLet) {
        visit_mut::visit_expr_let_mut(self, e);
        let kind = self.kind(&e.expr);
        self.bind(&e.pat, &kind);
    }

    fn visit_expr_if_mut(&mut self, e: &mut syn::ExprIf) {
        self.scopes.push(HashMap::default());
        visit_mut::visit_expr_if_mut(self, e);
        self.scopes.pop();
    }

    fn visit_expr_while_mut(&mut self, e: &mut syn::ExprWhile) {
        self.scopes.push(HashMap::default());
        visit_mut::visit_expr_while_mut(self, e);
        self.scopes.pop();
    }

    fn visit_expr_match_mut(&mut self, e: &mut syn::ExprMatch) {
        self.visit_expr_mut(&mut e.expr);
        let kind = self.kind(&e.expr);
        for arm in &mut e.arms {
            self.scopes.push(HashMap::default());
            self.bind(&arm.pat, &kind);
            visit_mut::visit_arm_mut(self, arm);
            self.scopes.pop();
        }
    }

    fn visit_expr_method_call_mut(&mut self, call: &mut syn::ExprMethodCall) {
        self.visit_expr_mut(&mut call.receiver);
        let receiver = self.kind(&call.receiver);
        let array = match receiver.peeled() {
            Kind::Indexed(element, Container::Array(_)) if !is_iterator(&call.receiver) => {
                Some((**element).clone())
            }
            _ => None,
        };
        let item = match &array {
            Some(element) => element.clone(),
            None if is_iterator(&call.receiver) => self.items(&call.receiver),
            None => Kind::Unknown,
        };
        let folds = call.method == "fold" || call.method == "scan";
        for argument in &mut call.args {
            let given = if folds { vec![Kind::Unknown, item.clone()] } else { vec![item.clone()] };
            self.given = given;
            self.visit_expr_mut(argument);
            self.given.clear();
        }
        if array.is_some() && call.method == "map" && call.args.len() == 1 {
            let mark = Ident::new(MARK, Span::mixed_site());
            let depth = proc_macro2::Literal::usize_unsuffixed(receiver.references());
            call.attrs.push(parse_quote!(#[#mark(#depth)]));
        }
    }

    fn visit_expr_closure_mut(&mut self, closure: &mut syn::ExprClosure) {
        let given = std::mem::take(&mut self.given);
        self.scopes.push(HashMap::default());
        for (index, input) in closure.inputs.iter().enumerate() {
            self.bind(input, given.get(index).unwrap_or(&Kind::Unknown));
        }
        visit_mut::visit_expr_closure_mut(self, closure);
        self.scopes.pop();
    }
}
