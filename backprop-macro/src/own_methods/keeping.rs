//! Which functions and methods of a file may keep what they are given where it is no variable of
//! the caller's, or read back what others have kept: in a cell, a lock, a channel, a static.
//!
//! The bodies are there to be read, so this is found by what they do: a function may keep if it
//! uses what is shared itself, or calls by name a function of the file that does. Names stand for
//! all functions of that name. What the file does not declare is not known; whoever asks about it
//! has to assume the worst.

use syn::visit::{self, Visit};

use crate::maps::{HashMap, HashSet};

/// The names of the file's functions that may keep or read back, and the names of all of them.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    declared: HashSet<String>,
    keep: HashSet<String>,
}

impl Keeping {
    /// Reads a file of which `text` is the whole and `skeleton` what remains without the bodies of
    /// functions. Where the text has no word of what is shared, the bodies are not looked at.
    pub(super) fn read(text: &str, skeleton: &syn::File, imports: &HashSet<String>) -> Keeping {
        let words = || text.split(|c: char| !c.is_alphanumeric() && c != '_');
        let shares = words().any(|word| {
            is_shared(word)
                || matches!(word, "static" | "unsafe" | "dyn" | "crate" | "super" | "mod" | "trait")
        });
        if shares || !imports.is_empty() {
            if let Ok(whole) = syn::parse_file(text) {
                return Keeping::of_file(&whole, imports.clone());
            }
        }
        let mut reader = Reader { bodies: HashMap::default(), ..Reader::default() };
        reader.visit_file(skeleton);
        Keeping { declared: reader.bodies.into_keys().collect(), keep: HashSet::default() }
    }

    fn of_file(file: &syn::File, imports: HashSet<String>) -> Keeping {
        let mut statics = Statics::default();
        statics.visit_file(file);
        let mut reader = Reader { statics: statics.names, imports, ..Reader::default() };
        reader.visit_file(file);
        let declared: HashSet<String> = reader.bodies.keys().cloned().collect();
        let mut keep: HashSet<String> = HashSet::default();
        loop {
            let more: Vec<String> = reader
                .bodies
                .iter()
                .filter(|(name, _)| !keep.contains(*name))
                .filter(|(_, does)| {
                    does.shares
                        || does.calls.iter().any(|call| keep.contains(call))
                        || does.functions.iter().any(|call| !declared.contains(call))
                })
                .map(|(name, _)| name.clone())
                .collect();
            if more.is_empty() {
                return Keeping { declared, keep };
            }
            keep.extend(more);
        }
    }

    /// Whether a function or method of this name may keep or read back, if the file declares one.
    pub(super) fn of(&self, name: &str) -> Option<bool> {
        self.declared.contains(name).then(|| self.keep.contains(name))
    }
}

/// The statics of a file and what it has per thread.
#[derive(Default)]
struct Statics {
    names: HashSet<String>,
}

impl<'ast> Visit<'ast> for Statics {
    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        self.names.insert(item.ident.to_string());
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let mut tokens = call.tokens.clone().into_iter().peekable();
        while let Some(token) = tokens.next() {
            if let (
                proc_macro2::TokenTree::Ident(word),
                Some(proc_macro2::TokenTree::Ident(name)),
            ) = (&token, tokens.peek())
            {
                if word == "static" {
                    self.names.insert(name.to_string());
                }
            }
        }
    }
}

/// What the functions of one name do.
#[derive(Debug, Default)]
struct Does {
    /// Uses what is shared itself.
    shares: bool,
    /// The functions and methods that it calls.
    calls: HashSet<String>,
    /// The functions without a type in front of them, which the file or another one declares.
    functions: HashSet<String>,
}

#[derive(Default)]
struct Reader {
    statics: HashSet<String>,
    /// What the file imports from files that are not seen.
    imports: HashSet<String>,
    bodies: HashMap<String, Does>,
    open: Option<String>,
}

impl Reader {
    fn within(&mut self, name: &syn::Ident, visit: impl FnOnce(&mut Self)) {
        let before = self.open.replace(name.to_string());
        self.bodies.entry(name.to_string()).or_default();
        visit(self);
        self.open = before;
    }

    fn note(&mut self, note: impl FnOnce(&mut Does)) {
        if let Some(name) = &self.open {
            note(self.bodies.entry(name.clone()).or_default());
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.within(&item.sig.ident, |reader| visit::visit_item_fn(reader, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.within(&item.sig.ident, |reader| visit::visit_impl_item_fn(reader, item));
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        self.within(&item.sig.ident, |reader| visit::visit_trait_item_fn(reader, item));
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        let last = path.path.segments.last().map(|last| last.ident.to_string());
        let shares = last.is_some_and(|last| self.statics.contains(&last))
            || path.path.segments.iter().any(|part| is_shared(&part.ident.to_string()));
        if shares {
            self.note(|does| does.shares = true);
        }
        visit::visit_expr_path(self, path);
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let syn::Expr::Path(path) = &*call.func {
            let names: Vec<String> =
                path.path.segments.iter().map(|part| part.ident.to_string()).collect();
            if let Some(last) = names.last() {
                let last = last.clone();
                let module = names.len() > 1
                    && names[0].starts_with(char::is_lowercase)
                    && !is_of_std(&names[0])
                    && !super::is_known_root(&names[0]);
                let imported = self.imports.contains(&names[0]) && names[0] != "differentiable";
                self.note(|does| {
                    if module || imported {
                        does.functions.insert(last.clone());
                    }
                    does.calls.insert(last);
                });
            }
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let name = call.method.to_string();
        let shares = reaches_behind_a_reference(&name, call.args.len());
        self.note(|does| {
            does.shares |= shares;
            does.calls.insert(name);
        });
        visit::visit_expr_method_call(self, call);
    }

    /// The arguments of a macro are read where they are expressions; what others say is not known.
    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let list = syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
        let last = call.path.segments.last().map(|last| last.ident.to_string());
        let local = last.is_some_and(|last| {
            matches!(last.as_str(), "vec" | "matches" | "format" | "write" | "writeln" | "panic")
                || last.contains("assert")
                || last.contains("print")
                || matches!(last.as_str(), "unreachable" | "todo" | "unimplemented")
        });
        match call.parse_body_with(list) {
            Ok(arguments) => {
                for argument in &arguments {
                    let mut inner = Reader {
                        statics: self.statics.clone(),
                        imports: self.imports.clone(),
                        bodies: HashMap::default(),
                        open: self.open.clone(),
                    };
                    inner.visit_expr(argument);
                    for (name, found) in inner.bodies {
                        let does = self.bodies.entry(name).or_default();
                        does.shares |= found.shares;
                        does.calls.extend(found.calls);
                        does.functions.extend(found.functions);
                    }
                }
                if !local {
                    self.note(|does| does.shares = true);
                }
            }
            Err(_) if local => {}
            Err(_) => self.note(|does| does.shares = true),
        }
    }

    fn visit_expr_unsafe(&mut self, block: &'ast syn::ExprUnsafe) {
        self.note(|does| does.shares = true);
        visit::visit_expr_unsafe(self, block);
    }
}

/// Primitive types, and modules of std without anything that keeps, in front of a function.
fn is_of_std(name: &str) -> bool {
    matches!(
        name,
        "f64"
            | "f32"
            | "usize"
            | "isize"
            | "u8"
            | "u16"
            | "u32"
            | "u64"
            | "u128"
            | "i8"
            | "i16"
            | "i32"
            | "i64"
            | "i128"
            | "bool"
            | "char"
            | "str"
            | "mem"
            | "iter"
            | "cmp"
            | "array"
            | "slice"
            | "fmt"
    )
}

/// Types of std whose values change behind a shared reference.
fn is_shared(name: &str) -> bool {
    name.ends_with("Cell")
        || name.starts_with("Atomic")
        || matches!(name, "Mutex" | "RwLock" | "OnceLock" | "LazyLock" | "Sender" | "Receiver")
}

/// Methods of cells, locks, atomics, channels and thread-locals that change or read what lies
/// behind a shared reference. With as many arguments, no collection, iterator or text of std's
/// has a method of that name but where it is `&mut`.
pub(crate) fn reaches_behind_a_reference(method: &str, arguments: usize) -> bool {
    match method {
        "get" | "take" | "borrow" | "borrow_mut" | "lock" | "try_lock" | "recv" | "try_recv"
        | "try_borrow" | "try_borrow_mut" => arguments == 0,
        "set" | "replace" | "swap" | "update" | "send" | "with" | "with_borrow"
        | "with_borrow_mut" | "get_or_init" | "load" => arguments == 1,
        "store" => arguments == 2,
        _ => method.starts_with("fetch_") || method.starts_with("compare_exchange"),
    }
}

#[cfg(test)]
mod tests {
    use super::{HashSet, Keeping};

    fn keeping(text: &str) -> Keeping {
        Keeping::of_file(&syn::parse_str(text).expect("a file"), HashSet::default())
    }

    #[test]
    fn what_functions_keep_is_found_through_what_they_call() {
        let found = keeping(
            "impl H { fn put(&self, x: f64) -> bool { self.0.set(x); true } \
             fn outer(&self, x: f64) -> bool { self.put(x) } \
             fn inside(&self, x: f64) -> bool { x > self.1[0] && self.1.get(1).is_some() } } \
             fn stash(x: f64) -> bool { far::stash_there(x) } \
             fn digit(x: f64) -> usize { usize::from(x > mem::take(&mut 1.0)) }",
        );
        assert_eq!(found.of("put"), Some(true));
        assert_eq!(found.of("outer"), Some(true));
        assert_eq!(found.of("inside"), Some(false));
        assert_eq!(found.of("stash"), Some(true));
        assert_eq!(found.of("digit"), Some(false));
        assert_eq!(found.of("elsewhere"), None);
    }

    #[test]
    fn a_static_is_shared_whatever_it_is() {
        let found = keeping(
            "thread_local! { static T: C = C::new(); } static S: M = M::new(); \
             fn a() -> f64 { T.with(|t| t.0) } fn b() -> f64 { *S.x() } fn c() -> f64 { 1.0 }",
        );
        assert_eq!(found.of("a"), Some(true));
        assert_eq!(found.of("b"), Some(true));
        assert_eq!(found.of("c"), Some(false));
    }
}
