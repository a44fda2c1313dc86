use super::*;

#[test]
fn sizes_are_root_mean_squares() {
    let mut monitor = GradientMonitor::new();
    let norm = monitor.record(&(vec![2.0, -2.0, 2.0, 2.0], vec![[1.5f32; 2]; 2]));
    assert_eq!(norm, 5.0);
    assert_eq!(monitor.names().collect::<Vec<_>>(), ["0", "1[0]", "1[1]"]);
    assert_eq!(monitor.history("0"), Some(&[2.0][..]));
    assert_eq!(monitor.history("1[1]"), Some(&[4.5f64.sqrt() / 2f64.sqrt()][..]));
    assert_eq!(monitor.history("2"), None);
    assert!(monitor.findings().is_empty());
}

#[test]
fn findings() {
    let mut monitor = GradientMonitor::new();
    monitor.record(&(f64::NAN, 1e4, 0.0, 1e-9, 0.5, vec![0.0; 0]));
    let expected = [
        ("0", Finding::NotFinite),
        ("1", Finding::Exploding),
        ("2", Finding::Zero),
        ("3", Finding::Vanishing),
        ("4", Finding::Vanishing),
    ];
    assert_eq!(monitor.findings(), expected);
}

#[test]
fn a_sudden_rise_explodes() {
    let mut monitor = GradientMonitor::new();
    for step in 0..20 {
        monitor.record(&(0.01 + 0.001 * f64::from(step % 3)));
        assert!(monitor.findings().is_empty());
    }
    monitor.record(&5.0);
    assert_eq!(monitor.findings(), [("", Finding::Exploding)]);
    assert_eq!(monitor.steps(), 21);
}

#[test]
fn groups_by_the_first_component() {
    let mut monitor = GradientMonitor::new().by_top_level();
    monitor.record(&vec![(vec![2.0; 3], 2.0), (vec![0.0; 3], 1.0)]);
    assert_eq!(monitor.names().collect::<Vec<_>>(), ["[0]", "[1]"]);
    assert_eq!(monitor.history("[0]"), Some(&[2.0][..]));
    assert_eq!(monitor.history("[1]"), Some(&[0.5][..]));
}

#[test]
fn prints_a_table() {
    let mut monitor = GradientMonitor::new();
    assert!(monitor.to_string().ends_with("no step recorded"));
    monitor.record(&(vec![1e-9, 1e-9], 2.0));
    let expected = "\
parameter   scalars      first       last   smallest    largest      ratio
0                 2    1.00e-9    1.00e-9    1.00e-9    1.00e-9   5.00e-10  vanishing
1                 1     2.00e0     2.00e0     2.00e0     2.00e0     1.00e0
norm of the gradient at step 1: 2.000e0";
    assert_eq!(monitor.to_string(), expected);
}

#[test]
#[should_panic(expected = "the parameters of the first step")]
fn other_parameters() {
    let mut monitor = GradientMonitor::new();
    monitor.record(&(1.0, 2.0));
    monitor.record(&(1.0, vec![2.0], 3.0));
}
