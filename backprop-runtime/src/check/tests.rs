use super::*;

fn wrong(result: Result<GradientReport, GradientError>) -> Vec<String> {
    match result {
        Ok(report) => panic!("a wrong gradient passed: {report}"),
        Err(GradientError::Wrong(report)) => {
            report.wrong.iter().map(|element| element.path.clone()).collect()
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn passes_at_all_scales() {
    for exponent in -150..=150 {
        let x = 1.7 * 10f64.powi(exponent);
        for report in [
            check_gradient(&x, |x| 3.0 * x * x, &(6.0 * x)),
            check_gradient(&x, |x| x.sqrt(), &(0.5 / x.sqrt())),
            check_gradient(&x, |x| x.ln(), &x.recip()),
            check_gradient(&x, |x| (x / 1.7).atan(), &(1.0 / (1.7 * (1.0 + (x / 1.7).powi(2))))),
        ] {
            let report = report.unwrap_or_else(|error| panic!("x = {x}: {error}"));
            assert!(report.kinks.is_empty(), "x = {x}: {report}");
        }
        assert_eq!(wrong(check_gradient(&x, |x| 3.0 * x * x, &(6.001 * x))), [""]);
    }
}

#[test]
fn passes_for_short_and_long_length_scales() {
    let claims = [
        check_gradient(&1.0, |x: &f64| (600.0 * x).exp(), &(600.0 * 600f64.exp())),
        check_gradient(&1e6, |x: &f64| x.sin(), &1e6f64.cos()),
        check_gradient(&1e-8, |x: &f64| x.cos() + x, &(1.0 - 1e-8f64.sin())),
        check_gradient(&0.0, |x: &f64| (1e5 * x).sin(), &1e5),
        check_gradient(&0.0, |x: &f64| 1e8 + x, &1.0),
        check_gradient(&3.0, |_: &f64| 5.0, &0.0),
        check_gradient(&3.0, |_: &f64| 0.0, &0.0),
    ];
    for (number, claim) in claims.into_iter().enumerate() {
        let report = claim.unwrap_or_else(|error| panic!("{number}: {error}"));
        assert!(report.is_conclusive(), "{number}: {report}");
    }
}

#[test]
fn names_the_wrong_element() {
    let parameters = (vec![vec![1.0, 2.0], vec![3.0]], 4.0);
    let loss = |(w, b): &(Vec<Vec<f64>>, f64)| w[0][0] * w[0][1] + w[1][0].powi(2) * b;
    assert!(check_gradient(&parameters, loss, &(vec![vec![2.0, 1.0], vec![24.0]], 9.0)).is_ok());
    let claim = (vec![vec![2.0, 1.5], vec![-24.0]], 9.0);
    assert_eq!(wrong(check_gradient(&parameters, loss, &claim)), ["0[1][0]", "0[0][1]"]);
    let error = check_gradient(&parameters, loss, &claim).unwrap_err().to_string();
    assert!(error.contains("wrong in 2 of 4"), "{error}");
    assert!(error.contains("0[1][0]: claimed -24, measured 24"), "{error}");
}

#[test]
fn single_precision() {
    let x = vec![0.3f32, -7.0, 1e-3, 2e4];
    let value = |x: &Vec<f32>| x.iter().map(|x| x * x).sum::<f32>();
    let gradient: Vec<f32> = x.iter().map(|x| 2.0 * x).collect();
    check_gradient(&x, value, &gradient).unwrap();
    let short = vec![0.3f32, -7.0];
    check_gradient(&short, value, &vec![0.6, -14.0]).unwrap();
    assert_eq!(wrong(check_gradient(&short, value, &vec![0.6, -14.5])), ["[1]"]);
}

#[test]
fn kinks() {
    for claimed in [0.0, 1.0, -1.0, 0.25] {
        let report = check_gradient(&0.0, |x: &f64| x.abs(), &claimed).unwrap();
        assert_eq!(report.kinks.len(), 1);
        assert_eq!(report.kinks[0].kink, Some((-1.0, 1.0)));
    }
    assert_eq!(wrong(check_gradient(&0.0, |x: &f64| x.abs(), &1.5)), [""]);
    // A kink close by, but not here.
    for distance in [1e-2, 1e-4, 1e-6] {
        let near = |x: &f64| (x - 1.0 + distance).abs() + x;
        check_gradient(&1.0, near, &2.0).unwrap();
        let report = check_gradient(&1.0, near, &1.0);
        assert!(report.is_err() || !report.unwrap().is_conclusive());
    }
}

#[test]
fn edges_of_the_domain() {
    check_gradient(&0.0, |x: &f64| x.sqrt(), &f64::INFINITY).unwrap();
    assert_eq!(wrong(check_gradient(&0.0, |x: &f64| x.sqrt(), &f64::NEG_INFINITY)), [""]);
    assert_eq!(wrong(check_gradient(&1.0, |x: &f64| x.sqrt(), &f64::INFINITY)), [""]);
    assert_eq!(wrong(check_gradient(&1.0, |x: &f64| x.sqrt(), &f64::NAN)), [""]);
    check_gradient(&0.0, |x: &f64| x.sqrt() * x + 2.0 * x, &2.0).unwrap();
    let nan = check_gradient(&-1.0, |x: &f64| x.sqrt(), &0.0).unwrap_err();
    assert!(matches!(nan, GradientError::ValueNotFinite(_)));
}

#[test]
fn nothing_to_check() {
    let report = check_gradient(&Vec::<f64>::new(), |_| 1.0, &vec![]).unwrap();
    assert_eq!((report.checked, report.worst), (0, None));
    check_gradient_along(&Vec::<f64>::new(), |_| 1.0, &vec![], 2).unwrap();
}

#[test]
#[should_panic(expected = "the shapes differ: 1 × f64 meets 2 × f64")]
fn shapes() {
    let _ = check_gradient(&vec![1.0], |w| w[0], &vec![1.0, 0.0]);
}

#[test]
fn along_directions() {
    let x: Vec<f64> = (0..200).map(|i| f64::from(i) * 0.01 - 1.0).collect();
    let value = |x: &Vec<f64>| x.iter().map(|x| x.sin()).sum::<f64>();
    let mut gradient: Vec<f64> = x.iter().map(|x| x.cos()).collect();
    assert!(check_gradient_along(&x, value, &gradient, 4).unwrap().is_conclusive());
    gradient[17] += 1e-2;
    assert_eq!(wrong(check_gradient_along(&x, value, &gradient, 4)).len(), 4);
}
