//! What the passes do beyond a correct derivative. Each can be switched off, for tests that hold
//! the derivatives with and without it against each other.

use proc_macro2::Ident;

/// The optimizations by name; all are on unless the attribute's hidden option `unoptimized`, or the
/// environment variable `BACKPROP_UNOPTIMIZED`, says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Optimizations {
    /// What has its outputs' adjoints known is reversed as soon as it has run.
    pub(crate) early: bool,
    /// Independent iterations are reversed upwards.
    pub(crate) order: bool,
    /// Innermost reversed loops run over slices.
    pub(crate) rows: bool,
    /// Counters are written in closed form.
    pub(crate) counters: bool,
    /// Copies are made outside the loops that do not change them.
    pub(crate) outside: bool,
    /// Adjoints of vectors that loops fill are looked up by index.
    pub(crate) filled: bool,
    /// Loops over the elements of slices are counted by the lengths of these.
    pub(crate) lengths: bool,
    /// A value is kept once, and what can be computed from kept values is.
    pub(crate) once: bool,
    /// Arrays that change later are kept whole in front of the loops that read them.
    pub(crate) spans: bool,
    /// Adjoints of neighbours are gathered by them instead of added to them.
    pub(crate) gathers: bool,
}

impl Default for Optimizations {
    fn default() -> Optimizations {
        Optimizations {
            early: true,
            order: true,
            rows: true,
            counters: true,
            outside: true,
            filled: true,
            lengths: true,
            once: true,
            spans: true,
            gathers: true,
        }
    }
}

impl Optimizations {
    /// Switches off what `names` lists: everything, if it is empty.
    pub(crate) fn without(mut self, names: &[String]) -> Result<Optimizations, String> {
        if names.is_empty() {
            return Ok(Optimizations {
                early: false,
                order: false,
                rows: false,
                counters: false,
                outside: false,
                filled: false,
                lengths: false,
                once: false,
                spans: false,
                gathers: false,
            });
        }
        for name in names {
            match name.as_str() {
                "early" => self.early = false,
                "order" => self.order = false,
                "rows" => self.rows = false,
                "counters" => self.counters = false,
                "outside" => self.outside = false,
                "filled" => self.filled = false,
                "lengths" => self.lengths = false,
                "once" => self.once = false,
                "spans" => self.spans = false,
                "gathers" => self.gathers = false,
                other => return Err(format!("there is no optimization `{other}`")),
            }
        }
        Ok(self)
    }

    /// What the environment asks for.
    pub(crate) fn of_environment() -> Optimizations {
        let all = Optimizations::default();
        let Ok(list) = std::env::var("BACKPROP_UNOPTIMIZED") else { return all };
        let names: Vec<String> = list
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect();
        all.without(&names).unwrap_or(all)
    }

    /// What `unoptimized(names…)` asks for.
    pub(crate) fn listed(self, names: &[Ident]) -> syn::Result<Optimizations> {
        let texts: Vec<String> = names.iter().map(ToString::to_string).collect();
        self.without(&texts).map_err(|message| {
            let span = names.first().map_or_else(proc_macro2::Span::call_site, Ident::span);
            syn::Error::new(span, message)
        })
    }
}
