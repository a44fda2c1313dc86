//! Line charts side by side with a common logarithmic y axis, as SVG.

use std::fmt::Write;

/// A row of charts with common axes.
pub struct Figure {
    pub title: String,
    pub x_label: String,
    pub y_label: String,
    pub legend: Vec<(String, Stroke)>,
    pub panels: Vec<Panel>,
}

/// One chart.
pub struct Panel {
    pub title: String,
    /// `y[k]` stands at x = k. What is not positive and finite interrupts the line.
    pub lines: Vec<(Stroke, Vec<f64>)>,
}

/// How a line is drawn.
#[derive(Clone, Copy)]
pub struct Stroke {
    pub colour: &'static str,
    pub dashed: bool,
}

/// Colours that people with any kind of colour vision can tell apart (Okabe and Ito).
pub const COLOURS: [&str; 4] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"];

const PANEL_WIDTH: f64 = 300.0;
const PANEL_HEIGHT: f64 = 260.0;
const GAP: f64 = 28.0;
const LEFT: f64 = 66.0;
const RIGHT: f64 = 22.0;
const TOP: f64 = 88.0;
const BOTTOM: f64 = 54.0;

impl Figure {
    /// The figure as an SVG document.
    pub fn to_svg(&self) -> String {
        let (y_low, y_high) = self.y_range();
        let x_high = self.x_high();
        let y_ticks = log_ticks(y_low, y_high);
        let x_ticks = linear_ticks(x_high);
        let x_of = |x: f64| PANEL_WIDTH * x / x_high;
        let y_of =
            |y: f64| PANEL_HEIGHT * (1.0 - (y.ln() - y_low.ln()) / (y_high.ln() - y_low.ln()));

        let count = self.panels.len() as f64;
        let width = LEFT + count * PANEL_WIDTH + (count - 1.0) * GAP + RIGHT;
        let height = TOP + PANEL_HEIGHT + BOTTOM;
        let mut svg = Svg::new(width, height);
        svg.text(LEFT, 26.0, "start", "font-size='16' font-weight='600'", &self.title);
        self.draw_legend(&mut svg);
        for (index, panel) in self.panels.iter().enumerate() {
            svg.open(LEFT + index as f64 * (PANEL_WIDTH + GAP), TOP);
            svg.text(0.0, -8.0, "start", "font-weight='600'", &panel.title);
            for &(y, labelled) in &y_ticks {
                if !labelled && y_high / y_low > 1e3 {
                    continue;
                }
                let colour = if labelled { "#d0d0d0" } else { "#eeeeee" };
                svg.line((0.0, y_of(y)), (PANEL_WIDTH, y_of(y)), colour);
                if labelled && index == 0 {
                    svg.text(-8.0, y_of(y) + 4.0, "end", "", &number(y));
                }
            }
            for &x in &x_ticks {
                svg.line((x_of(x), PANEL_HEIGHT), (x_of(x), PANEL_HEIGHT + 5.0), "#555555");
                svg.text(x_of(x), PANEL_HEIGHT + 19.0, "middle", "", &x.to_string());
            }
            svg.line((0.0, PANEL_HEIGHT), (PANEL_WIDTH, PANEL_HEIGHT), "#555555");
            for (stroke, values) in &panel.lines {
                let points = (0..).zip(values).map(|(k, &y)| (f64::from(k), y));
                let points =
                    points.map(|(x, y)| (y > 0.0 && y.is_finite()).then(|| (x_of(x), y_of(y))));
                svg.curve(points, *stroke);
            }
            svg.close();
        }
        let middle = LEFT + (width - LEFT - RIGHT) / 2.0;
        svg.text(middle, height - 12.0, "middle", "", &self.x_label);
        let turned = format!("transform='rotate(-90 18 {})'", TOP + PANEL_HEIGHT / 2.0);
        svg.text(18.0, TOP + PANEL_HEIGHT / 2.0, "middle", &turned, &self.y_label);
        svg.finish()
    }

    fn draw_legend(&self, svg: &mut Svg) {
        let mut x = LEFT;
        for (name, stroke) in &self.legend {
            svg.curve([Some((x, 48.0)), Some((x + 26.0, 48.0))].into_iter(), *stroke);
            svg.text(x + 32.0, 52.0, "start", "", name);
            x += 32.0 + 7.0 * name.chars().count() as f64 + 22.0;
        }
    }

    fn values(&self) -> impl Iterator<Item = f64> {
        let lines = self.panels.iter().flat_map(|panel| &panel.lines);
        lines.flat_map(|(_, values)| values.iter().copied().filter(|&y| y > 0.0 && y.is_finite()))
    }

    /// The range of the data with 5 % of room at both ends, on the logarithmic scale.
    fn y_range(&self) -> (f64, f64) {
        let low = self.values().fold(f64::INFINITY, f64::min);
        let high = self.values().fold(0.0, f64::max);
        if low > high {
            return (0.1, 1.0); // nothing to draw
        }
        let room = (high / low).powf(0.05).max(1.05);
        (low / room, high * room)
    }

    fn x_high(&self) -> f64 {
        let lines = self.panels.iter().flat_map(|panel| &panel.lines);
        lines.map(|(_, values)| values.len()).max().unwrap_or(0).max(2) as f64 - 1.0
    }
}

/// An SVG document in the making.
struct Svg(String);

impl Svg {
    fn new(width: f64, height: f64) -> Svg {
        Svg(format!(
            "<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' \
             viewBox='0 0 {width} {height}' \
             font-family='Helvetica, Arial, sans-serif' font-size='12' fill='#222222'>\n\
             <rect width='100%' height='100%' fill='white'/>\n"
        ))
    }

    fn open(&mut self, x: f64, y: f64) {
        self.push(format_args!("<g transform='translate({x} {y})'>"));
    }

    fn close(&mut self) {
        self.push(format_args!("</g>"));
    }

    fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), colour: &str) {
        self.push(format_args!("<path d='M{x1:.1} {y1:.1}L{x2:.1} {y2:.1}' stroke='{colour}'/>"));
    }

    /// A line through the points; `None` interrupts it.
    fn curve(&mut self, points: impl Iterator<Item = Option<(f64, f64)>>, stroke: Stroke) {
        let mut path = String::new();
        let mut command = 'M';
        for point in points {
            command = match point {
                Some((x, y)) => {
                    write!(path, "{command}{x:.1} {y:.1}").expect("writing to a String");
                    'L'
                }
                None => 'M',
            };
        }
        let (colour, dashes) = (stroke.colour, if stroke.dashed { "5 3" } else { "none" });
        self.push(format_args!(
            "<path d='{path}' fill='none' stroke='{colour}' stroke-width='1.8' \
             stroke-linejoin='round' stroke-dasharray='{dashes}'/>"
        ));
    }

    fn text(&mut self, x: f64, y: f64, anchor: &str, attributes: &str, text: &str) {
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        self.push(format_args!(
            "<text x='{x:.1}' y='{y:.1}' text-anchor='{anchor}' {attributes}>{text}</text>"
        ));
    }

    fn push(&mut self, element: std::fmt::Arguments) {
        writeln!(self.0, "{element}").expect("writing to a String");
    }

    fn finish(self) -> String {
        self.0 + "</svg>\n"
    }
}

/// Gridlines at m·10ⁿ within the range, and whether they get a label: the coarsest choice that
/// labels at least four.
fn log_ticks(low: f64, high: f64) -> Vec<(f64, bool)> {
    let decades = low.log10().floor() as i32..=high.log10().ceil() as i32;
    let all = decades.flat_map(|n| (1..=9).map(move |m| (n, m)));
    let value = |(n, m): (i32, i32)| format!("{m}e{n}").parse::<f64>().expect("a number");
    let all: Vec<_> = all.filter(|&tick| (low..=high).contains(&value(tick))).collect();
    let choices: [&[i32]; 4] = [&[1], &[1, 3], &[1, 2, 5], &[1, 2, 3, 4, 5, 6, 8]];
    let enough = |choice: &&[i32]| all.iter().filter(|(_, m)| choice.contains(m)).count() >= 4;
    let labelled = choices.into_iter().find(enough).unwrap_or(&[1, 2, 3, 4, 5, 6, 7, 8, 9]);
    all.iter().map(|&tick| (value(tick), labelled.contains(&tick.1))).collect()
}

/// 0, step, 2·step, … up to `high`, four to ten of them.
fn linear_ticks(high: f64) -> Vec<f64> {
    let decade = 10f64.powf((high / 4.0).log10().floor()).max(1.0);
    let fits = |step: &f64| high / step >= 4.0;
    let steps = [5.0, 2.0, 1.0].map(|m| m * decade);
    let step = steps.into_iter().find(fits).unwrap_or(1.0);
    (0..).map(|k| f64::from(k) * step).take_while(|&x| x <= high).collect()
}

/// `0.02`, `3`, `10⁻⁵`.
fn number(value: f64) -> String {
    if (0.001..1e5).contains(&value) {
        return value.to_string();
    }
    let superscript = |c: char| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => char::from_u32('⁰' as u32 + digit as u32 - '0' as u32).unwrap_or(digit),
    };
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e').expect("the exponent that {:e} writes");
    let exponent: String = exponent.chars().map(superscript).collect();
    if mantissa == "1" { format!("10{exponent}") } else { format!("{mantissa}·10{exponent}") }
}
