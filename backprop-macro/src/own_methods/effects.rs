//! Whether code of the file does something that shows besides yielding a value.

use syn::visit::{self, Visit};

use crate::maps::{HashMap, HashSet};

/// What a piece of code does itself, and the names of what it calls.
#[derive(Debug, Default, Clone)]
pub(super) struct Does {
    effect: bool,
    calls: HashSet<String>,
}

impl Does {
    pub(super) fn of_item(item: &syn::ItemImpl) -> Does {
        let mut does = Does::default();
        does.visit_item_impl(item);
        does
    }
}

/// Whether any of these has an effect, by itself or through functions of the file. What a function
/// from elsewhere does, its name tells.
pub(super) fn any(starts: &[Does], file: &syn::File) -> bool {
    if starts.is_empty() {
        return false;
    }
    let mut functions = Functions::default();
    functions.visit_file(file);
    let mut seen = HashSet::default();
    let mut left: Vec<&Does> = starts.iter().collect();
    while let Some(does) = left.pop() {
        if does.effect {
            return true;
        }
        for name in &does.calls {
            if seen.insert(name) {
                left.extend(functions.bodies.get(name).into_iter().flatten());
            }
        }
    }
    false
}

#[derive(Default)]
struct Functions {
    bodies: HashMap<String, Vec<Does>>,
}

impl Functions {
    fn add(&mut self, name: &syn::Ident, body: &syn::Block) {
        let mut does = Does::default();
        does.visit_block(body);
        self.bodies.entry(name.to_string()).or_default().push(does);
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.add(&function.sig.ident, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.add(&function.sig.ident, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(body) = &function.default {
            self.add(&function.sig.ident, body);
        }
    }
}

impl<'ast> Visit<'ast> for Does {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.calls.extend(path.segments.last().map(|last| last.ident.to_string()));
        visit::visit_path(self, path);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let name = call.method.to_string();
        self.effect |= changes_behind_a_reference(&name);
        self.calls.insert(name);
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let name = call.path.segments.last().map(|last| last.ident.to_string());
        self.effect |= !name.is_some_and(|name| {
            name.contains("assert") || matches!(name.as_str(), "panic" | "unreachable" | "vec")
        });
    }

    fn visit_expr_unsafe(&mut self, _: &'ast syn::ExprUnsafe) {
        self.effect = true;
    }
}

/// Methods of cells, locks, atomics and channels that change what they refer to.
fn changes_behind_a_reference(method: &str) -> bool {
    let names = [
        "set",
        "replace",
        "take",
        "swap",
        "update",
        "borrow_mut",
        "lock",
        "write",
        "store",
        "send",
        "recv",
        "get_or_init",
    ];
    names.contains(&method) || method.starts_with("fetch_")
}

#[cfg(test)]
mod tests {
    use super::{any, Does};

    fn shows(operator: &str, helpers: &str) -> bool {
        let file = syn::parse_str(&format!("{operator} {helpers}")).expect("a file");
        let item = syn::parse_str(operator).expect("an implementation");
        any(&[Does::of_item(&item)], &file)
    }

    #[test]
    fn effects_are_found_through_functions_of_the_file() {
        let operator = "impl Index<usize> for W { type Output = f64; \
            fn index(&self, i: usize) -> &f64 { &self.data[self.at(i)] } }";
        assert!(!shows(operator, "impl W { fn at(&self, i: usize) -> usize { i * self.len() } }"));
        assert!(shows(
            operator,
            "impl W { fn at(&self, i: usize) -> usize { note(i) } } \
            fn note(i: usize) -> usize { COUNT.fetch_add(1, Relaxed); i }"
        ));
        assert!(shows(operator, "impl W { fn at(&self, i: usize) -> usize { println!(); i } }"));
    }
}
