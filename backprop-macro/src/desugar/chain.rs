//! Reading an expression as a chain of adapters over something that is iterated.

use quote::ToTokens;
use syn::{parse_quote, Expr, ExprClosure, ExprMethodCall, Stmt};

use super::rename::without_returns;
use super::Desugar;
use crate::source::unwrapped;

/// A chain taken apart.
#[derive(Clone)]
pub(super) struct Chain {
    pub(super) base: Base,
    pub(super) stages: Vec<Stage>,
}

#[derive(Clone)]
pub(super) enum Base {
    /// What a loop can iterate over and the graph can follow: adapters that rearrange a place.
    Header(Expr),
    /// Statements before the loop, for a header that reads what they name.
    Named(Vec<Stmt>, Box<Base>),
    Chained(Box<Chain>, Box<Chain>),
    /// `successors(first, next)`, with the value in `first`.
    Successors(Expr, Function),
    /// `from_fn(next)`.
    Repeated(Function),
    /// `repeat(value)`.
    Same(Expr),
}

#[derive(Clone)]
pub(super) enum Stage {
    Map(Function),
    Filter(Function),
    FilterMap(Function),
    FlatMap(Function),
    Flatten,
    Scan(Expr, Function),
    TakeWhile(Function),
    SkipWhile(Function),
    MapWhile(Function),
    Inspect(Function),
    Copied,
    Cloned,
    Enumerate,
    Skip(Expr),
    Take(Expr),
    StepBy(Expr),
    /// Stages for each part of a pair.
    Pair(Vec<Stage>, Vec<Stage>),
    /// Beside the elements of a place that has a name, by their number.
    Beside(Box<Beside>),
}

/// The second operand of a `zip` whose first one leaves items out.
#[derive(Clone)]
pub(super) struct Beside {
    pub(super) items: Expr,
    pub(super) by_value: bool,
    pub(super) cyclic: bool,
    pub(super) stages: Vec<Stage>,
}

/// What an adapter calls.
#[derive(Clone)]
pub(super) enum Function {
    Closure(ExprClosure),
    Path(Expr),
}

impl Function {
    pub(super) fn of(expr: &Expr) -> Option<Function> {
        match unwrapped(expr) {
            Expr::Closure(closure) if closure.asyncness.is_none() => {
                let mut closure = closure.clone();
                *closure.body = without_returns(&closure.body)?;
                Some(Function::Closure(closure))
            }
            Expr::Path(_) => Some(Function::Path(unwrapped(expr).clone())),
            Expr::Reference(reference) => match unwrapped(&reference.expr) {
                path @ Expr::Path(_) => Some(Function::Path(path.clone())),
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn closure(&self) -> Option<&ExprClosure> {
        match self {
            Function::Closure(closure) => Some(closure),
            Function::Path(_) => None,
        }
    }

    /// The type that a closure writes for its first parameter.
    pub(super) fn first_type(&self) -> Option<&syn::Type> {
        match self.closure()?.inputs.first()? {
            syn::Pat::Type(typed) => Some(&typed.ty),
            _ => None,
        }
    }

    /// Whether calling it less or more often cannot matter, as far as its text tells.
    fn is_pure(&self) -> bool {
        self.closure().is_none_or(|closure| is_pure(&closure.body))
    }
}

/// Whether an expression changes nothing, as far as its text tells.
pub(super) fn is_pure(expr: &Expr) -> bool {
    use syn::visit::{self, Visit};
    struct Find(bool);
    impl<'ast> Visit<'ast> for Find {
        fn visit_expr_assign(&mut self, _: &'ast syn::ExprAssign) {
            self.0 = true;
        }
        fn visit_bin_op(&mut self, op: &'ast syn::BinOp) {
            self.0 |= crate::source::is_compound(op);
        }
        fn visit_expr_reference(&mut self, expr: &'ast syn::ExprReference) {
            self.0 |= expr.mutability.is_some();
            visit::visit_expr_reference(self, expr);
        }
        fn visit_stmt(&mut self, stmt: &'ast Stmt) {
            // A call whose value is dropped is there for its effect.
            self.0 |= matches!(
                stmt,
                Stmt::Expr(Expr::MethodCall(_) | Expr::Call(_), Some(_)) | Stmt::Macro(_)
            );
            visit::visit_stmt(self, stmt);
        }
    }
    let mut find = Find(false);
    find.visit_expr(expr);
    !find.0
}

/// Whether an expression names a place.
pub(super) fn is_place(expr: &Expr) -> bool {
    match expr {
        Expr::Path(path) => path.path.get_ident().is_some(),
        Expr::Paren(e) => is_place(&e.expr),
        Expr::Group(e) => is_place(&e.expr),
        Expr::Field(e) => is_place(&e.base),
        Expr::Index(e) => is_place(&e.expr),
        Expr::Reference(e) => is_place(&e.expr),
        Expr::Unary(e) => matches!(e.op, syn::UnOp::Deref(_)) && is_place(&e.expr),
        _ => false,
    }
}

/// Whether an expression is an iterator by sight.
pub(crate) fn is_iterator(expr: &Expr) -> bool {
    match unwrapped(expr) {
        Expr::Range(_) => true,
        Expr::MethodCall(call) => {
            let name = call.method.to_string();
            matches!(
                name.as_str(),
                "iter"
                    | "into_iter"
                    | "iter_mut"
                    | "windows"
                    | "chunks"
                    | "chunks_exact"
                    | "chunks_mut"
                    | "chunks_exact_mut"
                    | "drain"
                    | "rchunks"
                    | "chunk_by"
            ) || is_adapter(&name) && is_iterator(&call.receiver)
        }
        Expr::Call(call) => source_function(call).is_some(),
        _ => false,
    }
}

pub(super) fn is_adapter(name: &str) -> bool {
    matches!(
        name,
        "zip"
            | "enumerate"
            | "skip"
            | "take"
            | "rev"
            | "copied"
            | "cloned"
            | "step_by"
            | "map"
            | "filter"
            | "filter_map"
            | "flat_map"
            | "flatten"
            | "scan"
            | "take_while"
            | "skip_while"
            | "map_while"
            | "inspect"
            | "chain"
            | "cycle"
            | "fuse"
            | "peekable"
            | "by_ref"
    )
}

/// Whether a method is one of std's whose value is an iterator that is not followed.
pub(crate) fn yields_iterator(call: &ExprMethodCall) -> bool {
    let name = call.method.to_string();
    call.args.iter().any(|argument| matches!(argument, Expr::Closure(_)))
        || matches!(
            name.as_str(),
            "split"
                | "splitn"
                | "split_whitespace"
                | "keys"
                | "values"
                | "values_mut"
                | "into_values"
                | "into_keys"
                | "range"
                | "lines"
                | "chars"
                | "bytes"
                | "char_indices"
                | "array_chunks"
                | "array_windows"
                | "cycle"
        )
}

/// `once`, `repeat`, … when called by a path that says so.
fn source_function(call: &syn::ExprCall) -> Option<String> {
    let Expr::Path(path) = unwrapped(&call.func) else { return None };
    let segments = &path.path.segments;
    let name = segments.last()?.ident.to_string();
    let known = matches!(
        name.as_str(),
        "once" | "repeat" | "repeat_n" | "successors" | "from_fn" | "repeat_with" | "zip"
    );
    let owner = segments.iter().rev().nth(1).map(|segment| segment.ident.to_string());
    let fits = match owner.as_deref() {
        Some("iter") => segments.len() > 2 || !crate::scopes::declares_module("iter"),
        None => {
            matches!(name.as_str(), "once" | "repeat" | "successors")
                && !crate::scopes::declares_function(&name)
        }
        _ => false,
    };
    (known && fits).then_some(name)
}

impl Desugar {
    /// Reads an iterator.
    pub(super) fn chain(&mut self, expr: &Expr) -> Option<Chain> {
        match unwrapped(expr) {
            range @ Expr::Range(e) => {
                let base = if e.start.is_none() {
                    return None;
                } else if e.end.is_some() {
                    Expr::Paren(syn::ExprParen {
                        attrs: Vec::new(),
                        paren_token: syn::token::Paren::default(),
                        expr: Box::new(range.clone()),
                    })
                } else {
                    parse_quote!((#range))
                };
                Some(Chain { base: Base::Header(base), stages: Vec::new() })
            }
            Expr::MethodCall(call) => self.adapter(call),
            Expr::Call(call) => self.source_call(call),
            _ => None,
        }
    }

    /// Reads what a `for` loop, `zip` or `chain` takes: an iterator or what can become one.
    pub(super) fn iterable(&mut self, expr: &Expr) -> Option<Chain> {
        if is_iterator(expr) {
            return self.chain(expr);
        }
        let inner = unwrapped(expr);
        if is_place(inner) {
            return Some(Chain { base: Base::Header(inner.clone()), stages: Vec::new() });
        }
        if matches!(inner, Expr::MethodCall(call) if yields_iterator(call)) {
            return None;
        }
        match inner {
            Expr::Array(_)
            | Expr::Repeat(_)
            | Expr::Call(_)
            | Expr::MethodCall(_)
            | Expr::Macro(_)
            | Expr::Block(_) => {
                let name = self.fresh("items");
                let stmts = vec![parse_quote!(let #name = #inner;)];
                let base = Box::new(Base::Header(parse_quote!(#name)));
                Some(Chain { base: Base::Named(stmts, base), stages: Vec::new() })
            }
            // `&[a, b]`, `&f(x)`
            Expr::Reference(e) if e.mutability.is_none() => {
                let name = self.fresh("items");
                let value = &e.expr;
                let stmts = vec![parse_quote!(let #name = #value;)];
                let base = Box::new(Base::Header(parse_quote!(&#name)));
                Some(Chain { base: Base::Named(stmts, base), stages: Vec::new() })
            }
            _ => None,
        }
    }

    fn source_call(&mut self, call: &syn::ExprCall) -> Option<Chain> {
        let name = source_function(call)?;
        let argument = |index: usize| call.args.iter().nth(index);
        let base = match (name.as_str(), call.args.len()) {
            ("once", 1) => {
                let (items, value) = (self.fresh("items"), argument(0)?);
                let stmts = vec![parse_quote!(let #items = [#value];)];
                Base::Named(stmts, Box::new(Base::Header(parse_quote!(#items))))
            }
            ("repeat", 1) => Base::Same(argument(0)?.clone()),
            ("repeat_n", 2) => {
                let mut chain =
                    Chain { base: Base::Same(argument(0)?.clone()), stages: Vec::new() };
                self.take(&mut chain, argument(1)?.clone());
                return Some(chain);
            }
            ("successors", 2) => {
                let first = some_argument(argument(0)?)?;
                Base::Successors(first.clone(), Function::of(argument(1)?)?)
            }
            ("from_fn", 1) => Base::Repeated(Function::of(argument(0)?)?),
            ("repeat_with", 1) => {
                let function = Function::of(argument(0)?)?;
                let Function::Closure(mut closure) = function else { return None };
                let body = &closure.body;
                *closure.body = parse_quote!(::core::option::Option::Some(#body));
                Base::Repeated(Function::Closure(closure))
            }
            ("zip", 2) => {
                let mut left = self.iterable(argument(0)?)?;
                self.zip(&mut left, argument(1)?)?;
                return Some(left);
            }
            _ => return None,
        };
        Some(Chain { base, stages: Vec::new() })
    }

    fn adapter(&mut self, call: &ExprMethodCall) -> Option<Chain> {
        let name = call.method.to_string();
        let argument = call.args.first();
        match (name.as_str(), argument) {
            ("iter" | "iter_mut" | "into_iter", None) => {
                if is_iterator(&call.receiver) {
                    return self.chain(&call.receiver);
                }
                return Some(self.header(call));
            }
            ("rchunks" | "chunk_by", Some(_)) => return self.parts(call),
            (
                "windows" | "chunks" | "chunks_exact" | "chunks_mut" | "chunks_exact_mut",
                Some(_),
            ) => {
                return Some(self.header(call));
            }
            ("drain", Some(_)) if is_place(&call.receiver) => {
                let items = self.fresh("items");
                let mut call = call.clone();
                call.attrs.clear();
                let stmts = vec![parse_quote!(let #items = #call.collect::<::std::vec::Vec<_>>();)];
                let base = Box::new(Base::Header(parse_quote!(#items.into_iter())));
                return Some(Chain { base: Base::Named(stmts, base), stages: Vec::new() });
            }
            _ => {}
        }
        if !is_adapter(&name) {
            return None;
        }
        if let ("take", Some((stmts, items, by_value))) =
            (name.as_str(), self.cycled(&call.receiver))
        {
            let (count, k) = (&call.args[0], self.fresh("k"));
            let mut base = Base::Header(parse_quote!((0..#count)));
            if !stmts.is_empty() {
                base = Base::Named(stmts, Box::new(base));
            }
            let borrow: Option<syn::Token![&]> = (!by_value).then(|| parse_quote!(&));
            let closure: ExprClosure = parse_quote!(|#k| #borrow #items[#k % #items.len()]);
            return Some(Chain { base, stages: vec![Stage::Map(Function::Closure(closure))] });
        }
        let mut chain = self.chain(&call.receiver)?;
        let function = || argument.and_then(Function::of);
        match (name.as_str(), call.args.len()) {
            ("map", 1) => chain.stages.push(Stage::Map(function()?)),
            ("filter", 1) => chain.stages.push(Stage::Filter(function()?)),
            ("filter_map", 1) => chain.stages.push(Stage::FilterMap(function()?)),
            ("flat_map", 1) => chain.stages.push(Stage::FlatMap(function()?)),
            ("flatten", 0) if super::optional::is_marked(call) => {
                let function = match chain.stages.pop() {
                    Some(Stage::Map(function)) => function,
                    last => {
                        chain.stages.extend(last);
                        let item = self.fresh("item");
                        Function::Closure(parse_quote!(|#item| #item))
                    }
                };
                chain.stages.push(Stage::FilterMap(function));
            }
            ("flatten", 0) => chain.stages.push(Stage::Flatten),
            ("scan", 2) => {
                let function = Function::of(&call.args[1])?;
                chain.stages.push(Stage::Scan(call.args[0].clone(), function));
            }
            ("take_while", 1) => chain.stages.push(Stage::TakeWhile(function()?)),
            ("skip_while", 1) => chain.stages.push(Stage::SkipWhile(function()?)),
            ("map_while", 1) => chain.stages.push(Stage::MapWhile(function()?)),
            ("inspect", 1) => chain.stages.push(Stage::Inspect(function()?)),
            ("fuse" | "peekable", 0) => {}
            ("copied" | "cloned", 0) => {
                if !(chain.stages.is_empty() && chain.extend_header(call)) {
                    chain.stages.push(if name == "copied" { Stage::Copied } else { Stage::Cloned });
                }
            }
            ("enumerate", 0) => {
                if chain.is_one_to_one() && chain.extend_header(call) {
                    let stages = std::mem::take(&mut chain.stages);
                    if !stages.is_empty() {
                        chain.stages.push(Stage::Pair(Vec::new(), stages));
                    }
                } else {
                    chain.stages.push(Stage::Enumerate);
                }
            }
            ("skip" | "step_by", 1) => {
                let pure = chain.is_one_to_one() && chain.is_pure();
                if !(pure && chain.extend_header(call)) {
                    let count = call.args[0].clone();
                    chain.stages.push(match name.as_str() {
                        "skip" => Stage::Skip(count),
                        _ => Stage::StepBy(count),
                    });
                }
            }
            ("take", 1) => self.take(&mut chain, call.args[0].clone()),
            ("rev", 0) => {
                let stateless = chain.stages.iter().all(|stage| {
                    matches!(
                        stage,
                        Stage::Map(_) | Stage::Filter(_) | Stage::FilterMap(_) | Stage::Inspect(_)
                    ) || matches!(stage, Stage::Copied | Stage::Cloned | Stage::Pair(..))
                });
                if !(stateless && chain.extend_header(call)) {
                    let items = self.materialized(chain)?;
                    chain = items;
                    if !chain.extend_header(call) {
                        return None;
                    }
                }
            }
            ("zip", 1) => self.zip(&mut chain, &call.args[0])?,
            ("chain", 1) => {
                let other = self.iterable(&call.args[0])?;
                let base = Base::Chained(Box::new(chain), Box::new(other));
                chain = Chain { base, stages: Vec::new() };
            }
            ("cycle", 0) => return None,
            _ => return None,
        }
        Some(chain)
    }

    /// `place.iter()` and the like; a value without a place gets a name.
    fn header(&mut self, call: &ExprMethodCall) -> Chain {
        let mut call = call.clone();
        call.attrs.clear();
        if is_place(&call.receiver) {
            return Chain { base: Base::Header(Expr::MethodCall(call)), stages: Vec::new() };
        }
        let name = self.fresh("items");
        let value = &call.receiver;
        let stmts = vec![parse_quote!(let #name = #value;)];
        // A mutable borrow of something that has no name would change nothing that is left.
        *call.receiver = parse_quote!(#name);
        let base = Box::new(Base::Header(Expr::MethodCall(call)));
        Chain { base: Base::Named(stmts, base), stages: Vec::new() }
    }

    fn take(&mut self, chain: &mut Chain, count: Expr) {
        if let (true, Base::Same(value)) = (chain.stages.is_empty(), &chain.base) {
            // `repeat(value).take(n)`
            let name = self.fresh("repeated");
            let stmts = vec![parse_quote!(let #name = #value;)];
            let base = Box::new(Base::Header(parse_quote!((0..#count))));
            chain.base = Base::Named(stmts, base);
            let closure: ExprClosure = parse_quote!(|_| #name.clone());
            chain.stages.push(Stage::Map(Function::Closure(closure)));
            return;
        }
        let call: ExprMethodCall = parse_quote!(x.take(#count));
        if !(chain.is_one_to_one() && chain.extend_header(&call)) {
            chain.stages.push(Stage::Take(count));
        }
    }

    fn zip(&mut self, chain: &mut Chain, other: &Expr) -> Option<()> {
        if let Some((stmts, items, by_value)) = self.cycled(other) {
            chain.name(stmts);
            chain.stages.push(beside(items, by_value, true, Vec::new()));
            return Some(());
        }
        let mut other = self.iterable(other)?;
        if let (Base::Same(value), true) = (&other.base, other.stages.is_empty()) {
            let name = self.fresh("repeated");
            chain.name(vec![parse_quote!(let #name = #value;)]);
            let item = self.fresh("item");
            let both: ExprClosure = parse_quote!(|#item| (#item, #name.clone()));
            chain.stages.push(Stage::Map(Function::Closure(both)));
            return Some(());
        }
        if !(other.is_one_to_one() && other.is_header()) {
            other = self.materialized(other)?;
        }
        if chain.is_one_to_one() && chain.is_header() {
            let stmts = other.take_names();
            let Base::Header(with) = other.base else { return None };
            let call: ExprMethodCall = parse_quote!(x.zip(#with));
            if !chain.extend_header(&call) {
                return None;
            }
            chain.name(stmts);
            let left = std::mem::take(&mut chain.stages);
            if !(left.is_empty() && other.stages.is_empty()) {
                chain.stages.push(Stage::Pair(left, other.stages));
            }
            return Some(());
        }
        // Items are left out: the other side is read by number.
        let stmts = other.take_names();
        let Base::Header(with) = &other.base else { return None };
        if let Some((items, by_value)) = plain(with) {
            chain.name(stmts);
            chain.stages.push(beside(items, by_value, false, other.stages));
            return Some(());
        }
        other.name(stmts);
        let mut other = self.materialized(other)?;
        let stmts = other.take_names();
        let Base::Header(with) = &other.base else { return None };
        let (items, by_value) = plain(with)?;
        chain.name(stmts);
        chain.stages.push(beside(items, by_value, false, Vec::new()));
        Some(())
    }

    /// `place.iter().cycle()`: statements that name what has no name, the place, and whether the
    /// items are values.
    fn cycled(&mut self, expr: &Expr) -> Option<(Vec<Stmt>, Expr, bool)> {
        match unwrapped(expr) {
            Expr::MethodCall(call) if call.method == "cycle" => {
                if let Some((items, by_value)) = plain(&call.receiver) {
                    return Some((Vec::new(), items, by_value));
                }
                let chain = self.chain(&call.receiver)?;
                let mut listed =
                    if chain.stages.is_empty() { chain } else { self.materialized(chain)? };
                let stmts = listed.take_names();
                let Base::Header(header) = &listed.base else { return None };
                let (items, by_value) = plain(header)?;
                Some((stmts, items, by_value))
            }
            Expr::MethodCall(call) if call.method == "copied" || call.method == "cloned" => {
                self.cycled(&call.receiver).map(|(stmts, items, _)| (stmts, items, true))
            }
            _ => None,
        }
    }

    /// A chain over the items of another, which are put into a `Vec` first.
    pub(super) fn materialized(&mut self, mut chain: Chain) -> Option<Chain> {
        if !chain.is_pure() {
            return None;
        }
        let references = chain.yields_references();
        if references {
            chain.stages.push(Stage::Cloned);
        }
        let items = self.fresh("items");
        let vec = self.collected(chain);
        let stmts = vec![parse_quote!(let #items = #vec;)];
        let header =
            if references { parse_quote!(#items.iter()) } else { parse_quote!(#items.into_iter()) };
        let base = Box::new(Base::Header(header));
        Some(Chain { base: Base::Named(stmts, base), stages: Vec::new() })
    }
}

fn beside(items: Expr, by_value: bool, cyclic: bool, stages: Vec<Stage>) -> Stage {
    Stage::Beside(Box::new(Beside { items, by_value, cyclic, stages }))
}

impl Chain {
    /// Puts an adapter at the end of the header, if there is one.
    fn extend_header(&mut self, call: &ExprMethodCall) -> bool {
        let header = match &mut self.base {
            Base::Header(header) => header,
            Base::Named(_, base) => match &mut **base {
                Base::Header(header) => header,
                _ => return false,
            },
            _ => return false,
        };
        let mut call = call.clone();
        call.attrs.clear();
        let receiver = header.clone();
        *call.receiver = match receiver {
            // What is iterated without a method becomes an iterator.
            Expr::MethodCall(_) | Expr::Paren(_) => receiver,
            Expr::Reference(reference) => {
                let inner = match *reference.expr {
                    place @ (Expr::Path(_) | Expr::Field(_) | Expr::Index(_)) => place,
                    other => parse_quote!((#other)),
                };
                if reference.mutability.is_some() {
                    parse_quote!(#inner.iter_mut())
                } else {
                    parse_quote!(#inner.iter())
                }
            }
            other => parse_quote!(#other.into_iter()),
        };
        *header = Expr::MethodCall(call);
        true
    }

    fn is_header(&self) -> bool {
        match &self.base {
            Base::Header(_) => true,
            Base::Named(_, base) => matches!(&**base, Base::Header(_)),
            _ => false,
        }
    }

    /// Whether each item of the base makes one item of the chain.
    fn is_one_to_one(&self) -> bool {
        fn all(stages: &[Stage]) -> bool {
            stages.iter().all(|stage| match stage {
                Stage::Map(_) | Stage::Inspect(_) | Stage::Copied | Stage::Cloned => true,
                Stage::Pair(left, right) => all(left) && all(right),
                _ => false,
            })
        }
        all(&self.stages)
    }

    pub(super) fn is_pure(&self) -> bool {
        fn all(stages: &[Stage]) -> bool {
            stages.iter().all(|stage| match stage {
                Stage::Map(f)
                | Stage::Filter(f)
                | Stage::FilterMap(f)
                | Stage::FlatMap(f)
                | Stage::TakeWhile(f)
                | Stage::SkipWhile(f)
                | Stage::MapWhile(f) => f.is_pure(),
                // What changes is the state that the stage holds.
                Stage::Scan(..) => true,
                Stage::Inspect(_) => false,
                Stage::Pair(left, right) => all(left) && all(right),
                Stage::Beside(beside) => all(&beside.stages),
                Stage::Flatten
                | Stage::Copied
                | Stage::Cloned
                | Stage::Enumerate
                | Stage::Skip(_)
                | Stage::Take(_)
                | Stage::StepBy(_) => true,
            })
        }
        let base = match &self.base {
            Base::Header(_) | Base::Named(..) | Base::Same(_) => true,
            Base::Chained(first, second) => first.is_pure() && second.is_pure(),
            Base::Successors(_, f) => f.is_pure(),
            Base::Repeated(_) => false,
        };
        base && all(&self.stages)
    }

    fn take_names(&mut self) -> Vec<Stmt> {
        let mut stmts = Vec::new();
        while let Base::Named(named, base) = &mut self.base {
            stmts.append(named);
            self.base = (**base).clone();
        }
        stmts
    }

    /// Puts statements before the loop.
    pub(super) fn name(&mut self, stmts: Vec<Stmt>) {
        if stmts.is_empty() {
            return;
        }
        let mut all = self.take_names();
        all.extend(stmts);
        let base = std::mem::replace(&mut self.base, Base::Same(parse_quote!(())));
        self.base = Base::Named(all, Box::new(base));
    }

    /// Whether the items are references by sight: a header of `iter()` and nothing that copies.
    pub(super) fn yields_references(&self) -> bool {
        let header = match &self.base {
            Base::Header(header) => header,
            Base::Named(_, base) => match &**base {
                Base::Header(header) => header,
                _ => return false,
            },
            _ => return false,
        };
        let stages = self
            .stages
            .iter()
            .all(|stage| !matches!(stage, Stage::Map(_) | Stage::Copied | Stage::Cloned))
            && !self.stages.iter().any(|stage| {
                matches!(
                    stage,
                    Stage::FilterMap(_)
                        | Stage::FlatMap(_)
                        | Stage::Flatten
                        | Stage::Scan(..)
                        | Stage::MapWhile(_)
                        | Stage::Enumerate
                        | Stage::Pair(..)
                        | Stage::Beside(_)
                )
            });
        stages && header_yields_references(header)
    }
}

fn header_yields_references(header: &Expr) -> bool {
    match unwrapped(header) {
        Expr::Reference(_) => true,
        Expr::MethodCall(call) => match call.method.to_string().as_str() {
            "iter" | "iter_mut" => true,
            "skip" | "take" | "rev" | "step_by" => header_yields_references(&call.receiver),
            _ => false,
        },
        _ => false,
    }
}

/// `place.iter()`, `place.iter().copied()`, `place`: the place, and whether items are values.
pub(super) fn plain(header: &Expr) -> Option<(Expr, bool)> {
    match unwrapped(header) {
        Expr::MethodCall(call) => match call.method.to_string().as_str() {
            "iter" if is_place(&call.receiver) => Some(((*call.receiver).clone(), false)),
            "into_iter" if is_place(&call.receiver) => Some(((*call.receiver).clone(), true)),
            "copied" | "cloned" => plain(&call.receiver).map(|(items, _)| (items, true)),
            _ => None,
        },
        Expr::Reference(e) if e.mutability.is_none() => Some(((*e.expr).clone(), false)),
        _ => None,
    }
}

/// The `x` of `Some(x)`.
pub(super) fn some_argument(expr: &Expr) -> Option<&Expr> {
    match unwrapped(expr) {
        Expr::Call(call) if call.args.len() == 1 => match unwrapped(&call.func) {
            Expr::Path(path) => (path.path.segments.last()?.ident == "Some").then(|| &call.args[0]),
            _ => None,
        },
        _ => None,
    }
}

/// Whether an expression is `None`.
pub(super) fn is_none(expr: &Expr) -> bool {
    match unwrapped(expr) {
        Expr::Path(path) => {
            path.path.segments.last().is_some_and(|last| last.ident == "None")
                && path.qself.is_none()
        }
        _ => false,
    }
}

/// Whether a closure's parameter or body mentions a name.
pub(super) fn mentions(tokens: &impl ToTokens, name: &str) -> bool {
    let mut counts = std::collections::HashMap::new();
    super::count_idents(tokens.to_token_stream(), &mut counts);
    counts.contains_key(name)
}
