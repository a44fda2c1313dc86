//! The attribute: read, lower, reverse, emit.

use crate::maps::HashSet;

use proc_macro2::TokenStream;
use quote::{quote, ToTokens};
use syn::visit_mut::{self, VisitMut};

use crate::closures::Extent;
use crate::conditions::Resolved;
use crate::diagnostics::{self, Errors};
use crate::emit::{self, Body, Function, Home, Notes, Signature};
use crate::graph::Graph;
use crate::inner_functions;
use crate::kind::Kind;
use crate::options::Options;
use crate::parameters::{is_called, lends_gradient, parameter_name, validate, wrt};
use crate::pass::reverse::ParameterRole;
use crate::source::Source;
use crate::tokens::mentions;
use crate::{lower, pass, surroundings};

/// The item as it was, followed by its companions or by errors.
pub(crate) fn expand(options: TokenStream, item: TokenStream) -> TokenStream {
    let (options, item) = match crate::conditions::resolve(options, item) {
        Resolved::Item(options, item) => (options, item),
        Resolved::Asked(item) => return item,
    };
    // What is generated is long; that there are marks to remove shows in what the user wrote.
    let marked = mentions(&item, crate::checkpoint::NAME);
    let expanded = expanded(options, item);
    if marked {
        crate::checkpoint::stripped(expanded)
    } else {
        expanded
    }
}

fn expanded(options: TokenStream, item: TokenStream) -> TokenStream {
    if let Some(block) = crate::block::parse(&item) {
        let expanded = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            surroundings::look_around();
            Ok(crate::block::expand(block, &syn::parse2(options)?))
        }));
        return match expanded {
            Ok(Ok(tokens)) => tokens,
            Ok(Err(error)) => with_errors(&item, error),
            Err(panic) => with_errors(&item, internal(&item, &panic)),
        };
    }
    // A bug in this crate must not look like one in the user's: no panic leaves the macro.
    let result =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| companions(options, &item)));
    let companions = match result {
        Ok(Ok(companions)) => companions,
        Ok(Err(error)) => error.into_compile_error(),
        Err(panic) => internal(&item, &panic).into_compile_error(),
    };
    quote!(#item #companions)
}

fn with_errors(item: &TokenStream, error: syn::Error) -> TokenStream {
    let error = error.into_compile_error();
    quote!(#item #error)
}

fn internal(item: &TokenStream, panic: &Box<dyn std::any::Any + Send>) -> syn::Error {
    let message = panic.downcast_ref::<String>().map(String::as_str);
    let message = message.or_else(|| panic.downcast_ref::<&str>().copied());
    diagnostics::internal(item, message.unwrap_or_default())
}

fn companions(options: TokenStream, item: &TokenStream) -> syn::Result<TokenStream> {
    surroundings::look_around();
    let options: Options = syn::parse2(options)?;
    let mut function: ImplItemFn = syn::parse2(item.clone()).map_err(|error| {
        let what = diagnostics::unsupported_function(item, "this item; write it on a function");
        if syn::parse2::<syn::Item>(item.clone()).is_ok() {
            what
        } else {
            error
        }
    })?;
    Parentheses.visit_block_mut(&mut function.block);
    if options.skip {
        return Err(diagnostics::unsupported_function(
            &function.sig.ident,
            "a function that is to be left as it is; `skip` is for the functions of a block that \
             has the attribute",
        ));
    }
    derive(&function, &options, (Home::Unknown, &syn::Generics::default()))
}

/// Writes the invisible groups around `macro_rules!` fragments as parentheses: `$a * $b` with
/// `1.0 + x` for `$a` means a product, however its tokens are printed.
pub(crate) struct Parentheses;

impl VisitMut for Parentheses {
    fn visit_expr_mut(&mut self, expr: &mut syn::Expr) {
        visit_mut::visit_expr_mut(self, expr);
        let syn::Expr::Group(group) = expr else { return };
        let inner = (*group.expr).clone();
        *expr = match inner {
            syn::Expr::Path(_) | syn::Expr::Lit(_) | syn::Expr::Paren(_) => inner,
            inner => syn::Expr::Paren(syn::ExprParen {
                attrs: Vec::new(),
                paren_token: syn::token::Paren(syn::spanned::Spanned::span(&inner)),
                expr: Box::new(inner),
            }),
        };
    }
}

/// A free function or a method: their syntax is the same.
type ImplItemFn = syn::ImplItemFn;

/// The companions of a function, or errors and stubs.
pub(crate) fn derive(
    function: &ImplItemFn,
    options: &Options,
    around: (Home, &syn::Generics),
) -> syn::Result<TokenStream> {
    let function = crate::patterns::named(function);
    let prepared = Prepared::of(&function, options, around)?;
    prepared.companions().or_else(|error| {
        let (error, stubs) = (error.into_compile_error(), prepared.stubs());
        Ok(quote!(#error #stubs))
    })
}

/// Whether a function that stands in no `impl` or `trait` can be differentiated.
pub(crate) fn check(function: &ImplItemFn, options: &Options) -> syn::Result<()> {
    let nothing = syn::Generics::default();
    let function = crate::patterns::named(function);
    Prepared::of(&function, options, (Home::Unknown, &nothing))?.companions().map(drop)
}

/// A function whose signature can have a derivative.
struct Prepared<'a> {
    function: &'a ImplItemFn,
    options: &'a Options,
    home: Home,
    /// The parameters of the block that the function stands in.
    generics: &'a syn::Generics,
    /// The `wrt` parameters.
    order: Vec<usize>,
    associated: bool,
    block: Option<syn::Generics>,
    /// The type parameters that stand for numbers.
    numbers: Vec<proc_macro2::Ident>,
    moved: Vec<proc_macro2::Ident>,
}

impl<'a> Prepared<'a> {
    fn of(
        function: &'a ImplItemFn,
        options: &'a Options,
        (home, generics): (Home, &'a syn::Generics),
    ) -> syn::Result<Prepared<'a>> {
        let signature = &function.sig;
        validate(signature)?;
        if let Some(name) = crate::hygiene::mixed(function) {
            return Err(diagnostics::two_variables(&name));
        }
        if let Some(method) = crate::own_methods::covered(function) {
            return Err(diagnostics::own_method_of_collections(&method));
        }
        let order = wrt(signature, options)?;
        let associated = home != Home::Unknown || is_associated(function, options);
        let block = match home {
            Home::Type => Some(generics.clone()),
            Home::Unknown if associated => crate::placement::generics(),
            // The bounds of a trait's methods are the trait's.
            _ => None,
        };
        let numbers = crate::numbers::numbers(function, associated, block.as_ref());
        let moved = crate::numbers::moved(signature, &numbers);
        Ok(Prepared { function, options, home, generics, order, associated, block, numbers, moved })
    }

    fn signature(&self) -> Signature {
        let (function, around) = (self.function, (self.home, self.generics));
        let (visibility, attributes) = (&function.vis, &function.attrs);
        companion(&function.sig, visibility, attributes, self.options, &self.order, around)
            .with_bounds(&self.numbers, &self.moved)
    }

    fn companions(&self) -> syn::Result<TokenStream> {
        let Prepared { function, options, home, order, associated, .. } = self;
        if let Some(rule) = &options.rule {
            let place = (*home, *associated);
            return by_rule(rule, function, options, order, self.signature(), place);
        }
        let count = function.sig.inputs.len();
        let wrt: Vec<bool> = (0..count).map(|index| order.contains(&index)).collect();
        // The derived gradient of a struct over `T` needs `T` to be a number.
        let numeric = self.block.as_ref().is_none_or(|block| {
            block.type_params().all(|parameter| self.numbers.contains(&parameter.ident))
        });
        let place = Place { home: *home, associated: *associated, numeric };
        differentiate(function, options, order, &wrt, self.signature(), place)
    }

    /// Companions with the right signatures that do nothing, beside an error.
    fn stubs(&self) -> TokenStream {
        let jvp = self.options.jvp.is_some();
        if self.home.is_trait() {
            let wrt = names(&self.function.sig, &self.order);
            emit::bare(self.signature(), &self.order, wrt, self.home, Body::Stub, jvp)
        } else {
            emit::stubs(&self.signature(), &self.order, jvp)
        }
    }
}

/// The companions of a trait's method that each implementation writes for itself.
pub(crate) fn require(
    method: &syn::TraitItemFn,
    options: &Options,
    generics: &syn::Generics,
) -> syn::Result<TokenStream> {
    let signature = &method.sig;
    validate(signature)?;
    let order = wrt(signature, options)?;
    let visibility = syn::Visibility::Inherited;
    let companion =
        companion(signature, &visibility, &method.attrs, options, &order, (Home::Trait, generics));
    let (names, jvp) = (names(signature, &order), options.jvp.is_some());
    Ok(emit::bare(companion, &order, names, Home::Trait, Body::Required, jvp))
}

fn companion(
    signature: &syn::Signature,
    visibility: &syn::Visibility,
    attributes: &[syn::Attribute],
    options: &Options,
    order: &[usize],
    (home, generics): (Home, &syn::Generics),
) -> Signature {
    let wrt: Vec<bool> = (0..signature.inputs.len()).map(|index| order.contains(&index)).collect();
    let runtime = match &options.krate {
        Some(path) => quote!(#path::__rt),
        None => quote!(::backprop::__rt),
    };
    let mut companion = Signature::new(visibility, signature, attributes, &wrt, runtime);
    if home.is_trait() {
        companion.erase(generics);
        let roles: Vec<ParameterRole> = companion
            .parameters
            .iter()
            .map(|parameter| match (parameter.role, &parameter.ty) {
                (ParameterRole::Wrt, syn::Type::Reference(ty)) if ty.mutability.is_some() => {
                    ParameterRole::InOut
                }
                (role, _) => role,
            })
            .collect();
        companion.assign(&roles);
    }
    companion
}

fn names(signature: &syn::Signature, order: &[usize]) -> Vec<String> {
    order.iter().map(|index| parameter_name(&signature.inputs[*index])).collect()
}

/// A function whose derivative the user gives.
fn by_rule(
    rule: &crate::custom::Rule,
    function: &ImplItemFn,
    options: &Options,
    order: &[usize],
    signature: Signature,
    (home, associated): (Home, bool),
) -> syn::Result<TokenStream> {
    crate::custom::validate(rule, &signature)?;
    if home.is_trait() {
        return Err(diagnostics::rule_in_trait(&function.sig.ident));
    }
    let mut graph = Graph::default();
    graph.names.reserve(function.sig.to_token_stream());
    graph.names.reserve(quote!(value));
    let mut forward_graph = graph.clone();
    let forward = match &options.jvp {
        Some(option) => Some(crate::custom::forward(
            &mut forward_graph,
            (rule, option),
            &signature,
            order,
            associated,
        )?),
        None => None,
    };
    let joint = crate::custom::joint(&mut graph, rule, &signature, order, associated);
    let parameters = &signature.parameters;
    let documentation = Notes {
        name: function.sig.ident.to_string(),
        wrt: order.iter().map(|index| parameters[*index].name.to_string()).collect(),
        explain: options.explain,
    };
    let count = parameters.len();
    let function = Function {
        signature,
        graph: &graph,
        joint: &joint,
        seeded: None,
        forward: forward.as_ref().map(|forward| (&forward_graph, forward)),
        order: order.to_vec(),
        associated,
        written: vec![false; count],
        shadowed: vec![false; count],
        recursive: options.recursive,
        home,
        body: Body::Derivative,
        documentation,
    };
    with_check(function.tokens(), &function, options)
}

/// Adds the test that the options ask for.
fn with_check(
    companions: TokenStream,
    function: &Function<'_>,
    options: &Options,
) -> syn::Result<TokenStream> {
    let Some(point) = &options.check else { return Ok(companions) };
    let test = function.check(point)?;
    Ok(quote!(#companions #test))
}

/// Where a function stands.
struct Place {
    home: Home,
    /// Whether it belongs to a type.
    associated: bool,
    /// Whether the parameters of that type stand for numbers.
    numeric: bool,
}

fn differentiate(
    function: &ImplItemFn,
    options: &Options,
    order: &[usize],
    wrt: &[bool],
    mut companion: Signature,
    Place { home, associated, numeric }: Place,
) -> syn::Result<TokenStream> {
    let signature = &function.sig;
    let names: Vec<String> = signature.inputs.iter().map(parameter_name).collect();
    check_conditions(&function.block)?;
    // Whether a closure carries derivatives is known to who passes it.
    let mut varied: Vec<bool> = signature
        .inputs
        .iter()
        .zip(wrt)
        .map(|(input, wrt)| *wrt || is_called(input, &signature.generics))
        .collect();
    let context = crate::closures::Context {
        runtime: companion.runtime.clone(),
        numbers: companion.numbers.clone(),
        optimizations: options.optimizations,
        attribute: inner_attribute(&companion.runtime, options),
        erased: home.is_trait(),
    };
    let labels = HashSet::default();
    // A receiver that was left out because nobody asked for it may carry derivatives all the same
    // where the method is called.
    let receiver = options.wrt.is_none()
        && !home.is_trait()
        && numeric
        && wrt.first() == Some(&false)
        && lends_gradient(signature);
    let with_receiver = if receiver {
        varied[0] = true;
        let with = lowered(function, &varied, &labels, &context).ok();
        varied[0] = with.is_some();
        with
    } else {
        None
    };
    let (function, mut graph, mut lowered) = match with_receiver {
        Some(lowered) => lowered,
        None => lowered(function, &varied, &labels, &context)?,
    };
    let function = &function;
    if matches!(signature.output, syn::ReturnType::Default) {
        lowered.body.result = Some(lower::unit());
    }
    let result = lowered.body.result.as_ref().ok_or_else(|| diagnostics::no_result(signature))?;
    let roles: Vec<ParameterRole> = lowered
        .parameters
        .iter()
        .zip(&varied)
        .zip(&companion.parameters)
        .map(|((var, wrt), parameter)| {
            let var = &graph[*var];
            match var.kind {
                _ if parameter.is_exclusive_closure() => ParameterRole::InOut,
                Kind::RefMut(_) if var.active => ParameterRole::InOut,
                // Every implementation of a trait has the same signature.
                Kind::RefMut(_) if *wrt && home.is_trait() => ParameterRole::InOut,
                _ if *wrt => ParameterRole::Wrt,
                _ => ParameterRole::Inert,
            }
        })
        .collect();
    let in_out = roles.contains(&ParameterRole::InOut);
    if matches!(signature.output, syn::ReturnType::Default) && !in_out {
        return Err(diagnostics::no_result(signature));
    }
    for ((role, wrt), input) in roles.iter().zip(&varied).zip(&signature.inputs) {
        if home.is_trait() && *role == ParameterRole::InOut && !wrt {
            return Err(diagnostics::changed_outside_wrt(input, &parameter_name(input)));
        }
    }
    companion.assign(&roles);
    if home == Home::Trait {
        companion.restrict();
    }
    let depends = in_out || pass::reverse::active(&graph, result);
    if !depends && !mentions(&function.block, "stop_gradient") {
        let read: Vec<String> = order
            .iter()
            .map(|index| names[*index].clone())
            .filter(|name| mentions(&function.block, name))
            .collect();
        if !read.is_empty() {
            return Err(diagnostics::constant_result(&signature.output, &read));
        }
    }
    let recursive = options.recursive
        || home.is_trait() && !companion.is_restricted()
        || emit::calls(&lowered.body, &signature.ident);
    let mut written = vec![false; lowered.parameters.len()];
    crate::graph::writes(&lowered.body, &mut |var, _| {
        if let Some(index) = lowered.parameters.iter().position(|parameter| *parameter == var) {
            written[index] = true;
        }
    });
    let shadowed = lowered.parameters.iter().map(|var| graph[*var].shadowed).collect();
    graph.optimizations = options.optimizations;
    pass::reverse::infer(&mut graph, &mut lowered.body, &Kind::of(&companion.output));
    pass::leaving::copy_what_leaves(&mut graph, &mut lowered.body);
    let mut forward_graph = graph.clone();
    let forward = match &options.jvp {
        None => None,
        Some(option) if companion.parameters.iter().any(|p| p.closure.is_some()) => {
            return Err(diagnostics::closure_with_jvp(option.span()));
        }
        Some(_) => {
            let body = lowered.body.clone();
            Some(pass::forward::forward(&mut forward_graph, body, &lowered.parameters, &roles)?)
        }
    };
    pass::reverse::prepare(&mut graph, &mut lowered.body);
    let debugged = std::env::var("BACKPROP_DEBUG").is_ok_and(|name| signature.ident == name);
    if debugged {
        // Before what may fail.
        eprintln!("{}", graph.display_lowered(&lowered.body));
    }
    let mut seeded_graph = graph.clone();
    let (body, parameters) = (lowered.body.clone(), &lowered.parameters);
    let early = options.optimizations.early && pass::reverse::has_early(&lowered.body);
    let seeded = early
        .then(|| pass::reverse::reverse(&mut seeded_graph, body, parameters, &roles, &[], true))
        .filter(|joint| joint.early);
    let erased: Vec<crate::graph::VarId> = companion
        .parameters
        .iter()
        .zip(&lowered.parameters)
        .filter(|(parameter, _)| parameter.erased)
        .map(|(_, var)| *var)
        .collect();
    let body = lowered.body;
    let joint =
        pass::reverse::reverse(&mut graph, body, &lowered.parameters, &roles, &erased, false);
    if debugged {
        eprintln!("{}", graph.display(&joint));
        if let Some(seeded) = &seeded {
            eprintln!("with the adjoint of the value known:\n{}", seeded_graph.display(seeded));
        }
    }
    let documentation = Notes {
        name: signature.ident.to_string(),
        wrt: order.iter().map(|index| names[*index].clone()).collect(),
        explain: options.explain,
    };
    let function = Function {
        signature: companion,
        graph: &graph,
        joint: &joint,
        seeded: seeded.as_ref().map(|joint| (&seeded_graph, joint)),
        forward: forward.as_ref().map(|forward| (&forward_graph, forward)),
        order: order.to_vec(),
        associated,
        written,
        shadowed,
        recursive,
        home,
        body: Body::Derivative,
        documentation,
    };
    with_check(function.tokens(), &function, options)
}

/// The attribute of a function inside one with these options.
fn inner_attribute(runtime: &TokenStream, options: &Options) -> TokenStream {
    let forward = options.jvp.as_ref().map(|_| quote!(jvp,));
    let krate = options.krate.as_ref().map(|path| quote!(crate = #path));
    quote!(#runtime::differentiable(#forward #krate))
}

/// The function in simpler terms and its graph. `varied` tells of which parameters derivatives
/// come.
pub(crate) fn lowered(
    function: &ImplItemFn,
    varied: &[bool],
    inline: &HashSet<String>,
    context: &crate::closures::Context,
) -> syn::Result<(ImplItemFn, Graph, lower::Lowered)> {
    let mut function = function.clone();
    crate::checkpoint::expand(&mut function.block, &context.runtime)?;
    crate::macros::write_out(&mut function.block);
    crate::parameters::own_walking(&mut function);
    crate::unique::rename(&mut function);
    if let Some(block) = crate::closures::named(&function, &context.runtime, Extent::Aliases) {
        function.block = block;
    }
    lowered_as_written(function.clone(), varied, inline, context).or_else(|error| {
        // In other words.
        match crate::closures::named(&function, &context.runtime, Extent::Everything) {
            Some(block) => {
                let named = ImplItemFn { block, ..function };
                lowered_as_written(named, varied, inline, context).map_err(|_| error)
            }
            None => Err(error),
        }
    })
}

fn lowered_as_written(
    mut function: ImplItemFn,
    varied: &[bool],
    inline: &HashSet<String>,
    context: &crate::closures::Context,
) -> syn::Result<(ImplItemFn, Graph, lower::Lowered)> {
    let signature = &function.sig;
    let names: Vec<String> = signature.inputs.iter().map(parameter_name).collect();
    let is_wrt =
        |name: &str| names.iter().position(|n| n == name).is_some_and(|index| varied[index]);
    let mut first = Source::read(signature, &function.block, inline, is_wrt);
    if let Some(block) = inner_functions::annotated(&first, &function.block, &context.attribute)? {
        function.block = block;
        first = Source::read(signature, &function.block, inline, is_wrt);
    }
    // It is known what exclusive references refer to.
    if crate::control::lent_by_branch(&mut function.block, &first) {
        first = Source::read(signature, &function.block, inline, is_wrt);
    }
    // What closures capture becomes arguments.
    let mut lifted = Vec::new();
    if let Some((block, found)) = crate::closures::lift(&first, &function, &context.runtime) {
        (function.block, lifted) = (block, found);
        first = Source::read(signature, &function.block, inline, is_wrt);
    }
    // Chains become loops; what remains is ordinary Rust.
    let simpler = crate::desugar::simplified(&first, &function, &context.runtime);
    let mut inline = inline.clone();
    let mut source = match simpler {
        Some((block, blocks)) => {
            function.block = block;
            inline.extend(blocks);
            Source::read(signature, &function.block, &inline, is_wrt)
        }
        None => first,
    };
    // What may leave in the middle of an expression becomes a statement.
    if crate::control::simplify(&mut function.block, &source, &inline) {
        source = Source::read(signature, &function.block, &inline, is_wrt);
    }
    source.check_names()?;
    let mut graph = Graph::default();
    graph.names.reserve(function.to_token_stream());
    for lifted in &lifted {
        graph.names.reserve(lifted.body.to_token_stream());
    }
    let lowered =
        lower::lower(&source, &mut graph, signature, &function.block, context, (&lifted, &inline))?;
    Ok((function, graph, lowered))
}

/// Refuses `cfg` inside the body: an attribute macro sees code that the compiler then drops. And
/// macros that are named like std's.
fn check_conditions(body: &syn::Block) -> syn::Result<()> {
    struct Find(Errors);
    impl<'ast> syn::visit::Visit<'ast> for Find {
        fn visit_item(&mut self, _: &'ast syn::Item) {}
        fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
            if attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr") {
                self.0.push(diagnostics::condition_in_body(attribute));
            }
        }
        fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
            let name = crate::source::std_macro(&invocation.path);
            let known =
                crate::source::is_known_macro(&name) || crate::macros::is_written_out(&name);
            if known && crate::scopes::declares_macro(&name) {
                self.0.push(diagnostics::own_macro(&invocation.path, &name));
            }
        }
    }
    let mut find = Find(Errors::default());
    syn::visit::Visit::visit_block(&mut find, body);
    find.0.into_result()
}

/// Whether the function belongs to a type, as far as its own text tells.
fn is_associated(function: &ImplItemFn, options: &Options) -> bool {
    options.associated
        || function.sig.receiver().is_some()
        || mentions(&function.sig, "Self")
        || mentions(&function.block, "Self")
        || crate::placement::inside_impl()
}
