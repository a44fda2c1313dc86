//! Methods of std whose effect on derivatives follows from their name.

/// Methods whose result is a number of things, a position, an order or a truth: it carries no
/// derivative whatever the receiver holds.
pub(crate) fn is_discrete_method(name: &str) -> bool {
    matches!(
        name,
        "len"
            | "is_empty"
            | "capacity"
            | "is_nan"
            | "is_finite"
            | "is_infinite"
            | "is_normal"
            | "is_subnormal"
            | "is_sign_negative"
            | "is_sign_positive"
            | "classify"
            | "partial_cmp"
            | "total_cmp"
            | "cmp"
            | "eq"
            | "ne"
            | "lt"
            | "le"
            | "gt"
            | "ge"
            | "is_some"
            | "is_none"
            | "is_ok"
            | "is_err"
            | "contains"
            | "contains_key"
            | "starts_with"
            | "ends_with"
            | "is_sorted"
            | "any"
            | "all"
            | "count"
            | "position"
            | "rposition"
            | "partition_point"
            | "binary_search"
            | "binary_search_by"
            | "argmax"
            | "argmin"
            | "rows"
            | "columns"
            | "shape"
            | "is_some_and"
            | "is_none_or"
            | "is_ok_and"
            | "is_err_and"
    ) || is_step(name)
        || crate::surroundings::counts(name)
}

/// Whether a call of a method of such a name is one of the file's own, which may yield anything:
/// `arm.position(t)`, `(a - b).len()`. `record` tells whether a value is a struct of the file's.
pub(crate) fn is_own_method(
    call: &syn::ExprMethodCall,
    record: impl Fn(&syn::Expr) -> bool,
) -> bool {
    let name = call.method.to_string();
    let decides = name.starts_with("is_")
        || matches!(
            name.as_str(),
            "partial_cmp" | "total_cmp" | "cmp" | "eq" | "ne" | "lt" | "le" | "gt" | "ge"
        );
    if decides || !crate::surroundings::yields_values(&name) {
        return false;
    }
    let receiver = super::unwrapped(&call.receiver);
    let of_items = call.args.iter().any(|arg| matches!(arg, syn::Expr::Closure(_)))
        || is_iterator(receiver, &|_| false);
    let computed = matches!(receiver, syn::Expr::Binary(_));
    !of_items && (!is_inherent(&name) || is_step(&name) || computed || record(receiver))
}

/// Methods whose value is a number that changes in steps: the derivative is zero wherever it
/// exists.
pub(crate) fn is_step(name: &str) -> bool {
    matches!(
        name,
        "floor" | "ceil" | "round" | "round_ties_even" | "trunc" | "signum" | "div_euclid"
    )
}

/// Discrete methods that floats, slices and `Vec`s have themselves, so that no trait of the user's
/// can mean something else by them.
pub(crate) fn is_inherent(name: &str) -> bool {
    is_step(name)
        || matches!(
            name,
            "len"
                | "is_empty"
                | "capacity"
                | "is_nan"
                | "is_finite"
                | "is_infinite"
                | "is_normal"
                | "is_subnormal"
                | "is_sign_negative"
                | "is_sign_positive"
                | "classify"
                | "total_cmp"
        )
}

/// Methods that leave their receiver as it is on whatever type one would expect of that name.
pub(crate) fn is_pure_everywhere(name: &str) -> bool {
    is_inherent(name)
        || crate::rules::method_exists(name)
        || matches!(
            name,
            "clone" | "to_vec" | "to_owned" | "iter" | "as_slice" | "windows" | "chunks"
        )
}

/// Whether a function is one of a float type's, which takes numbers and yields a number or what is
/// discrete: `f64::sin`.
pub(crate) fn is_function_of_floats(function: &syn::Expr) -> bool {
    let syn::Expr::Path(path) = super::unwrapped(function) else { return false };
    let segments = &path.path.segments;
    path.qself.is_none()
        && segments.len() == 2
        && ["f64", "f32"].iter().any(|float| segments[0].ident == float)
}

/// Methods that leave their receiver as it is.
pub(crate) fn is_pure_method(name: &str) -> bool {
    is_discrete_method(name)
        || crate::rules::method_exists(name)
        || is_pure_sum_method(name)
        || matches!(
            name,
            "clone"
                | "cloned"
                | "copied"
                | "to_vec"
                | "to_owned"
                | "iter"
                | "into_iter"
                | "as_slice"
                | "as_ref"
                | "get"
                | "first"
                | "last"
                | "windows"
                | "chunks"
                | "chunks_exact"
                | "split_at"
                | "zip"
                | "enumerate"
                | "rev"
                | "skip"
                | "take"
                | "step_by"
                | "chain"
                | "map"
                | "filter"
                | "fold"
                | "collect"
                | "flatten"
                | "column"
                | "abs_diff"
                | "unwrap_or"
                | "to_string"
                | "row_slice"
        )
}

/// Methods of `Option` and `Result` that leave their receiver as it is, or take it whole.
pub(crate) fn is_pure_sum_method(name: &str) -> bool {
    matches!(
        name,
        "unwrap"
            | "expect"
            | "unwrap_or"
            | "unwrap_or_else"
            | "unwrap_or_default"
            | "map"
            | "map_or"
            | "map_or_else"
            | "map_err"
            | "and_then"
            | "or"
            | "or_else"
            | "ok"
            | "ok_or"
            | "ok_or_else"
            | "filter"
            | "zip"
            | "as_ref"
            | "as_deref"
            | "copied"
            | "cloned"
    )
}

/// Methods of collections and iterators that yield an `Option` of an element.
pub(crate) fn yields_option(name: &str) -> bool {
    matches!(
        name,
        "first"
            | "last"
            | "get"
            | "first_mut"
            | "last_mut"
            | "get_mut"
            | "pop"
            | "pop_front"
            | "pop_back"
            | "next"
            | "next_back"
            | "nth"
            | "max_by"
            | "min_by"
            | "max_by_key"
            | "min_by_key"
            | "reduce"
            | "find"
            | "find_map"
            | "split_first"
            | "split_last"
    ) || name.starts_with("checked_")
}

/// Macros of std that read their arguments and whose value carries no derivative.
pub(crate) const ASSERTING_MACROS: &[&str] = &[
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "print",
    "println",
    "eprint",
    "eprintln",
    "panic",
    "unreachable",
    "todo",
    "unimplemented",
    "matches",
];

/// The name of a macro that may be std's: as one word, or by a path that says so. A macro of
/// another module has no name here.
pub(crate) fn std_macro(path: &syn::Path) -> String {
    let from_std = path.segments.len() == 1
        || ["std", "core", "alloc"].iter().any(|root| path.segments[0].ident == root);
    let last = path.segments.last().filter(|_| from_std);
    last.map(|segment| segment.ident.to_string()).unwrap_or_default()
}

/// Adapters whose items are those of their receiver, if that is an iterator.
pub(crate) fn passes_items_on(name: &str) -> bool {
    matches!(
        name,
        "rev"
            | "skip"
            | "take"
            | "step_by"
            | "filter"
            | "take_while"
            | "skip_while"
            | "copied"
            | "cloned"
            | "inspect"
            | "by_ref"
            | "peekable"
            | "chain"
            | "cycle"
            | "fuse"
    )
}

/// Macros of std that read their arguments and change nothing.
pub(crate) fn only_reads(name: &str) -> bool {
    ASSERTING_MACROS.contains(&name) || matches!(name, "format" | "format_args")
}

/// Macros of std whose meaning is known.
pub(crate) fn is_known_macro(name: &str) -> bool {
    only_reads(name) || name == "vec"
}

/// Macros that write a log, by the names that are common for them.
pub(crate) fn is_logging(name: &str) -> bool {
    matches!(name, "trace" | "debug" | "info" | "warn" | "error" | "log" | "write" | "writeln")
}

/// Methods that the file declares with `&self`, wherever it declares one of that name, and that std
/// has none of that changes its receiver. Whoever believes it has rustc check it.
pub(crate) fn reads_receiver(name: &str) -> bool {
    use crate::surroundings::{receiver_of, Receiver};
    let changes = name.contains("mut")
        || matches!(
            name,
            "push"
                | "pop"
                | "push_back"
                | "push_front"
                | "pop_back"
                | "pop_front"
                | "push_str"
                | "extend"
                | "extend_from_slice"
                | "append"
                | "insert"
                | "remove"
                | "swap_remove"
                | "clear"
                | "truncate"
                | "resize"
                | "retain"
                | "dedup"
                | "drain"
                | "split_off"
                | "sort"
                | "sort_by"
                | "sort_by_key"
                | "sort_unstable"
                | "sort_unstable_by"
                | "swap"
                | "reverse"
                | "fill"
                | "rotate_left"
                | "rotate_right"
                | "copy_from_slice"
                | "clone_from_slice"
                | "clone_from"
                | "set"
                | "replace"
                | "take"
                | "entry"
                | "next"
                | "next_back"
                | "nth"
                | "send"
                | "lock"
                | "write"
                | "read"
        );
    !changes && receiver_of(name) == Some(Receiver::Shared)
}

/// Whether an expression is an iterator of std's by sight; `named` tells it of a variable.
pub(crate) fn is_iterator(expr: &syn::Expr, named: &impl Fn(&syn::Ident) -> bool) -> bool {
    match expr {
        syn::Expr::Paren(e) => is_iterator(&e.expr, named),
        syn::Expr::Group(e) => is_iterator(&e.expr, named),
        syn::Expr::Range(_) => true,
        syn::Expr::Path(path) => path.path.get_ident().is_some_and(named),
        syn::Expr::MethodCall(call) => match call.method.to_string().as_str() {
            "iter" | "into_iter" | "iter_mut" | "windows" | "chunks" | "chunks_exact"
            | "chunks_mut" | "chunks_exact_mut" | "rchunks" | "drain" | "keys" | "values"
            | "values_mut" | "chars" | "bytes" | "lines" | "split_whitespace" => true,
            "zip" | "enumerate" | "map" | "filter_map" | "flat_map" | "flatten" | "scan"
            | "map_while" => is_iterator(&call.receiver, named),
            name => passes_items_on(name) && is_iterator(&call.receiver, named),
        },
        _ => false,
    }
}

/// Methods that give the bits of a number, or take a number from them.
pub(crate) fn is_bits(name: &str) -> bool {
    matches!(name, "to_bits" | "to_le_bytes" | "to_be_bytes" | "to_ne_bytes")
}

/// Whether an operator stores its value in its left operand.
pub(crate) fn is_compound(op: &syn::BinOp) -> bool {
    use syn::BinOp;
    matches!(
        op,
        BinOp::AddAssign(_)
            | BinOp::SubAssign(_)
            | BinOp::MulAssign(_)
            | BinOp::DivAssign(_)
            | BinOp::RemAssign(_)
            | BinOp::BitXorAssign(_)
            | BinOp::BitAndAssign(_)
            | BinOp::BitOrAssign(_)
            | BinOp::ShlAssign(_)
            | BinOp::ShrAssign(_)
    )
}

/// Whether a value is a new cell or lock of std's by sight, or shared: `Rc::new(Cell::new(0.0))`.
pub(crate) fn makes_cell(expr: &syn::Expr) -> bool {
    let syn::Expr::Call(call) = super::unwrapped(expr) else { return false };
    let syn::Expr::Path(path) = super::unwrapped(&call.func) else { return false };
    path.path.segments.iter().rev().nth(1).is_some_and(|owner| {
        let name = owner.ident.to_string();
        matches!(
            name.as_str(),
            "Cell"
                | "RefCell"
                | "OnceCell"
                | "UnsafeCell"
                | "Mutex"
                | "RwLock"
                | "OnceLock"
                | "Rc"
                | "Arc"
        ) && !crate::surroundings::declares_type(&name)
    })
}

/// Whether a value is a new collection of std's by sight.
pub(crate) fn makes_collection(expr: &syn::Expr) -> bool {
    match super::unwrapped(expr) {
        syn::Expr::Call(call) => match super::unwrapped(&call.func) {
            syn::Expr::Path(path) => path.path.segments.iter().rev().nth(1).is_some_and(|owner| {
                matches!(
                    owner.ident.to_string().as_str(),
                    "Vec" | "VecDeque" | "String" | "HashMap" | "HashSet" | "BTreeMap" | "BTreeSet"
                )
            }),
            _ => false,
        },
        syn::Expr::Macro(invocation) => invocation.mac.path.is_ident("vec"),
        syn::Expr::Array(_) | syn::Expr::Repeat(_) | syn::Expr::Lit(_) => true,
        _ => false,
    }
}
