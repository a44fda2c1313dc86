//! Where in a value a scalar lies.

use std::fmt;

/// The path from a value to one of its parts, as one would write it in Rust: `layers[2].w`.
///
/// ```
/// use backprop_runtime::{Differentiable, Path};
///
/// let mut names = Vec::new();
/// (0.5, vec![vec![1.0, 2.0]]).visit(&mut Path::root(), &mut |path, scalars| {
///     names.extend((0..scalars.len()).map(|i| path.element(i)));
/// });
/// assert_eq!(names, ["0", "1[0][0]", "1[0][1]"]);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Path {
    text: String,
    layout: Layout,
    silent: bool,
    constants: bool,
}

/// How the scalars of the run at hand are indexed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Layout {
    #[default]
    Scalar,
    Elements,
    Rows(usize),
}

impl Path {
    /// The path of the whole value.
    pub fn root() -> Self {
        Self::default()
    }

    /// A path that stays empty, for visitors that need no names: nothing is formatted.
    pub fn silent() -> Self {
        Self { silent: true, ..Self::default() }
    }

    /// A silent path for visitors of all that derivatives flow through, which are those of
    /// adjoints: of skipped fields, too.
    pub(crate) fn of_everything() -> Self {
        Self { silent: true, constants: true, ..Self::default() }
    }

    #[doc(hidden)]
    pub fn visits_constants(&self) -> bool {
        self.constants
    }

    /// Runs `inside` with `.name` appended.
    pub fn with_field<R>(&mut self, name: &str, inside: impl FnOnce(&mut Self) -> R) -> R {
        if self.silent {
            return inside(self);
        }
        let length = self.text.len();
        if length > 0 {
            self.text.push('.');
        }
        self.text.push_str(name);
        let result = inside(self);
        self.text.truncate(length);
        result
    }

    /// Runs `inside` with `[index]` appended.
    pub fn with_index<R>(&mut self, index: usize, inside: impl FnOnce(&mut Self) -> R) -> R {
        use fmt::Write;
        if self.silent {
            return inside(self);
        }
        let length = self.text.len();
        write!(self.text, "[{index}]").expect("writing to a String cannot fail");
        let result = inside(self);
        self.text.truncate(length);
        result
    }

    /// Runs `inside` for a run of scalars that are the elements of one sequence.
    pub fn with_elements<R>(&mut self, inside: impl FnOnce(&mut Self) -> R) -> R {
        self.with_layout(Layout::Elements, inside)
    }

    /// Runs `inside` for a run of scalars that are the rows of one matrix, `columns` each.
    pub fn with_rows<R>(&mut self, columns: usize, inside: impl FnOnce(&mut Self) -> R) -> R {
        self.with_layout(Layout::Rows(columns), inside)
    }

    fn with_layout<R>(&mut self, layout: Layout, inside: impl FnOnce(&mut Self) -> R) -> R {
        let outer = std::mem::replace(&mut self.layout, layout);
        let result = inside(self);
        self.layout = outer;
        result
    }

    /// The path of the scalar at `index` in the run that is being visited: `w` for a number,
    /// `w[3]` in a sequence, `w[(1, 0)]` in a matrix.
    pub fn element(&self, index: usize) -> String {
        match self.layout {
            Layout::Scalar => self.text.clone(),
            Layout::Elements => format!("{}[{index}]", self.text),
            Layout::Rows(columns) => {
                let columns = columns.max(1);
                format!("{}[({}, {})]", self.text, index / columns, index % columns)
            }
        }
    }

    /// The path as text; empty for the whole value.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
