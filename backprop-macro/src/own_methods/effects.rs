//! Whether code of the file does something that shows besides yielding a value.

use syn::visit::{self, Visit};

use crate::maps::HashSet;

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

/// Whether any of these may have an effect: by itself, or through a function of the file, of whose
/// body nothing is known here, where the file has anything that changes behind a shared reference.
pub(super) fn any(starts: &[Does], file: &syn::File) -> bool {
    if starts.iter().any(|does| does.effect) {
        return true;
    }
    if starts.is_empty() {
        return false;
    }
    let mut found = Found::default();
    found.visit_file(file);
    found.shared
        && starts.iter().any(|does| does.calls.iter().any(|name| found.functions.contains(name)))
}

/// The functions of a file, and whether it mentions a type whose values change behind a shared
/// reference.
#[derive(Default)]
struct Found {
    functions: HashSet<String>,
    shared: bool,
}

impl<'ast> Visit<'ast> for Found {
    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        self.functions.insert(signature.ident.to_string());
        visit::visit_signature(self, signature);
    }

    fn visit_path_segment(&mut self, segment: &'ast syn::PathSegment) {
        let name = segment.ident.to_string();
        self.shared |= name.ends_with("Cell")
            || name.starts_with("Atomic")
            || matches!(name.as_str(), "Mutex" | "RwLock" | "OnceLock" | "LazyLock" | "Sender")
            || name == "thread_local";
        visit::visit_path_segment(self, segment);
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        self.shared |= matches!(item.mutability, syn::StaticMutability::Mut(_));
        visit::visit_item_static(self, item);
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
    fn effects_are_looked_for_where_anything_is_shared() {
        let operator = "impl Index<usize> for W { type Output = f64; \
            fn index(&self, i: usize) -> &f64 { &self.data[self.at(i)] } }";
        let helper = "impl W { fn at(&self, i: usize) -> usize { } }";
        assert!(!shows(operator, helper));
        assert!(shows(operator, &format!("struct W {{ looks: Cell<usize> }} {helper}")));
        assert!(!shows(operator, "struct W { looks: Cell<usize> }"));
        let direct = "impl Neg for W { fn neg(self) { COUNT.fetch_add(1, Relaxed); } }";
        assert!(shows(direct, ""));
    }
}
