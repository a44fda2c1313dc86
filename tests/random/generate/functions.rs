//! Whole functions.

use super::calls::{Helper, SIGNATURES};
use super::{BOUND, Generator, Lock, Output, Var};
use crate::random::print::{Parameter, Program};
use crate::random::program::{Name, Node, Sort, Ty};

impl Generator {
    pub(super) fn program(&mut self, name: String) -> Program {
        let helpers = self.rng.weighted(&[(4, 0), (3, 1), (2, 2)]);
        let mut functions: Vec<Node> = (0..helpers).map(|_| self.helper()).collect();
        let parameters = self.parameters();
        functions.push(self.main(&parameters));
        functions.splice(0..0, self.library());
        let holes = "~\n\n".repeat(functions.len());
        Program { name, root: Node::new(Sort::Other, &holes, functions), parameters }
    }

    fn parameters(&mut self) -> Vec<Parameter> {
        let mut parameters = vec![Parameter::Scalar, Parameter::Scalar, Parameter::Slice];
        if self.rng.one_in(3) {
            parameters.push(*self.rng.pick(&[
                Parameter::Array,
                Parameter::ArrayRef,
                Parameter::Vec,
                Parameter::VecRef,
                Parameter::Pair,
                Parameter::Slice,
                Parameter::Rows,
            ]));
        }
        parameters
    }

    fn main(&mut self, parameters: &[Parameter]) -> Node {
        let mut texts = Vec::new();
        let mut vars = Vec::new();
        for (name, parameter) in ["x", "y", "v", "w"].into_iter().zip(parameters) {
            let (ty, text, by_value) = match parameter {
                Parameter::Scalar => (Ty::Float, "$F", true),
                Parameter::Slice => (Ty::Slice, "&[$F]", false),
                Parameter::VecRef => (Ty::Slice, "&Vec<$F>", false),
                Parameter::Vec => (Ty::Vec, "Vec<$F>", true),
                Parameter::Array => (Ty::Array, "[$F; 3]", true),
                Parameter::ArrayRef => (Ty::Slice, "&[$F; 3]", false),
                Parameter::Pair => (Ty::Pair, "($F, $F)", true),
                Parameter::Rows => (Ty::Grid, "&[Vec<$F>]", false),
            };
            let mutable = by_value && self.rng.one_in(4);
            let mut var = self.variable_named(name, ty, mutable);
            (var.bound, var.limit) = (2.0, if *parameter == Parameter::ArrayRef { 3 } else { 4 });
            if *parameter == Parameter::Array {
                var.limit = 3;
            }
            // One parameter stays as it is, so that the result depends on it in any case.
            var.reserved = name == "y";
            let mutable = mutable && name != "y";
            var.mutable = mutable;
            let keyword = if mutable { "mut " } else { "" };
            texts.push(format!("{keyword}{name}: {text}"));
            vars.push(var);
        }
        let most = if self.rng.one_in(5) { 32 } else { 16 };
        self.fuel = self.rng.between(3, most);
        self.function("program", &texts.join(", "), "$F", vars, Output::Float)
    }

    fn function(
        &mut self,
        name: &str,
        parameters: &str,
        result: &str,
        vars: Vec<Var>,
        output: Output,
    ) -> Node {
        let names: Vec<Name> = vars.iter().map(Var::as_name).collect();
        self.returns = Some(output);
        let body = self.scoped(vars, |this| {
            let mut statements = Vec::new();
            while this.fuel > 0 {
                statements.extend(this.statements(1));
            }
            let value = this.output(output);
            if this.rng.one_in(8) {
                statements.push(Node::statement("return ~;", [value]));
                return Node::block(statements, None);
            }
            if this.rng.one_in(6) {
                let condition = this.condition(1);
                let other = this.output(output);
                let parts =
                    [condition, Node::block(vec![], Some(value)), Node::block(vec![], Some(other))];
                let value = Node::new(Sort::Other, "if ~ {~} else {~}", parts);
                return Node::block(statements, Some(value));
            }
            Node::block(statements, Some(value))
        });
        self.returns = None;
        let (attribute, suffix) = match parameters {
            "&self" => ("$M", ""),
            _ if parameters.starts_with("&self") => ("$N", ""),
            _ => ("$A", "$S"),
        };
        let template = format!("{attribute}fn {name}{suffix}({parameters}) -> {result} {{~}}");
        Node::new(Sort::Function, &template, [body]).binding(names)
    }

    fn helper(&mut self) -> Node {
        let (parameters, output) = *self.rng.pick(SIGNATURES);
        let recursive = parameters.last() == Some(&Ty::Int);
        let name = format!("helper{}", self.helpers.len());
        let method = parameters[0] == Ty::Record && self.rng.one_in(2);
        let mut vars = Vec::new();
        let mut texts = Vec::new();
        for (index, ty) in parameters.iter().enumerate() {
            let letter = if method { ["self", "t"][index] } else { ["s", "t"][index] };
            let mut var = self.variable_named(letter, *ty, false);
            var.bound = BOUND;
            var.reserved = index == 0;
            if *ty == Ty::Slice {
                var.limit = 3;
            }
            let text = match ty {
                Ty::Float => "$F",
                Ty::Ref => "&$F",
                Ty::Int => "usize",
                Ty::Array => "[$F; 3]",
                Ty::Record => "&Point$S",
                _ => "&[$F]",
            };
            let text = format!("{letter}: {text}");
            texts.push(if letter == "self" { "&self".to_owned() } else { text });
            vars.push(var);
        }
        self.fuel = self.rng.below(5);
        let result = match output {
            Output::Float => "$F",
            Output::Pair => "($F, $F)",
            Output::Array => "[$F; 3]",
            Output::Record => "Point$S",
            Output::Vec => "Vec<$F>",
            Output::Option => "Option<$F>",
        };
        let helper = Helper { name: name.clone(), parameters, output, recursive, method };
        let declared = Name::new(&name, Ty::Helper, false);
        let mut node = self.function(&name, &texts.join(", "), result, vars, output);
        if recursive {
            node = self.recursion(&name);
        }
        self.helpers.push(helper);
        if method {
            node = Node::new(Sort::Function, "impl Point$S {\n~\n}", [node]);
        }
        node.declaring([declared])
    }

    /// A function that calls itself as often as its second parameter says.
    fn recursion(&mut self, name: &str) -> Node {
        let argument = self.variable_named("s", Ty::Float, false);
        let mut count = self.variable_named("t", Ty::Int, false);
        count.limit = 5;
        let names = [argument.as_name(), count.as_name(), Name::new(name, Ty::Helper, false)];
        let body = self.scoped([argument, count], |this| {
            let last = this.float(2);
            let inner = this.float(2);
            let inner = this.squashed(inner);
            let call = Node::float(&format!("{name}$S(~, t - 1)"), [inner])
                .using([names[1].clone(), names[2].clone()]);
            let call = call.bounded(2.0).typed(true);
            let operand = this.float(2);
            let operand = Node::float("@ + s * $[0.613$]", [operand]).using([names[0].clone()]);
            let operand = this.squashed(operand.loose().bounded(9.0));
            let operator = *this.rng.pick(&["+", "*", "-"]);
            let value = Node::float(&format!("@ {operator} @"), [call, operand]).loose();
            if this.rng.one_in(2) {
                let base =
                    Node::statement("if t == 0 { return ~; }", [last]).using([names[1].clone()]);
                Node::block(vec![base], Some(value))
            } else {
                let blocks = [Node::block(vec![], Some(last)), Node::block(vec![], Some(value))];
                let value = Node::new(Sort::Other, "if t == 0 {~} else {~}", blocks);
                Node::block(vec![], Some(value.using([names[1].clone()])))
            }
        });
        let template = format!("$Afn {name}$S(s: $F, t: usize) -> $F {{~}}");
        Node::new(Sort::Function, &template, [body]).binding(names)
    }

    /// A scalar that depends on much of what is in scope.
    pub(super) fn result(&mut self) -> Node {
        let mut sum = self.float(2);
        let mut leaves = Vec::new();
        // What was computed should matter, the latest above all.
        let vars: Vec<Var> = self.visible().into_iter().take(9).cloned().collect();
        for var in vars {
            if self.rng.one_in(3) {
                continue;
            }
            leaves.extend(match var.ty {
                _ if var.lock == Lock::Exclusive => None,
                Ty::Float | Ty::Ref | Ty::RefMut => Some(Self::scalar_of(&var)),
                Ty::Int | Ty::Bool | Ty::Label | Ty::Helper | Ty::Closure => None,
                _ => Some(self.part_of(&var)),
            });
        }
        let fixed = self.scope.iter().find(|var| var.reserved && var.ty != Ty::Int).cloned();
        leaves.extend(fixed.map(|var| match var.ty {
            Ty::Float | Ty::Ref => Self::scalar_of(&var),
            _ => self.part_of(&var),
        }));
        for leaf in leaves {
            let typed = sum.typed || leaf.typed;
            let number = self.rng.number();
            sum = Node::float(&format!("@ + @ * $[{number:?}$]"), [sum, leaf]).loose().typed(typed);
        }
        sum
    }
}
