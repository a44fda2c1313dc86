//! Reading an expression as a chain of adapters over something that is iterated.

use syn::{parse_quote, Expr, ExprClosure, ExprMethodCall, Stmt};

use super::chain::{
    is_adapter, is_iterator, is_place, plain, some_argument, yields_iterator, Base, Beside, Chain,
    Function, Stage,
};
use super::Desugar;
use crate::source::unwrapped;

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

    pub(super) fn adapter(&mut self, call: &ExprMethodCall) -> Option<Chain> {
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
        if let ("take", Some(Cycled { stmts, items, by_value, start })) =
            (name.as_str(), self.cycled(&call.receiver))
        {
            let (count, k) = (&call.args[0], self.fresh("k"));
            let borrow: Option<syn::Token![&]> = (!by_value).then(|| parse_quote!(&));
            let mut stmts = stmts;
            let at: Expr = match start {
                Some(count) => {
                    let start = self.fresh("start");
                    stmts.push(parse_quote!(let #start: usize = #count;));
                    parse_quote!((#k + #start))
                }
                None => parse_quote!(#k),
            };
            let mut base = Base::Header(parse_quote!((0..#count)));
            if !stmts.is_empty() {
                base = Base::Named(stmts, Box::new(base));
            }
            let closure: ExprClosure = parse_quote!(|#k| #borrow #items[#at % #items.len()]);
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
    pub(super) fn header(&mut self, call: &ExprMethodCall) -> Chain {
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

    pub(super) fn take(&mut self, chain: &mut Chain, count: Expr) {
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

    pub(super) fn zip(&mut self, chain: &mut Chain, other: &Expr) -> Option<()> {
        if let Some(Cycled { stmts, items, by_value, start }) = self.cycled(other) {
            chain.name(stmts);
            let start = start.unwrap_or_else(|| parse_quote!(0usize));
            chain.stages.push(Stage::Beside(Box::new(Beside {
                items,
                by_value,
                cyclic: true,
                start,
                stages: Vec::new(),
            })));
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
            chain.stages.push(beside(items, by_value, other.stages));
            return Some(());
        }
        other.name(stmts);
        let mut other = self.materialized(other)?;
        let stmts = other.take_names();
        let Base::Header(with) = &other.base else { return None };
        let (items, by_value) = plain(with)?;
        chain.name(stmts);
        chain.stages.push(beside(items, by_value, Vec::new()));
        Some(())
    }

    /// `place.iter().cycle()`, perhaps with `skip(n)` after it.
    fn cycled(&mut self, expr: &Expr) -> Option<Cycled> {
        match unwrapped(expr) {
            Expr::MethodCall(call) if call.method == "cycle" => {
                if let Some((items, by_value)) = plain(&call.receiver) {
                    return Some(Cycled { stmts: Vec::new(), items, by_value, start: None });
                }
                let chain = self.chain(&call.receiver)?;
                let mut listed =
                    if chain.stages.is_empty() { chain } else { self.materialized(chain)? };
                let stmts = listed.take_names();
                let Base::Header(header) = &listed.base else { return None };
                let (items, by_value) = plain(header)?;
                Some(Cycled { stmts, items, by_value, start: None })
            }
            Expr::MethodCall(call) if call.method == "copied" || call.method == "cloned" => {
                self.cycled(&call.receiver).map(|cycled| Cycled { by_value: true, ..cycled })
            }
            Expr::MethodCall(call) if call.method == "skip" && call.args.len() == 1 => {
                let mut cycled = self.cycled(&call.receiver)?;
                if cycled.start.is_some() {
                    return None;
                }
                cycled.start = Some(call.args[0].clone());
                Some(cycled)
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

/// `once`, `repeat`, … when called by a path that says so.
pub(super) fn source_function(call: &syn::ExprCall) -> Option<String> {
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

/// The items of a place, over and over again.
struct Cycled {
    /// These name what has no name.
    stmts: Vec<Stmt>,
    items: Expr,
    by_value: bool,
    /// The number of the first item, if it is not 0.
    start: Option<Expr>,
}

fn beside(items: Expr, by_value: bool, stages: Vec<Stage>) -> Stage {
    let start = parse_quote!(0usize);
    Stage::Beside(Box::new(Beside { items, by_value, cyclic: false, start, stages }))
}
