//! Operations on collections that move elements without computing on them.
//!
//! During the reverse an adjoint has the shape that its value had at that point of the forward
//! part, so the reverse of an edit is an edit of the adjoint. A row says what the edit is given,
//! what is noted before it, and which function of the runtime undoes it.

/// An edit: a method of std's collections.
#[derive(Debug)]
pub(crate) struct Edit {
    /// The method's name.
    pub(crate) method: &'static str,
    pub(crate) operands: &'static [Part],
    /// A function of the runtime that notes what the reverse needs, before the edit: it is given
    /// the collection and the operands that are numbers, ranges or values.
    pub(crate) note: Option<&'static str>,
    pub(crate) forward: Forward,
    pub(crate) result: Outcome,
    pub(crate) reverse: Undo,
}

impl Edit {
    /// Whether every element gets a new value and their number stays.
    pub(crate) fn overwrites(&self) -> bool {
        matches!(self.reverse, Undo::Value("unfill") | Undo::Slot("copied", _))
    }

    /// Whether the elements only change places.
    pub(crate) fn rearranges(&self) -> bool {
        matches!(self.reverse, Undo::Same | Undo::Method(_))
    }
}

/// What an edit is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// An element.
    Value,
    /// A number that carries no derivative.
    Index,
    /// A range of numbers.
    Range,
    /// Elements that are copied: `&w`.
    Slice,
    /// Another collection, moved.
    Moved,
    /// Another collection, changed too: `&mut w`.
    Exclusive,
    /// A function whose value carries no derivative.
    Function,
}

/// How the forward part carries an edit out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Forward {
    /// As it is written.
    Method,
    /// `place.extend(w.iter().cloned())`.
    Cloned,
    /// `place.drain(range).collect::<Vec<_>>()`.
    Collect,
    /// By a function of the runtime, whose value is the note.
    Runtime(&'static str),
}

/// What the value of an edit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Nothing,
    Element,
    /// An element, if there is one.
    Optional,
    /// A `Vec` of elements.
    Elements,
    /// A collection like the one that is edited.
    Part,
}

/// The reverse, by a function of the runtime that is given the adjoint, the indices and the note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Undo {
    /// The same method.
    Same,
    /// Another method, with the same operands.
    Method(&'static str),
    /// Its value is the adjoint of the element that was put in.
    Value(&'static str),
    /// It is given the adjoint of the result.
    Result(&'static str),
    /// It adds to the slot of the other operand; the second function is for one without
    /// derivative.
    Slot(&'static str, &'static str),
    /// It restores the shape.
    Restore(&'static str),
    /// It is given the adjoint of the other collection too; the second function is for one without
    /// derivative.
    Both(&'static str, &'static str),
}

macro_rules! edits {
    ($(
        $method:literal($($part:ident),*)
        $(note $note:literal)?
        $(by $forward:expr)?;
        $(-> $result:ident)? $undo:expr
    ),* $(,)?) => {
        &[$(Edit {
            method: $method,
            operands: &[$(Part::$part),*],
            note: edits!(@note $($note)?),
            forward: edits!(@forward $($forward)?),
            result: edits!(@result $($result)?),
            reverse: $undo,
        }),*]
    };
    (@note) => { None };
    (@note $note:literal) => { Some($note) };
    (@forward) => { Forward::Method };
    (@forward $forward:expr) => { $forward };
    (@result) => { Outcome::Nothing };
    (@result $result:ident) => { Outcome::$result };
}

use Forward::{Cloned, Collect, Runtime};
use Undo::{Both, Method, Restore, Result, Same, Slot, Value};

/// The edits of `Vec`, `VecDeque` and slices.
static EDITS: &[Edit] = edits! {
    "push"(Value); Value("pop"),
    "push_back"(Value); Value("pop_back"),
    "push_front"(Value); Value("pop_front"),
    "insert"(Index, Value); Value("remove"),
    "fill"(Value); Value("unfill"),
    "swap"(Index, Index); Same,
    "reverse"(); Same,
    "rotate_left"(Index); Method("rotate_right"),
    "rotate_right"(Index); Method("rotate_left"),
    "pop"(); -> Optional Result("unpop"),
    "pop_back"(); -> Optional Result("unpop_back"),
    "pop_front"(); -> Optional Result("unpop_front"),
    "remove"(Index); -> Element Result("insert"),
    "swap_remove"(Index); -> Element Result("unswap_remove"),
    "split_off"(Index); -> Part Result("rejoin"),
    "drain"(Range) note "edit::removed"; Restore("put_back"),
    "drained"(Range) note "edit::start" by Collect; -> Elements Result("splice"),
    "truncate"(Index) note "edit::tail"; Restore("put_back"),
    "clear"() note "edit::all"; Restore("put_back"),
    "resize"(Index, Value) note "edit::resized"; Slot("unresize", "resize_back"),
    "extend_from_slice"(Slice) note "edit::count"; Slot("unextend", "cut"),
    "extend_cloned"(Slice) note "edit::count" by Cloned; Slot("unextend", "cut"),
    "extend"(Moved) note "edit::count"; Slot("unextend", "cut"),
    "append"(Exclusive) note "edit::count"; Both("unappend", "cut"),
    "copy_from_slice"(Slice); Slot("copied", "overwritten"),
    "clone_from_slice"(Slice); Slot("copied", "overwritten"),
    "copy_within"(Range, Index) note "edit::span"; Restore("uncopy_within"),
    "swap_with_slice"(Exclusive); Both("swap_slices", "overwritten"),
    "sort_by"(Function) by Runtime("edit::sort_by"); Restore("unsort"),
    "sort_unstable_by"(Function) by Runtime("edit::sort_unstable_by"); Restore("unsort"),
    "sort_by_key"(Function) by Runtime("edit::sort_by_key"); Restore("unsort"),
    "sort_by_cached_key"(Function) by Runtime("edit::sort_by_key"); Restore("unsort"),
    "sort_unstable_by_key"(Function) by Runtime("edit::sort_unstable_by_key"); Restore("unsort"),
    "dedup"() by Runtime("edit::dedup"); Restore("unretain"),
    "dedup_by"(Function) by Runtime("edit::dedup_by"); Restore("unretain"),
    "dedup_by_key"(Function) by Runtime("edit::dedup_by_key"); Restore("unretain"),
    "select_nth_unstable_by"(Index, Function) by Runtime("edit::select_nth_unstable_by");
        Restore("unselect"),
    "retain"(Function) by Runtime("edit::retain"); Restore("unretain"),
};

/// The edit of a method's name and number of arguments.
pub(crate) fn edit(method: &str, arguments: usize) -> Option<&'static Edit> {
    EDITS.iter().find(|edit| edit.method == method && edit.operands.len() == arguments)
}
